//! How far a running sync is: counters that a display may read at any time.

use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

/// What a sync is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Phase {
    /// Reading the account, users, groups, vaults and projects.
    Directory,
    /// Reading who is in which group and vault.
    Access,
    /// Indexing, compressing and saving the file.
    Saving,
}

impl Phase {
    /// The phase in words.
    pub fn label(self) -> &'static str {
        match self {
            Self::Directory => "Reading accounts, users, groups and vaults",
            Self::Access => "Reading memberships and vault access",
            Self::Saving => "Saving the file",
        }
    }
}

/// Progress of one sync.
#[derive(Debug, Default)]
pub struct Progress {
    phase: AtomicU8,
    total: AtomicU64,
    done: AtomicU64,
    grants: AtomicU64,
}

impl Progress {
    /// The current phase.
    pub fn phase(&self) -> Phase {
        match self.phase.load(Ordering::Relaxed) {
            0 => Phase::Directory,
            1 => Phase::Access,
            _ => Phase::Saving,
        }
    }

    /// Groups and vaults to read; 0 until they are known.
    pub fn total(&self) -> u64 {
        self.total.load(Ordering::Relaxed)
    }

    /// Groups and vaults read.
    pub fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    /// Grants written.
    pub fn grants(&self) -> u64 {
        self.grants.load(Ordering::Relaxed)
    }

    pub(super) fn enter(&self, phase: Phase, total: usize) {
        self.total.store(total as u64, Ordering::Relaxed);
        self.phase.store(phase as u8, Ordering::Relaxed);
    }

    pub(super) fn advance(&self, grants: u64) {
        self.done.fetch_add(1, Ordering::Relaxed);
        self.grants.store(grants, Ordering::Relaxed);
    }
}
