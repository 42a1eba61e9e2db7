//! Grant and revoke tasks, and tasks that nobody carries out.

use std::time::Duration;

use baton_1password::baton::pb::api::task::{GrantTask, OtherTask, RevokeTask, TaskType};
use baton_1password::baton::pb::v2;
use prost_types::Any;
use serde_json::{Value, json};
use tonic::Code;

use crate::service::agent::{
    Agent, beat, cancel, each, entitlement, failure, grant, id, of_type, resource, revoke, success,
};
use crate::support::c1_server::{C1, Method};
use crate::support::{ENDS, Run, STATE, Sandbox, Signal, Started};

/// A business account with one group and one vault.
fn tenant() -> Value {
    let user = |id: &str, name: &str| json!({"id": id, "name": name, "email": format!("{name}@kestrel.test"), "type": "MEMBER", "state": "ACTIVE"});
    json!({
        "account": {"id": "ACCT", "name": "Kestrel", "domain": "kestrel", "type": "BUSINESS", "state": "ACTIVE",
                    "created_at": "2024-01-01T00:00:00Z"},
        "users": [user("UADA", "ada"), user("UBO", "bo")],
        "groups": [{"id": "gops", "name": "Ops Crew", "state": "ACTIVE"}],
        "vaults": [{"id": "vdepot", "name": "Depot Keys"}],
        "group_users": {"gops": {"UBO": "MEMBER"}},
        "vault_users": {"vdepot": {}},
        "vault_groups": {"vdepot": {}}
    })
}

pub fn agent(c1: &C1) -> Agent {
    Agent::with(c1, Sandbox::tenant(&tenant()))
}

pub fn member(user: &str) -> GrantTask {
    GrantTask {
        entitlement: Some(entitlement("group", "gops", "member")),
        principal: Some(resource("user", user)),
        ..Default::default()
    }
}

fn membership(user: &str) -> v2::Grant {
    v2::Grant {
        id: format!("group:gops:member:user:{user}"),
        entitlement: Some(entitlement("group", "gops", "member")),
        principal: Some(resource("user", user)),
        ..Default::default()
    }
}

fn of_grant(grant: Option<v2::Grant>) -> RevokeTask {
    RevokeTask {
        grant,
        ..Default::default()
    }
}

pub fn end(running: Started) -> Run {
    running.send(*ENDS.last().unwrap());
    running.wait()
}

/// `src/c1/protocol.md`, Other tasks
#[test]
fn grant_and_revoke_are_carried_out_and_answered() {
    let c1 = C1::start();
    let agent = agent(&c1);
    let running = agent.start(&["--provisioning"]);
    c1.queue([grant("give", member("UADA"))]);
    let report = c1.await_finish(&id("give"));
    let answer = success(&report);
    assert_eq!(
        answer.response,
        Some(Any::from_msg(&v2::GrantManagerServiceGrantResponse::default()).unwrap())
    );
    assert_eq!(
        answer.response.as_ref().unwrap().type_url,
        "type.googleapis.com/c1.connector.v2.GrantManagerServiceGrantResponse"
    );
    assert!(answer.annotations.is_empty());
    assert_eq!(
        agent.sandbox.tenant_now()["group_users"]["gops"]["UADA"],
        "MEMBER"
    );

    c1.queue([revoke("take", of_grant(Some(membership("UADA"))))]);
    let report = c1.await_finish(&id("take"));
    assert_eq!(
        success(&report).response,
        Some(Any::from_msg(&v2::GrantManagerServiceRevokeResponse::default()).unwrap())
    );
    assert_eq!(
        agent.sandbox.tenant_now()["group_users"]["gops"]["UADA"],
        Value::Null
    );
    end(running);
    agent.sandbox.assert_clean();
}

/// A change of access that was made with us is never overlaid by an older answer of an interrupted
/// sync.
#[test]
fn kept_answers_are_forgotten_before_a_change() {
    let kept = format!("{STATE}/kept.resume");
    let changes = [
        grant("give", member("UADA")),
        revoke("take", of_grant(Some(membership("UADA")))),
    ];
    for (name, change) in ["give", "take"].into_iter().zip(changes) {
        let c1 = C1::start();
        let agent = agent(&c1);
        agent.sandbox.write(&kept, "answers");
        let running = agent.start(&["--provisioning"]);
        c1.queue([change]);
        success(&c1.await_finish(&id(name)));
        assert!(!agent.sandbox.path(&kept).exists(), "{name}");
        end(running);
    }
}

/// What is so already is a success that says so, in the response and beside it.
#[test]
fn what_is_so_already_is_a_success_with_an_annotation() {
    let c1 = C1::start();
    let agent = agent(&c1);
    let _running = agent.start(&["--provisioning"]);
    c1.queue([
        grant("give", member("UBO")),
        revoke("take", of_grant(Some(membership("UADA")))),
    ]);
    for (name, annotation) in [
        ("give", "GrantAlreadyExists"),
        ("take", "GrantAlreadyRevoked"),
    ] {
        let report = c1.await_finish(&id(name));
        let answer = success(&report);
        let url = format!("type.googleapis.com/c1.connector.v2.{annotation}");
        assert_eq!(answer.annotations.len(), 1);
        assert_eq!(answer.annotations[0].type_url, url);
        let response = answer.response.as_ref().unwrap();
        assert!(String::from_utf8_lossy(&response.value).contains(annotation));
    }
}

/// A grant that C1 has expanded itself may not name its groups. Nothing of its own is left to take,
/// and the log names the group that still gives it.
#[test]
fn access_through_a_group_that_c1_does_not_name_is_already_revoked() {
    let c1 = C1::start();
    let mut tenant = tenant();
    tenant["vault_groups"]["vdepot"]["gops"] = json!(["view_items"]);
    let agent = Agent::with(&c1, Sandbox::tenant(&tenant));
    let running = agent.start(&["--provisioning"]);
    let inherited = v2::Grant {
        id: "vault:vdepot:view items:user:UBO".into(),
        entitlement: Some(entitlement("vault", "vdepot", "view items")),
        ..membership("UBO")
    };
    c1.queue([revoke("take", of_grant(Some(inherited)))]);
    let report = c1.await_finish(&id("take"));
    assert_eq!(success(&report).annotations.len(), 1);
    let run = end(running);
    let remains = "access remains through group Ops Crew (gops)";
    assert!(run.stderr.contains(remains), "{}", run.stderr);
}

/// A revocation that arrives while a grant of the same right is under way does not overtake it.
#[test]
fn a_revocation_does_not_overtake_the_grant_before_it() {
    for latency in [50, 300] {
        let c1 = C1::start();
        let agent = Agent::with(&c1, Sandbox::tenant(&tenant()));
        agent.sandbox.set("latency_ms", json!(latency));
        let _running = agent.start(&["--provisioning"]);
        let right = || entitlement("vault", "vdepot", "view items");
        let granted = v2::Grant {
            id: "vault:vdepot:view items:user:UBO".into(),
            entitlement: Some(right()),
            ..membership("UBO")
        };
        let give = GrantTask {
            entitlement: Some(right()),
            ..member("UBO")
        };
        let before = agent.sandbox.tenant_now();
        c1.queue([grant("give", give), revoke("take", of_grant(Some(granted)))]);
        for task in ["give", "take"] {
            let report = c1.await_finish(&id(task));
            let annotations = &success(&report).annotations;
            assert!(
                annotations.is_empty(),
                "{task} had something to do: {annotations:?}"
            );
        }
        assert_eq!(
            agent.sandbox.tenant_now(),
            before,
            "the access is gone again"
        );
        let calls = agent.sandbox.calls();
        let writes = calls
            .iter()
            .filter(|call| call.words().contains("--permissions"));
        assert_eq!(writes.count(), 2);
    }
}

/// `src/c1/protocol.md`, Other tasks: the checks in their order, and no call of `op`.
#[test]
fn tasks_that_cannot_be_carried_out_are_refused_without_asking_op() {
    let no_principal = GrantTask {
        principal: None,
        ..member("UADA")
    };
    let no_entitlement = GrantTask {
        entitlement: None,
        ..member("UADA")
    };
    let no_id = GrantTask {
        entitlement: Some(v2::Entitlement {
            id: String::new(),
            ..entitlement("group", "gops", "member")
        }),
        ..member("UADA")
    };
    let account = GrantTask {
        entitlement: Some(entitlement("account", "ACCT", "member")),
        ..member("UADA")
    };
    let account_grant = v2::Grant {
        id: "account:ACCT:member:user:UADA".into(),
        entitlement: account.entitlement.clone(),
        ..membership("UADA")
    };
    let nameless = v2::Grant {
        id: String::new(),
        ..membership("UADA")
    };
    for (arguments, off) in [(&["--provisioning"][..], false), (&[], true)] {
        let c1 = C1::start();
        let agent = agent(&c1);
        let _running = agent.start(arguments);
        let usual = |code| if off { Code::FailedPrecondition } else { code };
        let mut tasks = vec![
            (grant("noprincipal", no_principal.clone()), Code::Unknown),
            (
                grant("noentitlement", no_entitlement.clone()),
                Code::Unknown,
            ),
            (grant("noid", no_id.clone()), Code::InvalidArgument),
            (
                grant("account", account.clone()),
                usual(Code::Unimplemented),
            ),
            (revoke("nogrant", of_grant(None)), Code::Unknown),
            (
                revoke("nameless", of_grant(Some(nameless.clone()))),
                Code::InvalidArgument,
            ),
            (
                revoke("accountgrant", of_grant(Some(account_grant.clone()))),
                usual(Code::Unimplemented),
            ),
        ];
        if off {
            tasks.push((grant("give", member("UADA")), Code::FailedPrecondition));
            tasks.push((
                revoke("take", of_grant(Some(membership("UBO")))),
                Code::FailedPrecondition,
            ));
        }
        for (task, code) in tasks {
            let name = task.id.clone();
            c1.queue([task]);
            let report = c1.await_finish(&name);
            let (got, message, non_retryable) = failure(&report);
            assert_eq!(
                (got, non_retryable),
                (code as i32, true),
                "{name}: {message}"
            );
            if code == Code::FailedPrecondition {
                assert!(message.contains("provisioning is not enabled"), "{message}");
            }
            if code == Code::Unimplemented {
                assert!(
                    message.contains("resource type account does not have provisioner configured")
                );
            }
        }
        assert_eq!(agent.sandbox.calls().len(), 0);
    }
}

/// A change that has begun is made to its end, and C1 is told what came of it, also after it
/// cancelled the task. In particular, who was taken out of a group on the way to a demotion is put
/// back.
#[test]
fn a_change_that_has_begun_outlives_its_cancellation() {
    let slow = |words: &str| json!({"words": words, "late": true, "latency_ms": 4000, "exit": 0});
    let demotion = v2::Grant {
        id: "group:gops:manager:user:UBO".into(),
        entitlement: Some(entitlement("group", "gops", "manager")),
        ..membership("UBO")
    };
    each(
        [
            (
                grant("task", member("UADA")),
                json!([slow("group user grant")]),
                "UADA",
                // Its ids are short, so who and what there is comes first.
                4,
            ),
            (
                revoke("task", of_grant(Some(demotion))),
                json!([{"words": "--role member", "times": 1, "exit": 0}, slow("group user revoke")]),
                "UBO",
                5,
            ),
        ],
        |(task, faults, user, calls)| {
            let c1 = C1::start();
            c1.script(|script| {
                script
                    .heartbeats
                    .extend(vec![beat(Duration::from_secs(1)); 30]);
            });
            let mut tenant = tenant();
            tenant["group_users"]["gops"]["UBO"] = json!("MANAGER");
            let agent = Agent::with(&c1, Sandbox::tenant(&tenant));
            agent.sandbox.set("faults", faults);
            let running = agent.start(&["--provisioning"]);
            c1.queue([task]);
            agent.sandbox.await_calls(calls);
            c1.script(|script| script.heartbeats.push_front(cancel()));
            success(&c1.await_finish(&id("task")));
            assert_eq!(
                agent.sandbox.tenant_now()["group_users"]["gops"][user],
                "MEMBER"
            );
            end(running);
            agent.sandbox.assert_clean();
        },
    );
}

/// A change that has not begun is cancelled like any other work.
#[test]
fn a_change_that_has_not_begun_is_cancelled() {
    let c1 = C1::start();
    c1.script(|script| {
        script
            .heartbeats
            .extend([beat(Duration::from_secs(1)), cancel()]);
    });
    let agent = agent(&c1);
    agent
        .sandbox
        .set("faults", json!([{"words": "group user", "hang": true}]));
    let running = agent.start(&["--provisioning"]);
    c1.queue([grant("give", member("UADA"))]);
    let report = c1.await_finish(&id("give"));
    let (code, message, non_retryable) = failure(&report);
    assert_eq!((code, non_retryable), (Code::Cancelled as i32, false));
    assert_eq!(message, "C1 cancelled the task");
    end(running);
    agent.sandbox.assert_clean();
}

/// When the service ends in the middle of a change, C1 is told that it may have been made.
#[test]
fn a_change_that_the_end_of_the_service_cuts_off_may_have_been_made() {
    let c1 = C1::start();
    let agent = agent(&c1);
    agent.sandbox.set(
        "faults",
        json!([{"words": "group user grant", "late": true, "hang": true}]),
    );
    let running = agent.start(&["--provisioning", "--grace", "0s"]);
    c1.queue([grant("give", member("UADA"))]);
    agent.sandbox.await_call("group user grant");
    running.send(Signal::TERM);
    running.wait();
    let report = c1.await_finish(&id("give"));
    let (code, message, non_retryable) = failure(&report);
    assert_eq!((code, non_retryable), (Code::Cancelled as i32, false));
    assert!(message.contains("not known whether"), "{message}");
    agent.sandbox.assert_clean();
}

/// A refusal of 1Password is final; a limit of rate and a session that is over are not.
#[test]
fn only_failures_that_pass_may_be_tried_again() {
    each(
        [
            (
                "(403) Forbidden: you do not have permission",
                Code::Unknown,
                true,
            ),
            (
                "(429) Too Many Requests: retry in 2 hours",
                Code::ResourceExhausted,
                false,
            ),
            ("session expired", Code::Unknown, false),
            (
                "You are not currently signed in. Please run `op signin --help`",
                Code::Unknown,
                false,
            ),
        ],
        |(message, code, non_retryable)| {
            let c1 = C1::start();
            let agent = agent(&c1);
            let stderr = format!("[ERROR] 2026/11/23 08:01:02 {message}\n");
            agent.sandbox.set(
                "faults",
                json!([{"words": "group user grant", "stderr": stderr, "exit": 1}]),
            );
            let _running = agent.start(&["--provisioning", "--op-timeout", "5s"]);
            c1.queue([grant("give", member("UADA"))]);
            let report = c1.await_finish(&id("give"));
            let (got, text, is_final) = failure(&report);
            assert_eq!((got, is_final), (code as i32, non_retryable), "{text}");
            assert!(text.contains(message), "{text}");
        },
    );
}

/// `src/c1/protocol.md`, Other tasks: every type that is not carried out is answered at once, for
/// good, and by name; so is a task without a type that is known here.
#[test]
fn tasks_of_other_types_are_unimplemented_and_the_loop_goes_on() {
    use TaskType as T;
    let c1 = C1::start();
    let agent = agent(&c1);
    let _running = agent.start(&["--provisioning"]);
    type Kind = fn(OtherTask) -> TaskType;
    let all: [(&str, Kind); 123 - 105 + 1 - 2] = [
        ("create_account", T::CreateAccount),
        ("create_resource", T::CreateResource),
        ("delete_resource", T::DeleteResource),
        ("rotate_credentials", T::RotateCredentials),
        ("event_feed", T::EventFeed),
        ("create_ticket_task", T::CreateTicketTask),
        ("list_ticket_schemas", T::ListTicketSchemas),
        ("get_ticket", T::GetTicket),
        ("bulk_create_tickets", T::BulkCreateTickets),
        ("bulk_get_tickets", T::BulkGetTickets),
        ("action_get_schema", T::ActionGetSchema),
        ("action_invoke", T::ActionInvoke),
        ("action_status", T::ActionStatus),
        ("create_sync_diff", T::CreateSyncDiff),
        ("compact_syncs", T::CompactSyncs),
        ("list_events", T::ListEvents),
        ("issue_credential", T::IssueCredential),
    ];
    for (name, kind) in all {
        c1.queue([of_type(name, Some(kind(OtherTask {})))]);
        let report = c1.await_finish(&id(name));
        let (code, message, non_retryable) = failure(&report);
        assert_eq!(
            (code, non_retryable),
            (Code::Unimplemented as i32, true),
            "{message}"
        );
        assert!(message.contains(name), "{message}");
    }
    c1.queue([of_type("untyped", None)]);
    let report = c1.await_finish(&id("untyped"));
    assert_eq!(
        (failure(&report).0, failure(&report).2),
        (Code::Unimplemented as i32, true)
    );
    assert_eq!(c1.calls(Method::Heartbeat).len(), 0);
    assert_eq!(agent.sandbox.calls().len(), 0);
}

/// `src/c1/protocol.md`, Other tasks: there are none of either, which is an answer.
#[test]
fn lists_of_what_the_connector_does_not_have_are_empty() {
    let c1 = C1::start();
    let agent = agent(&c1);
    let _running = agent.start(&[]);
    for (kind, message) in [
        (
            TaskType::ListEventFeeds(OtherTask {}),
            "ListEventFeedsResponse",
        ),
        (
            TaskType::ActionListSchemas(OtherTask {}),
            "ListActionSchemasResponse",
        ),
    ] {
        c1.queue([of_type(message, Some(kind))]);
        let report = c1.await_finish(&id(message));
        let answer = success(&report);
        assert!(answer.annotations.is_empty());
        let response = answer.response.as_ref().unwrap();
        let url = format!("type.googleapis.com/c1.connector.v2.{message}");
        assert_eq!((&*response.type_url, &*response.value), (&*url, &[][..]));
    }
    assert_eq!(agent.sandbox.calls().len(), 0);
}
