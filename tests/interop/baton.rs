//! The official `baton` reads what this connector writes. `tests/interop/run.sh` builds it and runs
//! this.
#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic
)]

mod reader;
// A part of what the other tests share is enough here.
#[path = "../support/mod.rs"]
#[allow(dead_code, unused_imports)]
mod support;
#[path = "../bench/tenant.rs"]
mod tenant;

use std::path::Path;

use reader::Baton;
use support::golden::{TENANTS, answers, assert_equal};
use support::{Sandbox, fixture};

fn baton() -> Baton {
    let program = std::env::var_os("INTEROP_BATON");
    Baton::new(
        program
            .expect("INTEROP_BATON names the official baton; run tests/interop/run.sh")
            .into(),
    )
}

fn sync(sandbox: &Sandbox) {
    let run = sandbox.run(&[]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
}

fn copy(from: &Path, sandbox: &Sandbox, to: &str) {
    for entry in from.read_dir().unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        sandbox.write(format!("{to}/{name}"), std::fs::read(&path).unwrap());
    }
}

/// `src/c1z/format.md`, Checklist 7, 8
#[test]
fn golden_tenants() {
    for tenant in TENANTS {
        let sandbox = Sandbox::canned(&answers(tenant));
        sync(&sandbox);
        assert_equal(
            tenant,
            &baton().check(&sandbox.path("work/sync.c1z")).unwrap(),
        );
    }
}

#[test]
fn the_demo_tenant() {
    let sandbox = Sandbox::canned(&fixture("demo/answers"));
    sync(&sandbox);
    let shown = baton().check(&sandbox.path("work/sync.c1z")).unwrap();
    // A reader that lists children under their parents finds the projects, since the account names
    // them.
    let (_, account) = shown
        .resources
        .iter()
        .find(|(id, _)| id.starts_with("account:"))
        .unwrap();
    let children = account["annotations"].as_array().unwrap().iter();
    let children: Vec<_> = children
        .map(|child| child["resourceTypeId"].as_str().unwrap())
        .collect();
    assert_eq!(children, ["group", "project", "user", "vault"]);
    assert!(shown.resources.keys().any(|id| id.starts_with("project:")));
}

/// `src/c1z/format.md`, Checklist 11, and a change that `diff` must show
#[test]
fn two_syncs_and_their_difference() {
    let sandbox = Sandbox::new(serde_json::json!({"answers": "answers"}));
    copy(&answers("business"), &sandbox, "bin/answers");
    let file = sandbox.path("work/sync.c1z");
    sync(&sandbox);
    sync(&sandbox);
    baton().check(&file).unwrap();
    sandbox.write(
        "bin/answers/group_user_list_engineq7zb5kx2mnp6rt3vwyhc.json",
        "[]",
    );
    sync(&sandbox);
    baton().check(&file).unwrap();
}

#[test]
fn a_sync_added_to_a_file_of_the_go_connector() {
    for tenant in TENANTS {
        let sandbox = Sandbox::canned(&answers(tenant));
        let written_by_go = fixture("golden").join(tenant).join("sync.c1z");
        sandbox.write("work/sync.c1z", std::fs::read(written_by_go).unwrap());
        sync(&sandbox);
        assert_equal(
            tenant,
            &baton().check(&sandbox.path("work/sync.c1z")).unwrap(),
        );
    }
}

/// `baton` takes 10,000 rows at a time.
#[test]
fn more_grants_than_baton_takes_at_a_time() {
    let sandbox = Sandbox::new(serde_json::json!({"answers": "answers"}));
    let size = tenant::Size {
        users: 10,
        groups: 2,
        members: 5,
        vaults: 160,
        vault_users: 10,
        vault_groups: 1,
    };
    std::fs::create_dir(sandbox.path("bin/answers")).unwrap();
    tenant::write(&sandbox.path("bin/answers"), &size, 1);
    sync(&sandbox);
    let shown = baton().check(&sandbox.path("work/sync.c1z")).unwrap();
    assert!(shown.grants.len() > 10_000, "{}", shown.grants.len());
}

#[test]
fn a_sync_added_to_a_file_of_baton() {
    let sandbox = Sandbox::canned(&answers("business"));
    let file = sandbox.path("work/sync.c1z");
    sync(&sandbox);
    let ours = std::fs::read(&file).unwrap();
    let baton = baton();
    for arguments in [&["export", "c1z"][..], &["rollback-expansion", "--replay"]] {
        let copy = baton.write(&file, arguments, "copy.c1z").unwrap();
        sandbox.write("work/sync.c1z", std::fs::read(copy).unwrap());
        sync(&sandbox);
        assert_eq!(
            support::records::File::open(&file).finished_syncs().len(),
            2
        );
        assert_equal("business", &baton.check(&file).unwrap());
        sandbox.write("work/sync.c1z", &ours);
    }
}

/// A full sync replaces such a file, as one of the Go connector does; nothing else does.
#[test]
fn a_file_in_the_newer_format_is_replaced_by_a_full_sync_only() {
    let sandbox = Sandbox::canned(&answers("tiny"));
    let file = sandbox.path("work/sync.c1z");
    sync(&sandbox);
    let baton = baton();
    let converted = baton.write(&file, &["to-pebble"], "converted.c1z");
    let converted = std::fs::read(converted.unwrap()).unwrap();
    sandbox.write("work/sync.c1z", &converted);
    for arguments in [&["--skip-entitlements-and-grants"][..], &["report"]] {
        let run = sandbox.run(arguments);
        assert_eq!(run.code, Some(5), "{}", run.stderr);
        assert_eq!(std::fs::read(&file).unwrap(), converted);
    }
    let run = sandbox.run(&[]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(
        run.stderr.contains("a c1z v3 (Pebble) file"),
        "{}",
        run.stderr
    );
    baton.check(&file).unwrap();
}

/// The SDK's compactor keeps the row that was discovered later, by the text of the time. A base
/// made in Kolkata, a user suspended, then a sync of that user made in New York: the user is
/// suspended.
#[test]
fn of_two_files_made_in_different_zones_the_later_row_wins() {
    let compact = std::env::var_os("INTEROP_COMPACT");
    let compact = compact.expect("INTEROP_COMPACT names the SDK's compactor; run run.sh");
    let sandbox = Sandbox::new(serde_json::json!({"answers": "answers"}));
    copy(&answers("business"), &sandbox, "bin/answers");
    let list = "bin/answers/user_list.json";
    let users = std::fs::read_to_string(sandbox.path(list)).unwrap();
    let mut users: Vec<serde_json::Value> = serde_json::from_str(&users).unwrap();
    let is_active = |user: &&mut serde_json::Value| user["state"] == "ACTIVE";
    let changed = users.iter_mut().find(is_active).unwrap();
    let id = changed["id"].as_str().unwrap().to_owned();
    changed["state"] = "SUSPENDED".into();
    let run = |zone: &str, arguments: &[&str]| {
        let mut command = sandbox.command();
        command.env("TZ", zone).args(arguments);
        let run = support::Started::new(command).wait();
        assert_eq!(run.code, Some(0), "{}", run.stderr);
    };
    run("Asia/Kolkata", &["-f", "base.c1z"]);
    sandbox.write(list, serde_json::to_string(&users).unwrap());
    let bid = format!("bid:r:user/{id}");
    run(
        "America/New_York",
        &["-f", "later.c1z", "--sync-resources", &bid],
    );
    let mut command = std::process::Command::new(compact);
    command
        .arg(sandbox.path("work"))
        .env("TMPDIR", sandbox.path("work"));
    let status = |file: &Path| {
        let records = support::records::File::open(file).newest();
        records.resources[&format!("user:{id}")]["status"]["status"].clone()
    };
    for name in ["work/base.c1z", "work/later.c1z"] {
        let file = sandbox.path(name);
        let syncs = support::records::File::open(&file).finished_syncs();
        command.arg(&file).arg(&syncs[0]);
    }
    let [enabled, suspended] =
        ["work/base.c1z", "work/later.c1z"].map(|name| status(&sandbox.path(name)));
    assert_ne!(enabled, suspended);
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let compacted = String::from_utf8(output.stdout).unwrap();
    assert_eq!(status(Path::new(compacted.trim())), suspended);
}

/// The SDK reads and validates what is declared: each type that a targeted sync can ask for says
/// so, and the connector.
#[test]
fn the_sdk_reads_that_targeted_syncs_are_offered() {
    let reader = std::env::var_os("INTEROP_CAPABILITIES");
    let reader = reader.expect("INTEROP_CAPABILITIES names the SDK's reader; run run.sh");
    let sandbox = Sandbox::new(serde_json::json!({}));
    let told = sandbox.run(&["capabilities"]);
    assert_eq!(told.code, Some(0), "{}", told.stderr);
    sandbox.write("capabilities.json", &told.stdout);
    let output = std::process::Command::new(reader)
        .stdin(std::fs::File::open(sandbox.path("capabilities.json")).unwrap())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let lines = String::from_utf8(output.stdout).unwrap();
    let (sync, change) = ("CAPABILITY_SYNC", "CAPABILITY_PROVISION");
    let targeted = "CAPABILITY_TARGETED_SYNC";
    let expected = [
        format!("connector {change} {sync} {targeted} CAPABILITY_SERVICE_MODE_TARGETED_SYNC"),
        format!("account {sync} {targeted}"),
        format!("group {sync} {targeted} {change}"),
        format!("project {sync} {targeted}"),
        format!("user {sync} {targeted}"),
        format!("vault {sync} {targeted} {change}"),
    ];
    assert_eq!(lines.lines().collect::<Vec<_>>(), expected);
}
