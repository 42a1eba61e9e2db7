//! Writes a whole SQLite database as a stream: tables and indexes bottom-up, straight into the compressor, with no
//! database file on disk and with memory that does not grow with the rows.
//!
//! It serves files with no older rows to keep; SQLite itself writes the others, and tests hold the two against each
//! other. Rows become pages as they arrive (`record`, `btree`), pages become one zstd frame on a second thread
//! (`stream`, `xxh64`), and the keys of each index are sorted on the side (`sort`, `index`) and follow at last,
//! before the schema.

mod btree;
mod index;
mod record;
mod sort;
mod stream;
mod xxh64;

use std::fmt;
use std::fs::File;
use std::io;

use rusqlite::types::ValueRef;

use crate::c1z::loader::Job;
use crate::c1z::run::RunRow;
use crate::c1z::schema::{SYNC_RUNS, TABLES, TableDef};
use crate::c1z::{Batch, Error};
use btree::{Kind, PAGE, Tree};
use index::Index;
use record::encode;
use stream::Stream;

/// A database that takes rows.
pub(crate) struct PageLoader {
    job: Job,
    tables: Vec<(&'static TableDef, Tree, Vec<Index>)>,
    out: Stream,
}

impl PageLoader {
    /// Starts the file in `output`, which is empty and open for reading too.
    ///
    /// # Errors
    /// When a file cannot be made or written.
    pub(crate) fn begin(job: Job, output: File) -> Result<Self, Error> {
        let index = |table: &&'static TableDef| {
            let indexes = table
                .indexes
                .iter()
                .map(|index| Index::new(table, index, &job));
            Ok((
                *table,
                Tree::new(Kind::Table, 0),
                indexes.collect::<io::Result<_>>()?,
            ))
        };
        let tables = TABLES.iter().map(index).collect::<io::Result<_>>();
        match tables.and_then(|tables| Ok((tables, Stream::begin(output)?))) {
            Ok((tables, out)) => Ok(Self { job, tables, out }),
            Err(cause) => Err(job.failed(cause)),
        }
    }

    /// Appends the rows of a batch to its table.
    ///
    /// # Errors
    /// When a row is too long or a file cannot be written.
    pub(crate) fn push(&mut self, batch: &Batch) -> Result<(), Error> {
        let (name, mut record) = (batch.table().definition().name, Vec::new());
        for (_, tree, indexes) in self.tables.iter_mut().filter(|table| table.0.name == name) {
            let put = |row: &[ValueRef<'_>]| put(row, &mut record, tree, indexes, &mut self.out);
            self.job
                .rows(batch, put)
                .map_err(|cause| self.job.failed(cause))?;
        }
        Ok(())
    }

    /// Adds the row of the sync, builds the indexes and completes the file. Gives the length of the
    /// database in bytes.
    ///
    /// # Errors
    /// [`Error::Duplicate`], [`Error::Aborted`], or when a file cannot be written or read.
    pub(crate) fn finish(self, run: &RunRow) -> Result<u64, Error> {
        let Self {
            job,
            tables,
            mut out,
        } = self;
        let failed = |cause| job.failed(cause);
        let mut left = Tree::new(Kind::Table, 0);
        let mut right = Tree::new(Kind::Table, TABLES.len() as u32);
        for (table, mut tree, mut indexes) in tables {
            if table.name == SYNC_RUNS.name {
                let run = run.columns();
                let run = run.iter().map(|(_, value)| ValueRef::from(value));
                let run: Vec<ValueRef<'_>> = [ValueRef::Null].into_iter().chain(run).collect();
                put(&run, &mut Vec::new(), &mut tree, &mut indexes, &mut out).map_err(failed)?;
            }
            let root = tree.finish(&mut out).map_err(failed)?;
            let entry = schema_row(["table", table.name, table.name], root, &table.create_sql());
            left.push(&entry, &mut out).map_err(failed)?;
            for (index, described) in indexes.into_iter().zip(table.indexes) {
                let root = index.build(&job, &mut out)?;
                let names = ["index", described.name, table.name];
                let entry = schema_row(names, root, &described.create_sql(table));
                right.push(&entry, &mut out).map_err(failed)?;
            }
        }
        let left = left.finish(&mut out).map_err(failed)?;
        let right = right.finish(&mut out).map_err(failed)?;
        let pages = out.pages();
        out.finish(first_page(left, right, pages)).map_err(failed)?;
        Ok(u64::from(pages) * PAGE as u64)
    }
}

/// Appends a row to a table and its indexes.
fn put(
    row: &[ValueRef<'_>],
    record: &mut Vec<u8>,
    tree: &mut Tree,
    indexes: &mut [Index],
    out: &mut Stream,
) -> io::Result<()> {
    encode(row, record);
    tree.push(record, out)?;
    let mut indexes = indexes.iter_mut();
    indexes.try_for_each(|index| index.push(tree.rows(), row))
}

impl fmt::Debug for PageLoader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("PageLoader");
        shown.field("job", &self.job).finish_non_exhaustive()
    }
}

/// Page 1 (file format §1.3): the database header, and under it the root of the schema table, which
/// joins the two leaves and has nearly no content of its own.
fn first_page(left: u32, right: u32, pages: u32) -> Vec<u8> {
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
        (24, 1),     // change counter
        (28, pages), // size in pages
        (40, 1),     // schema cookie
        (44, 4),     // schema format
        (56, 1),     // text encoding: UTF-8
        (92, 1),     // the change counter for which size and version hold
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
    let [kind, name, table] = names.map(|name| ValueRef::Text(name.as_bytes()));
    let (root, sql) = (
        ValueRef::Integer(root.into()),
        ValueRef::Text(sql.as_bytes()),
    );
    let mut record = Vec::new();
    encode(&[kind, name, table, root, sql], &mut record);
    record
}
