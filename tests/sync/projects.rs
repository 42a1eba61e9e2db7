//! Projects: Connect servers and what their tokens reach (`src/op/op-cli.md`, Connect).

use serde_json::{Value, json};

use super::tenants::dangling;
use super::world::{AT_A_TERMINAL, grants, synced, tenant};
use crate::support::Sandbox;
use crate::support::records::{File, Records};

fn server(id: &str, name: &str, state: &str) -> Value {
    json!({"id": id, "name": name, "state": state, "created_at": "2025-11-04T10:22:33Z",
        "creator_id": "UANN", "tokens_version": 4})
}

fn token(name: &str, server: &str, vaults: &Value) -> Value {
    json!({"id": name.to_uppercase(), "name": name, "state": "ACTIVE", "features": ["vaultaccess"],
        "vaults": vaults, "created_at": "2025-11-04T10:25:01Z", "integration_id": server})
}

fn with(kind: &str, servers: &Value, tokens: &Value) -> Value {
    let mut tenant = tenant(kind);
    tenant["connect_servers"] = servers.clone();
    tenant["connect_tokens"] = tokens.clone();
    tenant
}

fn of_projects(records: &Records) -> Vec<&str> {
    grants(records, ":project:")
}

/// Several servers, several tokens on one vault, shorthand and granular names, upper-case vault
/// ids, unknown names: one grant a project and permission.
#[test]
fn working_tokens_become_grants_of_their_project() {
    let servers = json!([
        server("S1", "shop", "ACTIVE"),
        server("S2", "roaster", "ACTIVE")
    ]);
    let tokens = json!([
        token(
            "read",
            "S1",
            &json!([{"id": "VPROD", "acl": ["allow_viewing"]}])
        ),
        token(
            "more",
            "S1",
            &json!([{"id": "VPROD", "acl": ["view_items", "fly_high"]}])
        ),
        token(
            "other",
            "S2",
            &json!([{"id": "VPROD", "acl": ["allow_managing"]}])
        ),
    ]);
    let (records, run, sandbox) = synced(&with("BUSINESS", &servers, &tokens), &[]);
    assert_eq!(
        of_projects(&records),
        [
            "vault:vprod:fly high:project:S1",
            "vault:vprod:manage vault:project:S2",
            "vault:vprod:member:project:S1",
            "vault:vprod:member:project:S2",
            "vault:vprod:view and copy passwords:project:S1",
            "vault:vprod:view item history:project:S1",
            "vault:vprod:view items:project:S1",
        ]
    );
    let project = &records.resources["project:S1"];
    assert_eq!(project["displayName"], json!("shop"));
    assert_eq!(
        project["parentResourceId"],
        json!({"resourceType": "account", "resource": "ACC"})
    );
    assert_eq!(project["profile"]["active_tokens"], json!("2"));
    assert_eq!(project["profile"]["server_id"], json!("S1"));
    assert_eq!(project["profile"]["creator_id"], json!("UANN"));
    assert!(
        records.resource_types["project"]["traits"]
            .to_string()
            .contains("TRAIT_APP")
    );
    let holders = &records.entitlements["vault:vprod:view items"]["grantableTo"];
    assert_eq!(
        holders.as_array().unwrap().len(),
        2,
        "users and groups, no projects"
    );
    assert!(run.stderr.contains("2 projects") && run.stderr.contains("3 active Connect tokens"));
    assert!(run.stderr.contains("fly_high"), "{}", run.stderr);
    assert_eq!(sandbox.calls().len(), 7 + 1 + 2 + 1);
    assert_eq!(
        dangling(&File::open(&sandbox.path("work/sync.c1z"))),
        Vec::<String>::new()
    );
}

/// A family account keeps the shorthand names; a granular name is unknown there.
#[test]
fn access_names_follow_the_account_type() {
    let tokens = json!([token(
        "t",
        "S1",
        &json!([{"id": "VPROD", "acl": ["allow_viewing", "view_items"]}])
    )]);
    let servers = json!([server("S1", "shop", "ACTIVE")]);
    let (records, run, _) = synced(&with("FAMILY", &servers, &tokens), &[]);
    let expected = [
        "vault:vprod:allow viewing:project:S1",
        "vault:vprod:member:project:S1",
        "vault:vprod:view items:project:S1",
    ];
    assert_eq!(of_projects(&records), expected);
    assert!(run.stderr.contains("view_items"), "{}", run.stderr);
}

/// Revoked tokens, expired tokens and revoked servers reach nothing; the server stays visible.
#[test]
fn what_does_not_work_gives_no_access() {
    let vault = json!([{"id": "VPROD", "acl": ["allow_viewing"]}]);
    let mut revoked = token("revoked", "S1", &vault);
    revoked["state"] = json!("REVOKED");
    let mut expired = token("expired", "S1", &vault);
    expired["expires_at"] = json!("2020-01-01T00:00:00Z");
    let dead = token("dead", "S2", &vault);
    let servers = json!([
        server("S1", "shop", "ACTIVE"),
        server("S2", "old", "REVOKED")
    ]);
    let (records, _, _) = synced(
        &with("BUSINESS", &servers, &json!([revoked, expired, dead])),
        &[],
    );
    assert_eq!(of_projects(&records), Vec::<&str>::new());
    assert_eq!(
        records.resources["project:S2"]["profile"]["state"],
        json!("REVOKED")
    );
    assert_eq!(
        records.resources["project:S1"]["profile"]["active_tokens"],
        json!("0")
    );
}

/// A token whose server or vault is not listed is named, not shown as access to nothing.
#[test]
fn strangers_are_named() {
    let tokens = json!([
        token(
            "homeless",
            "S9",
            &json!([{"id": "VPROD", "acl": ["allow_viewing"]}])
        ),
        token(
            "away",
            "S1",
            &json!([{"id": "VSECRET", "acl": ["allow_viewing"]}])
        ),
    ]);
    let servers = json!([server("S1", "shop", "ACTIVE")]);
    let (records, run, sandbox) = synced(&with("BUSINESS", &servers, &tokens), &[]);
    assert_eq!(of_projects(&records), Vec::<&str>::new());
    assert!(run.stderr.contains("homeless"), "{}", run.stderr);
    assert!(run.stderr.contains("vsecret"), "{}", run.stderr);
    assert!(records.resources.keys().all(|id| !id.contains("secret")));
    assert_eq!(
        dangling(&File::open(&sandbox.path("work/sync.c1z"))),
        Vec::<String>::new()
    );
}

/// A vault that only a token tells of is shown when `op` gave its name, with the token's access
/// alone; who else reaches it is said to be unknown.
#[test]
fn a_named_vault_of_a_token_is_shown() {
    let vaults = json!([{"id": "VHIDDEN", "name": "Hidden", "acl": ["view_items"]}]);
    let tokens = json!([token("away", "S1", &vaults)]);
    let servers = json!([server("S1", "shop", "ACTIVE")]);
    let (records, run, sandbox) = synced(&with("BUSINESS", &servers, &tokens), &[]);
    assert_eq!(
        records.resources["vault:vhidden"]["displayName"],
        json!("Hidden")
    );
    let expected = [
        "vault:vhidden:member:project:S1",
        "vault:vhidden:view items:project:S1",
    ];
    assert_eq!(of_projects(&records), expected);
    assert!(
        run.stderr.contains("who else does is not known"),
        "{}",
        run.stderr
    );
    assert_eq!(
        dangling(&File::open(&sandbox.path("work/sync.c1z"))),
        Vec::<String>::new()
    );
}

/// A state that 1Password adds later does not hide access; rows without id and repeated rows are
/// named and counted once.
#[test]
fn odd_connect_rows_are_named() {
    let vault = json!([{"id": "VPROD", "acl": ["view_items"]}]);
    let mut odd = token("odd", "S1", &vault);
    odd["state"] = json!("DORMANT");
    let twice = token("twice", "S1", &vault);
    let tokens = json!([odd, twice, twice, {"name": "nameless", "state": "ACTIVE"}]);
    let servers = json!([server("S1", "shop", "ACTIVE")]);
    let (records, run, _) = synced(&with("BUSINESS", &servers, &tokens), &[]);
    assert_eq!(
        records.resources["project:S1"]["profile"]["active_tokens"],
        json!("2")
    );
    for part in ["DORMANT", "listed more than once", "without an id"] {
        assert!(run.stderr.contains(part), "{part} in {}", run.stderr);
    }
}

/// A token that expires soon is a note, and the earliest expiry is in the summary.
#[test]
fn expiring_tokens_are_noted() {
    let soon = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24 * 10);
    let late = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24 * 100);
    let vault = json!([{"id": "VPROD", "acl": ["allow_viewing"]}]);
    let expiring = |name: &str, at: jiff::Timestamp| {
        let mut token = token(name, "S1", &vault);
        token["expires_at"] = json!(at.to_string());
        token
    };
    let tokens = json!([expiring("slow", late), expiring("hasty", soon)]);
    let servers = json!([server("S1", "shop", "ACTIVE")]);
    let (records, run, _) = synced(&with("BUSINESS", &servers, &tokens), &[]);
    let note = run
        .stderr
        .lines()
        .find(|line| line.contains("30 days"))
        .unwrap();
    assert!(note.contains("hasty") && !note.contains("slow"), "{note}");
    let expiry = &records.resources["project:S1"]["profile"]["expires_at"];
    assert_eq!(expiry, &json!(soon.to_string()));
    assert!(
        run.stderr.contains(&format!("the first expires {soon}")),
        "{}",
        run.stderr
    );
}

/// No Connect at all, `[]` or `null`, is nothing to talk about.
#[test]
fn no_connect_is_no_warning() {
    for none in [json!([]), json!(null)] {
        let (records, run, _) = synced(&with("BUSINESS", &none, &none), &[]);
        assert!(
            records
                .resources
                .keys()
                .all(|id| !id.starts_with("project:"))
        );
        assert!(records.resource_types.contains_key("project"));
        assert!(!run.stderr.contains("warning:"), "{}", run.stderr);
    }
}

/// `op` refusing either call is one warning; the rest of the sync is as without it.
#[test]
fn a_refusal_is_one_warning() {
    for refused in ["connect server list", "connect token list"] {
        let servers = json!([server("S1", "shop", "ACTIVE")]);
        let tokens = json!([token(
            "t",
            "S1",
            &json!([{"id": "VPROD", "acl": ["allow_viewing"]}])
        )]);
        let sandbox = Sandbox::tenant(&with("BUSINESS", &servers, &tokens));
        let stderr = "[ERROR] (403) Forbidden: You aren't authorized to access this resource.\n";
        sandbox.set(
            "faults",
            json!([{"words": refused, "exit": 1, "stderr": stderr}]),
        );
        let run = sandbox.run(&[AT_A_TERMINAL]);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        let records = File::open(&sandbox.path("work/sync.c1z")).newest();
        assert_eq!(of_projects(&records), Vec::<&str>::new());
        assert!(
            records
                .resources
                .keys()
                .all(|id| !id.starts_with("project:"))
        );
        assert_eq!(run.stderr.matches("warning:").count(), 1, "{}", run.stderr);
        assert!(run.stderr.contains("could not be read"), "{}", run.stderr);
        assert!(run.stderr.contains("Forbidden"), "{}", run.stderr);
    }
}

/// A service account is not even asked, and that is said once.
#[test]
fn service_accounts_are_not_asked() {
    let sandbox = Sandbox::tenant(&tenant("BUSINESS"));
    let mut command = sandbox.command();
    command
        .env("OP_SERVICE_ACCOUNT_TOKEN", "t")
        .args(["--auth-type", "service", AT_A_TERMINAL]);
    let run = crate::support::Started::new(command).wait();
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(
        sandbox
            .calls()
            .iter()
            .all(|call| !call.words().starts_with("connect"))
    );
    assert_eq!(
        run.stderr.matches(": service accounts cannot list").count(),
        1,
        "{}",
        run.stderr
    );
}

/// `--sync-resource-types` knows projects; without them nothing is asked.
#[test]
fn the_type_can_be_chosen() {
    let servers = json!([server("S1", "shop", "ACTIVE")]);
    let tokens = json!([token(
        "t",
        "S1",
        &json!([{"id": "VPROD", "acl": ["allow_viewing"]}])
    )]);
    let tenant = with("BUSINESS", &servers, &tokens);
    let (records, _, _) = synced(&tenant, &["--sync-resource-types", "project,vault"]);
    assert_eq!(of_projects(&records).len(), 4);
    let (records, _, sandbox) = synced(&tenant, &["--sync-resource-types", "user,group,vault"]);
    assert!(!records.resource_types.contains_key("project"));
    assert!(
        sandbox
            .calls()
            .iter()
            .all(|call| !call.words().starts_with("connect"))
    );
}

/// A targeted vault shows the machines that reach it, each with its resource, and a refusal is
/// said.
#[test]
fn a_targeted_vault_keeps_its_machine_access() {
    let servers = json!([
        server("S1", "shop", "ACTIVE"),
        server("S2", "roaster", "ACTIVE")
    ]);
    let tokens = json!([
        token("t", "S1", &json!([{"id": "VPROD", "acl": ["view_items"]}])),
        token("u", "S2", &json!([{"id": "VOTHER", "acl": ["view_items"]}])),
    ]);
    let tenant = with("BUSINESS", &servers, &tokens);
    let target = ["--sync-resources", "bid:r:vault/vprod"];
    let (records, run, sandbox) = synced(&tenant, &target);
    let expected = [
        "vault:vprod:member:project:S1",
        "vault:vprod:view items:project:S1",
    ];
    assert_eq!(of_projects(&records), expected);
    assert!(records.resources.contains_key("project:S1"));
    assert!(!records.resources.contains_key("project:S2"));
    assert_eq!(
        dangling(&File::open(&sandbox.path("work/sync.c1z"))),
        Vec::<String>::new()
    );
    assert!(!run.stderr.contains("warning:"), "{}", run.stderr);
    assert_eq!(sandbox.calls().len(), 5 + 2);

    let sandbox = Sandbox::tenant(&tenant);
    let stderr = "[ERROR] (403) Forbidden: You aren't authorized to access this resource.\n";
    sandbox.set(
        "faults",
        json!([{"words": "connect token list", "exit": 1, "stderr": stderr}]),
    );
    let run = sandbox.run(&target);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(run.stderr.contains("could not be read"), "{}", run.stderr);

    let (_, _, sandbox) = synced(&tenant, &["--sync-resources", "bid:r:group/gteam"]);
    let calls = sandbox.calls();
    assert!(
        calls
            .iter()
            .all(|call| !call.words().starts_with("connect"))
    );
}
