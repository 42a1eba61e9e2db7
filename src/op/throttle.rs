//! How far writes are apart (`src/op/op-cli.md`, Pace): 1Password tolerates few changes of permissions in a row, says
//! so with a rate limit, and publishes no number for people's accounts.

use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::error::ErrorKind;

/// From the end of one write to the start of the next, after a rate limit: what the vendor's own scripts keep.
const APART: Duration = Duration::from_secs(11);
/// How long after a rate limit that is kept, as long as the vendor's scripts stand still.
const MEMORY: Duration = Duration::from_secs(600);

/// Lets writes through at once until a rate limit is met, then one every [`APART`].
#[derive(Debug, Default)]
pub(super) struct Throttle(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    limited: Option<Instant>,
    written: Option<Instant>,
}

impl Throttle {
    /// Waits until the next write may start.
    pub(super) async fn pause(&self) {
        let next = {
            let state = self.state();
            let is_limited = state.limited.is_some_and(|at| at.elapsed() < MEMORY);
            state.written.filter(|_| is_limited).map(|at| at + APART)
        };
        if let Some(next) = next {
            sleep_until(next).await;
        }
    }

    /// Tells how a try of a call ended; a rate limit counts whatever was asked.
    pub(super) fn report(&self, write: bool, failure: Option<ErrorKind>) {
        let mut state = self.state();
        if failure == Some(ErrorKind::RateLimited) {
            state.limited = Some(Instant::now());
        }
        if write {
            state.written = Some(Instant::now());
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::advance;

    async fn waited(throttle: &Throttle) -> Duration {
        let began = Instant::now();
        throttle.pause().await;
        began.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn writes_are_kept_apart_after_a_rate_limit_and_for_a_while_only() {
        let throttle = Throttle::default();
        throttle.report(true, None);
        assert_eq!(waited(&throttle).await, Duration::ZERO);

        throttle.report(false, Some(ErrorKind::RateLimited));
        assert_eq!(waited(&throttle).await, APART);
        throttle.report(true, None);
        assert_eq!(waited(&throttle).await, APART);

        throttle.report(true, None);
        advance(MEMORY).await;
        throttle.report(true, None);
        assert_eq!(waited(&throttle).await, Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn reads_and_other_failures_do_not_slow_writes_down() {
        let throttle = Throttle::default();
        throttle.report(true, Some(ErrorKind::Conflict));
        throttle.report(false, None);
        assert_eq!(waited(&throttle).await, Duration::ZERO);
    }
}
