//! Why a sync failed.

use crate::baton::ids::ResourceId;
use crate::{c1z, op};

/// Why a sync failed. The old file is untouched in every case.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// `op` could not be run or refused.
    #[error(transparent)]
    Op(#[from] op::Error),
    /// `op` refused to list a group's members or who is on a vault.
    #[error(
        "{0} A sync from the command line goes on with --allow-unread, and marks it as unread."
    )]
    Refused(op::Error),
    /// The file could not be written.
    #[error(transparent)]
    C1z(#[from] c1z::Error),
    /// `op` answered, and no file can be made of it: what was wrong and what to check.
    #[error("{0}")]
    Unusable(String),
    /// A resource asked for by `--sync-resources` or a targeted task does not exist.
    #[error(
        "{0} was asked for but 1Password does not show it, so nothing was written: check its id \
         and that you may see it"
    )]
    TargetMissing(ResourceId),
    /// The file holds syncs of another account: which, and of whom `op` is.
    #[error("{0}")]
    OtherAccount(String),
    /// A limit of the service account ends the sync before it is done.
    #[error("{0}")]
    OverBudget(String),
    /// A task of ours ended without a result.
    #[error("a part of the sync stopped unexpectedly ({0}); please report this")]
    Internal(String),
}
