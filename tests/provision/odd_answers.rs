//! Answers that must not be taken for "nobody", and the account and ids that they are of.

use baton_1password::baton::ids::{ResourceId, ResourceKind};
use baton_1password::provision::{Change, Error, Outcome, Request};
use serde_json::{Value, json};

use super::world::{calls_of, carry_out, grant, request, sync, tenant};
use crate::support::Sandbox;

fn id(kind: ResourceKind, id: &str) -> ResourceId {
    ResourceId::new(kind, id)
}

/// A request for each listing that is read: a vault's users, its groups, a group's members.
fn requests(verb: &str) -> [(Request, &'static str); 3] {
    let (vault, group) = (
        id(ResourceKind::Vault, "vprod"),
        id(ResourceKind::Group, "gteam"),
    );
    let (user, ops) = (
        id(ResourceKind::User, "USAM2"),
        id(ResourceKind::Group, "g:ops"),
    );
    [
        (
            request(verb, &vault, "member", &user).unwrap(),
            "vault user list",
        ),
        (
            request(verb, &vault, "view items", &ops).unwrap(),
            "vault group list",
        ),
        (
            request(verb, &group, "member", &user).unwrap(),
            "group user list",
        ),
    ]
}

/// Everybody of `requests` has what it is about.
fn held() -> Value {
    let mut tenant = tenant("BUSINESS");
    tenant["vault_users"]["vprod"]["USAM2"] = json!(["view_items"]);
    tenant["vault_groups"]["vprod"]["g:ops"] = json!(["view_items"]);
    tenant["group_users"]["gteam"]["USAM2"] = json!("MEMBER");
    tenant
}

/// A sandbox in which the listing is this from the `skip`th time on, so many `times`.
fn answering(tenant: &Value, words: &str, skip: u64, times: u64, rows: &Value) -> Sandbox {
    let sandbox = Sandbox::tenant(tenant);
    sandbox.write("bin/rows", rows.to_string());
    sandbox.set(
        "faults",
        json!([{"words": words, "skip": skip, "times": times, "stdout_file": "rows"}]),
    );
    sandbox
}

fn writes(sandbox: &Sandbox) -> Vec<String> {
    let calls = sandbox.calls().into_iter().map(|call| call.words());
    calls.filter(|call| call.contains(" --")).collect()
}

/// `null` does not say that nobody has access, so a revocation ends there; `[]` says it.
#[tokio::test]
async fn a_revocation_does_not_take_null_for_nobody() {
    for (request, words) in requests("revoke") {
        let sandbox = answering(&held(), words, 0, 9, &Value::Null);
        let error = carry_out(&sandbox, &request).await.unwrap_err();
        assert!(matches!(error, Error::Unread { .. }), "{error}");
        let text = error.to_string();
        assert!(text.contains(words) && text.contains("null"), "{text}");
        assert_eq!(writes(&sandbox), [""; 0]);

        let mut no_groups = held();
        no_groups["vault_groups"]["vprod"] = json!({});
        let sandbox = answering(&no_groups, words, 0, 9, &json!([]));
        let outcome = carry_out(&sandbox, &request).await.unwrap();
        assert!(
            matches!(outcome.change, Change::Already { .. }),
            "{outcome}"
        );
    }
}

/// Nor after the write: what holds then is not known.
#[tokio::test]
async fn what_null_tells_after_a_write_is_not_known() {
    for verb in ["grant", "revoke"] {
        for (request, words) in requests(verb) {
            let tenant = if verb == "grant" {
                tenant("BUSINESS")
            } else {
                held()
            };
            let sandbox = answering(&tenant, words, 1, 9, &Value::Null);
            let error = carry_out(&sandbox, &request).await.unwrap_err();
            assert!(matches!(error, Error::Unchecked { .. }), "{error}");
            assert!(error.to_string().contains("answered null"), "{error}");
            assert_eq!(writes(&sandbox).len(), 1);
        }
    }
}

/// Some versions of `op` print `null` for an empty list: a grant goes on, and is read back.
#[tokio::test]
async fn a_grant_goes_on_where_null_is_told() {
    for (request, words) in requests("grant") {
        let sandbox = answering(&tenant("BUSINESS"), words, 0, 1, &Value::Null);
        let outcome = carry_out(&sandbox, &request).await.unwrap();
        let Change::Done { before, .. } = &outcome.change else {
            panic!("{outcome}");
        };
        assert!(before.contains("not known"), "{before}");

        let sandbox = answering(&tenant("BUSINESS"), words, 0, 9, &Value::Null);
        let error = carry_out(&sandbox, &request).await.unwrap_err();
        assert!(error.to_string().contains("not known"), "{error}");
    }
}

/// A membership that may have been there before is not taken back when the promotion fails.
#[tokio::test]
async fn an_unknown_membership_is_not_taken_back() {
    let sandbox = answering(&held(), "group user list", 0, 1, &Value::Null);
    let world = std::fs::read(sandbox.path("bin/op.json")).unwrap();
    let world: Value = serde_json::from_slice(&world).unwrap();
    let mut faults = world["faults"].as_array().unwrap().clone();
    faults.push(
        json!({"words": "--role manager", "exit": 1, "stderr": "[ERROR] (403) Forbidden: no"}),
    );
    sandbox.set("faults", faults.into());
    let (group, user) = (
        id(ResourceKind::Group, "gteam"),
        id(ResourceKind::User, "USAM2"),
    );
    let request = request("grant", &group, "manager", &user).unwrap();
    carry_out(&sandbox, &request).await.unwrap_err();
    assert_eq!(
        sandbox.tenant_now()["group_users"]["gteam"]["USAM2"],
        "MEMBER"
    );
    assert_eq!(writes(&sandbox).len(), 1);
}

/// Which permissions there are is the account's business: without one, or in another one than the
/// file is of, nothing is sent.
#[test]
fn only_the_account_of_the_file_is_changed() {
    for (account, code, parts) in [
        (json!({}), 4, &["told no account"][..]),
        (
            json!({"id": "", "type": "BUSINESS"}),
            4,
            &["told no account"],
        ),
        (
            json!({"id": "OTHER", "name": "Elsewhere", "type": "TEAM"}),
            7,
            &["Elsewhere (OTHER)", "ACC", "nothing was changed"],
        ),
    ] {
        let sandbox = Sandbox::tenant(&tenant("BUSINESS"));
        sync(&sandbox);
        let mut other = tenant("BUSINESS");
        other["account"] = account;
        sandbox.write("bin/tenant.json", other.to_string());
        let (run, calls) = calls_of(&sandbox, || {
            grant(&sandbox, "vault:vprod:member", "user", "USAM1")
        });
        assert_eq!(run.code, Some(code), "{}", run.stderr);
        for part in parts {
            assert!(run.last_line().contains(part), "{part}: {}", run.stderr);
        }
        assert_eq!(calls, ["account get"]);
    }
    let sandbox = Sandbox::tenant(&tenant("BUSINESS"));
    sync(&sandbox);
    let mut same = tenant("BUSINESS");
    same["account"]["id"] = json!("acc");
    sandbox.write("bin/tenant.json", same.to_string());
    let run = grant(&sandbox, "vault:vprod:member", "user", "USAM1");
    assert_eq!(run.code, Some(0), "{}", run.stderr);
}

/// `src/op/op-cli.md`, Vault access: names that cannot be sent, or none at all, go with the whole
/// grant.
#[tokio::test]
async fn a_member_goes_with_permissions_that_no_table_has() {
    for (kind, permissions) in [
        (
            "BUSINESS",
            json!(["view_items", "edit_items", "move_items"]),
        ),
        ("FAMILY", json!(["allow_viewing", "view_items"])),
        ("BUSINESS", json!([])),
    ] {
        for (noun, principal) in [
            ("user", id(ResourceKind::User, "USAM1")),
            ("group", id(ResourceKind::Group, "g:ops")),
        ] {
            let mut tenant = tenant(kind);
            let holders = format!("vault_{noun}s");
            tenant[&holders]["vprod"][&principal.id] = permissions.clone();
            let sandbox = Sandbox::tenant(&tenant);
            let vault = id(ResourceKind::Vault, "vprod");
            let request = request("revoke", &vault, "member", &principal).unwrap();
            let outcome = carry_out(&sandbox, &request).await.unwrap();
            assert!(matches!(outcome.change, Change::Done { .. }), "{outcome}");
            let now = sandbox.tenant_now();
            assert_eq!(now[&holders]["vprod"][&principal.id], Value::Null);
            let whole = format!(
                "vault {noun} revoke --vault vprod --{noun} {} --no-input",
                principal.id
            );
            assert_eq!(writes(&sandbox), [whole]);
        }
    }
}

/// `src/op/op-cli.md`, Ids: ids are compared without case.
#[tokio::test]
async fn ids_are_compared_without_case() {
    let already = |told: Result<Outcome, Error>| {
        let outcome = told.unwrap();
        assert!(
            matches!(outcome.change, Change::Already { .. }),
            "{outcome}"
        );
    };
    let row = json!([{"id": "usam2", "role": "MEMBER", "permissions": ["view_items"]},
        {"id": "G:OPS", "permissions": ["view_items"]}]);
    for (request, words) in requests("grant") {
        let sandbox = answering(&held(), words, 0, 9, &row);
        already(carry_out(&sandbox, &request).await);
    }
    for (request, words) in requests("revoke") {
        let sandbox = answering(&held(), words, 0, 1, &row);
        let outcome = carry_out(&sandbox, &request).await.unwrap();
        assert!(matches!(outcome.change, Change::Done { .. }), "{outcome}");
    }
}
