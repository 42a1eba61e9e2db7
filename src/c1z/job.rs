//! What every step of writing a file needs to know.

use std::io;
use std::path::PathBuf;

use crate::c1z::{Abort, Error};

/// One sync on its way into a file.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    /// Id of the new sync; constant of its rows.
    pub(crate) sync_id: String,
    /// When it started; constant of its rows.
    pub(crate) discovered_at: String,
    /// The ids of all syncs of the file, sorted. An index sorts by their places in this list.
    pub(crate) syncs: Vec<String>,
    /// Folder for working files; nothing in it may outlive the job.
    pub(crate) folder: PathBuf,
    /// The c1z, for messages.
    pub(crate) path: PathBuf,
    /// Checked at least twice a second by every long step.
    pub(crate) abort: Abort,
}

impl Job {
    /// The error for a file that cannot be written.
    pub(crate) fn failed(&self, cause: io::Error) -> Error {
        Error::io("save", &self.path, cause)
    }
}
