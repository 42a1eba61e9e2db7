//! Full sync tasks: what they upload for which fields, and how they fail.

use baton_1password::baton::pb::api::task::SyncFullTask;
use baton_1password::baton::pb::v2;
use serde_json::json;

use crate::service::agent::{Agent, each, failure, id, resource, success, sync, sync_with};
use crate::support::c1_server::{C1, Event, Method, What};
use crate::support::records::{File, Records};
use crate::support::{Sandbox, fixture};

/// The records of the only upload, and of its sync the type and whether it was expanded.
fn uploaded(c1: &C1, agent: &Agent) -> (String, Records) {
    let uploads = c1.uploads();
    assert_eq!(uploads.len(), 1);
    let path = agent.sandbox.path("uploaded.c1z");
    std::fs::write(&path, &uploads[0].bytes).unwrap();
    let file = File::open(&path);
    let kind = file.strings(
        "select sync_type || ' ' || supports_diff from v1_sync_runs where ended_at is not null",
    );
    assert_eq!(kind.len(), 1);
    (kind[0].clone(), file.newest())
}

/// Runs one sync task to its success.
fn run(task: SyncFullTask, arguments: &[&str]) -> (String, Records) {
    let c1 = C1::start();
    c1.queue([sync_with("one", task)]);
    let agent = Agent::with(&c1, Sandbox::canned(&fixture("golden/business/op")));
    let run = agent.once(arguments);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    agent.sandbox.assert_clean();
    uploaded(&c1, &agent)
}

fn kinds(records: &Records) -> Vec<&str> {
    records.resource_types.keys().map(String::as_str).collect()
}

/// `src/c1/protocol.md`, Full sync
#[test]
fn a_sync_is_heartbeat_then_upload_then_one_report_without_content() {
    let c1 = C1::start();
    c1.queue([sync("one")]);
    let agent = Agent::new(&c1);
    let run = agent.once(&[]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let about = |event: &Event| match &event.what {
        What::Heartbeat(beat) => Some((Method::Heartbeat, beat.task_id.clone())),
        What::Upload(upload) => Some((Method::Upload, upload.task_id.clone())),
        What::Finish(finish) => Some((Method::Finish, finish.task_id.clone())),
        _ => None,
    };
    let steps: Vec<_> = c1.events().iter().filter_map(about).collect();
    let step = |method| (method, id("one"));
    assert_eq!(
        steps,
        [
            step(Method::Heartbeat),
            step(Method::Upload),
            step(Method::Finish)
        ]
    );
    let report = c1.await_finish(&id("one"));
    let success = success(&report);
    assert_eq!(
        (success.annotations.len(), &success.response),
        (0, &None),
        "{:?}",
        run.stderr
    );
    agent.sandbox.assert_clean();
}

#[test]
fn a_plain_task_is_a_whole_sync_with_inherited_grants() {
    let (kind, records) = run(SyncFullTask::default(), &[]);
    assert_eq!(kind, "full 1");
    assert_eq!(
        kinds(&records),
        ["account", "group", "project", "user", "vault"]
    );
    assert!(
        records
            .grants
            .values()
            .any(|grant| grant["sources"] != json!(null))
    );
}

/// `src/c1/protocol.md`, Full sync
#[test]
fn skip_expand_grants_leaves_inherited_grants_out() {
    let (_, whole) = run(SyncFullTask::default(), &[]);
    let (kind, records) = run(
        SyncFullTask {
            skip_expand_grants: true,
            ..Default::default()
        },
        &[],
    );
    assert_eq!(kind, "full 0");
    assert!(records.grants.len() < whole.grants.len() && !records.grants.is_empty());
    assert_eq!(records.entitlements.len(), whole.entitlements.len());
}

/// `src/c1/protocol.md`, Full sync
#[test]
fn skip_grants_leaves_entitlements() {
    let (kind, records) = run(
        SyncFullTask {
            skip_grants: true,
            ..Default::default()
        },
        &[],
    );
    assert_eq!(kind, "full 0");
    assert!(records.grants.is_empty() && !records.entitlements.is_empty());
}

/// `src/c1/protocol.md`, Full sync
#[test]
fn skip_entitlements_and_grants_leaves_resources() {
    let task = SyncFullTask {
        skip_entitlements_and_grants: true,
        ..Default::default()
    };
    let (kind, records) = run(task, &[]);
    assert_eq!(kind, "resources_only 0");
    assert!(records.entitlements.is_empty() && records.grants.is_empty());
    assert!(!records.resources.is_empty());
}

/// `src/c1/protocol.md`, Full sync: the task's types win over the connector's, which count when it
/// names none.
#[test]
fn resource_types_of_the_task_win_over_those_of_the_connector() {
    let types = |names: &[&str]| SyncFullTask {
        sync_resource_type_ids: names.iter().map(|&name| name.to_owned()).collect(),
        ..Default::default()
    };
    let local = ["--sync-resource-types", "group"];
    let (_, records) = run(types(&["account", "user"]), &local);
    assert_eq!(kinds(&records), ["account", "user"]);
    let (_, records) = run(types(&[]), &local);
    assert_eq!(kinds(&records), ["account", "group"]);
}

/// `src/c1/protocol.md`, Full sync
#[test]
fn targeted_resources_are_a_partial_sync_of_these_alone() {
    let (_, whole) = run(SyncFullTask::default(), &[]);
    let vault = whole
        .resources
        .values()
        .find(|it| it["id"]["resourceType"] == "vault")
        .unwrap();
    let vault = vault["id"]["resource"].as_str().unwrap();
    let task = SyncFullTask {
        targeted_sync_resources: vec![resource("vault", vault)],
        ..Default::default()
    };
    let (kind, records) = run(task, &[]);
    assert_eq!(kind, "partial 0");
    let vaults: Vec<_> = records
        .resources
        .values()
        .filter(|it| it["id"]["resourceType"] == "vault")
        .map(|it| it["id"]["resource"].as_str().unwrap())
        .collect();
    assert_eq!(vaults, [vault]);
}

/// `src/c1/protocol.md`, Full sync: whatever engine is asked for, the file is of version 1.
#[test]
fn a_task_that_asks_for_pebble_gets_version_1_and_the_log_says_so() {
    let c1 = C1::start();
    c1.queue([sync_with(
        "one",
        SyncFullTask {
            storage_engine: "pebble".into(),
            ..Default::default()
        },
    )]);
    let agent = Agent::new(&c1);
    let run = agent.once(&agent.logged(&[]));
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(&c1.uploads()[0].bytes[..5], b"C1ZF\0");
    agent.await_log("pebble");
}

/// `src/c1/protocol.md`, Full sync
#[test]
fn fields_that_nothing_can_be_made_of_fail_the_task() {
    let c1 = C1::start();
    let agent = Agent::new(&c1);
    let _running = agent.start(&[]);
    let engine = SyncFullTask {
        storage_engine: "bogus".into(),
        ..Default::default()
    };
    let kind = SyncFullTask {
        sync_resource_type_ids: vec!["nosuch".into()],
        ..Default::default()
    };
    let no_id = SyncFullTask {
        targeted_sync_resources: vec![v2::Resource::default()],
        ..Default::default()
    };
    let missing = SyncFullTask {
        targeted_sync_resources: vec![resource("vault", "nosuchvault")],
        ..Default::default()
    };
    for (name, task, code, final_, words) in [
        ("engine", engine, 2, false, "bogus"),
        ("kind", kind, 2, false, "nosuch"),
        ("noid", no_id, 3, true, "id"),
        ("missing", missing, 5, true, "vault:nosuchvault"),
    ] {
        c1.queue([sync_with(name, task)]);
        let report = c1.await_finish(&id(name));
        let (got, message, non_retryable) = failure(&report);
        assert_eq!((got, non_retryable), (code, final_), "{name}: {message}");
        assert!(message.contains(words), "{message}");
        assert!(!message.contains("rpc error"), "{message}");
    }
    assert_eq!(c1.uploads().len(), 0);
}

/// What the connector is told not to sync was never asked for, so nobody is told that it is
/// missing.
#[test]
fn a_target_of_a_type_that_is_not_synced_is_refused_without_asking_op() {
    let c1 = C1::start();
    let agent = Agent::with(&c1, Sandbox::canned(&fixture("golden/business/op")));
    let _running = agent.start(&["--sync-resource-types", "group"]);
    c1.queue([sync_with(
        "one",
        SyncFullTask {
            targeted_sync_resources: vec![resource("vault", "vprod")],
            ..Default::default()
        },
    )]);
    let report = c1.await_finish(&id("one"));
    let (code, message, non_retryable) = failure(&report);
    assert_eq!((code, non_retryable), (9, true), "{message}");
    for part in ["vault:vprod", "account, group", "--sync-resource-types"] {
        assert!(message.contains(part), "{part}: {message}");
    }
    assert_eq!(agent.sandbox.calls().len(), 0);
}

/// A failing `op` fails the task with `op`'s own words, and C1 may try again.
#[test]
fn a_failing_op_is_a_retryable_failure_in_its_own_words() {
    each(
        [
            ("something odd happened", 2),
            ("(429) Too Many Requests: retry in 2 hours", 8),
            ("session expired, sign in to create a new session", 2),
            (
                "connecting to desktop app: read: connection reset, make sure 1Password is unlocked",
                2,
            ),
        ],
        |(message, code)| {
            let c1 = C1::start();
            c1.queue([sync("one")]);
            let agent = Agent::new(&c1);
            let stderr = format!("[ERROR] 2026/11/23 08:01:02 {message}\n");
            agent.sandbox.set(
                "faults",
                json!([{"words": "user list", "stderr": stderr, "exit": 1}]),
            );
            let _running = agent.start(&["--op-timeout", "5s"]);
            let report = c1.await_finish(&id("one"));
            let (got, text, non_retryable) = failure(&report);
            assert_eq!((got, non_retryable), (code, false), "{text}");
            assert!(
                text.contains(message) && text.contains("user list"),
                "{text}"
            );
            assert_eq!(c1.uploads().len(), 0);
        },
    );
}

/// "Nobody has access" must not come of an answer that could not be read.
#[test]
fn an_answer_of_null_uploads_nothing() {
    let c1 = C1::start();
    c1.queue([sync("one")]);
    let agent = Agent::new(&c1);
    agent.sandbox.write("null.json", "null\n");
    let null = agent.sandbox.path("null.json");
    let null = null.to_str().unwrap();
    agent.sandbox.set(
        "faults",
        json!([{"words": "account get", "stdout_file": (null)}]),
    );
    let run = agent.once(&[]);
    assert_eq!(run.code, Some(4), "{}", run.stderr);
    let report = c1.await_finish(&id("one"));
    assert_eq!((failure(&report).0, failure(&report).2), (2, false));
    assert_eq!(c1.uploads().len(), 0);
    agent.sandbox.assert_clean();
}

/// With `--skip-full-sync` the task is refused for good and nothing is uploaded or read: an empty
/// upload would read as "everything was removed".
#[test]
fn skip_full_sync_refuses_the_task_and_uploads_nothing() {
    let c1 = C1::start();
    c1.queue([sync("one")]);
    let agent = Agent::new(&c1);
    let _running = agent.start(&["--skip-full-sync"]);
    let report = c1.await_finish(&id("one"));
    let (code, message, non_retryable) = failure(&report);
    assert_eq!((code, non_retryable), (9, true));
    assert!(message.contains("--skip-full-sync"), "{message}");
    assert_eq!(c1.uploads().len(), 0);
    assert_eq!(agent.sandbox.calls().len(), 0);
}

/// An expired session of a user with a password is renewed before the task fails. Two syncs are 18
/// calls, more than one session serves and fewer than two do: a session that ends after a few
/// calls, unlike any real one, could end again before a call that waited for it had its turn.
#[test]
fn an_expired_session_is_renewed_when_the_means_are_there() {
    let c1 = C1::start();
    c1.queue([sync("one"), sync("two")]);
    let sandbox = Sandbox::canned(&fixture("golden/tiny/op"));
    let account = json!({
        "url": "tiny.1password.com", "email": "ada@tiny.test", "user_uuid": "U1", "account_uuid": "A1",
        "password": "pw-of-ada", "token": "session-token"
    });
    sandbox.set(
        "sign_in",
        json!({"accounts": [account], "expire_after": 12}),
    );
    let agent = Agent::with(&c1, sandbox);
    let mut command = agent.command(&[
        "--address",
        "tiny.1password.com",
        "--email",
        "ada@tiny.test",
    ]);
    command.env("BATON_PASSWORD", "pw-of-ada");
    let _running = crate::support::Started::new(command);
    success(&c1.await_finish(&id("one")));
    success(&c1.await_finish(&id("two")));
    let sign_ins = agent
        .sandbox
        .calls()
        .iter()
        .filter(|call| call.argv[0] == "signin")
        .count();
    assert_eq!(sign_ins, 2);
}

/// What was not read is in the log, with the task and the code; the success carries nothing
/// (`src/c1/protocol.md`, Full sync).
#[test]
fn a_sync_with_a_gap_says_so_in_the_log() {
    let c1 = C1::start();
    c1.queue([sync("one")]);
    let agent = Agent::new(&c1);
    let stderr = "[ERROR] 2026/11/23 08:01:02 (403) Forbidden: no\n";
    let fault = json!([{"words": "--permission=manage_vault", "exit": 1, "stderr": stderr}]);
    agent.sandbox.set("faults", fault);
    let run = agent.once(&["--log-level", "warn"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let records = run
        .stderr
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok());
    let records: Vec<serde_json::Value> = records.collect();
    let notice = records
        .iter()
        .find(|record| record["code"] == "managed-vaults-unlisted");
    assert_eq!(notice.expect("the notice")["task_id"], id("one"));
    let report = c1.await_finish(&id("one"));
    assert!(success(&report).annotations.is_empty());
}
