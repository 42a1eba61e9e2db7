//! The checks that the official `baton` must pass notice what is wrong, and pass when nothing is.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::interop::appended::appended;
use crate::interop::go_written::{go_file, printed};
use crate::interop::reader::Baton;
use crate::interop::stand_in::{COPIES, StandIn};
use crate::support::golden::assert_equal;

/// The subcommands that list a table, and their lists.
const LISTINGS: [(&str, &str); 4] = [
    ("resource-types", "resourceTypes"),
    ("resources", "resources"),
    ("entitlements", "entitlements"),
    ("grants", "grants"),
];

/// A stand-in that prints what the official `baton` printed of the Go connector's file.
fn official(tenant: &str) -> StandIn {
    let stand_in = StandIn::of(&go_file(tenant));
    for (listing, _) in LISTINGS {
        stand_in.answer(listing, printed(tenant, listing).to_string());
    }
    stand_in
}

/// What the checks say against a file.
fn complaint(stand_in: &StandIn, file: &Path) -> Option<String> {
    Baton::new(stand_in.program()).check(file).err()
}

#[test]
fn what_the_official_reader_printed_passes() {
    for tenant in ["business", "tiny"] {
        let shown = Baton::new(official(tenant).program())
            .check(&go_file(tenant))
            .unwrap();
        assert_equal(tenant, &shown);
    }
}

#[test]
fn a_file_with_two_syncs_passes() {
    let sandbox = appended("business");
    let file = sandbox.path("work/sync.c1z");
    let shown = Baton::new(StandIn::of(&file).program())
        .check(&file)
        .unwrap();
    assert_equal("business", &shown);
}

/// The Go connector leaves a grant whose holder is no resource in this tenant; a file of ours must
/// not.
#[test]
fn a_grant_to_nobody_is_noticed() {
    let complaint = complaint(&official("family"), &go_file("family")).unwrap();
    assert!(complaint.starts_with("baton principals"), "{complaint}");
}

/// Spoils the answer to one subcommand, and expects the checks to name it.
fn notices(name: &str, spoil: impl FnOnce(&StandIn)) {
    let stand_in = official("tiny");
    spoil(&stand_in);
    let complaint = complaint(&stand_in, &go_file("tiny"));
    let complaint = complaint.unwrap_or_else(|| panic!("a fault in {name} went unnoticed"));
    let command = name
        .replace("export-", "export ")
        .replace("converted-", "to-pebble: baton ")
        .replace("access-", "access -t user -r ");
    assert!(
        complaint.starts_with(&format!("baton {command}")),
        "{name}: {complaint}"
    );
}

#[test]
fn a_changed_field_is_noticed() {
    let changed = |name: &str, path: &str, value: Value| {
        let change = |answer: &mut Value| *answer.pointer_mut(path).unwrap() = value;
        notices(name, |stand_in| stand_in.spoil(name, change));
    };
    changed(
        "resource-types",
        "/resourceTypes/0/resourceType/displayName",
        json!("Other"),
    );
    changed(
        "resources",
        "/resources/1/resource/profile/group_name",
        json!("Other"),
    );
    changed("resources", "/resources/1/resource/annotations", json!([]));
    changed(
        "resources",
        "/resources/1/resource/parentResourceId/resource",
        json!("OTHER"),
    );
    changed(
        "entitlements",
        "/entitlements/2/entitlement/slug",
        json!("other"),
    );
    changed(
        "entitlements",
        "/entitlements/2/entitlement/purpose",
        Value::Null,
    );
    changed(
        "grants",
        "/grants/3/grant/principal/id/resource",
        json!("OTHER"),
    );
    changed(
        "grants",
        "/grants/3/entitlement/id",
        json!("group:other:member"),
    );
    changed("stats", "/grants", json!(14));
    changed("stats", "/resource_types", json!("5"));
    changed("syncs", "/syncs/0/id", json!("other"));
    changed("syncs", "/syncs/0/endedAt", Value::Null);
    let access = "access-UALICE0000000000000000000A";
    changed(access, "/principal/id/resource", json!("OTHER"));
    changed(
        access,
        "/access/0/entitlements/0/id",
        json!("group:other:member"),
    );
}

#[test]
fn an_added_field_is_noticed() {
    notices("grants", |stand_in| {
        let add = |answer: &mut Value| {
            answer["grants"][0]["grant"]["sources"] = json!({"sources": {"x": {}}})
        };
        stand_in.spoil("grants", add);
    });
}

#[test]
fn a_missing_and_a_repeated_record_is_noticed() {
    for (name, list) in LISTINGS.into_iter().chain([("principals", "resources")]) {
        let spoil = |change: fn(&mut Vec<Value>)| {
            notices(name, |stand_in| {
                stand_in.spoil(name, |answer| change(answer[list].as_array_mut().unwrap()));
            });
        };
        spoil(|rows| drop(rows.remove(0)));
        spoil(|rows| rows.push(rows[0].clone()));
    }
}

#[test]
fn a_failing_subcommand_and_an_empty_export_are_noticed() {
    for name in LISTINGS.map(|(name, _)| name).into_iter().chain([
        "principals",
        "stats",
        "syncs",
        "export-csv",
        "export-xlsx",
    ]) {
        notices(name, |stand_in| stand_in.fail(name));
        notices(name, |stand_in| stand_in.answer(name, ""));
    }
    for name in COPIES.into_iter().chain(["to-pebble"]) {
        notices(name, |stand_in| stand_in.fail(name));
    }
}

#[test]
fn what_opening_for_writing_changes_is_noticed() {
    for change in [
        "create index another on v1_grants (sync_id)",
        "drop index idx_grants_external_sync_v1",
        "alter table v1_grants rename column expansion to other",
        "alter table v1_sync_runs add column other text",
        "create table other (id integer primary key)",
        "update v1_grants set needs_expansion = 1 - needs_expansion",
        "delete from v1_resources where id = 1",
        "update v1_sync_runs set stats = json_set(stats, '$.grants', 14)",
        "update v1_sync_runs set stats = null",
    ] {
        notices("recalculate-stats", |stand_in| {
            stand_in.spoil_copy("recalculate-stats", change);
        });
    }
}

#[test]
fn a_fault_in_a_copy_is_noticed() {
    let spoil = |name: &str, change: &str| {
        notices(name, |stand_in| stand_in.spoil_copy(name, change));
    };
    for table in [
        "v1_resource_types",
        "v1_resources",
        "v1_entitlements",
        "v1_grants",
    ] {
        spoil("export-c1z", &format!("delete from {table} where id = 1"));
    }
    spoil("export-c1z", "update v1_grants set expansion = null");
    spoil("rollback-expansion", "delete from v1_grants where id = 1");
    let one_for_all = "update v1_grants set data = (select data from v1_grants limit 1)";
    spoil("rollback-expansion", one_for_all);
}

#[test]
fn a_fault_in_the_newer_format_is_noticed() {
    for (name, list) in LISTINGS {
        let name = &format!("converted-{name}");
        notices(name, |stand_in| {
            stand_in.spoil(name, |answer| {
                answer[list].as_array_mut().unwrap().pop();
            });
        });
    }
    notices("converted-grants", |stand_in| {
        stand_in.spoil("converted-grants", |answer| {
            let rows = answer["grants"].as_array_mut().unwrap();
            let shallow = |row: &mut Value| {
                row.pointer_mut("/grant/annotations/0/shallow")
                    .map(Value::take)
            };
            assert_eq!(rows.iter_mut().find_map(shallow), Some(json!(true)));
        });
    });
}

#[test]
fn a_wrong_difference_is_noticed() {
    let sandbox = appended("tiny");
    let file = sandbox.path("work/sync.c1z");
    for (list, change) in [
        ("resources", "created"),
        ("entitlements", "modified"),
        ("grants", "deleted"),
    ] {
        let stand_in = StandIn::of(&file);
        stand_in.spoil("diff", |answer| {
            answer[list][change]
                .as_array_mut()
                .unwrap()
                .push(json!({"id": "other"}));
        });
        let complaint = complaint(&stand_in, &file).unwrap();
        assert!(
            complaint.starts_with(&format!("baton diff: {list} {change}")),
            "{complaint}"
        );
    }
}

/// The stage must fail, not pass by, where Go or the module of `baton` is not to be had.
#[test]
fn the_stage_fails_when_baton_cannot_be_built() {
    let folder = tempfile::tempdir().unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/interop/run.sh");
    let mut stage = Command::new(script);
    stage
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", folder.path())
        .env("GO", "/no/such/go");
    let output = stage.output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(
        stderr.contains("the official baton could not be built"),
        "{stderr}"
    );
}
