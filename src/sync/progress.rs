//! How far a running sync is, for a display that may ask at any time.

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
    state: Mutex<State>,
}

/// How far a sync is.
#[derive(Clone, Debug)]
pub struct State {
    /// The phases that were entered, the current one last.
    pub phases: Vec<Phase>,
    /// Groups and vaults to read; 0 until they are known.
    pub total: u64,
    /// Groups and vaults read.
    pub done: u64,
}

impl Default for Progress {
    fn default() -> Self {
        Self {
            began: Instant::now(),
            state: Mutex::new(State {
                phases: vec![Phase::Directory],
                total: 0,
                done: 0,
            }),
        }
    }
}

impl Progress {
    /// When the run began.
    pub fn began(&self) -> Instant {
        self.began
    }

    /// How far it is now.
    pub fn state(&self) -> State {
        self.change().clone()
    }

    pub(super) fn change(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn enter(&self, phase: Phase) {
        self.change().phases.push(phase);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Who reads on while the older syncs are taken over comes back from the wait for them.
    #[test]
    fn phases_come_in_the_order_in_which_they_were_entered() {
        let progress = Progress::default();
        assert_eq!(progress.state().phases, [Phase::Directory]);
        let phases = [Phase::Access, Phase::OldFile, Phase::Access];
        phases.iter().for_each(|phase| progress.enter(*phase));
        assert_eq!(progress.state().phases[1..], phases);
    }
}
