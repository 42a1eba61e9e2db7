//! When people last signed in.

use serde_json::{Value, json};

use super::world::{synced, tenant, user};
use crate::support::records::Records;
use crate::support::{Sandbox, Started};

/// Ann signed in, Bob never did, and of Cem `op` does not say.
fn details() -> Value {
    json!({
        "UANN": {"created_at": "2025-07-15T20:33:42Z", "last_auth_at": "2026-09-17T06:55:17Z"},
        "UBOB": {"created_at": "2025-08-01T07:00:00Z", "last_auth_at": "0001-01-01T00:00:00Z"},
    })
}

fn three() -> Value {
    let mut tenant = tenant("BUSINESS");
    tenant["users"]
        .as_array_mut()
        .unwrap()
        .push(user("UCEM", "Cem"));
    tenant
}

/// The last sign-in of a user as the file has it, and the profile's word.
fn sign_in(records: &Records, id: &str) -> (Option<String>, Option<String>) {
    let user = &records.resources[&format!("user:{id}")];
    let text = |value: &Value| value.as_str().map(str::to_owned);
    (
        text(&user["annotations"][0]["lastLogin"]),
        text(&user["profile"]["last_sign_in"]),
    )
}

fn read(sandbox: &Sandbox) -> Records {
    crate::support::records::File::open(&sandbox.path("work/sync.c1z")).newest()
}

fn batches(sandbox: &Sandbox) -> Vec<usize> {
    let calls = sandbox.calls();
    let batches = calls.iter().filter(|call| call.words() == "user get -");
    batches.map(|call| call.stdin.lines().count()).collect()
}

fn warnings(stderr: &str) -> Vec<&str> {
    stderr
        .lines()
        .filter(|line| line.starts_with("warning: "))
        .collect()
}

#[test]
fn the_file_says_when_people_last_signed_in() {
    let sandbox = Sandbox::tenant(&three());
    sandbox.set("details", details());
    let run = sandbox.run(&["--log-format=console"]);
    assert_eq!((run.code, warnings(&run.stderr)), (Some(0), vec![]));
    let records = read(&sandbox);
    let at = Some("2026-09-17T06:55:17Z".to_owned());
    assert_eq!(sign_in(&records, "UANN"), (at, None));
    assert_eq!(sign_in(&records, "UBOB"), (None, Some("never".to_owned())));
    assert_eq!(sign_in(&records, "UCEM"), (None, None));
    let ann = &records.resources["user:UANN"];
    assert_eq!(ann["annotations"][0]["createdAt"], "2025-07-15T20:33:42Z");
    assert_eq!(batches(&sandbox), [3]);
    sandbox.assert_clean();
}

#[test]
fn people_are_shared_out_over_the_workers() {
    let mut tenant = tenant("BUSINESS");
    let people = (0..200).map(|i| user(&format!("U{i:03}"), "Somebody"));
    tenant["users"].as_array_mut().unwrap().extend(people);
    let (records, _, sandbox) = synced(&tenant, &["--workers", "3"]);
    let mut batches = batches(&sandbox);
    batches.sort_unstable();
    assert_eq!(batches, [66, 68, 68]);
    let users = records
        .resources
        .keys()
        .filter(|id| id.starts_with("user:"));
    assert_eq!(users.count(), 202);
}

/// Each with what the fake does and how many of the three stay unknown; the file is otherwise that
/// of a sync that did not ask.
#[test]
fn no_failure_ends_the_sync_and_what_is_missing_is_counted() {
    let unknown_verb = "[ERROR] 2026/11/23 08:01:02 unknown command \"-\" for \"op user\"\n";
    let ann = r#"{"id": "UANN", "last_auth_at": "2026-09-17T06:55:17Z"}"#;
    for (stdout, exit, stderr, missing) in [
        ("", 1, unknown_verb, 3),
        (ann, 1, "[ERROR] x\n", 2),
        (&*format!(r#"{ann}{{"error": "gone"}}"#), 0, "", 2),
        (&*format!(r#"{ann}{{"id": "UB"#), 0, "", 2),
        ("<html>", 0, "", 3),
    ] {
        let fault =
            json!({"words": "user get", "exit": exit, "stderr": stderr, "stdout_file": "said"});
        let sandbox = Sandbox::tenant(&three());
        sandbox.write("bin/said", stdout);
        sandbox.set("faults", json!([fault]));
        let run = sandbox.run(&["--log-format=console"]);
        assert_eq!(run.code, Some(0), "{stdout}: {}", run.stderr);
        let said = warnings(&run.stderr);
        assert_eq!(said.len(), 1, "{stdout}: {said:?}");
        assert!(said[0].contains("last sign-in"), "{said:?}");
        let run = sandbox.run(&["--summary-format", "json"]);
        let summary: Value = serde_json::from_str(&run.stdout).unwrap();
        let warning = &summary["warnings"][0];
        assert_eq!(warning["code"], "last-sign-in-unknown", "{summary}");
        assert_eq!(warning["count"], missing, "{stdout}: {summary}");
        let records = read(&sandbox);
        assert_eq!(
            sign_in(&records, "UANN").0.is_some(),
            missing == 2,
            "{stdout}"
        );
        assert_eq!(sign_in(&records, "UBOB"), (None, None));
        let (unasked, ..) = synced(&three(), &["--no-last-sign-in"]);
        assert_eq!(records.grants, unasked.grants);
    }
}

#[test]
fn a_service_account_asks_only_when_told_to() {
    let run = |arguments: &[&str]| {
        let mut tenant = three();
        tenant["ratelimit"] = json!([{"type": "token", "action": "read", "limit": 1000, "used": 995,
            "remaining": 5, "reset": 2400}]);
        let sandbox = Sandbox::tenant(&tenant);
        let mut command = sandbox.command();
        command.env("OP_SERVICE_ACCOUNT_TOKEN", "ops_token");
        command.args(["--auth-type", "service", "--log-format=console"]);
        let run = Started::new({
            command.args(arguments);
            command
        })
        .wait();
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        (batches(&sandbox), run.stderr)
    };
    let (asked, stderr) = run(&[]);
    assert_eq!(asked, [0; 0]);
    assert!(!stderr.contains("needs"), "{stderr}");
    let (asked, stderr) = run(&["--last-sign-in"]);
    assert_eq!(asked, [3]);
    assert!(
        stderr.contains("needs 6 more calls"),
        "each person counts: {stderr}"
    );
}

#[test]
fn the_two_flags_exclude_each_other() {
    let sandbox = Sandbox::tenant(&three());
    let run = sandbox.run(&["--no-last-sign-in"]);
    assert_eq!((run.code, batches(&sandbox)), (Some(0), vec![]));
    let run = sandbox.run(&["--last-sign-in", "--no-last-sign-in"]);
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(run.stderr.contains("not both"), "{}", run.stderr);
}
