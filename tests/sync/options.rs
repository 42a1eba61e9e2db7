//! Options of a sync (`src/sync/mapping.md`, Options).

use serde_json::json;

use super::world::{grants, synced, tenant};
use crate::support::Sandbox;
use crate::support::golden;
use crate::support::records::File;

fn counts(sandbox: &Sandbox) -> (usize, usize, usize, usize) {
    let records = File::open(&sandbox.path("work/sync.c1z")).newest();
    (
        records.resource_types.len(),
        records.resources.len(),
        records.entitlements.len(),
        records.grants.len(),
    )
}

/// `src/sync/mapping.md`, Options: only what the limit names, and no call for a bad name.
#[test]
fn limits_keep_what_they_name() {
    let tiny = golden::answers("tiny");
    let vault = |sandbox: &Sandbox| {
        let records = File::open(&sandbox.path("work/sync.c1z")).newest();
        let ids: Vec<String> = records
            .entitlements
            .keys()
            .filter(|id| id.starts_with("vault:"))
            .cloned()
            .collect();
        (
            ids,
            grants(&records, ":member:user:")
                .iter()
                .any(|id| id.starts_with("vault:")),
        )
    };
    let sandbox = Sandbox::canned(&tiny);
    assert_eq!(
        sandbox
            .run(&["--limit-vault-permissions", "view_items"])
            .code,
        Some(0)
    );
    let only = vec!["vault:vprod00000000000000000000a:view items".to_owned()];
    assert_eq!(vault(&sandbox), (only, false));
    let sandbox = Sandbox::canned(&tiny);
    assert_eq!(
        sandbox.run(&["--limit-vault-permissions", "member"]).code,
        Some(0)
    );
    let only = vec!["vault:vprod00000000000000000000a:member".to_owned()];
    assert_eq!(vault(&sandbox), (only, true));
    let sandbox = Sandbox::canned(&tiny);
    let run = sandbox.run(&["--limit-vault-permissions", "move_items"]);
    assert_eq!((run.code, sandbox.all_calls().len()), (Some(2), 0));
    assert!(
        run.stderr.contains("invalid vault permission: move_items"),
        "{}",
        run.stderr
    );
    assert!(!sandbox.path("work/sync.c1z").exists());
}

/// `src/sync/mapping.md`, Options, "better": a limit that cannot match is said, and costs no vault
/// listing.
#[test]
fn a_limit_of_the_other_account_type_is_said() {
    let (records, run, sandbox) = synced(
        &tenant("BUSINESS"),
        &["--limit-vault-permissions", "allow_viewing"],
    );
    assert!(
        records
            .entitlements
            .keys()
            .all(|id| !id.starts_with("vault:"))
    );
    assert!(
        run.stderr.contains("--limit-vault-permissions"),
        "{}",
        run.stderr
    );
    assert!(
        sandbox
            .calls()
            .iter()
            .all(|call| !call.words().starts_with("vault user"))
    );
}

/// `src/sync/mapping.md`, Options: resources alone, in at most five calls.
#[test]
fn resources_only() {
    let sandbox = Sandbox::canned(&golden::answers("business"));
    let mut command = sandbox.command();
    command.env("OP_SERVICE_ACCOUNT_TOKEN", "t");
    command.args(["--auth-type", "service", "--skip-entitlements-and-grants"]);
    let run = crate::support::Started::new(command).wait();
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(sandbox.calls().len(), 5);
    assert_eq!(counts(&sandbox), (5, 22, 0, 0));
    let file = File::open(&sandbox.path("work/sync.c1z"));
    assert_eq!(
        file.strings("select sync_type from v1_sync_runs"),
        ["resources_only"]
    );
}

/// Readers show the newest sync of any kind: that a full one is hidden by it is said.
#[test]
fn resources_that_hide_a_full_sync_are_announced() {
    let only = "--skip-entitlements-and-grants";
    let (_, run, sandbox) = synced(&tenant("BUSINESS"), &[only]);
    assert!(!run.stderr.contains("warning:"), "{}", run.stderr);
    let run = sandbox.run(&[]);
    assert!(!run.stderr.contains("warning:"), "{}", run.stderr);
    let run = sandbox.run(&[only, "--summary-format", "json"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(run.stdout.contains("full-sync-hidden"), "{}", run.stdout);
    let file = File::open(&sandbox.path("work/sync.c1z"));
    let kinds = file.strings("select sync_type from v1_sync_runs order by id");
    assert!(kinds.contains(&"full".to_owned()), "{kinds:?}");
}

/// `src/sync/mapping.md`, Options with its rule: the account comes along, calls whose result would
/// be dropped are not made, and what is missing is said.
#[test]
fn resource_types_bring_what_they_need() {
    for (types, expected, calls, said) in [
        ("account", (1, 1, 1, 0), 1, true),
        ("user", (2, 13, 1, 12), 3, false),
        ("account,user", (2, 13, 1, 12), 3, false),
        ("group", (2, 5, 9, 0), 2, true),
        ("account,vault", (2, 6, 66, 0), 3, true),
        ("account,user,group", (3, 17, 9, 33), 8, false),
        ("account,user,vault", (3, 18, 66, 42), 10, true),
        ("account,group,vault", (3, 10, 74, 29), 9, true),
        ("account,group,user,vault", (4, 22, 74, 172), 20, true),
    ] {
        let sandbox = Sandbox::canned(&golden::answers("business"));
        let run = sandbox.run(&["--sync-resource-types", types]);
        assert_eq!(run.code, Some(0), "{types}: {}", run.stderr);
        assert_eq!(counts(&sandbox), expected, "{types}");
        assert_eq!(sandbox.calls().len(), calls, "{types}");
        assert_eq!(
            run.stderr.contains("--sync-resource-types"),
            said,
            "{types}: {}",
            run.stderr
        );
    }
    let sandbox = Sandbox::canned(&golden::answers("business"));
    assert_eq!(
        sandbox.run(&["--sync-resource-types", "bogus"]).code,
        Some(2)
    );
    assert_eq!(sandbox.all_calls().len(), 0);
}

/// `src/sync/mapping.md`, Options: without users in the file nobody could inherit, so nothing is
/// expandable.
#[test]
fn without_users_group_grants_are_not_expandable() {
    let sandbox = Sandbox::canned(&golden::answers("business"));
    assert_eq!(
        sandbox.run(&["--sync-resource-types", "group,vault"]).code,
        Some(0)
    );
    let records = File::open(&sandbox.path("work/sync.c1z")).newest();
    assert_eq!((records.grants.len(), records.expansions.len()), (29, 0));
}

/// `src/sync/mapping.md`, Options: the resource that was asked for is in the file, an unknown one
/// is an error, and a full sync is never hidden.
#[test]
fn targeted_syncs_hold_what_was_asked_for() {
    let vault = "bid:r:account/ACC/vault/vprod";
    let (records, _, sandbox) = synced(&tenant("BUSINESS"), &["--sync-resources", vault]);
    assert!(records.resources.contains_key("vault:vprod"));
    assert!(
        records
            .grants
            .contains_key("vault:vprod:view items:group:gteam")
    );
    assert!(
        records
            .grants
            .contains_key("vault:vprod:edit items:user:UANN")
    );
    assert!(
        records
            .grants
            .values()
            .all(|grant| grant["sources"].is_null()),
        "not expanded"
    );
    let file = File::open(&sandbox.path("work/sync.c1z"));
    assert_eq!(
        file.strings("select sync_type from v1_sync_runs"),
        ["partial"]
    );
    assert!(
        sandbox
            .calls()
            .iter()
            .all(|call| !call.words().starts_with("group"))
    );

    let (records, _, _) = synced(
        &tenant("BUSINESS"),
        &["--sync-resources", "bid:r:group/gteam"],
    );
    assert_eq!(grants(&records, "group:gteam:member").len(), 2);
    assert!(!records.resources.contains_key("vault:vprod"));

    let sandbox = Sandbox::tenant(&tenant("BUSINESS"));
    let run = sandbox.run(&["--sync-resources", "bid:r:vault/nope"]);
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(run.last_line().contains("vault:nope"), "{}", run.stderr);
    assert!(!sandbox.path("work/sync.c1z").exists());

    assert_eq!(sandbox.run(&[]).code, Some(0));
    let before = std::fs::read(sandbox.path("work/sync.c1z")).unwrap();
    let calls = sandbox.all_calls().len();
    let run = sandbox.run(&["--sync-resources", vault]);
    assert_eq!((run.code, sandbox.all_calls().len()), (Some(2), calls));
    assert!(run.stderr.contains("hide"), "{}", run.stderr);
    assert_eq!(
        std::fs::read(sandbox.path("work/sync.c1z")).unwrap(),
        before
    );
}

/// `src/sync/mapping.md`, Options: options that would quietly do something else are refused.
#[test]
fn misuse_costs_no_call() {
    for arguments in [
        &["--skip-full-sync"][..],
        &["--skip-grants"],
        &["--storage-engine", "pebble"],
        &["--storage-engine", "bogus"],
        &["--workers", "33"],
        &["--sync-resources", "nope"],
        &["--external-resource-c1z", "x.c1z"],
    ] {
        let sandbox = Sandbox::tenant(&json!({}));
        let run = sandbox.run(arguments);
        assert_eq!(run.code, Some(2), "{arguments:?}: {}", run.stderr);
        assert_eq!(run.stdout, "");
        assert_eq!(sandbox.all_calls().len(), 0, "{arguments:?}");
        assert!(!sandbox.path("work/sync.c1z").exists());
    }
}
