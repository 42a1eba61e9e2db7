//! What the client is doing, for a progress display and the summary of a run.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;

use crate::op::error::ErrorKind;
use crate::op::lock;

/// Counters, and the wait that is going on. Calls of `op --version` are not counted.
#[derive(Debug, Default)]
pub struct Activity {
    started: AtomicU64,
    /// Held once more by each call that runs.
    running: Arc<()>,
    /// Held once more by each read that waits for the end of a limit of rate.
    limited: Arc<()>,
    wait: Mutex<Option<Wait>>,
}

/// A pause before a call is made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait {
    /// What the last try met, such as [`ErrorKind::RateLimited`].
    pub reason: ErrorKind,
    /// When the next try is made.
    pub until: Instant,
}

impl Activity {
    /// How many `op` processes have been started.
    pub fn calls_started(&self) -> u64 {
        self.started.load(Ordering::Relaxed)
    }

    /// How many of them have ended, in whatever way.
    pub fn calls_done(&self) -> u64 {
        let running = held(&self.running) as u64;
        self.calls_started().saturating_sub(running)
    }

    /// The longest of the waits that are going on.
    pub fn wait(&self) -> Option<Wait> {
        let wait = *lock(&self.wait);
        wait.filter(|wait| wait.until > Instant::now())
    }

    /// Whether reads wait for the end of a limit of rate, and nothing else goes on.
    pub fn is_limited(&self) -> bool {
        held(&self.limited) > 0 && held(&self.running) == 0
    }

    /// Counts a read that waits for the end of a limit of rate, until the result is dropped.
    pub(in crate::op) fn limited(&self) -> Arc<()> {
        Arc::clone(&self.limited)
    }

    /// Counts a call; it counts as done when the result is dropped.
    pub(in crate::op) fn call(&self) -> Arc<()> {
        let call = Arc::clone(&self.running);
        self.started.fetch_add(1, Ordering::Relaxed);
        call
    }

    /// Notes the wait before a call is made again.
    pub(in crate::op) fn retry(&self, reason: ErrorKind, after: Duration) {
        let until = Instant::now() + after;
        let mut longest = lock(&self.wait);
        if longest.is_none_or(|wait| wait.until < until) {
            *longest = Some(Wait { reason, until });
        }
    }
}

/// How many others hold it.
fn held(by: &Arc<()>) -> usize {
    Arc::strong_count(by) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_holds_all_when_a_read_waits_and_nothing_runs() {
        let activity = Activity::default();
        assert!(!activity.is_limited());
        let limited = activity.limited();
        assert!(activity.is_limited());
        let call = activity.call();
        assert!(!activity.is_limited());
        drop(call);
        assert!(activity.is_limited());
        drop(limited);
        assert!(!activity.is_limited());
    }
}
