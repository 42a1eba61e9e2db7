//! The page writer against SQLite: the same rows go to both, and SQLite must find the same in both
//! files.

mod history;
mod order;

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use baton_1password::c1z::schema::{Column, Fill, TABLES};
use baton_1password::c1z::{
    Batch, Error, SyncRun, SyncType, Table, Target, TargetOptions, Writer, Written,
};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, params_from_iter};

const NOW: &str = "2026-11-23T16:25:26.123Z";
const SEEN: &str = "2026-11-23 16:25:26.123";

const PAGE: usize = 16_384;

/// Numbers that look random and are the same on every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % limit as u64) as usize
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

/// Some rows of one table, field by field.
struct Rows {
    table: Table,
    fields: Vec<Vec<u8>>,
}

impl Rows {
    fn batch(&self) -> Batch {
        let mut batch = Batch::new(self.table);
        self.fields.iter().for_each(|field| batch.field(field));
        batch
    }
}

/// How the texts and blobs of one database look.
struct Shape {
    rows: [usize; 4],
    /// Different ids in use; few make many equal keys.
    ids: usize,
    /// Longest id in characters.
    id_length: usize,
    unicode: bool,
    sorted: bool,
    blob_length: usize,
}

impl Shape {
    fn new(numbers: &mut Numbers, case: usize) -> Self {
        let most = match case {
            0 => 200_000,
            1..4 => 20_000,
            4..30 => 2_000,
            _ => 60,
        };
        let large = most > 2_000;
        let blob_length = match large {
            true => 40,
            false => *numbers.pick(&[0, 100, 600, 5_000, 70_000]),
        };
        let fewer = if blob_length > 600 { 6 } else { 1 };
        let mut rows = [0; 4].map(|_| numbers.below(most / fewer + 1));
        // A table may be nearly empty, and the first shape goes to the limit.
        rows[numbers.below(4)] /= 30;
        if case == 0 {
            rows = [1, 50, 100, most];
        }
        Self {
            rows,
            ids: *numbers.pick(&[1, 3, 50, 5_000]),
            id_length: if large {
                30
            } else {
                *numbers.pick(&[1, 8, 30, 300, 6_000])
            },
            unicode: numbers.one_in(2),
            sorted: numbers.one_in(3),
            blob_length,
        }
    }

    /// One of the ids in use, the same for the same number.
    fn id(&self, number: usize) -> String {
        let mut numbers = Numbers(number as u64);
        let length = numbers.below(self.id_length + 1);
        let unicode = [
            '\0',
            '\u{1}',
            ' ',
            ':',
            'z',
            '\u{7F}',
            '\u{80}',
            'é',
            '中',
            '\u{FFFF}',
            '𝄞',
            '\u{10FFFF}',
        ];
        let ascii = ['a', 'b', ':', '7', 'Z', '-'];
        let letters: &[char] = if self.unicode { &unicode } else { &ascii };
        let same = numbers.one_in(2);
        (0..length)
            .map(|at| {
                if same && at > 2 {
                    letters[3]
                } else {
                    *numbers.pick(letters)
                }
            })
            .collect()
    }

    fn blob(&self, numbers: &mut Numbers) -> Vec<u8> {
        let edge =
            |numbers: &mut Numbers| numbers.below(4) * (PAGE - 4) + PAGE - 120 + numbers.below(120);
        let length = match self.blob_length {
            70_000 if numbers.one_in(3) => edge(numbers),
            most => numbers.below(most + 1),
        };
        vec![numbers.below(256) as u8; length]
    }

    /// All rows, a few at a time, the tables mixed.
    fn parts(&self, numbers: &mut Numbers) -> Vec<Rows> {
        let mut left = self.rows;
        let mut parts = Vec::new();
        let tables = [
            Table::ResourceTypes,
            Table::Resources,
            Table::Entitlements,
            Table::Grants,
        ];
        while left.iter().any(|rows| *rows > 0) {
            let at = numbers.below(4);
            let rows = left[at].min(1 + numbers.below(left[at] / 3 + 5));
            let mut part = Rows {
                table: tables[at],
                fields: Vec::new(),
            };
            for row in 0..rows {
                self.row(left[at] - row, numbers, &mut part);
            }
            left[at] -= rows;
            parts.push(part);
        }
        parts
    }

    fn row(&self, unique: usize, numbers: &mut Numbers, part: &mut Rows) {
        for column in part.table.definition().columns {
            let field = match column.fill {
                Fill::Field if column.name == "external_id" => {
                    let id = self.id(if self.sorted {
                        0
                    } else {
                        numbers.below(self.ids)
                    });
                    format!(
                        "{id}{:06}",
                        if self.sorted {
                            999_999 - unique
                        } else {
                            unique
                        }
                    )
                    .into_bytes()
                }
                Fill::Field if may_be_null(column) && numbers.one_in(2) => Vec::new(),
                Fill::Field if column.declared.starts_with("blob") => self.blob(numbers),
                Fill::Field => self.id(numbers.below(self.ids)).into_bytes(),
                _ => continue,
            };
            part.fields.push(field);
        }
    }
}

fn may_be_null(column: &Column) -> bool {
    !column.declared.contains("not null")
}

/// Writes the rows and returns the id of the sync and the frame.
fn written(folder: &Path, parts: &[Rows]) -> (String, Vec<u8>) {
    let mut written = try_write(folder, parts).unwrap();
    let mut bytes = Vec::new();
    written.file.read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes[..5], *b"C1ZF\0");
    (written.sync_id, bytes.split_off(5))
}

fn try_write(folder: &Path, parts: &[Rows]) -> Result<Written, Error> {
    let now = NOW.parse().unwrap();
    let new = SyncRun::at(now, [7; 16], SyncType::Full);
    let target = Target::temporary(folder, TargetOptions::default()).unwrap();
    let mut writer = Writer::begin(target, new, true)?;
    for part in parts {
        writer.push(&part.batch())?;
    }
    writer.finish(now)
}

/// Decodes the frames, which libzstd checks against their checksums, into a file.
fn database(folder: &Path, frames: &[u8]) -> PathBuf {
    let path = folder.join("pages.db");
    let _ = std::fs::remove_file(&path);
    let mut decoder = zstd::Decoder::with_buffer(frames).unwrap();
    std::io::copy(&mut decoder, &mut File::create(&path).unwrap()).unwrap();
    assert_eq!(decoder.finish(), b"", "nothing follows the frames");
    let skipped = 8 + u32::from_le_bytes(*frames[4..].first_chunk().unwrap()) as usize;
    let first = &frames[skipped..];
    let size = zstd::zstd_safe::find_frame_compressed_size(first).unwrap();
    for frame in [first, &first[size..]] {
        assert_eq!(frame[..4], [0x28, 0xB5, 0x2F, 0xFD]);
        assert_eq!(frame[4] & 4, 4, "each frame has a checksum");
    }
    path
}

/// An empty database of the format, made by SQLite.
fn empty() -> Connection {
    let database = Connection::open_in_memory().unwrap();
    for table in TABLES {
        database.execute(&table.create_sql(), []).unwrap();
    }
    for table in TABLES {
        for index in table.indexes {
            database.execute(index, []).unwrap();
        }
    }
    database
}

/// Adds the rows of a sync with SQLite, each number by `next` from the table and the one before.
fn insert(
    database: &Connection,
    parts: &[Rows],
    sync_id: &str,
    seen: &str,
    next: &mut dyn FnMut(&str) -> Option<i64>,
) {
    database.execute_batch("begin").unwrap();
    for part in parts {
        let table = part.table.definition();
        let places = vec!["?"; table.columns.len()].join(",");
        let mut insert = database
            .prepare(&format!("insert into {} values ({places})", table.name))
            .unwrap();
        let mut fields = part.fields.iter().map(Vec::as_slice);
        for _ in 0..part.fields.len() / table.fields() {
            let mut expandable = false;
            for (at, column) in table.columns.iter().enumerate() {
                let at = at + 1;
                let text = |field: &[u8]| String::from_utf8(field.to_vec()).unwrap();
                match column.fill {
                    Fill::RowId => insert.raw_bind_parameter(at, next(table.name)).unwrap(),
                    Fill::Other => insert.raw_bind_parameter(at, None::<i64>).unwrap(),
                    Fill::Field => {
                        let field = Some(fields.next().unwrap());
                        let field = field.filter(|it| !may_be_null(column) || !it.is_empty());
                        expandable |= column.name == "expansion" && field.is_some();
                        match column.declared.starts_with("text") {
                            true => insert.raw_bind_parameter(at, field.map(text)).unwrap(),
                            false => insert.raw_bind_parameter(at, field).unwrap(),
                        }
                    }
                    Fill::NeedsExpansion => insert.raw_bind_parameter(at, expandable).unwrap(),
                    Fill::SyncId => insert.raw_bind_parameter(at, sync_id).unwrap(),
                    Fill::DiscoveredAt => insert.raw_bind_parameter(at, seen).unwrap(),
                }
            }
            insert.raw_execute().unwrap();
        }
    }
    database.execute_batch("commit").unwrap();
}

/// The rows of a query, each value as it is.
fn values(database: &Connection, query: &str) -> Vec<Vec<rusqlite::types::Value>> {
    let mut select = database.prepare(query).unwrap();
    let columns = select.column_count();
    let row = |row: &rusqlite::Row<'_>| (0..columns).map(|at| row.get(at)).collect();
    select
        .query_map([], row)
        .unwrap()
        .map(Result::unwrap)
        .collect()
}

/// Asserts that a query has the same rows, in the same order, with the same types.
fn same(a: &Connection, b: &Connection, query: &str, case: usize) -> usize {
    let (mut a, mut b) = (a.prepare(query).unwrap(), b.prepare(query).unwrap());
    let columns = a.column_count();
    let (mut a, mut b) = (a.query([]).unwrap(), b.query([]).unwrap());
    let mut rows = 0;
    loop {
        match (a.next().unwrap(), b.next().unwrap()) {
            (None, None) => return rows,
            (Some(a), Some(b)) => {
                for at in 0..columns {
                    let (a, b): (ValueRef<'_>, ValueRef<'_>) =
                        (a.get_ref_unwrap(at), b.get_ref_unwrap(at));
                    assert_eq!(a, b, "case {case}: {query}: row {rows}, column {at}");
                }
                rows += 1;
            }
            (a, _) => panic!(
                "case {case}: {query}: {} row {rows} too few",
                if a.is_none() {
                    "ours is a"
                } else {
                    "SQLite's is a"
                }
            ),
        }
    }
}

fn text(database: &Connection, query: &str) -> String {
    database
        .query_row(query, [], |row| row.get::<_, rusqlite::types::Value>(0))
        .map(|value| format!("{value:?}"))
        .unwrap()
}

fn check(database: &Connection, case: usize) {
    assert_eq!(
        text(database, "pragma integrity_check"),
        "Text(\"ok\")",
        "case {case}"
    );
}

/// Compares our file with SQLite's, which still lacks the row of the new sync: that is the writer's
/// own affair, and only its place in the file counts. Gives how many pages of ours are free.
fn compare(path: &Path, oracle: &Connection, sync_id: &str, case: usize) -> i64 {
    let ours = Connection::open(path).unwrap();
    let run = format!("select * from v1_sync_runs where sync_id = '{sync_id}'");
    let insert = format!("insert into v1_sync_runs values ({})", ["?"; 14].join(","));
    let run = values(&ours, &run).remove(0);
    oracle.execute(&insert, params_from_iter(run)).unwrap();
    check(&ours, case);
    let pages = std::fs::metadata(path).unwrap().len() / PAGE as u64;
    assert_eq!(
        text(&ours, "pragma page_count"),
        format!("Integer({pages})"),
        "case {case}"
    );
    let free = ours.query_row("pragma freelist_count", [], |row| row.get(0));
    let free = free.unwrap();
    assert_eq!(
        same(
            &ours,
            oracle,
            "select type, name, tbl_name, sql from sqlite_schema",
            case
        ),
        7 + 16
    );
    for table in TABLES {
        same(
            &ours,
            oracle,
            &format!("select * from {}", table.name),
            case,
        );
        for index in table.indexes {
            let (_, name) = index.split_once(" INDEX ").unwrap();
            let (name, rest) = name.split_once(" ON ").unwrap();
            let (_, columns) = rest.split_once('(').unwrap();
            let (columns, filter) = columns.split_once(')').unwrap();
            let query = format!(
                "select {columns}, id from {} indexed by {name}{filter} order by {columns}, id",
                table.name
            );
            let explain = format!("explain query plan {query}");
            let plan: String = ours.query_row(&explain, [], |row| row.get(3)).unwrap();
            assert!(
                plan.contains(name) && !plan.contains("TEMP"),
                "{query}: {plan}"
            );
            same(&ours, oracle, &query, case);
        }
    }
    // SQLite goes on with the file as with its own.
    for database in [&ours, oracle] {
        database.execute_batch(
            "delete from v1_grants where id % 3 = 1;
             update v1_resources set external_id = external_id || 'x', parent_resource_id = null where id % 2 = 0;
             insert into v1_grants (resource_type_id, resource_id, entitlement_id, principal_resource_type_id, principal_resource_id, external_id, data, sync_id, discovered_at)
               select resource_type_id, resource_id, external_id, 'user', id, 'new' || id, data, 'other', discovered_at from v1_entitlements;",
        ).unwrap();
    }
    check(&ours, case);
    ours.execute("vacuum", []).unwrap();
    check(&ours, case);
    for table in TABLES {
        same(
            &ours,
            oracle,
            &format!("select * from {}", table.name),
            case,
        );
    }
    free
}

/// `src/c1z/format.md`, Checklist 1, 2, 3, 4, 6: a thousand shapes, each loaded by both.
#[test]
fn a_thousand_random_databases_equal_those_of_sqlite() {
    let next = AtomicUsize::new(0);
    let work = || {
        let folder = tempfile::tempdir().unwrap();
        loop {
            let case = next.fetch_add(1, Ordering::Relaxed);
            if case >= 1_000 {
                return;
            }
            let mut numbers = Numbers(case as u64);
            let parts = Shape::new(&mut numbers, case).parts(&mut numbers);
            let (sync_id, frame) = written(folder.path(), &parts);
            let path = database(folder.path(), &frame);
            let oracle = empty();
            insert(&oracle, &parts, &sync_id, SEEN, &mut |_| None);
            compare(&path, &oracle, &sync_id, case);
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, |threads| threads.get());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
}

#[test]
fn an_id_that_comes_twice_is_named() {
    let folder = tempfile::tempdir().unwrap();
    for table in [
        Table::ResourceTypes,
        Table::Resources,
        Table::Entitlements,
        Table::Grants,
    ] {
        let rows = |ids: [&str; 3]| {
            let columns = table.definition().columns.iter();
            let fields = columns.filter(|column| {
                !matches!(
                    column.fill,
                    Fill::RowId | Fill::NeedsExpansion | Fill::SyncId | Fill::DiscoveredAt
                )
            });
            let names: Vec<&str> = fields.map(|column| column.name).collect();
            let field = |id: &str, name: &str| {
                if name == "external_id" {
                    id.into()
                } else {
                    b"same".to_vec()
                }
            };
            let fields = ids
                .iter()
                .flat_map(|id| names.iter().map(|name| field(id, name)).collect::<Vec<_>>());
            Rows {
                table,
                fields: fields.collect(),
            }
        };
        for ids in [["one", "two", "one"], ["two", "one", "one"]] {
            let error = try_write(folder.path(), &[rows(ids)]).unwrap_err();
            let told = format!("the {} \"one\" twice", table.noun());
            assert!(error.to_string().contains(&told), "{error}");
        }
        try_write(folder.path(), &[rows(["one", "two", "onetwo"])]).unwrap();
    }
}

/// The page at 1 GiB, where SQLite keeps its locks, stays empty. Needs 1.3 GB of disk and half a
/// minute.
#[test]
#[ignore = "needs 1.3 GB of disk; run by hand after a change of the page numbers"]
fn a_database_beyond_a_gibibyte_leaves_the_lock_page_out() {
    let folder = tempfile::tempdir().unwrap();
    let row = |number: usize| {
        let data = vec![b'x'; 10_000_000 + number];
        Rows {
            table: Table::ResourceTypes,
            fields: vec![format!("{number:03}").into_bytes(), data],
        }
    };
    let parts: Vec<Rows> = (0..120).map(row).collect();
    let (_, frame) = written(folder.path(), &parts);
    let ours = Connection::open(database(folder.path(), &frame)).unwrap();
    check(&ours, 0);
    let lengths =
        "select count(*), sum(length(data)), count(distinct length(data)) from v1_resource_types";
    let lengths = ours.query_row(lengths, [], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    });
    assert_eq!(lengths.unwrap(), (120, 120 * 10_000_000 + 119 * 60, 120));
}
