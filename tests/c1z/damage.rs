//! What must not pass in silence: rows that were lost inside a sound frame, ends that cannot be,
//! and what a newer SDK may have added.

use std::fs;
use std::path::Path;

use baton_1password::baton::pb::v2::{Entitlement, Grant, Resource};
use baton_1password::c1z::{Error, Retention, SyncType, Target, TargetOptions};

use super::support::*;

/// A file with one sync of so many users, then changed by SQL.
fn changed(folder: &Folder, sql: &str) -> std::path::PathBuf {
    let path = folder.file("sync.c1z");
    let _ = fs::remove_file(&path);
    sync(&path, full(0), 9).unwrap();
    edit(folder, &path, sql);
    path
}

/// Reads the file as a report does.
fn read_all(path: &Path) -> Result<usize, Error> {
    let reader = read(path)?;
    let run = reader.require_finished_full()?;
    reader.check(run)?;
    all::<Resource>(&reader, run)?;
    all::<Entitlement>(&reader, run)?;
    Ok(all::<Grant>(&reader, run)?.len())
}

/// Damage inside a valid frame is refused by who reads the file and by who adds to it.
#[test]
fn damage_that_changes_who_has_access_is_refused() {
    let folder = Folder::new();
    assert_eq!(read_all(&changed(&folder, "select 1")).unwrap(), 10);
    for (sql, expected) in [
        (
            "delete from v1_grants where id = 3",
            "had 10 grants, of which 9 are left",
        ),
        (
            "update v1_grants set sync_id = 'gone' where id > 8",
            "of which 8 are left",
        ),
        (
            "delete from v1_resources where id = 4",
            "had 12 resources, of which 11 are left",
        ),
        (
            "update v1_grants set data = x'0aff' where id = 5",
            "damaged",
        ),
        ("drop table v1_grants", "had 10 grants, of which 0 are left"),
    ] {
        let path = changed(&folder, sql);
        let before = fs::read(&path).unwrap();
        let reading = read_all(&path).unwrap_err().to_string();
        let adding = sync(&path, full(1), 1).unwrap_err().to_string();
        for error in [&reading, &adding] {
            assert!(error.contains(expected), "{sql}: {error}");
        }
        assert!(fs::read(&path).unwrap() == before, "{sql}");
    }
}

/// Nothing is lost, but something is missing: that is said to who reads and to who adds.
#[test]
fn grants_of_what_is_not_there_are_told() {
    let folder = Folder::new();
    for (sql, count) in [
        (
            "delete from v1_entitlements where external_id like 'vault%'",
            10,
        ),
        (
            "delete from v1_resources where external_id like 'vault%'",
            10,
        ),
        ("update v1_grants set resource_id = 'V2' where id = 5", 1),
    ] {
        let sql = format!("{sql}; update v1_sync_runs set stats = null");
        let path = changed(&folder, &sql);
        let reader = read(&path).unwrap();
        let run = reader.require_finished_full().unwrap();
        let said = reader.check(run).unwrap().unwrap();
        assert_eq!((said.code, said.count), ("file-incomplete", count));
        assert!(
            said.examples[0].starts_with("vault:V1:view items:"),
            "{said:?}"
        );
        drop(reader);
        assert_eq!(sync(&path, full(1), 1).unwrap().notices, [said], "{sql}");
    }
}

/// An id of a record is stored twice, in its columns and in its message: one of the two was
/// changed.
#[test]
fn a_record_that_contradicts_its_columns_is_not_read() {
    let folder = Folder::new();
    for sql in [
        "update v1_grants set principal_resource_id = 'U00007' where id = 5",
        "update v1_grants set external_id = external_id || 'x' where id = 5",
        "update v1_entitlements set external_id = external_id || 'x' where id = 1",
        "update v1_resources set external_id = external_id || 'x' where id = 5",
        "update v1_resources set resource_type_id = 'vault' where id = 5",
    ] {
        let path = changed(&folder, sql);
        assert!(read_all(&path).is_err(), "{sql}");
    }
}

/// A stored sync that ends in the far future, or at no time, never hides a newer one.
#[test]
fn no_stored_end_hides_a_newer_sync() {
    let folder = Folder::new();
    for end in [
        "2099-01-01 00:00:00",
        "9999-12-31 23:59:59.999999999",
        "2026-13-45 99:00:00",
        "nonsense",
        "",
        "~",
    ] {
        let path = changed(
            &folder,
            &format!("update v1_sync_runs set ended_at = '{end}'"),
        );
        let written = sync(&path, full(1), 3).unwrap();
        let reader = read(&path).unwrap();
        let latest = reader.latest_finished_full().unwrap();
        assert_eq!(latest.sync_id, written.sync_id, "{end}");
        let text = "select sync_id from v1_sync_runs order by ended_at desc limit 1";
        let latest = rows(&database(&folder, &path), text);
        assert_eq!(
            latest,
            [written.sync_id.as_str()],
            "{end}: to every other reader"
        );
        let left_out = written
            .notices
            .iter()
            .any(|notice| notice.code == "file-sync-endless");
        assert_eq!(
            left_out,
            reader.syncs().len() == 1,
            "{end}: {:?}",
            written.notices
        );
        drop((reader, written.file));

        // Another tool adds one that knows nothing of the future.
        let path = changed(&folder, "select 1");
        sync(&path, full(1), 2).unwrap();
        edit(
            &folder,
            &path,
            &format!("update v1_sync_runs set ended_at = '{end}' where id = 1"),
        );
        let reader = read(&path).unwrap();
        assert_eq!(reader.latest_finished_full().unwrap().id, 2, "{end}");
    }
}

/// Files of machines in other zones: the id of a sync tells what its wall clock meant.
#[test]
fn the_later_sync_is_the_later_one_in_every_zone() {
    let folder = Folder::new();
    let path = changed(&folder, "select 1");
    sync(&path, full(30), 2).unwrap();
    // The first was made in Kolkata, the second, half an hour later, in New York.
    edit(
        &folder,
        &path,
        "update v1_sync_runs set started_at = '2026-11-23 15:30:00.25', ended_at = '2026-11-23 15:31:00' where id = 1;
         update v1_sync_runs set started_at = '2026-11-23 05:30:00.25', ended_at = '2026-11-23 05:31:00' where id = 2",
    );
    let reader = read(&path).unwrap();
    assert_eq!(reader.latest_finished_full().unwrap().id, 2);
    let times = |at: usize| {
        let run = &reader.syncs()[at];
        [run.started(), run.ended()].map(|time| time.unwrap().to_string())
    };
    assert_eq!(
        times(0),
        ["2026-11-23T10:00:00.25Z", "2026-11-23T10:01:00Z"]
    );
    assert_eq!(
        times(1),
        ["2026-11-23T10:30:00.25Z", "2026-11-23T10:31:00Z"]
    );
}

/// What a newer SDK may have added is not lost: the file is refused, unless nothing of it would
/// stay.
#[test]
fn unknown_columns_and_tables_are_not_lost_in_silence() {
    let folder = Folder::new();
    for (sql, expected) in [
        (
            "alter table v1_grants add column expires_at datetime",
            "the column expires_at of v1_grants",
        ),
        (
            "create table v1_policies (id integer primary key); insert into v1_policies values (1)",
            "the table v1_policies",
        ),
    ] {
        let path = changed(&folder, sql);
        let before = fs::read(&path).unwrap();
        let error = sync(&path, full(1), 1).unwrap_err();
        assert!(matches!(error, Error::Unknown { .. }), "{error}");
        assert!(error.to_string().contains(expected), "{error}");
        assert!(fs::read(&path).unwrap() == before);
        let one = TargetOptions {
            retention: Retention {
                full_syncs: 1,
                keep_all: false,
            },
            ..TargetOptions::default()
        };
        sync_with(&path, one, full(1), 1).unwrap();
        assert_eq!(read(&path).unwrap().syncs().len(), 1);
    }
}

/// A file of which nothing is kept is unpacked to see that it is whole, whose it is and which syncs
/// it holds; no row of it is taken apart.
#[test]
fn rows_that_do_not_stay_are_not_read() {
    let folder = Folder::new();
    let path = changed(&folder, "update v1_grants set data = x'ff'");
    assert!(matches!(
        sync(&path, full(1), 1),
        Err(Error::Damaged { .. })
    ));
    let one = TargetOptions {
        retention: Retention {
            full_syncs: 1,
            keep_all: false,
        },
        ..TargetOptions::default()
    };
    sync_with(&path, one, full(1), 1).unwrap();
    read_all(&path).unwrap();
    assert_eq!(read(&path).unwrap().syncs().len(), 1);
}

/// The container of newer SDKs holds one sync, which a full one replaces with a warning.
#[test]
fn a_full_sync_replaces_a_v3_file() {
    let folder = Folder::new();
    let path = folder.file("sync.c1z");
    let v3 = b"C1Z3\0\x00\x00\x5A\x25\x0A\x07pebble3 and more";
    fs::write(&path, v3).unwrap();
    let replace = TargetOptions {
        replace_v3: true,
        ..TargetOptions::default()
    };
    drop(Target::open(&path, replace.clone()).unwrap());
    assert_eq!(
        fs::read(&path).unwrap(),
        v3,
        "only a finished sync replaces it"
    );
    assert!(matches!(sync(&path, full(1), 1), Err(Error::V3 { .. })));
    assert!(matches!(read(&path), Err(Error::V3 { .. })));
    let written = sync_with(&path, replace, full(1), 1).unwrap();
    let [notice] = &written.notices[..] else {
        panic!("one warning: {:?}", written.notices);
    };
    let line = notice.line();
    for part in ["a c1z v3 (Pebble) file", "baton diff", "sync.c1z"] {
        assert!(line.contains(part), "{line}");
    }
    assert_eq!(read(&path).unwrap().syncs()[0].sync_type, SyncType::Full);
}
