//! What can go wrong with a c1z file: what was tried, on which path, why it failed, what to do.

use std::io;
use std::path::Path;

use crate::c1z::Abort;
use crate::files;
use crate::text::{self, start};

/// A failure to open, read or write a c1z file. The text is complete; causes are part of it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Wrong magic, or too short for any.
    #[error("{0} is {1}. It was left untouched; name another file, or delete it")]
    Foreign(String, String),
    /// No bytes, where a file to read was expected.
    #[error("{0} is empty. Run a sync into it first")]
    Empty(String),
    /// The other format of the field.
    #[error(
        "{0} is a c1z v3 (Pebble) file, which is not supported. It was left untouched; sync into another path, or with the Go connector and --storage-engine sqlite, to get a v1 (SQLite) file"
    )]
    V3(String),
    /// Truncated, corrupt, with bytes after its end, or not a database inside.
    #[error("{0} is damaged: {1}. It was left untouched; restore it, or delete it and sync again")]
    Damaged(String, String),
    /// It holds something that this version does not know and would lose.
    #[error(
        "{0} holds {1}, which this version of baton-1password does not know and would lose. It was left untouched; sync into another file, or set BATON_KEEP_SYNC_COUNT=1 to keep none of its older syncs"
    )]
    Unknown(String, String),
    /// It asks for more memory or disk than allowed.
    #[error("{0} {1}, more than the {2} MiB that {3} allows. If you trust the file, raise {3}")]
    TooLarge(String, String, u64, &'static str),
    /// The folder of the file is missing, no folder, or not writable.
    #[error("cannot write {0}: the folder {1} {2}")]
    Folder(String, String, String),
    /// The folder for working copies is missing, no folder, or not writable.
    #[error("the c1z temp dir {0} {1}. Name an existing folder with --c1z-temp-dir")]
    TempDir(String, String),
    /// A folder, device, pipe, or link that must not be followed.
    #[error("cannot use {0}: {1}")]
    NotAFile(String, String),
    /// Another run holds the file.
    #[error("another run is writing {0}. Wait until it ends, or name another file")]
    Locked(String),
    /// The file is not the one that was opened at the start.
    #[error(
        "{0} was {1} by someone else while this sync ran. That file was left untouched and this sync was not saved; run it again"
    )]
    Changed(String, &'static str),
    /// The file holds no sync that can be shown.
    #[error("{0} holds {1}. Run a full sync into it first")]
    NoSync(String, String),
    /// Two rows of a sync have the same id: a fault of the caller, or ids that a `:` makes alike.
    #[error(
        "the sync has the {0} {id:?} twice, so nothing was written. Ids that hold a \":\" may look alike once they are joined; if none does, this is a fault of baton-1password, please report it", id = start(.1, 300)
    )]
    Duplicate(&'static str, String),
    /// An environment variable whose value lets nothing be read.
    #[error("{0}=0: must be at least 1")]
    Setting(&'static str),
    /// The system refused what was tried, a verb, on a path; a full disk has its next step.
    #[error("cannot {0} {1}: {2}{advice}", advice = advice(.0, .2))]
    Io(&'static str, String, io::Error),
    /// The system has no random bytes for the id of the sync.
    #[error("cannot make an id for the sync: the system gives no random bytes")]
    NoRandomness,
    /// The caller asked for a stop.
    #[error("the sync was stopped; the file was left as it was")]
    Aborted,
}

impl Error {
    /// What a cause is when `action` was tried.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl Fn(io::Error) -> Self + Copy {
        move |cause| Self::Io(action, text::path(path), cause)
    }

    /// The same for saving, unless the cause is one of these errors already.
    pub(crate) fn saving(path: &Path) -> impl Fn(io::Error) -> Self {
        move |cause| cause.downcast().unwrap_or_else(Self::io("save", path))
    }

    /// [`Error::Aborted`] once the stop was asked for.
    pub(crate) fn stopped(abort: &Abort) -> Result<(), Self> {
        match abort.is_cancelled() {
            true => Err(Self::Aborted),
            false => Ok(()),
        }
    }

    pub(crate) fn damaged(path: &Path, reason: impl ToString) -> Self {
        Self::Damaged(text::path(path), reason.to_string())
    }

    pub(crate) fn not_a_file(path: &Path, reason: &str) -> Self {
        Self::NotAFile(text::path(path), reason.to_owned())
    }
}

const FREE_SPACE: &str =
    ". The earlier file is as it was; free some space, or lift the limit, and try again";

fn advice(action: &str, cause: &io::Error) -> &'static str {
    use io::ErrorKind::{FileTooLarge, NotFound, QuotaExceeded, StorageFull};
    match (cause.kind(), action) {
        (StorageFull | QuotaExceeded | FileTooLarge, _) => FREE_SPACE,
        (NotFound, "open") => ". Run a sync into it first, or name another file",
        (NotFound, "make a working copy of") => files::NAME_TEMP_FOLDER,
        _ => "",
    }
}
