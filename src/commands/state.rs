//! Where the program keeps what outlives a run: the answers of an interrupted sync.

use std::path::PathBuf;

use anyhow::Context;

use crate::exit::Failure;
use crate::files;
use crate::op::Journal;

/// `$XDG_STATE_HOME/baton-1password`, else below `~/.local/state`; on Windows below `%LOCALAPPDATA%`. `None` without
/// a home.
pub(super) fn folder() -> Option<PathBuf> {
    let base = files::STATE_BASES.iter().find_map(|(name, below)| {
        let folder = std::env::var_os(name).map(PathBuf::from);
        Some(folder.filter(|path| path.is_absolute())?.join(below))
    });
    Some(base?.join("baton-1password"))
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
