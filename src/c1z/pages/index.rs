//! One index: its keys as bytes that sort as SQLite sorts the columns, and its tree.
//!
//! SQLite compares texts byte by byte: so a zero ends each text, and one within a text is followed
//! by a byte that is above all that may follow an end. A zero alone stands for NULL, a one comes
//! before each text. A sync id is its place in the sorted list of all of them. A row number that
//! the index has for a column is left out: the number that each key has stands for it.

use std::borrow::Cow;
use std::ffi::CStr;
use std::io;

use rusqlite::types::ValueRef;

use super::btree::{Kind, Tree};
use super::record::encode;
use super::sort::Sorter;
use super::stream::{Frame, Stream};
use crate::c1z::run::Job;
use crate::c1z::schema::{Fill, TableDef};
use crate::c1z::{Error, Table};

/// The most values in a record of an index: three columns and the row number.
const MOST: usize = 4;

/// What stands for NULL, what comes before a text, what ends it, and what follows a zero within it.
const NULL: u8 = 0;
const TEXT: u8 = 1;
const END: u8 = 0;
const WITHIN: u8 = 0xFF;

pub(super) struct Index {
    table: &'static TableDef,
    /// The statement that creates it, and the name in that.
    pub(super) sql: &'static str,
    pub(super) name: &'static str,
    unique: bool,
    /// Position of each column in the row, and what fills it.
    columns: Vec<(usize, Fill)>,
    /// Position of the column that decides whether a row is in the index: by a 1, or by any value.
    only: Option<(usize, bool)>,
    pub(super) keys: Sorter,
    tree: Tree,
    /// The last key of the tree.
    last: Vec<u8>,
    /// Whether keys mostly come in order: rows do by what is held, not by who holds it.
    is_ordered: bool,
    /// Whether a key came too late for the tree.
    is_late: bool,
    /// The sync of the last row, and its place.
    sync: (Vec<u8>, u16),
}

impl Index {
    /// The index that the statement describes, without keys.
    pub(super) fn new(table: &'static TableDef, sql: &'static str, job: &Job) -> io::Result<Self> {
        let position = |name: &str| table.columns.iter().position(|column| column.name == name);
        let (kind, rest) = sql.split_once(" INDEX ").unwrap_or_default();
        let (name, rest) = rest.split_once(" ON ").unwrap_or_default();
        let (_, rest) = rest.split_once('(').unwrap_or_default();
        let (columns, only) = rest.split_once(')').unwrap_or_default();
        let is_ordered = !columns.starts_with("principal_");
        let columns = columns.split(", ").filter_map(position);
        let only = only.strip_prefix(" WHERE ");
        let only = only.and_then(|only| only.split_once(' '));
        Ok(Self {
            table,
            sql,
            name,
            unique: kind == "CREATE UNIQUE",
            columns: columns.map(|at| (at, table.columns[at].fill)).collect(),
            only: only.and_then(|(column, test)| Some((position(column)?, test == "= 1"))),
            keys: Sorter::new(&job.folder)?,
            tree: Tree::new(Kind::Index),
            last: Vec::new(),
            is_late: false,
            is_ordered,
            sync: (Vec::new(), 0),
        })
    }

    /// Adds the key of a row, if the row belongs in the index.
    pub(super) fn push(&mut self, number: u64, row: &[ValueRef<'_>], job: &Job) -> io::Result<()> {
        let is_in = |(at, is_flag): (usize, bool)| match is_flag {
            true => row[at] == ValueRef::Integer(1),
            false => row[at] != ValueRef::Null,
        };
        if !self.only.is_none_or(is_in) {
            return Ok(());
        }
        for (at, fill) in &self.columns {
            if let (Fill::SyncId, ValueRef::Text(sync)) = (fill, &row[*at])
                && *sync != self.sync.0
            {
                let place = job.syncs.binary_search_by(|id| id.as_bytes().cmp(sync));
                let lost = |_| Error::damaged(&job.path, "a row is of no sync");
                let place = place.map_err(lost).map_err(io::Error::other)?;
                self.sync = (sync.to_vec(), place as u16);
            }
        }
        let (columns, sync) = (&self.columns, self.sync.1.to_be_bytes());
        self.keys.push(number, |key| {
            for (at, fill) in columns {
                match (fill, &row[*at]) {
                    (Fill::RowId, _) => {}
                    (Fill::SyncId, _) => key.extend_from_slice(&sync),
                    (_, ValueRef::Text(text)) => {
                        key.push(TEXT);
                        match text.contains(&END) {
                            false => key.extend_from_slice(text),
                            true => text.iter().for_each(|byte| match *byte {
                                END => key.extend_from_slice(&[END, WITHIN]),
                                byte => key.push(byte),
                            }),
                        }
                        key.push(END);
                    }
                    _ => key.push(NULL),
                }
            }
        })
    }

    /// How many keys are compressed that stand by themselves.
    fn frame(&self, job: &Job) -> Frame {
        match job.syncs.len() > 1 {
            _ if self.keys.has_runs() => Frame::KeysInRuns,
            true => Frame::KeysOfSyncs,
            false => Frame::Keys,
        }
    }

    /// Called between resources: writes the keys that come before all of the last resources. Vaults
    /// come in the order of their ids, so most pages are written while `op` is asked about the next
    /// ones, not when all wait for the file. Those in runs, and those that are there once for each of
    /// several syncs, wait: by themselves they take half the time to compress.
    pub(super) fn advance(&mut self, job: &Job, out: &mut Stream) -> io::Result<()> {
        let waits = self.keys.has_runs() || self.unique && job.syncs.len() > 1;
        let is_in_order = self.is_ordered && !self.is_late && !waits;
        if !is_in_order || !self.keys.has_unread_runs() || out.is_shared() {
            return Ok(());
        }
        match self.read()? {
            Some(least) if !self.is_late => self.write(Some(&least), job, out),
            _ => Ok(()),
        }
    }

    /// Writes the rest of the tree and returns the number of its root page. A key that comes twice
    /// in a unique index is an [`Error::Duplicate`], in an older sync an [`Error::Damaged`].
    pub(super) fn finish(mut self, job: &Job, out: &mut Stream) -> io::Result<u32> {
        self.read()?;
        if self.is_late {
            let early = std::mem::replace(&mut self.tree, Tree::new(Kind::Index));
            out.free(early.pages);
            self.last.clear();
            self.keys.read()?;
        }
        out.turn(match self.keys.is_large() && self.last.is_empty() {
            true => self.frame(job),
            false => Frame::NewRows,
        })?;
        self.write(None, job, out)?;
        self.tree.finish(out)
    }

    /// Reads the keys that were added since the last call, and gives the least of them. If one
    /// comes too late, nothing is read until [`Index::finish`] reads all.
    fn read(&mut self) -> io::Result<Option<Vec<u8>>> {
        let least = self.keys.read()?;
        self.is_late |= least.as_ref().is_some_and(|least| *least < self.last);
        if self.is_late {
            self.keys.rewind();
        }
        Ok(least)
    }

    /// Adds the keys that are read and below the limit to the tree.
    fn write(&mut self, below: Option<&[u8]>, job: &Job, out: &mut Stream) -> io::Result<()> {
        let columns = &self.columns;
        // Where a row number stands: at the end, and where the index has it for a column.
        let is_number = |at: &usize| {
            let column = columns.get(*at);
            column.is_none_or(|(_, fill)| *fill == Fill::RowId)
        };
        let places: Vec<usize> = (0..=columns.len()).filter(is_number).collect();
        let mut record = Vec::new();
        while let Some((key, numbers)) = self.keys.next(below)? {
            let texts = texts(columns, key, job);
            let mut row = [ValueRef::Null; MOST];
            for (value, text) in row.iter_mut().zip(&texts) {
                *value = text.as_deref().map_or(ValueRef::Null, ValueRef::Text);
            }
            if self.unique && (key == self.last || numbers.len() > 1) {
                return Err(io::Error::other(duplicate(self.table, &row, job)));
            }
            key.clone_into(&mut self.last);
            for number in numbers {
                let number = ValueRef::Integer(u64::from_be_bytes(*number).cast_signed());
                for at in &places {
                    row[*at] = number;
                }
                encode(&row[..=columns.len()], &mut record);
                self.tree.push(None, &record, out)?;
            }
        }
        Ok(())
    }
}

/// Takes a key apart into its texts.
fn texts<'k>(
    columns: &[(usize, Fill)],
    mut key: &'k [u8],
    job: &'k Job,
) -> [Option<Cow<'k, [u8]>>; MOST] {
    let mut texts = [const { None }; MOST];
    for (text, (_, fill)) in texts.iter_mut().zip(columns) {
        match (fill, key) {
            (Fill::RowId, _) => {}
            (Fill::SyncId, [high, low, rest @ ..]) => {
                let place = u16::from_be_bytes([*high, *low]);
                let sync = job.syncs.get(usize::from(place));
                *text = sync.map(|sync| Cow::Borrowed(sync.as_bytes()));
                key = rest;
            }
            (_, [TEXT, rest @ ..]) => (*text, key) = first_text(rest),
            (_, [_, rest @ ..]) => key = rest,
            (_, []) => {}
        }
    }
    texts
}

/// The text that a key begins with, and what comes after it.
fn first_text(key: &[u8]) -> (Option<Cow<'_, [u8]>>, &[u8]) {
    let part = |key| CStr::from_bytes_until_nul(key).map_or(key, CStr::to_bytes);
    let mut text = Cow::Borrowed(part(key));
    let mut rest = key.get(text.len() + 1..).unwrap_or_default();
    while let [WITHIN, after @ ..] = rest {
        let next = part(after);
        text.to_mut().push(END);
        text.to_mut().extend_from_slice(next);
        rest = after.get(next.len() + 1..).unwrap_or_default();
    }
    (Some(text), rest)
}

/// Names the row that comes twice, and whose fault it is.
fn duplicate(table: &TableDef, row: &[ValueRef<'_>], job: &Job) -> Error {
    let is_new = |value: &ValueRef<'_>| *value == ValueRef::Text(job.run.sync_id.as_bytes());
    let id = match row.first() {
        Some(ValueRef::Text(id)) => String::from_utf8_lossy(id).into_owned(),
        _ => String::new(),
    };
    match Table::of(table) {
        Some(of) if row.iter().any(is_new) => Error::Duplicate(of.noun(), id),
        _ => Error::damaged(&job.path, format!("{} holds {id} twice", table.name)),
    }
}
