//! What makes managers hard (`src/op/op-cli.md`, Groups).

use baton_1password::baton::ids::{ResourceId, ResourceKind};
use baton_1password::provision::{Change, Error, Outcome};
use serde_json::{Value, json};

use super::world::{carry_out, request, tenant};
use crate::support::Sandbox;

/// A request for the manager of Team, the role of its user, and what goes wrong.
async fn manage(verb: &str, role: &str, faults: Value) -> (Result<Outcome, Error>, Sandbox) {
    let mut tenant = tenant("BUSINESS");
    if !role.is_empty() {
        tenant["group_users"]["gteam"]["U:NIX"] = json!(role);
    }
    let sandbox = Sandbox::tenant(&tenant);
    sandbox.set("faults", faults);
    let group = ResourceId::new(ResourceKind::Group, "gteam");
    let user = ResourceId::new(ResourceKind::User, "U:NIX");
    let request = request(verb, &group, "manager", &user).unwrap();
    (carry_out(&sandbox, &request).await, sandbox)
}

fn role(sandbox: &Sandbox) -> Value {
    sandbox.tenant_now()["group_users"]["gteam"]["U:NIX"].clone()
}

fn writes(sandbox: &Sandbox) -> Vec<String> {
    let calls = sandbox.calls().into_iter().map(|call| call.words());
    calls.filter(|call| call.contains("--")).collect()
}

const REVOKE: &str = "group user revoke --group gteam --user U:NIX";

fn set(role: &str) -> String {
    format!("group user grant --group gteam --role {role} --user U:NIX")
}

/// The first `--role manager` only confirms the membership; the same call again promotes.
#[tokio::test]
async fn a_promotion_that_needs_two_calls_gets_them() {
    let faults = json!([{"words": "--role manager", "times": 1, "exit": 0}]);
    for before in ["", "MEMBER"] {
        let (told, sandbox) = manage("grant", before, faults.clone()).await;
        assert!(matches!(told.unwrap().change, Change::Done { .. }));
        assert_eq!(role(&sandbox), "MANAGER");
        let both = [set("manager"), set("manager")];
        assert!(writes(&sandbox).ends_with(&both), "{:?}", writes(&sandbox));
    }
}

/// Without the second half the first is taken back; when that fails too, the message says so.
#[tokio::test]
async fn a_promotion_that_fails_leaves_no_membership_unreported() {
    let refused =
        json!({"words": "--role manager", "exit": 1, "stderr": "[ERROR] (403) Forbidden: no"});
    let (told, sandbox) = manage("grant", "", json!([refused])).await;
    let text = told.unwrap_err().to_string();
    assert!(text.contains("was taken back"), "{text}");
    assert!(text.contains("It is as it was: not in the group"), "{text}");
    assert_eq!(role(&sandbox), Value::Null);
    assert_eq!(
        writes(&sandbox),
        [set("member"), set("manager"), REVOKE.to_owned()]
    );

    let stuck =
        json!({"words": "user revoke", "exit": 1, "stderr": "[ERROR] (403) Forbidden: stuck"});
    let (told, sandbox) = manage("grant", "", json!([refused, stuck])).await;
    let text = told.unwrap_err().to_string();
    assert!(
        text.contains("could not be taken back") && text.contains("stuck"),
        "{text}"
    );
    assert!(
        text.contains("Before: not in the group; now: member."),
        "{text}"
    );
    assert_eq!(role(&sandbox), "MEMBER");
    assert_eq!(sandbox.calls().len(), 6);
}

/// Who was a member before stays one.
#[tokio::test]
async fn a_failed_promotion_of_a_member_keeps_the_membership() {
    let refused =
        json!([{"words": "--role manager", "exit": 1, "stderr": "[ERROR] (403) Forbidden: no"}]);
    let (told, sandbox) = manage("grant", "MEMBER", refused).await;
    let is_unchanged = |said: &str| said.contains("It is as it was");
    assert!(matches!(told, Err(Error::NotTaken { said, .. }) if is_unchanged(&said)));
    assert_eq!(role(&sandbox), "MEMBER");
}

/// When the role cannot be set, the user leaves the group and comes back.
#[tokio::test]
async fn a_demotion_falls_back_to_leaving_and_joining() {
    for fault in [
        json!({"words": "--role member", "times": 1, "exit": 0}),
        json!({"words": "--role member", "times": 1, "exit": 1, "stderr": "[ERROR] U:NIX is already a member"}),
    ] {
        let (told, sandbox) = manage("revoke", "MANAGER", json!([fault])).await;
        let line = told.unwrap().to_string();
        assert!(line.ends_with(": manager → member"), "{line}");
        assert_eq!(role(&sandbox), "MEMBER");
        let all = [set("member"), REVOKE.to_owned(), set("member")];
        assert_eq!(writes(&sandbox), all);
    }
}

/// The way back in is tried twice; when it stays shut, the message says exactly what was lost.
#[tokio::test]
async fn a_membership_lost_on_the_way_is_reported() {
    let nothing = json!({"words": "--role member", "times": 1, "exit": 0});
    let refused = |times: u64| json!({"words": "--role member", "times": times, "exit": 1, "stderr": "[ERROR] (403) Forbidden: full"});
    let (told, sandbox) = manage("revoke", "MANAGER", json!([nothing, refused(1)])).await;
    assert!(matches!(told.unwrap().change, Change::Done { .. }));
    assert_eq!(role(&sandbox), "MEMBER");

    let (told, sandbox) = manage("revoke", "MANAGER", json!([nothing, refused(9)])).await;
    let text = told.unwrap_err().to_string();
    assert!(
        text.contains("full") && text.contains("taken out of the group"),
        "{text}"
    );
    assert!(
        text.contains("Before: manager; now: not in the group."),
        "{text}"
    );
    assert_eq!(role(&sandbox), Value::Null);
}

/// Somebody else was faster: `op`'s "already" is success.
#[tokio::test]
async fn already_a_member_is_success() {
    let mut tenant = tenant("BUSINESS");
    tenant["group_users"]["gteam"] = json!({});
    let sandbox = Sandbox::tenant(&tenant);
    sandbox.set(
        "faults",
        json!([{"words": "--role member", "late": true, "exit": 1, "stderr": "[ERROR] already a member"}]),
    );
    let group = ResourceId::new(ResourceKind::Group, "gteam");
    let user = ResourceId::new(ResourceKind::User, "U:NIX");
    let request = request("grant", &group, "member", &user).unwrap();
    let outcome = carry_out(&sandbox, &request).await.unwrap();
    assert!(
        matches!(outcome.change, Change::Already { .. }),
        "{outcome}"
    );
    let annotation = outcome.annotation().unwrap();
    assert!(
        annotation
            .type_url
            .ends_with("/c1.connector.v2.GrantAlreadyExists")
    );
}
