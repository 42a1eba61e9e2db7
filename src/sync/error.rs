//! Why a sync failed.

use std::path::PathBuf;

use crate::baton::ids::ResourceId;
use crate::text::start;
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
    /// `account get` told no account (`src/sync/mapping.md`, Empty answers).
    #[error(
        "`op account get` answered without an account id, so nothing was synced: sign in with \
         `op signin` and check the answer of `op account get --format=json`"
    )]
    NoAccount,
    /// `user list` was `null` or empty (`src/sync/mapping.md`, Empty answers).
    #[error(
        "`op user list` answered with nobody, not even who asks, so nothing was synced: an empty \
         answer here would read as \"everybody was removed\"; check that you may list people, then \
         run again"
    )]
    NobodyListed,
    /// An id that is longer than the file's readers take.
    #[error(
        "the {kind} {:?} has an id of {} bytes, and no more than 1,024 are taken, so nothing was written: real ids \
         have 26 letters and digits, so check what `op` lists", start(.id, 200), .id.len()
    )]
    IdTooLong {
        /// What it names.
        kind: &'static str,
        /// The id.
        id: String,
    },
    /// More permissions that nobody knows than 1Password can have.
    #[error(
        "`op` names more than {0} permissions that this version does not know, so nothing was written: there are fewer \
         than twenty, so check what it lists for a vault"
    )]
    TooManyPermissions(usize),
    /// A resource asked for by `--sync-resources` or a targeted task does not exist.
    #[error(
        "{0} was asked for but 1Password does not show it, so nothing was written: check its id \
         and that you may see it"
    )]
    TargetMissing(ResourceId),
    /// The file holds syncs of another account.
    #[error(
        "{} holds syncs of the account {}, and `op` is signed in to {}, so nothing was synced: choose another file \
         with -f", file.display(), start(of, 200), start(signed_in, 200)
    )]
    OtherAccount {
        /// The file.
        file: PathBuf,
        /// Name and id of the account in the file.
        of: String,
        /// Name and id of the account that `op` is signed in to.
        signed_in: String,
    },
    /// A limit of the service account ends the sync before it is done.
    #[error("{0}")]
    OverBudget(String),
    /// A task of ours ended without a result.
    #[error("a part of the sync stopped unexpectedly ({0}); please report this")]
    Internal(String),
}
