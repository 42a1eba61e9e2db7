//! When a call may run, and when it is made again: the one place that holds calls back
//! (`src/op/op-cli.md`, Parallel calls, Limits and Pace).
//!
//! One call runs at a time until a first one has succeeded: parallel first calls mean one prompt
//! each, and race on `op`'s configuration. Then as many as there are workers; half as many each
//! time 1Password says it is too much, and one more after a while of calm. Writes go one after the
//! other, and apart once a limit was met. Reads keep still while a limit is known to last. Whoever
//! waits has no place among those that run.

mod activity;
mod limits;
mod retry;

use std::sync::Mutex;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, sleep_until};
use tracing::debug;

pub use activity::{Activity, Wait};
#[cfg(test)]
pub(crate) use limits::row;
use limits::{minutes, used_up};
pub use retry::LONGEST_WAIT;
pub(super) use retry::{PATIENCE, retrying};

use super::error::{Error, ErrorKind};
use super::lock;
use super::types::RateLimit;
use crate::notice::Notice;

/// Successes in a row after which one more call is let in.
const CALM: usize = 16;
/// From the end of one write to the start of the next after a rate limit, and how long after it
/// that is kept: what the vendor's own scripts do.
const APART: Duration = Duration::from_secs(11);
const MEMORY: Duration = Duration::from_secs(600);

/// What the user is told where the desktop app asks for each process.
const FOR_EACH: &str = "without a terminal 1Password asks for consent for each op process, so they run one at a time; \
                        start it in a terminal, or sign in as a service account";

/// What all calls of one client share to keep their pace.
pub(super) struct Pace {
    places: Semaphore,
    state: Mutex<State>,
    /// Held during a write: parallel writes on one vault end in conflicts.
    writing: tokio::sync::Mutex<()>,
    /// Held while one call asks how long a limit lasts.
    asking: tokio::sync::Mutex<()>,
    /// How long a first answer takes at least where a person is asked for each call.
    by_hand: Option<Duration>,
}

#[derive(Default)]
struct State {
    workers: usize,
    /// How many may be inside.
    limit: usize,
    /// How many places there are: those beyond the limit go as they are given back.
    places: usize,
    /// A call has succeeded: the session is authorized.
    open: bool,
    /// Successes since the limit changed last.
    calm: usize,
    /// When the limit was halved last.
    halved: Option<Instant>,
    /// When 1Password limited the rate last, and when the last write ended.
    limited: Option<Instant>,
    written: Option<Instant>,
    /// Until when every read would be refused.
    still: Option<Instant>,
}

/// What is known of a call beforehand.
#[derive(Clone, Copy)]
pub(super) struct Turn<'a> {
    /// The call as messages name it.
    pub(super) command: &'a str,
    /// Whether it changes something.
    pub(super) write: bool,
    /// How long a limit of rate may be waited for.
    pub(super) patience: Duration,
}

/// A place inside; given back when dropped.
struct Slot<'a> {
    pace: &'a Pace,
    entered: Instant,
}

impl Pace {
    pub(super) fn new(workers: usize, by_hand: Option<Duration>) -> Self {
        Self {
            places: Semaphore::new(1),
            state: Mutex::new(State {
                workers: workers.max(1),
                limit: 1,
                places: 1,
                ..State::default()
            }),
            writing: tokio::sync::Mutex::default(),
            asking: tokio::sync::Mutex::default(),
            by_hand,
        }
    }

    /// Makes a call in its turn, and again until it succeeds, fails for good, or may not be
    /// repeated. `limits` asks how long a limit lasts, where somebody knows.
    pub(super) async fn call<T, F, G>(
        &self,
        turn: Turn<'_>,
        activity: &Activity,
        attempt: impl Fn() -> F,
        limits: Option<impl Fn() -> G>,
    ) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
        G: Future<Output = Result<Vec<RateLimit>, Error>>,
    {
        let _alone = match turn.write {
            true => Some(self.apart().await),
            false => None,
        };
        // Each try has a place of its own: whoever waits for the next one stands in nobody's way.
        let once = || async {
            let slot = self.enter(turn, activity).await?;
            let result = attempt().await;
            let failure = result.as_ref().err().map(Error::kind);
            slot.report(turn.write, failure);
            drop(slot);
            match (result, &limits) {
                (Err(error), Some(limits)) if failure == Some(ErrorKind::RateLimited) => {
                    Err(self.limited(error, turn, limits()).await)
                }
                (result, _) => result,
            }
        };
        retrying(turn.write, turn.patience, activity, once).await
    }

    /// Waits until the next write may start; there is none beside it.
    async fn apart(&self) -> tokio::sync::MutexGuard<'_, ()> {
        let alone = self.writing.lock().await;
        let next = {
            let state = lock(&self.state);
            let is_limited = state.limited.is_some_and(|at| at.elapsed() < MEMORY);
            state.written.filter(|_| is_limited).map(|at| at + APART)
        };
        if let Some(next) = next {
            sleep_until(next).await;
        }
        alone
    }

    /// Waits for a place, first come first served. A limit of reads that another call has met is
    /// not tried again before its end, and writes have their own.
    async fn enter(&self, turn: Turn<'_>, activity: &Activity) -> Result<Slot<'_>, Error> {
        loop {
            while let Some(left) = self.left(turn.write) {
                if left > turn.patience {
                    let (command, left) = (turn.command, minutes(left));
                    let what = format!(
                        "`op {command}` was not asked: this service account has used up a limit, which is reset in {left}."
                    );
                    return Err(Error::new(ErrorKind::RateLimited, what));
                }
                let _limited = activity.limited();
                sleep(left).await;
            }
            // The semaphore is never closed. The slot itself gives the place back.
            if let Ok(permit) = self.places.acquire().await {
                permit.forget();
            }
            let slot = Slot {
                pace: self,
                entered: Instant::now(),
            };
            if self.left(turn.write).is_none() {
                return Ok(slot);
            }
        }
    }

    /// How long reads keep still from now on; writes have limits of their own.
    fn left(&self, write: bool) -> Option<Duration> {
        let still = lock(&self.state).still.filter(|_| !write)?;
        let left = still.saturating_duration_since(Instant::now());
        Some(left).filter(|left| !left.is_zero())
    }

    /// The refusal of a call by a limit, with the time that the limit lasts: `op`'s words or `ask`
    /// tell. If the call has the patience to wait for so long, reads that have not begun wait too.
    async fn limited(
        &self,
        refusal: Error,
        turn: Turn<'_>,
        ask: impl Future<Output = Result<Vec<RateLimit>, Error>>,
    ) -> Error {
        // One call asks; those that were refused beside it find the answer.
        let _alone = self.asking.lock().await;
        let refusal = match (refusal.named_wait(), self.left(turn.write)) {
            (Some(_), _) => refusal,
            (None, Some(left)) => refusal.limited(left, format_args!("reset in {}", minutes(left))),
            (None, None) => {
                let unknown =
                    |error: &Error| debug!(%error, "nobody says how long the limit lasts");
                let limits = ask.await.inspect_err(unknown).unwrap_or_default();
                match used_up(&limits, turn.write) {
                    Some(limit) => refusal.limited(limit.resets_in(), limit),
                    None => refusal,
                }
            }
        };
        let wait = refusal.named_wait().filter(|_| !turn.write);
        if let Some(wait) = wait.filter(|wait| *wait <= turn.patience) {
            let mut state = lock(&self.state);
            state.still = state.still.max(Some(Instant::now() + wait));
        }
        refusal
    }
}

impl Slot<'_> {
    /// Notes how a try of the call went, and how many may be inside from now on.
    fn report(&self, write: bool, failure: Option<ErrorKind>) {
        let (mut state, now) = (lock(&self.pace.state), Instant::now());
        if write {
            state.written = Some(now);
        }
        if failure == Some(ErrorKind::RateLimited) {
            state.limited = Some(now);
        }
        let mut is_slowed = false;
        match failure {
            None if !state.open => {
                state.open = true;
                let took = now.duration_since(self.entered);
                let asks = self.pace.by_hand.is_some_and(|least| took >= least);
                is_slowed = asks && std::mem::replace(&mut state.workers, 1) > 1;
                state.limit = state.workers;
            }
            None => {
                state.calm += 1;
                if state.calm >= CALM && state.limit < state.workers {
                    state.limit += 1;
                    state.calm = 0;
                }
            }
            // Calls of one burst halve the limit once.
            Some(kind) if kind.is_too_much() && state.halved < Some(self.entered) => {
                state.halved = Some(now);
                state.limit = (state.limit / 2).max(1);
                state.calm = 0;
            }
            Some(_) => {}
        }
        let places = &self.pace.places;
        let more = state.limit.saturating_sub(state.places);
        places.add_permits(more);
        let fewer = state.places.saturating_sub(state.limit);
        state.places = state.places + more - places.forget_permits(fewer);
        // Whoever reads slowly what is said holds no other call up.
        drop(state);
        if is_slowed {
            Notice::warning("prompt-for-each-call", FOR_EACH).record();
        }
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        let mut state = lock(&self.pace.state);
        match state.places > state.limit {
            true => state.places -= 1,
            false => self.pace.places.add_permits(1),
        }
    }
}

#[cfg(test)]
mod tests;
