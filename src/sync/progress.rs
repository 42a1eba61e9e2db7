//! How far a running sync is, for a display that may ask at any time.

use std::time::Instant;

use tokio::sync::watch;

/// What a sync is doing.
#[allow(missing_docs)] // Of variants whose labels say all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    Directory,
    Access,
    OldFile,
    Saving,
}

impl Phase {
    /// The phase in words.
    pub fn label(self) -> &'static str {
        match self {
            Self::Directory => "Reading accounts, users, groups and vaults",
            Self::OldFile => "Taking over the older syncs of the file",
            Self::Access => "Reading memberships and vault access",
            Self::Saving => "Saving the file",
        }
    }
}

/// Progress of one sync.
pub type Progress = watch::Sender<State>;

/// How far a sync is.
#[derive(Clone, Debug)]
pub struct State {
    /// When it began.
    pub began: Instant,
    /// The phases that were entered, the current one last.
    pub phases: Vec<Phase>,
    /// Groups and vaults to read; 0 until they are known.
    pub total: u64,
    /// Groups and vaults read.
    pub done: u64,
}

impl Default for State {
    fn default() -> Self {
        Self {
            began: Instant::now(),
            phases: vec![Phase::Directory],
            total: 0,
            done: 0,
        }
    }
}
