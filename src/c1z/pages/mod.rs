//! Writes a whole SQLite database as a stream: tables and indexes bottom-up, straight into the
//! compressor, with no database file on disk and with memory that hardly grows with the rows.
//!
//! Rows become pages as they arrive, those of older syncs first (`record`, `btree`), pages become a
//! zstd frame on a second thread (`stream`), and the keys of each index are sorted on the side
//! (`sort`, `index`): those that come in the order of the rows follow soon, the rest at last, before
//! the schema. Tests compare it with SQLite's own.

mod btree;
mod index;
mod record;
mod sort;
mod stream;

use std::fs::File;
use std::io;

use rusqlite::types::ValueRef;

use crate::c1z::run::Job;
use crate::c1z::schema::{SYNC_RUNS, TABLES, TableDef};
use crate::c1z::{Abort, Batch};
use btree::{Kind, Tree};
use index::Index;
use record::encode;
use stream::{Frame, PAGE, Stream};

/// The file in the making. What goes wrong is a failure to write, or an error of this room within
/// one, which `Error::saving` takes out.
pub(crate) struct Pages {
    job: Job,
    tables: Vec<TablePages>,
    out: Stream,
}

struct TablePages {
    table: &'static TableDef,
    tree: Tree,
    indexes: Vec<Index>,
    /// Where a row has the resource that it belongs to, and that of the last new row.
    owner: Option<usize>,
    last_owner: Vec<u8>,
    /// The last row as stored; kept for its buffer.
    record: Vec<u8>,
}

impl Pages {
    /// Starts the file in `output`, which is empty.
    pub(crate) fn begin(job: Job, output: File, abort: &Abort) -> io::Result<Self> {
        let table = |table: &&'static TableDef| {
            let indexes = table.indexes.iter().map(|sql| Index::new(table, sql, &job));
            Ok(TablePages {
                table,
                tree: Tree::new(Kind::Table),
                indexes: indexes.collect::<io::Result<_>>()?,
                owner: table.columns.iter().position(|it| it.name == "resource_id"),
                last_owner: Vec::new(),
                record: Vec::new(),
            })
        };
        Ok(Self {
            tables: TABLES.iter().map(table).collect::<io::Result<_>>()?,
            out: Stream::begin(output, abort)?,
            job,
        })
    }

    /// Appends a row of an older sync to the table at `place` in [`TABLES`]. Its first value, the
    /// column of its number, is NULL; the number is above those before.
    pub(crate) fn push_old(
        &mut self,
        place: usize,
        number: u64,
        row: &[ValueRef<'_>],
    ) -> io::Result<()> {
        self.out.turn(Frame::OldRows)?;
        self.tables[place].put(number, row, &self.job, &mut self.out)
    }

    /// Appends the rows of a batch to its table.
    pub(crate) fn push(&mut self, batch: &Batch) -> io::Result<()> {
        let Self { job, tables, out } = self;
        let name = batch.table().definition().name;
        let mut tables = tables.iter_mut();
        let Some(table) = tables.find(|table| table.table.name == name) else {
            return Ok(());
        };
        out.turn(Frame::NewRows)?;
        batch.each_row(&job.run, |row| {
            table.turn_to_owner(row, job, out)?;
            table.put(table.tree.next_row(), row, job, out)
        })
    }

    /// Adds the row of the sync, builds the indexes, completes the file, gives its unpacked length.
    pub(crate) fn finish(mut self, run: &[ValueRef<'_>]) -> io::Result<u64> {
        let (job, out) = (&self.job, &mut self.out);
        let (mut left, mut right) = (Tree::new(Kind::Table), Tree::new(Kind::Table));
        let mut indexes = TABLES.len() as u64;
        // Merging one needs the memory of all.
        for index in self.tables.iter_mut().flat_map(|table| &mut table.indexes) {
            index.keys.settle()?;
        }
        for mut table in self.tables {
            out.turn(Frame::NewRows)?;
            let definition = table.table;
            if definition.name == SYNC_RUNS.name {
                table.put(table.tree.next_row(), run, job, out)?;
            }
            let root = table.tree.finish(out)?;
            let names = ["table", definition.name, definition.name];
            let entry = schema_row(names, root, &definition.create_sql());
            left.push(Some(left.next_row()), &entry, out)?;
            for index in table.indexes {
                let (names, sql) = (["index", index.name, definition.name], index.sql);
                let entry = schema_row(names, index.finish(job, out)?, sql);
                indexes += 1;
                right.push(Some(indexes), &entry, out)?;
            }
        }
        let (left, right) = (left.finish(out)?, right.finish(out)?);
        let free = out.list_free()?;
        let pages = out.pages();
        self.out.finish(&first_page(left, right, pages, free))?;
        Ok(u64::from(pages) * PAGE as u64)
    }
}

impl TablePages {
    /// Lets the indexes advance where rows of another resource begin.
    fn turn_to_owner(
        &mut self,
        row: &[ValueRef<'_>],
        job: &Job,
        out: &mut Stream,
    ) -> io::Result<()> {
        match self.owner.map(|at| row[at]) {
            Some(ValueRef::Text(owner)) if owner != self.last_owner => {
                owner.clone_into(&mut self.last_owner);
                let mut indexes = self.indexes.iter_mut();
                indexes.try_for_each(|index| index.advance(job, out))
            }
            _ => Ok(()),
        }
    }

    fn put(
        &mut self,
        number: u64,
        row: &[ValueRef<'_>],
        job: &Job,
        out: &mut Stream,
    ) -> io::Result<()> {
        encode(row, &mut self.record);
        self.tree.push(Some(number), &self.record, out)?;
        let mut indexes = self.indexes.iter_mut();
        indexes.try_for_each(|index| index.push(number, row, job))
    }
}

/// Page 1 (file format §1.3): the database header, and under it the root of the schema table, which
/// joins the two leaves and has nearly no content of its own.
fn first_page(left: u32, right: u32, pages: u32, free: [u32; 2]) -> Vec<u8> {
    let mut page = vec![0; PAGE];
    let mut put = |at: usize, bytes: &[u8]| page[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, b"SQLite format 3\0");
    put(16, &(PAGE as u16).to_be_bytes());
    // No write-ahead log, no reserved bytes, and the three payload fractions, which are fixed.
    put(18, &[1, 1, 0, 64, 32, 32]);
    // One cell, at the very end: the left leaf and the number of its last row.
    const CELL: usize = PAGE - 5;
    put(CELL + 4, &[TABLES.len() as u8]);
    put(100, &[0x05, 0, 0, 0, 1]);
    put(105, &(CELL as u16).to_be_bytes());
    put(112, &(CELL as u16).to_be_bytes());
    let numbers = [
        (24, 1),       // change counter
        (28, pages),   // size in pages
        (32, free[0]), // first page of the list of free pages
        (36, free[1]), // how many
        (40, 1),       // schema cookie
        (44, 4),       // schema format
        (56, 1),       // text encoding: UTF-8
        (92, 1),       // the change counter for which size and version hold
        (96, rusqlite::version_number() as u32),
        (108, right),
        (CELL, left),
    ];
    for (at, number) in numbers {
        put(at, &number.to_be_bytes());
    }
    page
}

/// A row of the schema table; `names` are the kind, the name, and the table's name.
fn schema_row(names: [&str; 3], root: u32, sql: &str) -> Vec<u8> {
    let [kind, name, table] = names.map(ValueRef::from);
    let (root, sql) = (ValueRef::Integer(root.into()), sql.into());
    let mut record = Vec::new();
    encode(&[kind, name, table, root, sql], &mut record);
    record
}
