//! From the command line names and e-mail addresses do for ids where they are one's alone.

use serde_json::{Value, json};

use super::world::{calls_of, grant, revoke, sync, tenant};
use crate::support::Sandbox;

/// Two people and two vaults of one name each, and others whose names are theirs alone.
fn sandbox() -> Sandbox {
    let mut tenant = tenant("BUSINESS");
    tenant["users"][0]["email"] = json!("sam1@acme.example");
    tenant["users"][2] = json!({"id": "U:NIX", "name": "Nix: the \u{202e}cat", "email": "nix@acme.example",
        "type": "MEMBER", "state": "ACTIVE"});
    tenant["vaults"][1]["name"] = json!("Depot: Keys");
    tenant["vault_users"]["vprod"]["USAM1"] = json!(["view_items"]);
    let sandbox = Sandbox::tenant(&tenant);
    sync(&sandbox);
    sandbox
}

#[test]
fn names_and_addresses_do_for_ids_and_the_ids_are_told() {
    for (entitlement, kind, principal, told) in [
        (
            "vault:depot: keys:view items",
            "user",
            "SAM1@acme.example",
            ["(USAM1)", "(v:x/1)"],
        ),
        (
            "vault:Prod:view items",
            "user",
            "nix: the \u{202e}cat",
            ["(U:NIX)", "(vprod)"],
        ),
        (
            "vault:Prod:print items",
            "group",
            "ops",
            ["(g:ops)", "(vprod)"],
        ),
        (
            "group:Team:manager",
            "user",
            "nix@acme.example",
            ["(U:NIX)", "(gteam)"],
        ),
    ] {
        let sandbox = sandbox();
        let run = grant(&sandbox, entitlement, kind, principal);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        for told in told {
            assert!(run.last_line().contains(told), "{told}: {}", run.stderr);
        }
        let calls = sandbox.calls();
        let named = |word: &String| word.contains("acme") || word.to_lowercase().contains("depot");
        assert!(
            !calls.iter().any(|call| call.argv.iter().any(named)),
            "a name reached op"
        );
    }
}

#[test]
fn a_grant_is_named_by_the_names_in_it() {
    let sandbox = sandbox();
    let run = revoke(&sandbox, "vault:prod:view items:user:sam1@acme.example");
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    for told in ["revoked view items", "(USAM1)", "(vprod)"] {
        assert!(run.last_line().contains(told), "{told}: {}", run.stderr);
    }
    assert_eq!(sandbox.tenant_now()["vault_users"]["vprod"], json!({}));
    let run = revoke(&sandbox, "group:Team:member:user:USAM1");
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(sandbox.tenant_now()["group_users"]["gteam"], json!({}));
}

/// A misuse: nothing is asked or changed, and the ids to choose from are listed.
#[test]
fn who_shares_a_name_is_listed_with_ids() {
    let sandbox = sandbox();
    let mut now = sandbox.tenant_now();
    now["vaults"][1]["name"] = json!("prod");
    // An address that is somebody else's name is not one's alone either.
    now["users"][2]["name"] = json!("sam1@acme.example");
    sandbox.write("bin/tenant.json", now.to_string());
    sync(&sandbox);
    let view = "vault:vprod:view items";
    let give = |entitlement: &str, who: &str| grant(&sandbox, entitlement, "user", who);
    let take = |id: &str| revoke(&sandbox, id);
    for (work, told) in [
        (
            &(|| give(view, "sam smith")) as &dyn Fn() -> _,
            ["USAM1  Sam Smith <sam1@acme.example>", "USAM2  Sam Smith"],
        ),
        (
            &|| give(view, "sam1@acme.example"),
            [
                "USAM1  Sam Smith <sam1@acme.example>",
                "U:NIX  sam1@acme.example",
            ],
        ),
        (
            &|| give("vault:Prod:view items", "USAM1"),
            ["vprod  Prod", "v:x/1  prod"],
        ),
        (
            &|| take("vault:Prod:view items:user:USAM1"),
            ["vprod  Prod", "v:x/1  prod"],
        ),
        (
            &|| take("vault:vprod:view items:user:Sam Smith"),
            ["USAM1", "USAM2"],
        ),
    ] {
        let (run, calls) = calls_of(&sandbox, work);
        assert_eq!(run.code, Some(2), "{}", run.stderr);
        assert_eq!(calls, [""; 0], "op was asked");
        for told in told.iter().chain(&["is the name of 2; ask by id:"]) {
            assert!(run.stderr.contains(told), "{told}: {}", run.stderr);
        }
    }
    assert_eq!(sandbox.tenant_now(), now);
}

/// What nobody has is named for itself, and nothing is done.
#[test]
fn a_name_that_nobody_has_is_told() {
    let sandbox = sandbox();
    for (id, told) in [
        (
            "vault:Nowhere:view items:user:USAM1",
            "no entitlement \"vault:Nowhere:view items\"",
        ),
        (
            "vault:Prod:view items:user:nobody@acme.example",
            "no principal \"user:nobody@acme.example\"",
        ),
        (
            "vault:Prod:print items:user:USAM1",
            "no grant \"vault:vprod:print items:user:USAM1\"",
        ),
        ("vault::view items:user:USAM1", "no entitlement"),
    ] {
        let before: Value = sandbox.tenant_now();
        let run = revoke(&sandbox, id);
        assert_eq!(run.code, Some(7), "{}", run.stderr);
        assert!(run.last_line().contains(told), "{told}: {}", run.stderr);
        assert_eq!(sandbox.tenant_now(), before);
    }
}
