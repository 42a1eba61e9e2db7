//! How far a running sync is: counters that a display may read at any time.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// What a sync is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Reading the account, users, groups, vaults and projects.
    Directory,
    /// Reading who is in which group and vault.
    Access,
    /// Waiting until the older syncs of the file are taken over.
    OldFile,
    /// Indexing, compressing and saving the file.
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
#[derive(Debug)]
pub struct Progress {
    began: Instant,
    /// The phases that were entered, in their order.
    phases: Mutex<Vec<Phase>>,
    total: AtomicU64,
    done: AtomicU64,
}

impl Default for Progress {
    fn default() -> Self {
        Self {
            began: Instant::now(),
            phases: Mutex::new(vec![Phase::Directory]),
            total: AtomicU64::default(),
            done: AtomicU64::default(),
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
        self.entered().clone()
    }

    /// Groups and vaults to read; 0 until they are known.
    pub fn total(&self) -> u64 {
        self.total.load(Ordering::Relaxed)
    }

    /// Groups and vaults read.
    pub fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    pub(super) fn enter(&self, phase: Phase) {
        self.entered().push(phase);
    }

    pub(super) fn expect(&self, total: usize) {
        self.total.store(total as u64, Ordering::Relaxed);
    }

    fn entered(&self) -> MutexGuard<'_, Vec<Phase>> {
        self.phases.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn advance(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Who reads on while the older syncs are taken over comes back from the wait for them.
    #[test]
    fn phases_come_in_the_order_in_which_they_were_entered() {
        let progress = Progress::default();
        assert_eq!(progress.phases(), [Phase::Directory]);
        progress.expect(7);
        let phases = [Phase::Access, Phase::OldFile, Phase::Access];
        phases.iter().for_each(|phase| progress.enter(*phase));
        assert_eq!(progress.phases()[1..], phases);
        assert_eq!(progress.total(), 7);
    }
}
