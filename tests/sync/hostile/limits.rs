//! What is too long: names are cut between characters to what C1 takes, ids never, and no name
//! floods a screen.

use serde_json::{Value, json};

use super::super::world::{synced, tenant, user};
use super::{assert_harmless, refused};
use crate::support::Sandbox;
use crate::support::records::Records;

/// A text of this many bytes, in characters of three, that no cut at a power of two leaves whole.
fn long(bytes: usize) -> String {
    "a".to_owned() + &"李".repeat(bytes / 3)
}

/// The account, a group, a vault and people, each with a name of every length around the limits.
#[test]
fn every_text_is_cut_to_its_limit_between_characters() {
    for bytes in [
        900, 980, 1000, 1020, 1024, 1030, 2040, 2060, 5_000, 1_000_000,
    ] {
        let mut tenant = tenant("BUSINESS");
        let name = long(bytes);
        tenant["account"]["name"] = json!(name);
        tenant["users"] = json!([
            {"id": "UANN", "name": name, "email": "ann@acme.example", "state": name, "type": name},
            {"id": "UBOB", "name": "", "email": name, "state": "ACTIVE"},
        ]);
        tenant["groups"][0]["name"] = json!(name);
        tenant["groups"][0]["description"] = json!(name);
        tenant["vaults"][0]["name"] = json!(name);
        tenant["vaults"][0]["description"] = json!(name);
        tenant["connect_servers"] = json!([{"id": "S", "name": name, "state": "ACTIVE"}]);
        let (records, run, _) = synced(&tenant, &[]);
        assert_limits(&records, &name);
        assert!(
            run.stderr.len() < 20_000,
            "{} bytes on stderr",
            run.stderr.len()
        );
        assert_eq!(
            bytes >= 1000,
            run.stderr.contains("descriptions cut"),
            "{bytes}: {}",
            run.stderr
        );
        assert_harmless(&run.stderr);
    }
}

/// The bounds of C1's messages (`src/sync/mapping.md`, Lengths and `src/c1z/format.md`, Database).
fn assert_limits(records: &Records, name: &str) {
    let bounded = |value: &Value, most: usize| {
        let text = value.as_str().unwrap_or_default();
        assert!(
            text.len() <= most,
            "{} bytes, at most {most} fit",
            text.len()
        );
        // Not more is lost than the longest of what is joined to a name, and a character.
        assert!(!text.is_empty() || value.is_null());
    };
    for resource in records.resources.values() {
        bounded(&resource["displayName"], 1024);
        bounded(&resource["description"], 2048);
        bounded(&resource["status"]["details"], 1024);
        bounded(&resource["annotations"][0]["status"]["details"], 1024);
        let shown = resource["displayName"].as_str().unwrap();
        assert!(name.starts_with(shown), "{shown:.40}");
        assert!(
            shown.len() == name.len() || shown.len() > 1024 - 40,
            "{} bytes are left",
            shown.len()
        );
    }
    for entitlement in records.entitlements.values() {
        bounded(&entitlement["displayName"], 1024);
        bounded(&entitlement["description"], 2048);
        bounded(&entitlement["id"], 1024);
        let (shown, slug) = (
            &entitlement["displayName"],
            entitlement["slug"].as_str().unwrap(),
        );
        assert!(shown.as_str().unwrap().ends_with(slug), "{slug}");
    }
    assert!(records.grants.keys().all(|id| id.len() <= 1024));
}

/// Somebody whom no listing has is written last, and may hold nothing that the limit of permissions
/// lets through.
#[test]
fn an_unlisted_user_whose_id_does_not_fit_is_refused() {
    let mut tenant = tenant("BUSINESS");
    tenant["vault_users"]["vprod"]["U".repeat(1_100)] = json!(["view_items"]);
    let sandbox = Sandbox::tenant(&tenant);
    let run = sandbox.run(&["--limit-vault-permissions", "export_items"]);
    assert_eq!(run.code, Some(4), "{}", run.stderr);
    assert!(
        run.last_line().contains("no more than 1,024 are taken"),
        "{}",
        run.stderr
    );
    assert!(!sandbox.path("work/sync.c1z").exists());
}

/// Ids are not cut, for a cut id may be another's, and not left out, for then somebody's access
/// would be missing.
#[test]
fn ids_that_do_not_fit_are_refused() {
    let id = |bytes: usize| "U".repeat(bytes);
    let with_user = |bytes: usize| {
        let mut tenant = tenant("BUSINESS");
        tenant["users"]
            .as_array_mut()
            .unwrap()
            .push(user(&id(bytes), "Long"));
        tenant
    };
    let with_permission = |bytes: usize| {
        let mut tenant = tenant("BUSINESS");
        tenant["vault_users"]["vprod"]["UBOB"] = json!(["p".repeat(bytes)]);
        tenant
    };
    // `account:ACC:member:user:` and `vault:vprod::user:UBOB` stand around them.
    let grant = 1024 - "account:ACC:member:user:".len();
    let permission = 1024 - "vault:vprod::user:UBOB".len();
    for (tenant, fits) in [
        (with_user(grant), true),
        (with_user(grant + 1), false),
        (with_user(1025), false),
        (with_permission(permission), true),
        (with_permission(permission + 1), false),
        (with_permission(1_000_000), false),
    ] {
        if fits {
            let (records, ..) = synced(&tenant, &[]);
            assert!(records.grants.keys().any(|id| id.len() == 1024));
            continue;
        }
        let sandbox = Sandbox::tenant(&super::super::world::tenant("BUSINESS"));
        assert_eq!(sandbox.run(&[]).code, Some(0));
        sandbox.write("bin/tenant.json", tenant.to_string());
        let run = refused(&sandbox, 4);
        let line = run.last_line();
        assert!(
            line.contains("no more than 1,024 are taken") && line.len() < 1000,
            "{line}"
        );
    }
}
