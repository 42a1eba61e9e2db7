//! Reading files of every writer: the golden ones, lean ones, and hostile ones.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use baton_1password::baton::pb::v2::{Entitlement, Grant, Resource, ResourceId, ResourceType};
use baton_1password::c1z::{Error, Reader, SyncRun, SyncType, Table};
use prost::Message;
use rusqlite::Connection;

use super::support::*;

fn golden(tenant: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("fixtures/golden/{tenant}/sync.c1z"))
}

fn now() -> jiff::Timestamp {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

fn resource(reader: &Reader, run: &SyncRun, kind: &str, id: &str) -> Option<Resource> {
    let id = ResourceId {
        resource_type: kind.to_owned(),
        resource: id.to_owned(),
    };
    reader.resource(run, &id).unwrap()
}

/// (grant id, entitlement id, entitlement's resource, principal) of every grant of the chosen sync.
fn grants(reader: &Reader) -> BTreeSet<[String; 4]> {
    let run = reader.choose(now()).unwrap().0;
    let text = |resource: &Option<Resource>| {
        let id = resource
            .as_ref()
            .and_then(|resource| resource.id.clone())
            .unwrap();
        format!("{}:{}", id.resource_type, id.resource)
    };
    let grant = |grant: Grant| {
        let entitlement = grant.entitlement.unwrap();
        let on = text(&entitlement.resource);
        [grant.id, entitlement.id, on, text(&grant.principal)]
    };
    all(reader, run).unwrap().into_iter().map(grant).collect()
}

/// The files of the Go connector. The counts are those of the golden README.
#[test]
fn the_golden_files_are_read_whole() {
    let folder = Folder::new();
    for (tenant, resources, entitlements, all) in [
        ("business", 22, 74, 172),
        ("family", 11, 17, 45),
        ("tiny", 5, 16, 15),
    ] {
        let reader = read(&golden(tenant)).unwrap();
        let (run, notice) = reader.choose(now()).unwrap();
        assert!(notice.is_none());
        assert_eq!((reader.syncs().len(), &run.sync_type), (1, &SyncType::Full));

        let connection = database(&folder, &golden(tenant));
        fn stored<M: Message + Default>(connection: &Connection, table: &str) -> Vec<M> {
            let mut select = connection
                .prepare(&format!("select data from {table} order by id"))
                .unwrap();
            let rows = select
                .query_map([], |row| row.get::<_, Vec<u8>>(0))
                .unwrap();
            rows.map(|data| M::decode(data.unwrap().as_slice()).unwrap())
                .collect()
        }
        let types: Vec<ResourceType> = super::support::all(&reader, run).unwrap();
        assert_eq!(types, stored(&connection, "v1_resource_types"));
        let found: Vec<Resource> = super::support::all(&reader, run).unwrap();
        assert_eq!(found, stored(&connection, "v1_resources"));
        assert_eq!(found.len(), resources, "{tenant}");
        let found: Vec<Entitlement> = super::support::all(&reader, run).unwrap();
        assert_eq!(found, stored(&connection, "v1_entitlements"));
        assert_eq!(found.len(), entitlements, "{tenant}");
        let found: Vec<Grant> = super::support::all(&reader, run).unwrap();
        assert_eq!(found, stored(&connection, "v1_grants"));
        assert_eq!(found.len(), all, "{tenant}");

        for grant in found.iter().step_by(7) {
            assert_eq!(
                reader.find::<Grant>(run, &grant.id).unwrap().as_ref(),
                Some(grant)
            );
        }
    }
}

/// `src/c1z/format.md`, Checklist 13 (our side of it): a file of the Go connector takes our sync
#[test]
fn a_golden_file_takes_another_sync() {
    let folder = Folder::new();
    let path = folder.file("sync.c1z");
    fs::copy(golden("business"), &path).unwrap();
    let before = grants(&read(&path).unwrap());
    let old = read(&path).unwrap().syncs()[0].clone();
    let new = sync_at("2026-11-20T00:00:00Z", 0, SyncType::Full);
    let written = sync(&path, new, 3).unwrap();
    let reader = read(&path).unwrap();
    assert_eq!(reader.syncs().len(), 2);
    assert_eq!(reader.syncs()[0], old);
    assert_eq!(
        reader.choose(now()).unwrap().0.sync_id,
        written.sync_id,
        "although its clock is behind"
    );
    assert_eq!(all::<Grant>(&reader, &old).unwrap().len(), before.len());
    let connection = database(&folder, &path);
    assert_eq!(rows(&connection, "PRAGMA integrity_check"), ["ok"]);
    let stats = rows(
        &connection,
        "select json_extract(stats, '$.grants') from v1_sync_runs order by id",
    );
    assert_eq!(stats, ["172", "4"]);
}

/// Reading our file back gives what was written.
#[test]
fn what_was_written_is_read_back_in_order() {
    let folder = Folder::new();
    let path = folder.file("sync.c1z");
    sync(&path, full(0), 2_500).unwrap();
    sync(&path, full(1), 3_500).unwrap();
    let reader = read(&path).unwrap();
    let run = reader.latest_finished_full().unwrap();
    let grants: Vec<Grant> = all(&reader, run).unwrap();
    let ids: Vec<String> = grants.into_iter().map(|grant| grant.id).collect();
    let users = (0..3_500).map(|n| format!("vault:V1:view items:user:U{n:05}"));
    let expected: Vec<String> = ["vault:V1:view items:group:G1".to_owned()]
        .into_iter()
        .chain(users)
        .collect();
    assert!(ids == expected);
    let oldest = &reader.syncs()[0];
    assert_eq!(all::<Grant>(&reader, oldest).unwrap().len(), 2_501);
    assert_eq!(all::<Resource>(&reader, oldest).unwrap().len(), 2_503);
}

/// `src/c1z/format.md`, Checklist 27
#[test]
fn slim_stub_and_full_grants_are_the_same_grants() {
    let folder = Folder::new();
    let path = folder.file("sync.c1z");
    for tenant in ["business", "family", "tiny"] {
        fs::copy(golden(tenant), &path).unwrap();
        let expected = grants(&read(&path).unwrap());
        let connection = database(&folder, &path);
        let rows: Vec<(i64, Vec<u8>)> = {
            let mut select = connection
                .prepare("select id, data from v1_grants")
                .unwrap();
            let rows = select
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
                .unwrap();
            rows.map(Result::unwrap).collect()
        };
        connection.execute_batch("begin").unwrap();
        for (id, data) in rows {
            let mut grant = Grant::decode(data.as_slice()).unwrap();
            match id % 4 {
                0 => (grant.entitlement, grant.principal) = (None, None),
                1 => {
                    let full = grant.entitlement.take().unwrap();
                    let resource = Resource {
                        id: full.resource.unwrap().id,
                        ..Default::default()
                    };
                    grant.entitlement = Some(Entitlement {
                        id: full.id,
                        resource: Some(resource),
                        ..Default::default()
                    });
                }
                2 => grant = Grant::default(),
                _ => {}
            }
            let data = grant.encode_to_vec();
            connection
                .execute(
                    "update v1_grants set data = ?1 where id = ?2",
                    rusqlite::params![data, id],
                )
                .unwrap();
        }
        connection.execute_batch("commit").unwrap();
        connection.close().unwrap();
        pack(&path, &fs::read(folder.file("unpacked.db")).unwrap());
        assert_eq!(grants(&read(&path).unwrap()), expected, "{tenant}");
    }
}

/// Missing indexes, tables and later columns are no reason to refuse a file.
#[test]
fn a_lean_file_reads_like_a_complete_one() {
    let folder = Folder::new();
    let path = folder.file("sync.c1z");
    fs::copy(golden("business"), &path).unwrap();
    let expected = grants(&read(&path).unwrap());
    let connection = database(&folder, &path);
    let drops: String = rows(&connection, "select 'drop index ' || name || ';' from sqlite_schema where type = 'index' and sql is not null").concat();
    connection.close().unwrap();
    edit(&folder, &path, &format!("{drops} drop table v1_assets; drop table v1_connector_sessions;
        alter table v1_grants drop column expansion; alter table v1_grants drop column needs_expansion;
        alter table v1_grants drop column discovered_at; alter table v1_sync_runs drop column sync_type"));
    let reader = read(&path).unwrap();
    assert_eq!(grants(&reader), expected);
    let some = expected.first().unwrap();
    let run = reader.latest_finished_full().unwrap();
    assert_eq!(
        reader.find::<Grant>(run, &some[0]).unwrap().unwrap().id,
        some[0]
    );

    edit(&folder, &path, "drop table v1_grants");
    let reader = read(&path).unwrap();
    assert!(grants(&reader).is_empty());
    assert!(
        reader
            .find::<Grant>(&reader.syncs()[0], &some[0])
            .unwrap()
            .is_none()
    );
}

/// Not the newest of any kind, as other readers show it.
#[test]
fn the_latest_finished_full_sync_is_chosen() {
    let folder = Folder::new();
    let path = folder.file("sync.c1z");
    let keep_all = baton_1password::c1z::TargetOptions {
        retention: baton_1password::c1z::Retention {
            full_syncs: 2,
            keep_all: true,
        },
        ..Default::default()
    };
    let kinds = [
        SyncType::Full,
        SyncType::Full,
        SyncType::Partial,
        SyncType::ResourcesOnly,
    ];
    let ids: Vec<String> = kinds
        .into_iter()
        .zip(0..)
        .map(|(kind, minute)| {
            sync_with(&path, keep_all.clone(), new_sync(kind, minute), 1)
                .unwrap()
                .sync_id
        })
        .collect();
    let chosen = |sql: &str| {
        let copy = folder.file("copy.c1z");
        fs::copy(&path, &copy).unwrap();
        edit(&folder, &copy, sql);
        let reader = read(&copy).unwrap();
        let (run, notice) = reader.choose(now()).map_err(|error| error.to_string())?;
        let place = ids.iter().position(|id| *id == run.sync_id).unwrap();
        Ok::<_, String>((place, notice.map(|notice| notice.line())))
    };
    assert_eq!(
        chosen("select 1"),
        Ok((1, None)),
        "not the later partial ones"
    );
    let swapped = "update v1_sync_runs set ended_at = '2026-11-23 23:00:00' where id = 1";
    assert_eq!(chosen(swapped), Ok((0, None)), "by its end, not by its row");
    let tie = "update v1_sync_runs set ended_at = '2026-11-23 23:00:00' where sync_type = 'full'";
    assert_eq!(chosen(tie), Ok((1, None)), "then by its id");
    let (place, notice) = chosen("delete from v1_sync_runs where sync_type = 'full'").unwrap();
    assert_eq!(place, 3);
    assert!(
        notice
            .unwrap()
            .contains("the resources_only sync that started 2026-11-23 10:03:00.25 UTC is used")
    );
    let unfinished = "update v1_sync_runs set ended_at = null";
    let error = chosen(unfinished).unwrap_err();
    assert!(
        error.contains(
            "holds only an unfinished sync (started 2026-11-23 10:03:00.25 UTC). Run a full sync"
        ),
        "{error}"
    );
    let error =
        chosen("update v1_sync_runs set ended_at = null, started_at = '2026-11-16 11:59:59'")
            .unwrap_err();
    assert!(error.contains("only an abandoned sync"), "{error}");
    let error =
        chosen("update v1_sync_runs set ended_at = null, started_at = '2026-11-16 12:00:01'")
            .unwrap_err();
    assert!(error.contains("only an unfinished sync"), "{error}");
    let error = chosen("delete from v1_sync_runs").unwrap_err();
    assert!(
        error.contains("holds no sync."),
        "rows alone are no sync: {error}"
    );
}

#[test]
fn single_records_are_found_by_id() {
    let folder = Folder::new();
    let path = folder.file("sync.c1z");
    sync(&path, full(0), 20).unwrap();
    let reader = read(&path).unwrap();
    let run = reader.latest_finished_full().unwrap();
    let vault = resource(&reader, run, "vault", "V1").unwrap();
    assert_eq!(vault.display_name, "The vault:V1");
    assert!(resource(&reader, run, "vault", "V2").is_none());
    assert!(resource(&reader, run, "user:U00001", "").is_none());
    let slug = reader
        .find::<Entitlement>(run, "vault:V1:view items")
        .unwrap()
        .unwrap()
        .slug;
    assert_eq!(slug, "view items");
    assert!(
        reader
            .find::<Entitlement>(run, "vault:V1:view")
            .unwrap()
            .is_none()
    );
    assert!(
        reader
            .find::<Grant>(run, "vault:V1:view items:user:U00019")
            .unwrap()
            .is_some()
    );
    assert!(
        reader
            .find::<Grant>(run, "vault:V1:view items:user:U00020")
            .unwrap()
            .is_none()
    );

    let near = |table, id| reader.near_misses(run, table, id).unwrap();
    assert_eq!(
        near(Table::Entitlements, "vault:V1:veiw items"),
        ["vault:V1:view items"]
    );
    assert_eq!(near(Table::Resources, "vault:v1"), ["vault:V1"]);
    assert_eq!(
        near(Table::Grants, "vault:V1:view items:user:U00020").len(),
        3
    );
    assert_eq!(
        near(Table::ResourceTypes, "something else"),
        [] as [&str; 0]
    );
}

#[test]
fn an_id_that_holds_the_separator_is_not_mistaken() {
    let folder = Folder::new();
    let path = folder.file("sync.c1z");
    sync(&path, full(0), 1).unwrap();
    edit(
        &folder,
        &path,
        "update v1_resources set external_id = 'user:a:b', resource_type_id = 'user', data = x'' where id = 1",
    );
    let reader = read(&path).unwrap();
    let run = reader.latest_finished_full().unwrap();
    assert!(resource(&reader, run, "user", "a:b").is_some());
    assert!(resource(&reader, run, "user:a", "b").is_none());
}

#[test]
fn a_missing_file_or_a_folder_is_a_clear_error() {
    let folder = Folder::new();
    let error = read(&folder.file("missing.c1z")).unwrap_err().to_string();
    // Nothing is there: number 2 on every system.
    let cause = std::io::Error::from_raw_os_error(2).to_string();
    let cause = cause.trim_end_matches(" (os error 2)");
    assert!(error.contains(&format!("missing.c1z: {cause}")), "{error}");
    let error = read(folder.path()).unwrap_err().to_string();
    assert!(error.contains("not a regular file"), "{error}");
}

/// A file from an enemy: refused or read as far as it makes sense, never run, never a panic.
#[test]
fn hostile_databases_are_refused() {
    let folder = Folder::new();
    let path = folder.file("sync.c1z");
    let endless = "with recursive n(i) as (select 1 union all select i + 1 from n) select i as id, '' as external_id, '' as sync_id, x'' as data from n";
    let cases = [
        (
            format!("drop table v1_resource_types; create view v1_resource_types as {endless}"),
            "not a plain table",
        ),
        (
            format!("drop table v1_grants; create view V1_GRANTS as {endless}"),
            "not a plain table",
        ),
        (
            "with recursive n(i) as (select 1 union all select i + 1 from n limit 10000)
             insert into v1_sync_runs (sync_id, started_at, sync_token) select i, '', '' from n"
                .to_owned(),
            "more than 10000 syncs",
        ),
        (
            "update v1_sync_runs set sync_id = x'00'".to_owned(),
            "damaged",
        ),
        (
            "update v1_sync_runs set started_at = 7".to_owned(),
            "damaged",
        ),
        (
            "update v1_grants set data = x'ffffffff'".to_owned(),
            "damaged",
        ),
        ("update v1_grants set data = 7".to_owned(), "damaged"),
        (
            "update v1_grants set data = zeroblob(70000000)".to_owned(),
            "too big",
        ),
        (
            format!("update v1_resources set data = x'4a{}'", "80".repeat(40)),
            "damaged",
        ),
    ];
    for (sql, expected) in cases {
        sync(&path, full(0), 2).unwrap();
        edit(&folder, &path, &sql);
        let error = read_all(&path).expect_err(&sql).to_string();
        assert!(
            error.contains(expected) && error.contains("sync.c1z"),
            "{sql}: {error}"
        );
        fs::remove_file(&path).unwrap();
    }
}

fn read_all(path: &Path) -> Result<usize, Error> {
    let reader = read(path)?;
    let mut count = 0;
    for run in reader.syncs() {
        count += all::<Grant>(&reader, run)?.len();
        count += all::<Resource>(&reader, run)?.len();
        count += all::<Entitlement>(&reader, run).map_or(0, |all| all.len());
        count += all::<ResourceType>(&reader, run).map_or(0, |all| all.len());
        reader.near_misses(run, Table::Grants, "x")?;
    }
    Ok(count)
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 200, ..Default::default() })]

    /// Any bytes in the database's place: an answer or an error, never a panic and never an endless
    /// read.
    #[test]
    fn damaged_databases_never_panic(
        changes in proptest::collection::vec((0_usize..400_000, proptest::prelude::any::<u8>()), 1..40),
    ) {
        thread_local! {
            static GOOD: (Folder, Vec<u8>) = {
                let folder = Folder::new();
                let path = folder.file("sync.c1z");
                sync(&path, full(0), 60).unwrap();
                let good = zstd::decode_all(&fs::read(&path).unwrap()[5..]).unwrap();
                (folder, good)
            };
        }
        GOOD.with(|(folder, good)| {
            let path = folder.file("bad.c1z");
            let mut bytes = good.clone();
            let length = bytes.len();
            for (place, byte) in changes {
                bytes[place % length] = byte;
            }
            pack(&path, &bytes);
            let _ = read_all(&path);
            let _ = sync(&path, full(1), 1);
        });
    }
}
