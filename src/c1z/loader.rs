//! The seam between a sync and the way its database is made: rows in, a finished envelope out.

use std::fs::File;
use std::path::PathBuf;

use crate::c1z::database::Database;
use crate::c1z::run::RunRow;
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

/// Makes the database of a file.
#[derive(Debug)]
pub(crate) enum Loader {
    /// SQLite: for every file, and the only one that takes over older syncs.
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
        let mut loader = SqliteLoader::begin(job, output)?;
        if let Some((database, kept)) = old {
            loader.take_over(database, kept)?;
        }
        Ok(Self::Sqlite(loader))
    }

    /// Adds the rows of a batch, which is whole.
    pub(crate) fn push(&mut self, batch: &Batch) -> Result<(), Error> {
        match self {
            Self::Sqlite(loader) => loader.push(batch),
        }
    }

    /// Adds the row of the sync itself, builds the indexes and completes the envelope. Gives the length
    /// of the database.
    pub(crate) fn finish(self, run: &RunRow) -> Result<u64, Error> {
        match self {
            Self::Sqlite(loader) => loader.finish(run),
        }
    }
}
