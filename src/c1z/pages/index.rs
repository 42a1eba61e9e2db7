//! One index: its keys as bytes that sort as SQLite sorts the columns, and its tree.
//!
//! SQLite compares texts byte by byte, and UTF-8 has no byte above 0xF4: with two added to every byte, a
//! one can end each text and a zero stand for NULL, and whole keys compare like their columns. A sync id
//! is its place in the sorted list of all of them. A row number that the index has for a column is left
//! out: the number that each key has stands for it.

use std::io;

use rusqlite::types::ValueRef;

use super::btree::{Kind, Tree};
use super::record::encode;
use super::sort::Sorter;
use super::stream::Stream;
use crate::c1z::job::Job;
use crate::c1z::schema::{Fill, IndexDef, Only, TableDef};
use crate::c1z::{Error, Table};

/// The most values in a record of an index: three columns and the row number.
const MOST: usize = 4;

/// Keys between two looks at whether a stop was asked for: milliseconds.
const CHECK: u64 = 1 << 14;

/// What stands for NULL, what ends a text, and what is added to the bytes of a text.
const NULL: u8 = 0;
const END: u8 = 1;
const SHIFT: u8 = 2;

/// An index that gathers keys.
pub(super) struct Index {
    table: &'static TableDef,
    unique: bool,
    /// Position of each column in the row, and what fills it.
    columns: Vec<(usize, Fill)>,
    /// Position of the column that decides whether a row is in the index.
    only: Option<(usize, Only)>,
    keys: Sorter,
    /// The sync of the last row, and its place.
    sync: (Vec<u8>, u16),
}

impl Index {
    /// An empty index on `table`.
    pub(super) fn new(table: &'static TableDef, index: &IndexDef, job: &Job) -> io::Result<Self> {
        let position = |name: &str| table.columns.iter().position(|column| column.name == name);
        let columns = index.columns.iter().filter_map(|name| position(name));
        Ok(Self {
            table,
            unique: index.unique,
            columns: columns.map(|at| (at, table.columns[at].fill)).collect(),
            only: index
                .only
                .and_then(|only| Some((position(only.column())?, only))),
            keys: Sorter::new(&job.folder)?,
            sync: (Vec::new(), 0),
        })
    }

    /// Adds the key of a row, if the row belongs in the index.
    pub(super) fn push(&mut self, number: u64, row: &[ValueRef<'_>], job: &Job) -> io::Result<()> {
        if self.only.is_some_and(|(at, only)| !only.holds(&row[at])) {
            return Ok(());
        }
        let wrong = || io::Error::new(io::ErrorKind::InvalidData, "an id is not UTF-8");
        for (at, fill) in &self.columns {
            match (fill, &row[*at]) {
                (Fill::SyncId, ValueRef::Text(sync)) if *sync == self.sync.0 => {}
                (Fill::SyncId, ValueRef::Text(sync)) => {
                    let place = job.syncs.binary_search_by(|id| id.as_bytes().cmp(sync));
                    self.sync = (sync.to_vec(), place.map_err(|_| wrong())? as u16);
                }
                (Fill::RowId, _) | (_, ValueRef::Null) => {}
                (_, ValueRef::Text(text)) if greatest(text) < u8::MAX - SHIFT => {}
                _ => return Err(wrong()),
            }
        }
        let (columns, sync) = (&self.columns, self.sync.1.to_be_bytes());
        self.keys.push(number, |key| {
            for (at, fill) in columns {
                match (fill, &row[*at]) {
                    (Fill::RowId, _) => {}
                    (Fill::SyncId, _) => key.extend_from_slice(&sync),
                    (_, ValueRef::Text(text)) => {
                        key.extend(text.iter().map(|byte| byte.wrapping_add(SHIFT)));
                        key.push(END);
                    }
                    _ => key.push(NULL),
                }
            }
        })
    }

    /// Writes the tree and returns the number of its root page.
    ///
    /// # Errors
    /// [`Error::Duplicate`] when a unique index has a key twice ([`Error::Damaged`] in an older sync),
    /// [`Error::Aborted`], or when a file cannot be read or written.
    pub(super) fn build(self, job: &Job, out: &mut Stream) -> Result<u32, Error> {
        let Self {
            table,
            unique,
            columns,
            keys,
            ..
        } = self;
        let failed = |cause| job.failed(cause);
        let mut keys = keys.merge().map_err(failed)?;
        let mut tree = Tree::new(Kind::Index);
        // Where a row number stands: at the end, and where the index has it for a column.
        let is_number = |at: &usize| {
            let column = columns.get(*at);
            column.is_none_or(|(_, fill)| *fill == Fill::RowId)
        };
        let places: Vec<usize> = (0..=columns.len()).filter(is_number).collect();
        let (mut texts, mut before, mut record) = (Vec::new(), Vec::new(), Vec::new());
        let mut until_check = CHECK;
        while let Some((key, numbers)) = keys.next().map_err(failed)? {
            if unique {
                std::mem::swap(&mut texts, &mut before);
            }
            texts.clear();
            texts.extend(key.iter().map(|byte| byte.wrapping_sub(SHIFT)));
            let mut row = [ValueRef::Null; MOST];
            read(&columns, key, &texts, job, &mut row);
            if unique && (texts == before || numbers.len() > 1) {
                return Err(duplicate(table, &row, job));
            }
            for number in numbers {
                until_check -= 1;
                if until_check == 0 {
                    job.abort.check()?;
                    until_check = CHECK;
                }
                let number = ValueRef::Integer(u64::from_be_bytes(*number).cast_signed());
                for at in &places {
                    row[*at] = number;
                }
                encode(&row[..=columns.len()], &mut record);
                tree.push_key(&record, out).map_err(failed)?;
            }
        }
        tree.finish(out).map_err(failed)
    }
}

/// The greatest byte; all are looked at, which is faster than to stop at one.
fn greatest(text: &[u8]) -> u8 {
    text.iter().fold(0, |greatest, byte| greatest.max(*byte))
}

/// Takes a key apart; `texts` are its bytes without the shift.
fn read<'k>(
    columns: &[(usize, Fill)],
    mut key: &[u8],
    mut texts: &'k [u8],
    job: &'k Job,
    row: &mut [ValueRef<'k>; MOST],
) {
    for (value, (_, fill)) in row.iter_mut().zip(columns) {
        let length = match (fill, key) {
            (Fill::RowId, _) => 0,
            (Fill::SyncId, [high, low, ..]) => {
                let place = u16::from_be_bytes([*high, *low]);
                let sync = job.syncs.get(usize::from(place));
                *value = ValueRef::Text(sync.map_or(&[], |sync| sync.as_bytes()));
                2
            }
            (_, [NULL, ..]) => 1,
            _ => {
                let end = key.iter().position(|byte| *byte == END);
                let end = end.unwrap_or(key.len());
                *value = ValueRef::Text(&texts[..end]);
                (end + 1).min(key.len())
            }
        };
        (key, texts) = (&key[length..], &texts[length..]);
    }
}

/// Names the row that comes twice, and whose fault it is.
fn duplicate(table: &TableDef, row: &[ValueRef<'_>], job: &Job) -> Error {
    let is_new = |value: &ValueRef<'_>| *value == ValueRef::Text(job.sync_id.as_bytes());
    let id = match row.first() {
        Some(ValueRef::Text(id)) => String::from_utf8_lossy(id).into_owned(),
        _ => String::new(),
    };
    match Table::of(table) {
        Some(of) if row.iter().any(is_new) => Error::Duplicate(of.noun(), id),
        _ => Error::damaged(&job.path, format!("{} holds {id} twice", table.name)),
    }
}
