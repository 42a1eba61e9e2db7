//! Large files whose grants come in the order of their ids, as a sync has them, and files where some
//! come too late for that.

use std::fs;
use std::path::Path;

use baton_1password::c1z::{Error, SyncRun, SyncType, Table, Target, TargetOptions, Writer};
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::{Rows, compare, database, empty, insert, values};

/// Grants of users on resources of one kind, a batch each; so many that most keys of an index are
/// written before all are there.
fn grants(kind: &str, owners: std::ops::Range<usize>, users: usize) -> Vec<Rows> {
    let rows = |owner: usize| {
        let owner = format!("{owner:026}");
        let mut fields = Vec::new();
        // Within a resource in no order.
        for slug in ["view items", "edit items"] {
            for user in 0..users {
                let user = format!("{:026}", user * 7_919 % users);
                let entitlement = format!("{kind}:{owner}:{slug}");
                let external = format!("{entitlement}:user:{user}");
                for field in [kind, &owner, &entitlement, "user", &user, &external, "", ""] {
                    fields.push(field.as_bytes().to_vec());
                }
            }
        }
        Rows {
            table: Table::Grants,
            fields,
        }
    };
    owners.map(rows).collect()
}

/// Writes a sync of these rows behind those that the file has.
fn sync(path: &Path, parts: &[Rows], day: u8) -> Result<String, Error> {
    let moment: jiff::Timestamp = format!("2026-11-{day}T10:00:00Z").parse().unwrap();
    let new = SyncRun::at(moment, [day; 16], SyncType::Full);
    let target = Target::open(path, TargetOptions::default())?;
    let mut writer = Writer::begin(target, new, true)?;
    for part in parts {
        writer.push(&part.batch())?;
    }
    Ok(writer.finish(moment)?.sync_id)
}

/// Two syncs of the same rows into one file, each held against SQLite; gives the free pages of both.
fn free_pages(parts: &[Rows]) -> [i64; 2] {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sync.c1z");
    let mut before: Vec<(String, Vec<Value>)> = Vec::new();
    [20, 21].map(|day| {
        let id = sync(&path, parts, day).unwrap();
        let seen = |day: u8| format!("2026-11-{day} 10:00:00");
        let file = database(folder.path(), &fs::read(&path).unwrap()[5..]);
        let oracle = empty();
        for (id, run) in &before {
            insert(&oracle, parts, id, &seen(day - 1), &mut |_| None);
            let row = format!("insert into v1_sync_runs values ({})", ["?"; 14].join(","));
            oracle.execute(&row, params_from_iter(run)).unwrap();
        }
        insert(&oracle, parts, &id, &seen(day), &mut |_| None);
        let runs = values(
            &Connection::open(&file).unwrap(),
            "select * from v1_sync_runs",
        );
        before.push((id.clone(), runs.into_iter().next().unwrap()));
        compare(&file, &oracle, &id, day.into())
    })
}

#[test]
fn grants_in_the_order_of_their_ids_leave_no_page_free() {
    let mut parts = grants("group", 0..2, 900);
    parts.extend(grants("vault", 0..12, 900));
    assert_eq!(free_pages(&parts), [0, 0]);
}

/// As of a group that no listing has and only a vault names, among others or the last. Where there
/// are more than two cores no keys are among the rows, and so none can come too late.
#[test]
fn grants_that_come_late_leave_pages_free_that_sqlite_uses_again() {
    let is_early = std::thread::available_parallelism().is_ok_and(|cores| cores.get() <= 2);
    for before in [8, 12] {
        let mut parts = grants("vault", 0..before, 900);
        parts.extend(grants("group", 5..6, 3));
        parts.extend(grants("vault", before..12, 900));
        let free = free_pages(&parts);
        assert_eq!(free.map(|pages| pages > 0), [is_early; 2], "{free:?}");
    }
}

#[test]
fn a_grant_that_comes_again_is_named_whenever_it_does() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sync.c1z");
    for again in [0, 5, 10, 11] {
        let mut parts = grants("vault", 0..12, 900);
        parts.extend(grants("vault", again..again + 1, 1));
        let error = sync(&path, &parts, 20).unwrap_err();
        let id = format!("vault:{again:026}:edit items:user:{:026}", 0);
        let expected = format!("the grant \"{id}\" twice");
        assert!(error.to_string().contains(&expected), "{error}");
    }
}
