//! What happens to a file that exists: older syncs kept or dropped, files of every shape taken
//! over, anything else refused untouched.

use std::fs;
use std::path::Path;

use baton_1password::baton::pb::v2::{Grant, Resource};
use baton_1password::c1z::{Error, Limits, Retention, SyncType, TargetOptions};
use baton_1password::notice::Notice;
use rusqlite::Connection;

use super::support::*;

fn options(retention: Retention) -> TargetOptions {
    TargetOptions {
        retention,
        ..TargetOptions::default()
    }
}

fn sync_ids(path: &Path) -> Vec<String> {
    let reader = read(path).unwrap();
    reader
        .syncs()
        .iter()
        .map(|run| run.sync_id.clone())
        .collect()
}

const TABLES: [&str; 4] = [
    "v1_resource_types",
    "v1_resources",
    "v1_entitlements",
    "v1_grants",
];

/// `src/c1z/format.md`, Checklist 13 (our side of it), 19, 22: new rows get higher ids
#[test]
fn a_new_sync_is_added_and_the_newest_two_full_ones_stay() {
    let folder = Folder::new();
    let path = folder.file("sync.c1z");
    let mut ids = Vec::new();
    for (minute, users) in [(0, 30), (1, 20), (2, 10)] {
        let before = path.exists().then(|| {
            let connection = database(&folder, &path);
            rows(&connection, "select * from v1_grants order by id")
        });
        ids.push(sync(&path, full(minute), users).unwrap().sync_id);
        let connection = database(&folder, &path);
        assert_eq!(rows(&connection, "PRAGMA integrity_check"), ["ok"]);
        assert_eq!(rows(&connection, "PRAGMA freelist_count"), ["0"]);
        let newest = ids.last().unwrap();
        let old = format!("select * from v1_grants where sync_id <> '{newest}' order by id");
        let old = rows(&connection, &old);
        if let Some(before) = before {
            assert!(before.ends_with(&old), "rows are taken over as they were");
        }
        for table in TABLES {
            let order = format!("select distinct sync_id from {table} order by id");
            let kept: Vec<String> = ids.iter().rev().take(2).rev().cloned().collect();
            assert_eq!(rows(&connection, &order), kept, "{table}");
        }
    }
    assert_eq!(sync_ids(&path), ids[1..]);
}

/// `src/c1z/format.md`, Checklist 22
#[test]
fn retention_follows_its_settings() {
    for (retention, left) in [
        (
            Retention {
                full_syncs: 1,
                keep_all: false,
            },
            1,
        ),
        (
            Retention {
                full_syncs: 3,
                keep_all: false,
            },
            3,
        ),
        (
            Retention {
                full_syncs: 1,
                keep_all: true,
            },
            4,
        ),
    ] {
        let folder = Folder::new();
        let path = folder.file("sync.c1z");
        for minute in 0..4 {
            sync_with(&path, options(retention), full(minute), 2).unwrap();
        }
        assert_eq!(sync_ids(&path).len(), left, "{retention:?}");
    }
}

/// `src/c1z/format.md`, Checklist 22, 32
#[test]
fn an_unfinished_sync_is_kept_reported_and_not_shown() {
    let folder = Folder::new();
    let path = folder.file("sync.c1z");
    let unfinished = sync(&path, full(0), 3).unwrap().sync_id;
    edit(
        &folder,
        &path,
        "update v1_sync_runs set ended_at = null, stats = null",
    );
    for minute in 1..4 {
        let written = sync(&path, full(minute), 2).unwrap();
        assert_ne!(written.sync_id, unfinished, "not continued");
        let lines: Vec<String> = written.notices.iter().map(Notice::line).collect();
        let notice = lines.join("\n");
        assert!(
            notice.contains("left unfinished")
                && notice.contains("started 2026-11-23 10:00:00.25 UTC"),
            "{notice}"
        );
    }
    let reader = read(&path).unwrap();
    assert_eq!(reader.syncs().len(), 3);
    assert_eq!(reader.syncs()[0].sync_id, unfinished);
    assert!(!reader.syncs()[0].is_finished());
    assert_ne!(reader.latest_finished_full().unwrap().sync_id, unfinished);
    assert_eq!(
        all::<Grant>(&reader, &reader.syncs()[0]).unwrap().len(),
        4,
        "its rows are still there"
    );
}

#[test]
fn the_new_sync_ends_after_every_older_one() {
    let folder = Folder::new();
    let path = folder.file("sync.c1z");
    for (old, new) in [
        ("2026-11-23 09:00:00", "2026-11-23 10:01:00.25"),
        ("2026-11-23 10:01:00.25", "2026-11-23 10:01:00.250000001"),
        ("2031-01-01 00:00:00", "2031-01-01 00:00:00.000000001"),
        ("2026-11-23T00:00:00Z", "2026-11-24 00:00:00"),
    ] {
        sync(&path, full(0), 1).unwrap();
        edit(
            &folder,
            &path,
            &format!("update v1_sync_runs set ended_at = '{old}'"),
        );
        let written = sync(&path, full(1), 1).unwrap();
        let reader = read(&path).unwrap();
        let latest = reader.latest_finished_full().unwrap();
        assert_eq!(latest.sync_id, written.sync_id);
        assert_eq!(latest.ended_at.as_deref(), Some(new));
        fs::remove_file(&path).unwrap();
    }
}

/// Whatever shape a reader accepts can be added to.
#[test]
fn files_of_every_accepted_shape_are_taken_over() {
    let no_index =
        "drop index idx_grants_external_sync_v1; drop index idx_resources_external_sync_v1;
         drop index idx_resources_parent_resource_id_v1; drop index idx_sync_runs_sync_id_v1;";
    let shapes = [
        ("no indexes", no_index.to_owned()),
        ("missing tables", "drop table v1_assets; drop table v1_connector_sessions".to_owned()),
        (
            "missing later columns",
            "drop index idx_grants_sync_expansion_v1; drop index idx_grants_sync_needs_expansion_v1;
             alter table v1_grants drop column expansion; alter table v1_grants drop column needs_expansion;
             alter table v1_sync_runs drop column sync_type; alter table v1_sync_runs drop column stats;
             alter table v1_sync_runs drop column parent_sync_id; alter table v1_sync_runs drop column linked_sync_id;
             alter table v1_sync_runs drop column supports_diff;
             alter table v1_sync_runs drop column ingest_invariant_generation;
             alter table v1_sync_runs drop column ingest_invariant_coverage;
             alter table v1_sync_runs drop column ingest_invariant_mode"
                .to_owned(),
        ),
        ("no discovered_at", "alter table v1_grants drop column discovered_at".to_owned()),
        ("extra things", "create table mine (a); create view v as select 1; analyze;
             create trigger t after insert on v1_grants begin delete from v1_grants; end".to_owned()),
        ("page size 512", "PRAGMA page_size = 512; vacuum".to_owned()),
        ("page size 4096", "PRAGMA page_size = 4096; vacuum".to_owned()),
        ("auto_vacuum", "PRAGMA auto_vacuum = full; vacuum".to_owned()),
        ("write-ahead log", "PRAGMA journal_mode = wal; PRAGMA wal_checkpoint(truncate)".to_owned()),
        ("assets", "insert into v1_assets select 7, 'logo', 'image/png', x'00', sync_id, started_at from v1_sync_runs".to_owned()),
        (
            "assets in pages like those of an index",
            "drop table v1_assets; create table v1_assets (id integer primary key, external_id text not null,
             content_type text not null, data blob not null, sync_id text not null, discovered_at datetime not null)
             without rowid;
             insert into v1_assets select 7, 'logo', 'image/png', x'00', sync_id, started_at from v1_sync_runs"
                .to_owned(),
        ),
    ];
    for (shape, sql) in shapes {
        let folder = Folder::new();
        let path = folder.file("sync.c1z");
        let first = sync(&path, full(0), 5).unwrap().sync_id;
        let grants = |path: &Path| {
            let reader = read(path).unwrap();
            all::<Grant>(&reader, &reader.syncs()[0]).unwrap()
        };
        let before = grants(&path);
        edit(&folder, &path, &sql);
        let second = sync(&path, full(1), 5).unwrap_or_else(|error| panic!("{shape}: {error}"));
        assert_eq!(sync_ids(&path), [first, second.sync_id], "{shape}");
        assert_eq!(grants(&path), before, "{shape}");
        let connection = database(&folder, &path);
        assert_eq!(
            rows(&connection, "PRAGMA integrity_check"),
            ["ok"],
            "{shape}"
        );
        assert_eq!(
            rows(&connection, "select count(*) from sqlite_schema"),
            ["23"],
            "{shape}"
        );
        assert_eq!(
            rows(
                &connection,
                "select count(*) from v1_grants where discovered_at is null"
            ),
            ["0"]
        );
        let assets = rows(&connection, "select id, external_id from v1_assets");
        assert_eq!(
            assets.len(),
            usize::from(shape.starts_with("assets")),
            "{shape}"
        );
    }
}

#[test]
fn a_utf16_database_is_taken_over_as_utf8() {
    let folder = Folder::new();
    let (utf8, path) = (folder.file("utf8.c1z"), folder.file("sync.c1z"));
    sync(&utf8, full(0), 3).unwrap();
    let source = database(&folder, &utf8);
    let wide = Connection::open(folder.file("wide.db")).unwrap();
    wide.execute_batch("PRAGMA encoding = 'UTF-16le'").unwrap();
    for create in rows(&source, "select sql from sqlite_schema") {
        wide.execute_batch(&create).unwrap();
    }
    for table in TABLES.iter().chain(&["v1_sync_runs"]) {
        let mut select = source.prepare(&format!("select * from {table}")).unwrap();
        let places = vec!["?"; select.column_count()].join(",");
        let mut found = select.query([]).unwrap();
        while let Some(row) = found.next().unwrap() {
            let values = (0..row.as_ref().column_count())
                .map(|i| row.get::<_, rusqlite::types::Value>(i).unwrap());
            let insert = format!("insert into {table} values ({places})");
            wide.execute(&insert, rusqlite::params_from_iter(values))
                .unwrap();
        }
    }
    wide.close().unwrap();
    pack(&path, &fs::read(folder.file("wide.db")).unwrap());
    sync(&path, full(1), 3).unwrap();
    let connection = database(&folder, &path);
    assert_eq!(rows(&connection, "PRAGMA encoding"), ["UTF-8"]);
    assert_eq!(
        rows(
            &connection,
            "select count(*) from v1_grants where external_id like 'vault:V1:view items:%'"
        ),
        ["8"]
    );
}

#[test]
fn rows_of_no_sync_are_left_behind() {
    let folder = Folder::new();
    let path = folder.file("sync.c1z");
    sync(&path, full(0), 3).unwrap();
    edit(
        &folder,
        &path,
        "update v1_grants set sync_id = 'gone' where id > 2; update v1_sync_runs set stats = null",
    );
    sync(&path, full(1), 1).unwrap();
    let connection = database(&folder, &path);
    let orphans =
        "select count(*) from v1_grants where sync_id not in (select sync_id from v1_sync_runs)";
    assert_eq!(rows(&connection, orphans), ["0"]);
    assert_eq!(rows(&connection, "select count(*) from v1_grants"), ["4"]);
}

/// Only ids have to be UTF-8: bytes of records that some tool stored as text need not.
#[test]
fn a_record_that_is_stored_as_text_is_read() {
    let folder = Folder::new();
    let path = folder.file("sync.c1z");
    sync(&path, full(0), 3).unwrap();
    let before: Vec<Resource> = {
        let reader = read(&path).unwrap();
        all(&reader, reader.require_finished_full().unwrap()).unwrap()
    };
    // An unknown field of two bytes that are no UTF-8 follows.
    let as_text = "update v1_resources set data = cast(data || x'7A02FFFE' as text)";
    edit(&folder, &path, as_text);
    let reader = read(&path).unwrap();
    let sync = reader.require_finished_full().unwrap();
    assert_eq!(all::<Resource>(&reader, sync).unwrap(), before);
}

/// SQLite may call texts equal that are not the same id.
#[test]
fn a_row_of_nearly_a_sync_is_damage_and_says_what_to_do() {
    let folder = Folder::new();
    let path = folder.file("sync.c1z");
    sync(&path, full(0), 3).unwrap();
    edit(
        &folder,
        &path,
        "PRAGMA writable_schema = on; \
         update sqlite_schema set sql = replace(sql, 'sync_id text', 'sync_id text collate nocase') \
         where name = 'v1_grants'",
    );
    edit(
        &folder,
        &path,
        "reindex; update v1_grants set sync_id = lower(sync_id) where id = 1; \
         update v1_sync_runs set stats = null",
    );
    let before = fs::read(&path).unwrap();
    let text = sync(&path, full(1), 1).unwrap_err().to_string();
    assert!(text.contains("is damaged: a row is of no sync"), "{text}");
    assert!(text.contains("restore it"), "{text}");
    assert_eq!(fs::read(&path).unwrap(), before);
}

/// `src/c1z/format.md`, Checklist 24
#[test]
fn an_empty_file_is_a_new_file() {
    let folder = Folder::new();
    let path = folder.file("sync.c1z");
    fs::write(&path, b"").unwrap();
    assert!(matches!(read(&path), Err(Error::Empty { .. })));
    let written = sync(&path, full(0), 2).unwrap();
    assert_eq!(sync_ids(&path), [written.sync_id]);
    assert_eq!(folder.names(), ["sync.c1z"]);
}

/// `src/c1z/format.md`, Checklist 23, 24: refused before anything else, by the reader and the
/// writer alike
#[test]
fn what_is_no_c1z_v1_file_is_refused_untouched() {
    let folder = Folder::new();
    let path = folder.file("sync.c1z");
    sync(&path, full(0), 40).unwrap();
    let good = fs::read(&path).unwrap();
    let frame = &good[5..];
    let cut = |bytes: &[u8], at: usize| bytes[..at].to_vec();
    let with = |bytes: &[u8], more: &[u8]| [bytes, more].concat();
    let packed = |database: &[u8]| with(MAGIC, &zstd::encode_all(database, 3).unwrap());
    let unpacked = zstd::decode_all(frame).unwrap();
    let mut flipped = good.clone();
    flipped[good.len() / 2] ^= 0x10;
    let mut bad_checksum = good.clone();
    *bad_checksum.last_mut().unwrap() ^= 0xFF;
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        (
            "v3",
            b"C1Z3\0\x00\x00\x5A\x25\x0A\x07pebble3 and more".to_vec(),
            "c1z v3 (Pebble) file",
        ),
        (
            "foreign",
            b"PK\x03\x04 a zip file".to_vec(),
            "not a c1z file",
        ),
        ("short", b"C1Z".to_vec(), "too short"),
        (
            "magic only",
            MAGIC.to_vec(),
            "ends after its five-byte header",
        ),
        ("cut in the header", cut(&good, 9), "damaged"),
        ("cut in the middle", cut(&good, good.len() / 2), "damaged"),
        ("cut by a byte", cut(&good, good.len() - 1), "damaged"),
        ("flipped bit", flipped, "damaged"),
        ("wrong checksum", bad_checksum, "damaged"),
        ("no zstd", with(MAGIC, b"not zstd at all"), "damaged"),
        ("trailing garbage", with(&good, b"garbage!"), "damaged"),
        ("two trailing bytes", with(&good, b"xx"), "damaged"),
        ("trailing zeros", with(&good, &[0; 64]), "damaged"),
        (
            "no SQLite",
            packed(&b"just some text, long enough to be a header ".repeat(9)),
            "not a SQLite database",
        ),
        (
            "short database",
            packed(&unpacked[..50]),
            "not a SQLite database",
        ),
        (
            "cut database",
            packed(&unpacked[..unpacked.len() - 16_384]),
            "cut short",
        ),
        (
            "database cut within a page",
            packed(&unpacked[..unpacked.len() - 1_000]),
            "cut short",
        ),
    ];
    for (name, bytes, expected) in cases {
        fs::write(&path, &bytes).unwrap();
        for error in [
            sync(&path, full(1), 1).expect_err(name),
            read(&path).map(drop).expect_err(name),
        ] {
            let text = error.to_string();
            assert!(
                text.contains(expected) && text.contains("sync.c1z"),
                "{name}: {text}"
            );
        }
        assert!(fs::read(&path).unwrap() == bytes, "{name} was changed");
        assert_eq!(folder.names(), ["sync.c1z"], "{name} left something");
    }
}

#[test]
fn a_file_that_holds_a_row_twice_is_refused() {
    let folder = Folder::new();
    let path = folder.file("sync.c1z");
    sync(&path, full(0), 3).unwrap();
    edit(
        &folder,
        &path,
        "drop index idx_grants_external_sync_v1; update v1_grants set external_id = 'twin' where id < 3",
    );
    let before = fs::read(&path).unwrap();
    let error = sync(&path, full(1), 1).unwrap_err().to_string();
    assert!(error.contains("v1_grants holds twin twice"), "{error}");
    assert!(fs::read(&path).unwrap() == before);
}

#[test]
fn a_table_without_a_needed_column_is_refused() {
    let folder = Folder::new();
    let path = folder.file("sync.c1z");
    sync(&path, full(0), 3).unwrap();
    edit(&folder, &path, "alter table v1_grants drop column data");
    let error = sync(&path, full(1), 1).unwrap_err().to_string();
    assert!(
        error.contains("the table v1_grants has no column data"),
        "{error}"
    );
}

fn limited(window_bytes: u64, decoded_bytes: u64, fail_fast: bool) -> Limits {
    Limits {
        window_bytes,
        decoded_bytes,
        fail_fast,
    }
}

/// `src/c1z/format.md`, Checklist 25
#[test]
fn windows_and_sizes_are_bounded() {
    let folder = Folder::new();
    let path = folder.file("sync.c1z");
    sync(&path, full(0), 40).unwrap();
    let unpacked = zstd::decode_all(&fs::read(&path).unwrap()[5..]).unwrap();
    let mib = |n: u64| n << 20;
    let with_window = |log: u8| {
        // A frame without a content size asks for the window that its sixth byte names.
        let mut frame = Vec::new();
        let mut encoder = zstd::Encoder::new(&mut frame, 1).unwrap();
        std::io::Write::write_all(&mut encoder, &unpacked).unwrap();
        encoder.finish().unwrap();
        frame[5] = (log - 10) << 3;
        fs::write(&path, [MAGIC, &frame].concat()).unwrap();
    };
    let open = |limits: Limits| baton_1password::c1z::Reader::open(&path, &limits).map(drop);
    let defaults = Limits::default();

    with_window(27);
    open(defaults).unwrap();
    with_window(28);
    let error = open(defaults).unwrap_err().to_string();
    assert!(
        error.contains("the 128 MiB that BATON_DECODER_MAX_MEMORY_MB allows"),
        "{error}"
    );
    open(limited(mib(512), mib(100), true)).unwrap();
    with_window(24);
    assert!(open(limited(mib(8), mib(100), true)).is_err());

    fs::remove_file(&path).unwrap();
    sync(&path, full(0), 8_000).unwrap();
    let unpacked = zstd::decode_all(&fs::read(&path).unwrap()[5..]).unwrap();
    let sized = zstd::bulk::compress(&unpacked, 1).unwrap();
    fs::write(&path, [MAGIC, &sized].concat()).unwrap();
    for fail_fast in [true, false] {
        let error = open(limited(mib(128), mib(1), fail_fast))
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("the 1 MiB that BATON_DECODER_MAX_DECODED_SIZE_MB allows"),
            "{error}"
        );
        assert_eq!(error.contains("unpacks to more,"), !fail_fast, "{error}");
    }
    let options = TargetOptions {
        limits: limited(mib(128), mib(1), true),
        ..TargetOptions::default()
    };
    assert!(matches!(
        sync_with(&path, options, full(1), 1),
        Err(Error::TooLarge { .. })
    ));
}

/// `src/c1z/format.md`, Checklist 26
#[test]
fn several_frames_and_skippable_ones_are_read() {
    let folder = Folder::new();
    let path = folder.file("sync.c1z");
    sync(&path, full(0), 40).unwrap();
    let unpacked = zstd::decode_all(&fs::read(&path).unwrap()[5..]).unwrap();
    let (head, tail) = unpacked.split_at(10_000);
    let frame = |bytes: &[u8]| zstd::encode_all(bytes, 3).unwrap();
    let skippable = [
        &0x184D_2A50_u32.to_le_bytes()[..],
        &5_u32.to_le_bytes(),
        b"hello",
    ]
    .concat();
    let (head, tail) = (frame(head), frame(tail));
    for parts in [
        vec![MAGIC, &head, &tail],
        vec![MAGIC, &skippable, &head, &tail],
        vec![MAGIC, &head, &skippable, &tail, &skippable],
    ] {
        fs::write(&path, parts.concat()).unwrap();
        let reader = read(&path).unwrap();
        assert_eq!(all::<Grant>(&reader, &reader.syncs()[0]).unwrap().len(), 41);
        drop(reader);
        sync(&path, full(1), 1).unwrap();
    }
}

#[test]
fn a_frame_without_content_is_an_empty_file() {
    let folder = Folder::new();
    let path = folder.file("sync.c1z");
    pack(&path, b"");
    assert!(read(&path).unwrap().syncs().is_empty());
    let written = sync(&path, new_sync(SyncType::Full, 1), 2).unwrap();
    assert_eq!(sync_ids(&path), [written.sync_id]);
}

/// Flipped bits anywhere: refused, or without effect; never a wrong answer, never a panic.
#[test]
fn no_flipped_bit_changes_what_is_read() {
    let folder = Folder::new();
    let path = folder.file("sync.c1z");
    sync(&path, full(0), 4).unwrap();
    let good = fs::read(&path).unwrap();
    let content = zstd::decode_all(&good[5..]).unwrap();
    for position in (0..good.len()).step_by(7) {
        let mut bytes = good.clone();
        bytes[position] ^= 1 << (position % 8);
        fs::write(&path, &bytes).unwrap();
        if read(&path).is_ok() {
            assert!(
                zstd::decode_all(&bytes[5..]).unwrap() == content,
                "bit at {position}"
            );
        }
    }
}
