//! How many calls run at once (`src/op/op-cli.md`, Parallel calls).
//!
//! One, until a first call has succeeded: parallel first calls mean one authorization prompt each, and race on `op`'s
//! configuration. Then as many as there are workers; half as many each time 1Password says it is too much, and one more
//! after a while of calm.

use std::sync::{Mutex, MutexGuard};

use tokio::sync::{Semaphore, SemaphorePermit};

use super::error::ErrorKind;

/// Successes in a row after which one more call is let in.
const CALM: usize = 16;

pub(super) struct Gate {
    places: Semaphore,
    state: Mutex<State>,
}

struct State {
    workers: usize,
    /// How many may be inside.
    limit: usize,
    /// Places to take away as soon as they are given back.
    owed: usize,
    /// A call has succeeded: the session is authorized.
    open: bool,
    /// Successes since the limit changed last.
    calm: usize,
    /// How often the limit was halved.
    halvings: u64,
}

/// A place inside; given back when dropped.
pub(super) struct Slot<'a> {
    gate: &'a Gate,
    permit: Option<SemaphorePermit<'a>>,
    /// Halvings seen on entering: calls of one burst halve the limit once.
    halvings: u64,
}

impl Gate {
    pub(super) fn new(workers: usize) -> Self {
        Self {
            places: Semaphore::new(1),
            state: Mutex::new(State {
                workers: workers.max(1),
                limit: 1,
                owed: 0,
                open: false,
                calm: 0,
                halvings: 0,
            }),
        }
    }

    /// Waits for a place, first come first served.
    pub(super) async fn enter(&self) -> Slot<'_> {
        // The semaphore is never closed; without a permit the call would only run unlimited.
        let permit = self.places.acquire().await.ok();
        let halvings = self.state().halvings;
        Slot {
            gate: self,
            permit,
            halvings,
        }
    }

    /// From now on one call runs at once, whatever was asked for; `true` when more would have.
    pub(super) fn stay_single(&self) -> bool {
        let mut state = self.state();
        std::mem::replace(&mut state.workers, 1) > 1
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn set_limit(&self, state: &mut State, limit: usize) {
        let more = limit.saturating_sub(state.limit);
        let settled = more.min(state.owed);
        state.owed -= settled;
        self.places.add_permits(more - settled);

        let fewer = state.limit.saturating_sub(limit);
        state.owed += fewer - self.places.forget_permits(fewer);

        state.limit = limit;
        state.calm = 0;
    }
}

impl Slot<'_> {
    /// Tells how a try of the call went.
    pub(super) fn report(&self, failure: Option<ErrorKind>) {
        let mut state = self.gate.state();
        match failure {
            None if !state.open => {
                state.open = true;
                let workers = state.workers;
                self.gate.set_limit(&mut state, workers);
            }
            None => {
                state.calm += 1;
                if state.calm >= CALM && state.limit < state.workers {
                    let limit = state.limit + 1;
                    self.gate.set_limit(&mut state, limit);
                }
            }
            Some(kind)
                if (kind.is_of_app()
                    || matches!(kind, ErrorKind::RateLimited | ErrorKind::Timeout))
                    && self.halvings == state.halvings =>
            {
                state.halvings += 1;
                let limit = (state.limit / 2).max(1);
                self.gate.set_limit(&mut state, limit);
            }
            Some(_) => {}
        }
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        let mut state = self.gate.state();
        if state.owed > 0 {
            state.owed -= 1;
            if let Some(permit) = self.permit.take() {
                permit.forget();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Gate {
        /// How many could enter now.
        fn free(&self) -> usize {
            self.places.available_permits()
        }
    }

    #[tokio::test]
    async fn one_call_enters_until_one_has_succeeded() {
        let gate = Gate::new(4);
        let first = gate.enter().await;
        assert_eq!(gate.free(), 0);
        first.report(Some(ErrorKind::Network));
        assert_eq!(gate.free(), 0);
        first.report(None);
        assert_eq!(gate.free(), 3);
        drop(first);
        assert_eq!(gate.free(), 4);
    }

    #[tokio::test]
    async fn a_burst_of_refusals_halves_the_limit_once_and_calm_brings_it_back() {
        let gate = Gate::new(8);
        gate.enter().await.report(None);
        let mut inside = Vec::new();
        for _ in 0..8 {
            inside.push(gate.enter().await);
        }
        for place in &inside {
            place.report(Some(ErrorKind::RateLimited));
        }
        drop(inside);
        assert_eq!(gate.free(), 4);

        gate.enter().await.report(Some(ErrorKind::Timeout));
        assert_eq!(gate.free(), 2);
        for _ in 0..CALM {
            gate.enter().await.report(None);
        }
        assert_eq!(gate.free(), 3);
        for _ in 0..20 * CALM {
            gate.enter().await.report(None);
        }
        assert_eq!(gate.free(), 8);
    }

    #[tokio::test]
    async fn one_worker_stays_one() {
        let gate = Gate::new(1);
        gate.enter().await.report(None);
        gate.enter().await.report(Some(ErrorKind::AppUnreachable));
        assert_eq!(gate.free(), 1);
    }

    #[tokio::test]
    async fn other_failures_leave_the_limit() {
        let gate = Gate::new(4);
        gate.enter().await.report(None);
        gate.enter().await.report(Some(ErrorKind::Forbidden));
        assert_eq!(gate.free(), 4);
    }
}
