//! Grant → a sync shows it → revoke → a sync shows it gone.

use std::collections::BTreeSet;

use super::world::{grant, revoke, sync, tenant, view};
use crate::support::Sandbox;
use crate::support::records::Records;

/// Entitlement, type and id of the principal. Nobody here inherits what is granted.
type Grant = (&'static str, &'static str, &'static str);

const GROUPS: [Grant; 3] = [
    ("group:gteam:manager", "user", "USAM1"),
    ("group:g:ops:member", "user", "U:NIX"),
    ("group:gteam:manager", "user", "USAM2"),
];

const BUSINESS: [Grant; 5] = [
    ("vault:vprod:edit items", "user", "U:NIX"),
    ("vault:v:x/1:member", "user", "U:NIX"),
    ("vault:v:x/1:manage vault", "user", "USAM2"),
    ("vault:vprod:export items", "group", "g:ops"),
    ("vault:v:x/1:member", "group", "gteam"),
];

const BASIC: [Grant; 5] = [
    ("vault:vprod:allow editing", "user", "U:NIX"),
    ("vault:v:x/1:member", "user", "U:NIX"),
    ("vault:v:x/1:allow managing", "user", "USAM2"),
    ("vault:vprod:allow editing", "group", "g:ops"),
    ("vault:v:x/1:member", "group", "gteam"),
];

fn id((entitlement, kind, principal): Grant) -> String {
    format!("{entitlement}:{kind}:{principal}")
}

/// Whether the principal has the grant itself, and not through a group alone.
fn is_own(records: &Records, id: &str) -> bool {
    records
        .grants
        .get(id)
        .is_some_and(|grant| !grant.to_string().contains("GrantImmutable"))
}

fn round_trip(kind: &str, vaults: [Grant; 5]) {
    let sandbox = Sandbox::tenant(&tenant(kind));
    let before = sync(&sandbox);
    let all: Vec<Grant> = vaults.into_iter().chain(GROUPS).collect();
    for &it in &all {
        assert!(!is_own(&before, &id(it)), "{it:?} is there already");
        let run = grant(&sandbox, it.0, it.1, it.2);
        assert_eq!(run.code, Some(0), "{it:?}: {}", run.stderr);
        assert!(run.last_line().contains("granted"), "{}", run.stderr);
        assert!(run.last_line().contains(it.2), "{}", run.stderr);
    }
    // Nobody else of that name got anything.
    let now = sandbox.tenant_now();
    let holders = now["vault_users"]["vprod"].as_object().unwrap();
    assert_eq!(holders.keys().collect::<Vec<_>>(), ["U:NIX"]);
    assert_eq!(now["vault_users"]["v:x/1"]["U:NIX"][0], view(kind));

    let with = sync(&sandbox);
    for &it in &all {
        assert!(is_own(&with, &id(it)), "{it:?} is not in the sync");
    }
    // What else had to be given with some is given back with the membership of the vault.
    let vaults: BTreeSet<String> = all
        .iter()
        .filter(|it| it.0.ends_with(" items") || it.0.ends_with(" editing"))
        .map(|it| {
            let vault = it.0.rsplit_once(':').unwrap().0;
            format!("{vault}:member:{}:{}", it.1, it.2)
        })
        .collect();
    for grant in all.iter().map(|&it| id(it)).chain(vaults) {
        let run = revoke(&sandbox, &grant);
        assert_eq!(run.code, Some(0), "{grant}: {}", run.stderr);
        assert!(run.last_line().contains("revoked"), "{}", run.stderr);
    }
    let run = revoke(&sandbox, "group:gteam:member:user:USAM2");
    assert_eq!(run.code, Some(0), "{}", run.stderr);

    let after = sync(&sandbox);
    assert_eq!(
        after.grants.keys().collect::<Vec<_>>(),
        before.grants.keys().collect::<Vec<_>>()
    );
    assert_eq!(sandbox.tenant_now(), tenant(kind));
}

/// `src/sync/mapping.md`, Ids with separators: `--provisioning` is not needed.
#[test]
fn on_a_business_account() {
    round_trip("BUSINESS", BUSINESS);
}

/// `src/sync/mapping.md`, Ids with separators.
#[test]
fn on_other_accounts() {
    round_trip("TEAM", BASIC);
    round_trip("FAMILY", BASIC);
}
