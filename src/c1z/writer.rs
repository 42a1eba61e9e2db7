//! Writes one sync into a target: rows in, a complete file out, or no trace.

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::ZonedDateTime;

use crate::c1z::{Batch, Error, Stats, SyncType, Target};

/// Tells the time, in the zone that timestamps are written in.
pub type Clock = Arc<dyn Fn() -> ZonedDateTime + Send + Sync>;

/// The sync that is to be written.
pub struct NewSync {
    /// Its kind.
    pub sync_type: SyncType,
    /// Asked for the start and the end.
    pub clock: Clock,
    /// The random part of its id.
    pub entropy: [u8; 16],
}

impl NewSync {
    /// A sync that starts now, with a new id.
    pub fn new(sync_type: SyncType) -> Result<Self, Error> {
        let _ = sync_type;
        unimplemented!()
    }
}

/// Owns the working copy. Dropped without [`Writer::finish`] it leaves the target as it was.
#[derive(Debug)]
pub struct Writer {}

impl Writer {
    /// Takes over the kept syncs of the target and starts the new one.
    pub fn begin(target: Target, new: NewSync) -> Result<Self, Error> {
        let _ = (target, new);
        unimplemented!()
    }

    /// Adds the rows of a batch.
    pub fn push(&mut self, batch: &Batch) -> Result<(), Error> {
        let _ = batch;
        unimplemented!()
    }

    /// Ends the sync, builds the indexes and puts the file in its place.
    pub fn finish(self) -> Result<Written, Error> {
        unimplemented!()
    }
}

/// A finished file.
#[derive(Debug)]
pub struct Written {
    /// The new sync's id.
    pub sync_id: String,
    /// Where the file is; for a temporary target the folder.
    pub path: PathBuf,
    /// The file itself, open for reading at its start.
    pub file: File,
    /// Its length.
    pub bytes: u64,
    /// What the new sync holds.
    pub stats: Stats,
    /// Whole sentences about what the user should know of the file.
    pub notices: Vec<String>,
}
