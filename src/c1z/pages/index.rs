//! One index: its keys as bytes that sort as SQLite sorts the columns, and its tree.
//!
//! A key holds the texts of its columns, and its number is the row's. SQLite compares texts byte by
//! byte, and UTF-8 has no byte 0xFF: with one added to every byte, a zero can end each text, and whole
//! keys compare like their columns. The sync id, the same in all rows, is left out, as is a row number
//! that the index has for a column.

use std::io;

use rusqlite::types::ValueRef;

use super::btree::{Kind, Tree};
use super::record::{bytes, encode};
use super::sort::Sorter;
use super::stream::Stream;
use crate::c1z::loader::{Job, nullable};
use crate::c1z::schema::{Fill, IndexDef, TableDef};
use crate::c1z::{Error, Table};

/// The most values in a record of an index: three columns and the row number.
const MOST: usize = 4;

/// Keys between two looks at whether a stop was asked for: milliseconds.
const CHECK: u32 = 1 << 14;

/// An index that gathers keys.
pub(super) struct Index {
    table: &'static TableDef,
    unique: bool,
    /// Position of each column in the row, and what fills it.
    columns: Vec<(usize, Fill)>,
    /// The column that must be 1 for a row to be in the index: both partial indexes of the format hold
    /// the rows with an expansion.
    only_if: Option<usize>,
    keys: Sorter,
}

impl Index {
    /// An empty index on `table`.
    pub(super) fn new(table: &'static TableDef, index: &IndexDef, job: &Job) -> io::Result<Self> {
        let position = |name: &&str| table.columns.iter().position(|column| column.name == *name);
        let columns = index.columns.iter().filter_map(position);
        Ok(Self {
            table,
            unique: index.unique,
            columns: columns.map(|at| (at, table.columns[at].fill)).collect(),
            only_if: index.predicate.and(position(&"needs_expansion")),
            keys: Sorter::new(&job.folder)?,
        })
    }

    /// Adds the key of a row, if the row belongs in the index.
    pub(super) fn push(&mut self, number: u32, row: &[ValueRef<'_>]) -> io::Result<()> {
        if self
            .only_if
            .is_some_and(|at| row[at] != ValueRef::Integer(1))
        {
            return Ok(());
        }
        let left_out = |fill| matches!(fill, Fill::SyncId | Fill::RowId);
        let columns = self.columns.iter().filter(|(_, fill)| !left_out(*fill));
        let texts = columns.map(|(at, _)| bytes(&row[*at]));
        if texts.clone().any(|text| text.contains(&0xFF)) {
            return Err(io::Error::other("an id is not UTF-8"));
        }
        self.keys.push(number, |key| {
            for text in texts {
                key.extend(text.iter().map(|byte| byte.wrapping_add(1)));
                key.push(0);
            }
        })
    }

    /// Writes the tree and returns the number of its root page.
    ///
    /// # Errors
    /// [`Error::Duplicate`] when a unique index has a key twice, [`Error::Aborted`], or when a file
    /// cannot be read or written.
    pub(super) fn build(self, job: &Job, out: &mut Stream) -> Result<u32, Error> {
        let failed = |cause| job.failed(cause);
        let mut keys = self.keys.merge().map_err(failed)?;
        let mut tree = Tree::new(Kind::Index, 0);
        // Where a row number stands: at the end, and where the index has it for a column.
        let is_number = |at: &usize| {
            self.columns
                .get(*at)
                .is_none_or(|(_, fill)| *fill == Fill::RowId)
        };
        let places: Vec<usize> = (0..=self.columns.len()).filter(is_number).collect();
        let (mut texts, mut before, mut record) = (Vec::new(), Vec::new(), Vec::new());
        while let Some((key, numbers)) = keys.next().map_err(failed)? {
            if self.unique {
                std::mem::swap(&mut texts, &mut before);
            }
            texts.clear();
            texts.extend(key.iter().map(|byte| byte.wrapping_sub(1)));
            let mut texts_of_key = texts.split(|byte| *byte == 0xFF);
            if self.unique && (texts == before || numbers.len() > 1) {
                return Err(duplicate(self.table, texts_of_key.next()));
            }
            let mut row = [ValueRef::Null; MOST];
            for (value, (_, fill)) in row.iter_mut().zip(&self.columns) {
                *value = match fill {
                    Fill::RowId => ValueRef::Null,
                    Fill::SyncId => ValueRef::Text(job.sync_id.as_bytes()),
                    Fill::OptionalText => {
                        nullable(ValueRef::Text, texts_of_key.next().unwrap_or_default())
                    }
                    _ => ValueRef::Text(texts_of_key.next().unwrap_or_default()),
                };
            }
            for number in numbers {
                if tree.rows().is_multiple_of(CHECK) {
                    job.abort.check()?;
                }
                let number = ValueRef::Integer(u32::from_be_bytes(*number).into());
                for at in &places {
                    row[*at] = number;
                }
                encode(&row[..=self.columns.len()], &mut record);
                tree.push(&record, out).map_err(failed)?;
            }
        }
        tree.finish(out).map_err(failed)
    }
}

fn duplicate(table: &TableDef, id: Option<&[u8]>) -> Error {
    Error::Duplicate {
        noun: Table::of(table).map_or("sync", Table::noun),
        id: String::from_utf8_lossy(id.unwrap_or_default()).into_owned(),
    }
}
