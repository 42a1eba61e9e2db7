//! Where the program keeps what outlives a run: the answers of an interrupted sync.

use std::path::PathBuf;

use anyhow::Context;

use crate::exit::Failure;
use crate::op::Journal;

/// `$XDG_STATE_HOME/baton-1password`, else below `~/.local/state`; `None` without a home.
pub(super) fn folder() -> Option<PathBuf> {
    let folder = |name| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let base = folder("XDG_STATE_HOME").or_else(|| Some(folder("HOME")?.join(".local/state")))?;
    Some(base.join("baton-1password"))
}

/// Forgets all kept answers: after a change of access they are not true any more.
///
/// # Errors
/// When they cannot be deleted; the change must then not be made.
pub(super) fn forget_answers() -> Result<(), Failure> {
    let what = "deleting the answers of an interrupted sync before access is changed";
    let forgotten = folder().map_or(Ok(()), |folder| Journal::forget_all(&folder));
    Ok(forgotten.context(what)?)
}
