//! The golden tenants, the call budget, and the independence of the result from its circumstances.

use serde_json::{Value, json};

use super::world::AT_A_TERMINAL;
use crate::support::golden::{self, TENANTS};
use crate::support::records::File;
use crate::support::{Run, Sandbox};

/// A sync of a golden tenant into `sync.c1z`, as the reference data was made: with a service
/// account.
fn sync(sandbox: &Sandbox, extra: &[&str]) -> Run {
    let mut command = sandbox.command();
    command
        .env("OP_SERVICE_ACCOUNT_TOKEN", "ops_token")
        .args(["--auth-type", "service"]);
    command.args(extra);
    let run = crate::support::Started::new(command).wait();
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    run
}

/// `src/sync/mapping.md`, Resources: every record equals the reference's.
#[test]
fn golden_tenants_are_equal() {
    for tenant in TENANTS {
        let sandbox = Sandbox::canned(&golden::answers(tenant));
        sync(&sandbox, &[]);
        golden::assert_equal(tenant, &File::open(&sandbox.path("work/sync.c1z")).newest());
        sandbox.assert_clean();
    }
}

/// The same, with what is unlocked: `op` refuses the two Connect listings, which costs nothing.
#[test]
fn golden_tenants_are_equal_without_credentials() {
    for tenant in TENANTS {
        let sandbox = Sandbox::canned(&golden::answers(tenant));
        let run = sandbox.run(&[]);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        golden::assert_equal(tenant, &File::open(&sandbox.path("work/sync.c1z")).newest());
    }
}

/// golden D1: the user trait's status follows the resource's.
#[test]
fn suspended_users_are_disabled_in_both_places() {
    let sandbox = Sandbox::canned(&golden::answers("business"));
    sync(&sandbox, &[]);
    let records = File::open(&sandbox.path("work/sync.c1z")).newest();
    let users = records
        .resources
        .iter()
        .filter(|(id, _)| id.starts_with("user:"));
    let mut disabled = 0;
    for (id, user) in users {
        let resource = user["status"]["status"]
            .as_str()
            .unwrap_or("RESOURCE_STATUS_UNSPECIFIED");
        let of_trait = user["annotations"][0]["status"]["status"].as_str();
        let of_trait = of_trait.unwrap_or("STATUS_UNSPECIFIED");
        assert_eq!(
            resource.strip_prefix("RESOURCE_").unwrap(),
            of_trait,
            "{id}"
        );
        disabled += usize::from(of_trait == "STATUS_DISABLED");
    }
    assert_eq!(disabled, 2);
}

/// `src/sync/mapping.md`, Unlisted members: a member who is not listed has a resource, and no
/// record points at nothing.
#[test]
fn every_grant_has_its_resource_and_entitlement() {
    for tenant in TENANTS {
        let sandbox = Sandbox::canned(&golden::answers(tenant));
        sync(&sandbox, &[]);
        let file = File::open(&sandbox.path("work/sync.c1z"));
        assert_eq!(dangling(&file), Vec::<String>::new());
    }
    let sandbox = Sandbox::canned(&golden::answers("family"));
    let run = sync(&sandbox, &[]);
    let records = File::open(&sandbox.path("work/sync.c1z")).newest();
    let guest = "GHOSF4Q7ZB5KX2MNP6RT3VWYHF";
    assert!(records.resources.contains_key(&format!("user:{guest}")));
    let membership = format!(":member:user:{guest}");
    let member = |id: &&String| id.starts_with("account:") && id.ends_with(&membership);
    assert_eq!(records.grants.keys().find(member), None);
    assert!(run.stderr.contains(guest), "{}", run.stderr);
}

/// Ids of grants whose entitlement or principal has no row of its own.
pub(crate) fn dangling(file: &File) -> Vec<String> {
    file.strings(
        "select g.external_id from v1_grants g where not exists (select 1 from v1_entitlements e \
         where e.external_id = g.entitlement_id and e.sync_id = g.sync_id) or not exists \
         (select 1 from v1_resources r where r.external_id = g.principal_resource_type_id || ':' \
         || g.principal_resource_id and r.sync_id = g.sync_id)",
    )
}

/// `src/sync/mapping.md`, Grants: every vault grant of a group is expandable, by its members, and
/// no other grant is. `src/c1z/format.md`, Checklist 17: the annotation is in its column and not in
/// the message.
#[test]
fn group_grants_are_expandable() {
    let sandbox = Sandbox::canned(&golden::answers("business"));
    sync(&sandbox, &[]);
    let file = File::open(&sandbox.path("work/sync.c1z"));
    let records = file.newest();
    let of_groups: Vec<_> = records
        .grants
        .keys()
        .filter(|id| id.contains(":group:"))
        .collect();
    assert_eq!(records.expansions.keys().collect::<Vec<_>>(), of_groups);
    for (id, expansion) in &records.expansions {
        let group = id.rsplit(':').next().unwrap();
        let expected = json!({
            "entitlementIds": [format!("group:{group}:member")],
            "shallow": true,
            "resourceTypeIds": ["user"],
        });
        assert_eq!(expansion, &expected, "{id}");
        assert_eq!(records.grants[id]["annotations"], Value::Null, "{id}");
    }
    let flags =
        "select distinct (expansion is not null) || needs_expansion from v1_grants order by 1";
    assert_eq!(file.strings(flags), ["00", "11"]);
}

/// `src/sync/mapping.md`, Calls: 5 + G + 2V calls, account and users asked once each. On top come
/// Connect's two refused listings where they may be asked, and for a service account the question
/// after its limits, which 1Password does not count: never more than 7 + G + 2V.
#[test]
fn calls_stay_within_the_budget() {
    for (tenant, counted) in [("business", 19), ("family", 13), ("tiny", 8)] {
        let sandbox = Sandbox::canned(&golden::answers(tenant));
        sync(&sandbox, &[]);
        let calls: Vec<String> = sandbox.calls().iter().map(|call| call.words()).collect();
        assert_eq!(calls.len(), counted + 1, "{calls:?}");
        for once in [
            "account get",
            "user list",
            "group list",
            "vault list",
            "service-account ratelimit",
        ] {
            assert_eq!(
                calls.iter().filter(|call| *call == once).count(),
                1,
                "{once}"
            );
        }
        let sandbox = Sandbox::canned(&golden::answers(tenant));
        assert_eq!(sandbox.run(&[]).code, Some(0));
        // One more asks when people last signed in, which a service account does not.
        assert_eq!(sandbox.calls().len(), counted + 3);
    }
}

/// `src/sync/mapping.md`, Calls: the same records and the same order of rows for every number of
/// workers.
#[test]
fn the_number_of_workers_changes_nothing() {
    let content = |workers: &str| {
        let sandbox = Sandbox::canned(&golden::answers("business"));
        sync(&sandbox, &["--workers", workers]);
        let file = File::open(&sandbox.path("work/sync.c1z"));
        let table = |sql| file.strings(sql);
        let mut rows = table("select external_id || hex(data) from v1_grants order by id");
        rows.extend(table(
            "select external_id || hex(data) from v1_resources order by id",
        ));
        rows.extend(table(
            "select external_id || hex(data) from v1_entitlements order by id",
        ));
        rows
    };
    let one = content("1");
    assert_eq!(one.len(), 172 + 22 + 74);
    assert_eq!(content("1"), one);
    assert_eq!(content("8"), one);
    assert_eq!(content("32"), one);
}

/// Stdout stays empty; stderr ends with what is where.
#[test]
fn a_sync_says_what_it_did() {
    let sandbox = Sandbox::canned(&golden::answers("tiny"));
    let run = sync(&sandbox, &[AT_A_TERMINAL]);
    assert_eq!(run.stdout, "");
    for part in [
        "Tiny Co",
        "sync.c1z",
        "Next: baton-1password report",
        "baton resources -f",
        "9 op calls",
        "2 users",
        "1 vault",
    ] {
        assert!(run.stderr.contains(part), "{part} in:\n{}", run.stderr);
    }
}
