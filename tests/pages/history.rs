//! Files with a history: one to four syncs of ours, after one another or after a file as other
//! writers make it, each time held against SQLite.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use baton_1password::c1z::schema::TABLES;
use baton_1password::c1z::{
    Retention, SyncRun, SyncType, Table, Target, TargetOptions, Writer, Written,
};
use rusqlite::{Connection, params_from_iter};

use super::{Numbers, Rows, compare, database, empty, insert, values};

const HISTORIES: usize = 320;

/// Rows that make sense: messages decode, and grants are of entitlements that are there.
fn tenant(numbers: &mut Numbers) -> Vec<Rows> {
    let most = *numbers.pick(&[3, 40, 400]);
    let some = |numbers: &mut Numbers| 1 + numbers.below(most);
    let text = |numbers: &mut Numbers| {
        let letters = ['a', ':', 'Z', '7', 'é', '中', '\u{10FFFF}', '\u{1}', '\0'];
        let length = *numbers.pick(&[0, 3, 26, 26, 300]);
        (0..length)
            .map(|_| *numbers.pick(&letters))
            .collect::<String>()
    };
    // A field that no message knows, of any length: it decodes as nothing.
    let data = |numbers: &mut Numbers| {
        let length = *numbers.pick(&[0, 1, 60, 60, 100, 20_000]);
        let length = numbers.below(length + 1).min(16_383);
        let head = [
            0xFA,
            0x07,
            (length & 0x7F) as u8 | 0x80,
            (length >> 7) as u8,
        ];
        [&head[..], &vec![numbers.below(256) as u8; length]].concat()
    };
    let kinds = ["user", "group", "vault"];
    let resources: Vec<(String, String)> = (0..some(numbers))
        .map(|n| {
            (
                numbers.pick(&kinds).to_string(),
                format!("{}{n}", text(numbers)),
            )
        })
        .collect();
    let mut entitlements = Vec::new();
    for n in 0..some(numbers) {
        let (kind, id) = numbers.pick(&resources).clone();
        entitlements.push((kind.clone(), id.clone(), format!("{kind}:{id}:{n}")));
    }
    let mut parts = Vec::new();
    let mut part = |table, fields: Vec<Vec<u8>>| parts.push(Rows { table, fields });
    for kind in kinds {
        part(Table::ResourceTypes, vec![kind.into(), data(numbers)]);
    }
    for (kind, id) in &resources {
        let parent = match numbers.below(3) {
            0 => numbers.pick(&resources).clone(),
            _ => Default::default(),
        };
        let external = format!("{kind}:{id}");
        let fields = [kind, &external, &parent.0, &parent.1].map(|text| text.as_bytes().to_vec());
        part(Table::Resources, [&fields[..], &[data(numbers)]].concat());
    }
    for (kind, id, external) in &entitlements {
        let fields = [kind, id, external].map(|text| text.as_bytes().to_vec());
        part(
            Table::Entitlements,
            [&fields[..], &[data(numbers)]].concat(),
        );
    }
    for n in 0..some(numbers) * 4 {
        let (kind, id, entitlement) = numbers.pick(&entitlements);
        let (to, holder) = numbers.pick(&resources);
        let external = format!("{entitlement}:{to}:{n}");
        let fields = [kind, id, entitlement, to, holder, &external];
        let mut fields: Vec<Vec<u8>> = fields.map(|text| text.as_bytes().to_vec()).into();
        fields.push(if numbers.one_in(3) {
            data(numbers)
        } else {
            Vec::new()
        });
        fields.push(data(numbers));
        part(Table::Grants, fields);
    }
    // Rows of different tables come mixed.
    for at in (1..parts.len()).rev() {
        parts.swap(at, numbers.below(at + 1));
    }
    parts
}

/// A file as other writers make it: small pages, gaps between row numbers, times of any zone, some
/// syncs unfinished or of other kinds, with and without indexes, statistics and the tables that
/// came later.
fn foreign(path: &Path, numbers: &mut Numbers) {
    let unpacked = path.with_extension("foreign");
    let file = Connection::open(&unpacked).unwrap();
    let size = numbers.pick(&[1024, 4096]);
    file.execute_batch(&format!("pragma page_size = {size}"))
        .unwrap();
    for table in TABLES {
        file.execute_batch(&table.create_sql()).unwrap();
    }
    let mut last: BTreeMap<String, i64> = BTreeMap::new();
    for n in 0..1 + numbers.below(3) {
        let sync_id = format!("3MW0gRTbIPo0Ti5OkQsEFEJt6K{n}");
        let (started, gap) = (
            format!("2026-11-2{n} 22:11:23.5"),
            1 + numbers.below(3) as i64,
        );
        let mut next = |table: &str| {
            let number = last.entry(table.to_owned()).or_default();
            *number += gap;
            Some(*number)
        };
        insert(&file, &tenant(numbers), &sync_id, &started, &mut next);
        let ended = (!numbers.one_in(3)).then(|| format!("2026-11-2{n} 22:13:23"));
        let kind = numbers.pick(&["full", "full", "full", "partial", "of a later tool"]);
        let run = (&sync_id, &started, ended, kind, numbers.one_in(2));
        file.execute(
            "insert into v1_sync_runs (sync_id, started_at, ended_at, sync_token, sync_type, supports_diff)
             values (?1, ?2, ?3, '{\"a token\":1}', ?4, ?5)",
            run,
        )
        .unwrap();
        let assets =
            "insert into v1_assets (external_id, content_type, data, sync_id, discovered_at)
            values ('logo', 'image/png', x'00ff', ?1, ?2)";
        file.execute(assets, (&sync_id, &started)).unwrap();
        let sessions =
            "insert into v1_connector_sessions (sync_id, key, value) values (?1, ?2, x'01')";
        for key in ["b", "a", ""] {
            file.execute(sessions, (&sync_id, key)).unwrap();
        }
    }
    // What the two partial indexes hold need not be the same, and no parent may be written in two
    // ways.
    file.execute_batch(
        "update v1_grants set needs_expansion = 0 where id % 5 = 0;
         update v1_grants set expansion = x'' where id % 7 = 0;
         update v1_resources set parent_resource_type_id = '', parent_resource_id = '' where id % 3 = 0;",
    )
    .unwrap();
    if numbers.one_in(2) {
        for table in TABLES {
            for index in table.indexes {
                file.execute_batch(index).unwrap();
            }
        }
    }
    if numbers.one_in(4) {
        let later = "drop table v1_assets; drop table v1_connector_sessions";
        file.execute_batch(later).unwrap();
    }
    file.close().unwrap();
    let mut bytes = b"C1ZF\0".to_vec();
    bytes.extend(zstd::encode_all(&*fs::read(&unpacked).unwrap(), 1).unwrap());
    fs::write(path, bytes).unwrap();
    fs::remove_file(unpacked).unwrap();
}

fn sync(path: &Path, parts: &[Rows], moment: jiff::Timestamp, numbers: &mut Numbers) -> Written {
    let options = TargetOptions {
        retention: Retention {
            full_syncs: 1 + numbers.below(3),
            keep_all: numbers.one_in(4),
        },
        ..TargetOptions::default()
    };
    let kinds = [SyncType::Full, SyncType::Full, SyncType::ResourcesOnly];
    let kind = numbers.pick(&kinds).clone();
    let new = SyncRun::at(moment, [numbers.below(256) as u8; 16], kind);
    let target = Target::open(path, options).unwrap();
    let mut writer = Writer::begin(target, new, true).unwrap();
    for part in parts {
        writer.push(&part.batch()).unwrap();
    }
    writer.finish(moment).unwrap()
}

/// What SQLite makes of the same: the rows of the syncs that stayed, with their numbers, then the
/// new ones.
fn oracle(
    before: Option<&Connection>,
    ours: &Connection,
    written: &Written,
    parts: &[Rows],
    seen: &str,
) -> Connection {
    let oracle = empty();
    for table in TABLES.iter().filter(|_| before.is_some()) {
        let before = before.unwrap();
        let there = format!("select 1 from sqlite_schema where name = '{}'", table.name);
        if values(before, &there).is_empty() {
            continue;
        }
        for kept in values(ours, "select sync_id from v1_sync_runs order by id") {
            let rusqlite::types::Value::Text(kept) = &kept[0] else {
                panic!()
            };
            let places = vec!["?"; table.columns.len()].join(",");
            let insert = format!("insert into {} values ({places})", table.name);
            let rows = format!("select * from {} where sync_id = '{kept}'", table.name);
            for row in values(before, &rows) {
                oracle.execute(&insert, params_from_iter(row)).unwrap();
            }
        }
    }
    insert(&oracle, parts, &written.sync_id, seen, &mut |_| None);
    oracle
}

fn history(case: usize) {
    let numbers = &mut Numbers(case as u64 + 7_000_000);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sync.c1z");
    let unpack = |name: &str| {
        let bytes = fs::read(&path).unwrap();
        let from = database(folder.path(), &bytes[5..]);
        let to = folder.path().join(name);
        fs::rename(from, &to).unwrap();
        to
    };
    let is_foreign = case.is_multiple_of(2);
    let mut before = None;
    if is_foreign {
        foreign(&path, numbers);
        let bytes = fs::read(&path).unwrap();
        let unpacked = folder.path().join("before.db");
        fs::write(&unpacked, zstd::decode_all(&bytes[5..]).unwrap()).unwrap();
        before = Some(Connection::open(&unpacked).unwrap());
    }
    for n in 0..1 + numbers.below(4) {
        let moment = format!("2026-11-2{}T10:00:00Z", 5 + n);
        let parts = tenant(numbers);
        let written = sync(&path, &parts, moment.parse().unwrap(), numbers);
        let file = unpack("after.db");
        let seen = format!("2026-11-2{} 10:00:00", 5 + n);
        let ours = Connection::open(&file).unwrap();
        let oracle = oracle(before.as_ref(), &ours, &written, &parts, &seen);
        ours.close().unwrap();
        let copy = folder.path().join(format!("before{n}.db"));
        fs::copy(&file, &copy).unwrap();
        assert_eq!(compare(&file, &oracle, &written.sync_id, case), 0);
        fs::remove_file(file).unwrap();
        before = Some(Connection::open(copy).unwrap());
    }
}

/// `src/c1z/format.md`, Checklist 4, 6, 13, 22 for files with older syncs, whoever wrote them
#[test]
fn hundreds_of_random_histories_equal_those_of_sqlite() {
    let next = AtomicUsize::new(0);
    let work = || {
        loop {
            match next.fetch_add(1, Ordering::Relaxed) {
                case if case < HISTORIES => history(case),
                _ => return,
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, |threads| threads.get());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
}
