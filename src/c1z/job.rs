//! What every step of writing a file needs to know.

use std::path::PathBuf;

use crate::c1z::{Abort, SyncRun};

/// One sync on its way into a file.
pub(crate) struct Job {
    /// The new sync: its id and its start are constant of its rows.
    pub(crate) run: SyncRun,
    /// The ids of all syncs of the file, sorted. An index sorts by their places in this list.
    pub(crate) syncs: Vec<String>,
    /// Folder for working files; nothing in it may outlive the job.
    pub(crate) folder: PathBuf,
    /// The c1z, for messages.
    pub(crate) path: PathBuf,
    /// Checked at least twice a second by every long step.
    pub(crate) abort: Abort,
}
