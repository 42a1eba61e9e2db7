//! Vault permissions beside the table: dependent ones held through a group, two readings, odd rows.

use baton_1password::baton::ids::{ResourceId, ResourceKind};
use baton_1password::provision::{Change, Error, Outcome};
use serde_json::{Value, json};

use super::world::{carry_out, request, tenant};
use crate::support::Sandbox;

async fn on_vault(sandbox: &Sandbox, verb: &str, slug: &str, user: &str) -> Result<Outcome, Error> {
    let vault = ResourceId::new(ResourceKind::Vault, "vprod");
    let user = ResourceId::new(ResourceKind::User, user);
    carry_out(sandbox, &request(verb, &vault, slug, &user).unwrap()).await
}

/// The `--permissions` of every write.
fn sent(sandbox: &Sandbox) -> Vec<String> {
    let calls = sandbox.calls().into_iter();
    let list = calls.filter_map(|call| {
        let at = call.argv.iter().position(|word| word == "--permissions")?;
        Some(call.argv[at + 1].clone())
    });
    list.collect()
}

fn held(sandbox: &Sandbox, user: &str) -> Value {
    sandbox.tenant_now()["vault_users"]["vprod"][user].clone()
}

/// USAM1 sees the vault through Team: that is no permission of its own, neither the wanted one nor
/// one it needs.
#[tokio::test]
async fn what_a_group_gives_is_not_held_already() {
    let sandbox = Sandbox::tenant(&tenant("BUSINESS"));
    let outcome = on_vault(&sandbox, "grant", "view items", "USAM1")
        .await
        .unwrap();
    assert!(matches!(outcome.change, Change::Done { .. }), "{outcome}");
    let sandbox = Sandbox::tenant(&tenant("BUSINESS"));
    on_vault(&sandbox, "grant", "edit items", "USAM1")
        .await
        .unwrap();
    assert_eq!(
        sent(&sandbox),
        ["view_items,edit_items,view_and_copy_passwords"]
    );
    on_vault(&sandbox, "revoke", "view items", "USAM1")
        .await
        .unwrap();
    assert_eq!(held(&sandbox, "USAM1"), Value::Null);
}

/// `src/op/op-cli.md`, Dependencies: the vendor's pages differ on what managing needs; the longer
/// list is sent when `op` asks for it, and only then.
#[tokio::test]
async fn both_readings_of_managing_work() {
    let missing = |verb: &str| {
        json!([{"words": format!("user {verb}"), "times": 1, "exit": 1, "stderr":
            "[ERROR] In order to grant [allow_managing], the permission(s) [allow_editing] are also required."}])
    };
    let sandbox = Sandbox::tenant(&tenant("TEAM"));
    on_vault(&sandbox, "grant", "allow managing", "U:NIX")
        .await
        .unwrap();
    assert_eq!(sent(&sandbox), ["allow_managing"]);

    let sandbox = Sandbox::tenant(&tenant("TEAM"));
    sandbox.set("faults", missing("grant"));
    on_vault(&sandbox, "grant", "allow managing", "U:NIX")
        .await
        .unwrap();
    let all = "allow_viewing,allow_editing,allow_managing";
    assert_eq!(sent(&sandbox), ["allow_managing", all]);

    let mut full = tenant("TEAM");
    full["vault_users"]["vprod"]["U:NIX"] = json!(all.split(',').collect::<Vec<_>>());
    let sandbox = Sandbox::tenant(&full);
    sandbox.set("faults", missing("revoke"));
    on_vault(&sandbox, "revoke", "allow editing", "U:NIX")
        .await
        .unwrap();
    assert_eq!(
        sent(&sandbox),
        ["allow_editing", "allow_editing,allow_managing"]
    );
    assert_eq!(held(&sandbox, "U:NIX"), json!(["allow_viewing"]));
}

/// The longer list is not sent when reading again shows that something has happened.
#[tokio::test]
async fn nothing_is_sent_again_after_a_change() {
    let sandbox = Sandbox::tenant(&tenant("TEAM"));
    let stderr = "[ERROR] x is dependent on the permission(s) [y]";
    let fault = json!([{"words": "user grant", "late": true, "exit": 1, "stderr": stderr}]);
    sandbox.set("faults", fault);
    let outcome = on_vault(&sandbox, "grant", "allow managing", "U:NIX").await;
    assert!(matches!(outcome.unwrap().change, Change::Done { .. }));
    assert_eq!(sent(&sandbox), ["allow_managing"]);
}

/// Where the pages agree, a missing dependency is an error and nothing is sent again.
#[tokio::test]
async fn a_missing_dependency_elsewhere_is_an_error() {
    for (kind, slug) in [("BUSINESS", "manage vault"), ("TEAM", "allow viewing")] {
        let sandbox = Sandbox::tenant(&tenant(kind));
        let stderr = "[ERROR] x is dependent on the permission(s) [y]";
        sandbox.set(
            "faults",
            json!([{"words": "user grant", "exit": 1, "stderr": stderr}]),
        );
        let error = on_vault(&sandbox, "grant", slug, "U:NIX")
            .await
            .unwrap_err();
        assert!(error.to_string().contains("[y]"), "{error}");
        assert_eq!(sent(&sandbox).len(), 1);
    }
}

/// The race lost: the access went away between the read and the write.
#[tokio::test]
async fn no_direct_access_is_already_revoked() {
    let mut full = tenant("BUSINESS");
    full["vault_users"]["vprod"]["U:NIX"] = json!(["view_items"]);
    let sandbox = Sandbox::tenant(&full);
    let stderr = "[ERROR] the accessor doesn't have any permissions";
    sandbox.set(
        "faults",
        json!([{"words": "user revoke", "late": true, "exit": 1, "stderr": stderr}]),
    );
    let outcome = on_vault(&sandbox, "revoke", "member", "U:NIX")
        .await
        .unwrap();
    let annotation = outcome.annotation().unwrap();
    assert!(
        annotation
            .type_url
            .ends_with("/c1.connector.v2.GrantAlreadyRevoked")
    );
}

/// A shorthand in a row of a Business account is held by its name or by what it stands for.
#[tokio::test]
async fn shorthands_are_understood() {
    let mut odd = tenant("BUSINESS");
    odd["vault_users"]["vprod"]["U:NIX"] =
        json!(["view_items", "view_and_copy_passwords", "view_item_history"]);
    let sandbox = Sandbox::tenant(&odd);
    let outcome = on_vault(&sandbox, "grant", "allow viewing", "U:NIX")
        .await
        .unwrap();
    assert!(
        matches!(outcome.change, Change::Already { .. }),
        "{outcome}"
    );
}

/// The line: who, what, where, before → after; names for people, ids to be sure.
#[tokio::test]
async fn one_line_says_what_was_done() {
    let mut full = tenant("BUSINESS");
    full["vault_users"]["vprod"]["U:NIX"] = json!(["print_items", "manage_vault", "view_items"]);
    let sandbox = Sandbox::tenant(&full);
    let outcome = on_vault(&sandbox, "revoke", "print items", "U:NIX")
        .await
        .unwrap();
    assert_eq!(
        outcome.to_string(),
        "user Sam Smith (U:NIX): revoked print items on vault Sam Smith (vprod): \
         view_items, print_items, manage_vault → view_items, manage_vault"
    );
    let outcome = on_vault(&sandbox, "grant", "member", "USAM2")
        .await
        .unwrap();
    assert_eq!(
        outcome.to_string(),
        "user Sam Smith (USAM2): granted member on vault Sam Smith (vprod): no direct access → view_items"
    );
}
