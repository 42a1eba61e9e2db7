//! Each call fails in turn: what holds afterwards is the old or the new state, and the message says
//! which.

use baton_1password::baton::ids::{ResourceId, ResourceKind};
use baton_1password::op::ErrorKind;
use baton_1password::provision::{Change, Error, Job, Outcome, Refusal, Request};
use serde_json::{Value, json};

use super::world::{carry_out, connected, request, tenant};
use crate::support::Sandbox;

/// A request, what it starts from, and how many calls it takes when nothing fails.
struct Case {
    request: Request,
    old: Value,
    calls: usize,
}

fn cases() -> Vec<Case> {
    let id = |kind, id: &str| ResourceId::new(kind, id);
    let (vault, group) = (
        id(ResourceKind::Vault, "vprod"),
        id(ResourceKind::Group, "gteam"),
    );
    let (user, ops) = (
        id(ResourceKind::User, "U:NIX"),
        id(ResourceKind::Group, "g:ops"),
    );
    let plain = tenant("BUSINESS");
    let with = |change: &dyn Fn(&mut Value)| {
        let mut tenant = plain.clone();
        change(&mut tenant);
        tenant
    };
    let seen =
        with(&|it| it["vault_users"]["vprod"]["U:NIX"] = json!(["view_items", "edit_items"]));
    let viewed = with(&|it| it["vault_groups"]["vprod"]["g:ops"] = json!(["view_items"]));
    let member = with(&|it| it["group_users"]["gteam"]["U:NIX"] = json!("MEMBER"));
    let manager = with(&|it| it["group_users"]["gteam"]["U:NIX"] = json!("MANAGER"));
    [
        ("grant", &vault, "edit items", &user, &plain, 4),
        ("revoke", &vault, "member", &user, &seen, 6),
        ("grant", &vault, "member", &ops, &plain, 4),
        ("revoke", &vault, "view items", &ops, &viewed, 4),
        ("grant", &group, "member", &user, &plain, 3),
        ("grant", &group, "manager", &user, &plain, 4),
        ("grant", &group, "manager", &user, &member, 3),
        ("revoke", &group, "manager", &user, &manager, 3),
        ("revoke", &group, "member", &user, &manager, 3),
    ]
    .into_iter()
    .map(|(verb, place, slug, principal, old, calls)| Case {
        request: request(verb, place, slug, principal).unwrap(),
        old: old.clone(),
        calls,
    })
    .collect()
}

/// What the tenant is when nothing fails.
async fn new_state(case: &Case) -> Value {
    let sandbox = Sandbox::tenant(&case.old);
    let outcome = carry_out(&sandbox, &case.request).await.unwrap();
    assert!(matches!(outcome.change, Change::Done { .. }), "{outcome}");
    assert_eq!(sandbox.calls().len(), case.calls);
    sandbox.tenant_now()
}

/// Checks what was told against what holds.
fn check(what: &str, told: &Result<Outcome, Error>, now: &Value, old: &Value, new: &Value) {
    let text = told
        .as_ref()
        .map_or_else(ToString::to_string, ToString::to_string);
    let what = format!("{what}: {text}");
    match told {
        Ok(outcome) => {
            assert!(matches!(outcome.change, Change::Done { .. }), "{what}");
            assert_eq!(now, new, "{what}");
        }
        Err(Error::Unread { .. }) => {
            assert_eq!(now, old, "{what}");
            assert!(text.contains("nothing was changed"), "{what}");
        }
        Err(Error::NotTaken { .. }) => {
            assert_eq!(now, old, "{what}");
            assert!(text.contains("It is as it was"), "{what}");
        }
        Err(Error::Unchecked { .. }) => {
            assert!(now == new, "{what}");
            assert!(
                text.contains("`op` took the change")
                    && text.contains("only the check of it is missing"),
                "{what}"
            );
        }
        Err(_) => panic!("{what}"),
    }
}

/// `src/sync/mapping.md`, Changes: failure of any single call.
#[tokio::test]
async fn a_failed_call_leaves_the_old_or_the_new_state() {
    for (at, case) in cases().iter().enumerate() {
        let new = new_state(case).await;
        for call in 1..=case.calls {
            for fault in [
                json!({"call": call, "exit": 1, "stderr": "[ERROR] (403) Forbidden: no way"}),
                json!({"call": call, "exit": 1, "late": true, "stderr": "[ERROR] unexpected EOF"}),
                json!({"call": call, "exit": 2, "late": true, "stderr": "panic: runtime error"}),
            ] {
                let sandbox = Sandbox::tenant(&case.old);
                sandbox.set("faults", json!([fault]));
                let told = carry_out(&sandbox, &case.request).await;
                let what = format!("case {at}, {fault}");
                check(&what, &told, &sandbox.tenant_now(), &case.old, &new);
                if let Err(error) = told {
                    assert!(!error.to_string().contains("  "), "{error}");
                }
            }
        }
    }
}

/// When the write fails and what holds cannot be read either, the message gives both reasons and
/// claims nothing.
#[tokio::test]
async fn what_is_not_known_is_called_unknown() {
    for case in cases() {
        let sandbox = Sandbox::tenant(&case.old);
        let write = json!({"words": "--user ", "exit": 1, "stderr": "[ERROR] unexpected EOF"});
        let group = json!({"words": "--group ", "exit": 1, "stderr": "[ERROR] unexpected EOF"});
        let read = json!({"words": "list", "skip": 1, "exit": 1, "stderr": "[ERROR] (403) Forbidden: gone"});
        sandbox.set("faults", json!([write, group, read]));
        let error = carry_out(&sandbox, &case.request).await.unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("unexpected EOF") && text.contains("gone"),
            "{text}"
        );
        assert!(text.contains("what holds now is not known"), "{text}");
        assert_eq!(sandbox.tenant_now(), case.old);
        assert!(!error.is_retryable(), "{text}");
    }
}

/// A write that hangs is killed; what it did is read, and it is not made again.
#[tokio::test]
async fn a_hanging_write_is_read_back_and_not_repeated() {
    for late in [false, true] {
        let case = &cases()[0];
        let sandbox = Sandbox::tenant(&case.old);
        sandbox.set("faults", json!([{"call": 3, "hang": true, "late": late}]));
        let client = connected(&sandbox, 3).await;
        let told = Job::new(&client, &case.request).run().await;
        let writes = sandbox.calls().into_iter();
        let writes = writes.filter(|call| call.argv.contains(&"grant".to_owned()));
        assert_eq!(writes.count(), 1);
        match told {
            Ok(outcome) => assert!(late, "{outcome}"),
            Err(Error::NotTaken { error, said, .. }) => {
                assert!(!late && said.contains("It is as it was"));
                assert_eq!(error.unwrap().kind(), ErrorKind::Timeout);
            }
            Err(error) => panic!("{error}"),
        }
        sandbox.assert_clean();
    }
}

/// A conflict and a rate limit say that nothing was done, so the write is made again.
#[tokio::test]
async fn a_conflict_is_tried_again() {
    for stderr in [
        "[ERROR] (409) Conflict: Internal server conflict",
        "[ERROR] Too many requests. Your client has been rate-limited. Try again in  seconds",
    ] {
        let case = &cases()[0];
        let sandbox = Sandbox::tenant(&case.old);
        let fault = json!([{"words": "user grant", "times": 1, "exit": 1, "stderr": stderr}]);
        sandbox.set("faults", fault);
        let outcome = carry_out(&sandbox, &case.request).await.unwrap();
        assert!(matches!(outcome.change, Change::Done { .. }), "{outcome}");
        assert_eq!(sandbox.calls().len(), case.calls + 1);
    }
}

/// `op` says yes and nothing happens: an error with what it reports now.
#[tokio::test]
async fn a_change_that_did_not_take_is_an_error() {
    for case in cases() {
        let sandbox = Sandbox::tenant(&case.old);
        sandbox.set(
            "faults",
            json!([{"words": "--user ", "exit": 0}, {"words": "--group ", "exit": 0}]),
        );
        let error = carry_out(&sandbox, &case.request).await.unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("`op` reported success, but it did not take"),
            "{text}"
        );
        assert!(text.contains("It is as it was"), "{text}");
        assert_eq!(sandbox.tenant_now(), case.old);
        assert!(!error.is_retryable());
    }
}

/// Whether C1 may ask again: when the reason may pass, and when only the check of the change is
/// missing.
#[tokio::test]
async fn only_a_passing_failure_or_a_missing_check_may_be_retried() {
    let busy = "[ERROR] (504) Gateway Timeout";
    for (call, stderr, retryable) in [
        (3, busy, true),
        (3, "[ERROR] (403) Forbidden: no", false),
        (1, "[ERROR] (403) Forbidden: no", false),
        (4, "[ERROR] (403) Forbidden: no", true),
    ] {
        let case = &cases()[0];
        let sandbox = Sandbox::tenant(&case.old);
        sandbox.set(
            "faults",
            json!([{"call": call, "exit": 1, "stderr": stderr}]),
        );
        let error = carry_out(&sandbox, &case.request).await.unwrap_err();
        assert_eq!(error.is_retryable(), retryable, "call {call}: {error}");
    }
}

/// Without an account type the right permissions are not known: nothing is tried.
#[tokio::test]
async fn no_account_no_change() {
    let case = &cases()[0];
    let mut tenant = case.old.clone();
    tenant["account"] = Value::Null;
    let sandbox = Sandbox::tenant(&tenant);
    let error = carry_out(&sandbox, &case.request).await.unwrap_err();
    assert!(
        matches!(error, Error::Refused(Refusal::NoAccount, _)),
        "{error}"
    );
    assert_eq!(sandbox.calls().len(), 1);
}
