//! How far a running sync is: counters that a display may read at any time.

use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::time::Instant;

/// What a sync is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Phase {
    /// Reading the account, users, groups, vaults and projects.
    Directory,
    /// Waiting until the older syncs of the file are taken over.
    OldFile,
    /// Reading who is in which group and vault.
    Access,
    /// Indexing, compressing and saving the file.
    Saving,
}

impl Phase {
    /// All phases, in their order.
    const ALL: [Self; 4] = [Self::Directory, Self::OldFile, Self::Access, Self::Saving];

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
#[derive(Debug)]
pub struct Progress {
    began: Instant,
    /// One bit for each phase that was entered.
    entered: AtomicU8,
    total: AtomicU64,
    done: AtomicU64,
    grants: AtomicU64,
}

impl Default for Progress {
    fn default() -> Self {
        Self {
            began: Instant::now(),
            entered: AtomicU8::new(1 << Phase::Directory as u8),
            total: AtomicU64::default(),
            done: AtomicU64::default(),
            grants: AtomicU64::default(),
        }
    }
}

impl Progress {
    /// When the run began.
    pub fn began(&self) -> Instant {
        self.began
    }

    /// The phases that were entered, the current one last.
    pub fn phases(&self) -> Vec<Phase> {
        let entered = self.entered.load(Ordering::Relaxed);
        let is_entered = |phase: &Phase| entered & 1 << *phase as u8 != 0;
        Phase::ALL.into_iter().filter(is_entered).collect()
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
        self.entered.fetch_or(1 << phase as u8, Ordering::Relaxed);
    }

    pub(super) fn advance(&self, grants: u64) {
        self.done.fetch_add(1, Ordering::Relaxed);
        self.grants.store(grants, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The old file has a line of its own only when it was waited for.
    #[test]
    fn phases_are_those_that_were_entered() {
        let progress = Progress::default();
        assert_eq!(progress.phases(), [Phase::Directory]);
        progress.enter(Phase::Access, 7);
        assert_eq!(progress.phases(), [Phase::Directory, Phase::Access]);
        let waited = Progress::default();
        waited.enter(Phase::OldFile, 0);
        waited.enter(Phase::Access, 7);
        assert_eq!(
            waited.phases(),
            [Phase::Directory, Phase::OldFile, Phase::Access]
        );
        assert_eq!(waited.total(), 7);
    }
}
