//! The seam between a sync and the way its database is made: rows in, a finished envelope out.

use std::fs::File;
use std::io;
use std::path::PathBuf;

use rusqlite::types::ValueRef;

use crate::c1z::database::Database;
use crate::c1z::pages::PageLoader;
use crate::c1z::run::RunRow;
use crate::c1z::schema::Fill;
use crate::c1z::sqlite::SqliteLoader;
use crate::c1z::{Abort, Batch, Error, SyncRun};

/// What every loader needs to know of the sync.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    /// Constant of every row.
    pub(crate) sync_id: String,
    /// Constant of every row.
    pub(crate) discovered_at: String,
    /// Folder for working copies; nothing in it may outlive the loader.
    pub(crate) folder: PathBuf,
    /// The c1z, for messages.
    pub(crate) path: PathBuf,
    /// Checked at least twice a second by every long step.
    pub(crate) abort: Abort,
}

impl Job {
    /// Calls `put` with the values of each row of a batch, in the order of the table's columns. The row
    /// id, which the loader gives, is NULL.
    pub(crate) fn rows<E>(
        &self,
        batch: &Batch,
        mut put: impl FnMut(&[ValueRef<'_>]) -> Result<(), E>,
    ) -> Result<(), E> {
        let columns = batch.table().definition().columns;
        let mut fields = batch.fields();
        let mut row = Vec::with_capacity(columns.len());
        for _ in 0..batch.rows() {
            row.clear();
            let mut expandable = 0;
            for column in columns {
                let mut field = || fields.next().unwrap_or_default();
                row.push(match column.fill {
                    Fill::RowId | Fill::Other => ValueRef::Null,
                    Fill::Text => ValueRef::Text(field()),
                    Fill::OptionalText => nullable(ValueRef::Text, field()),
                    Fill::Blob => ValueRef::Blob(field()),
                    Fill::OptionalBlob => {
                        let field = field();
                        expandable = i64::from(!field.is_empty());
                        nullable(ValueRef::Blob, field)
                    }
                    Fill::NeedsExpansion => ValueRef::Integer(expandable),
                    Fill::SyncId => ValueRef::Text(self.sync_id.as_bytes()),
                    Fill::DiscoveredAt => ValueRef::Text(self.discovered_at.as_bytes()),
                });
            }
            put(&row)?;
        }
        Ok(())
    }

    /// The error for a file that cannot be written.
    pub(crate) fn failed(&self, cause: io::Error) -> Error {
        Error::io("save", &self.path, cause)
    }
}

/// The value of a field that stands for NULL when it is empty.
pub(crate) fn nullable<'v>(kind: fn(&'v [u8]) -> ValueRef<'v>, field: &'v [u8]) -> ValueRef<'v> {
    match field {
        [] => ValueRef::Null,
        field => kind(field),
    }
}

/// Makes the database of a file.
#[derive(Debug)]
pub(crate) enum Loader {
    /// Own pages, straight into the envelope: for files without older syncs.
    Pages(PageLoader),
    /// SQLite: the one that takes over older syncs.
    Sqlite(SqliteLoader),
}

impl Loader {
    /// Starts with the rows of the `kept` syncs of an older file, if any. `output` is the empty file that
    /// the envelope goes to; a loader may start writing it at once.
    pub(crate) fn begin(
        job: Job,
        output: File,
        old: Option<(&Database, &[SyncRun])>,
    ) -> Result<Self, Error> {
        let Some((database, kept)) = old else {
            return Ok(Self::Pages(PageLoader::begin(job, output)?));
        };
        let mut loader = SqliteLoader::begin(job, output)?;
        loader.take_over(database, kept)?;
        Ok(Self::Sqlite(loader))
    }

    /// Adds the rows of a batch, which is whole.
    pub(crate) fn push(&mut self, batch: &Batch) -> Result<(), Error> {
        match self {
            Self::Pages(loader) => loader.push(batch),
            Self::Sqlite(loader) => loader.push(batch),
        }
    }

    /// Adds the row of the sync itself, builds the indexes and completes the envelope. Gives the length
    /// of the database.
    pub(crate) fn finish(self, run: &RunRow) -> Result<u64, Error> {
        match self {
            Self::Pages(loader) => loader.finish(run),
            Self::Sqlite(loader) => loader.finish(run),
        }
    }
}
