//! What 1Password still lets a service account ask: the rows of `op service-account ratelimit`, and the wait that all
//! reads share once a limit is met (`src/op/op-cli.md`, Limits).

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep};
use tracing::debug;

use super::error::Error;
use super::types::RateLimit;

impl RateLimit {
    /// Whether reads count against it. A row without `remaining` says nothing, and reads as 0 left: only when `used`
    /// says the same is that believed.
    pub fn is_of_reads(&self) -> bool {
        self.action != "write" && self.is_told()
    }

    /// How long until it is as it was at first. 1Password has no limit that is longer than a day.
    pub fn resets_in(&self) -> Duration {
        Duration::from_secs(u64::try_from(self.reset).unwrap_or(0).min(86_400))
    }

    /// Whether it lets through as many requests as this.
    pub fn allows(&self, requests: usize) -> bool {
        i64::try_from(requests).is_ok_and(|requests| requests <= self.remaining)
    }

    fn is_told(&self) -> bool {
        self.limit > 0 && (self.remaining > 0 || self.used >= self.limit)
    }

    /// Whether it is why a call was refused.
    fn is_used_up(&self, write: bool) -> bool {
        let other = if write { "read" } else { "write" };
        self.action != other && self.is_told() && !self.allows(1)
    }
}

/// `3 of 1000 read requests left for this token, reset in 41 min`
impl fmt::Display for RateLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (remaining, limit, kind) = (self.remaining.max(0), self.limit, &self.kind);
        let action = self.action.replace('_', " and ");
        write!(
            f,
            "{remaining} of {limit} {action} requests left for this {kind}"
        )?;
        match self.resets_in() {
            Duration::ZERO => Ok(()),
            reset => write!(f, ", reset in {}", minutes(reset)),
        }
    }
}

/// Of the limits that are used up, the one that lasts longest.
fn used_up(limits: &[RateLimit], write: bool) -> Option<&RateLimit> {
    let used_up = limits.iter().filter(|limit| limit.is_used_up(write));
    used_up.max_by_key(|limit| limit.reset)
}

/// A time in minutes, the one that has begun included: `41 min`, `20 h 3 min`.
pub(super) fn minutes(time: Duration) -> String {
    match time.as_secs().div_ceil(60) {
        minutes @ 0..60 => format!("{minutes} min"),
        minutes => format!("{} h {} min", minutes / 60, minutes % 60),
    }
}

/// The time until which every read would be refused. One caller has met the limit and all keep still.
#[derive(Debug, Default)]
pub(super) struct Standstill {
    until: Mutex<Option<Instant>>,
    asking: tokio::sync::Mutex<()>,
}

impl Standstill {
    /// How long it lasts still.
    pub(super) fn left(&self) -> Option<Duration> {
        let left = (*self.until())?.saturating_duration_since(Instant::now());
        Some(left).filter(|left| !left.is_zero())
    }

    /// Waits until it is over.
    ///
    /// # Errors
    /// At once, with the time that is left, when that is longer than the caller's patience.
    pub(super) async fn over(&self, patience: Duration) -> Result<(), Duration> {
        while let Some(left) = self.left() {
            if left > patience {
                return Err(left);
            }
            sleep(left).await;
        }
        Ok(())
    }

    /// The refusal of a call by a limit, with the time that the limit lasts: where `op`'s words do not name it, `ask`
    /// may. If the call has the patience to wait for so long, reads that have not begun wait as well.
    pub(super) async fn met(
        &self,
        refusal: Error,
        write: bool,
        patience: Duration,
        ask: impl Future<Output = Result<Vec<RateLimit>, Error>>,
    ) -> Error {
        // One call asks; those that were refused beside it find the answer.
        let _alone = self.asking.lock().await;
        let refusal = match (refusal.named_wait(), self.left()) {
            (Some(_), _) => refusal,
            (None, Some(left)) if !write => {
                refusal.limited(left, format_args!("reset in {}", minutes(left)))
            }
            (None, _) => match ask.await {
                Ok(limits) => match used_up(&limits, write) {
                    Some(limit) => refusal.limited(limit.resets_in(), limit),
                    None => refusal,
                },
                Err(error) => {
                    debug!(%error, "nobody says how long the limit lasts");
                    refusal
                }
            },
        };
        let wait = refusal.named_wait().filter(|_| !write);
        if let Some(wait) = wait.filter(|wait| *wait <= patience) {
            let mut until = self.until();
            *until = (*until).max(Some(Instant::now() + wait));
        }
        refusal
    }

    fn until(&self) -> MutexGuard<'_, Option<Instant>> {
        self.until.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::cell::Cell;

    use super::*;
    use crate::op::retry::{LONGEST_WAIT, PATIENCE};

    const MINUTE: Duration = Duration::from_secs(60);

    fn row(kind: &str, action: &str, (remaining, limit): (i64, i64), reset: i64) -> RateLimit {
        RateLimit {
            kind: kind.to_owned(),
            action: action.to_owned(),
            limit,
            used: limit - remaining,
            remaining,
            reset,
        }
    }

    /// `src/op/op-cli.md`, Limits, with the reads of the hour used up.
    fn limits() -> Vec<RateLimit> {
        vec![
            row("token", "write", (1000, 1000), 0),
            row("token", "read", (0, 10_000), 2420),
            row("account", "read_write", (39_997, 50_000), 82_800),
        ]
    }

    fn refusal(text: &str) -> Error {
        Error::failed("user list", "failed with exit code 1", text, str::to_owned)
    }

    #[test]
    fn rows_say_what_is_left() {
        let shown: Vec<_> = limits().iter().map(RateLimit::to_string).collect();
        assert_eq!(
            shown,
            [
                "1000 of 1000 write requests left for this token",
                "0 of 10000 read requests left for this token, reset in 41 min",
                "39997 of 50000 read and write requests left for this account, reset in 23 h 0 min",
            ]
        );
        let times = [59, 60, 61, 3600].map(|seconds| minutes(Duration::from_secs(seconds)));
        assert_eq!(times, ["1 min", "1 min", "2 min", "1 h 0 min"]);
    }

    #[test]
    fn a_row_that_leaves_something_out_is_not_believed() {
        let of_reads = |limit: i64, used: i64, remaining: i64| {
            let limit = RateLimit {
                used,
                ..row("token", "read", (remaining, limit), 60)
            };
            (limit.is_of_reads(), limit.is_used_up(false))
        };
        assert_eq!(of_reads(1000, 1000, 0), (true, true));
        assert_eq!(of_reads(1000, 1003, -3), (true, true));
        assert_eq!(of_reads(1000, 400, 600), (true, false));
        assert_eq!(of_reads(1000, 400, 0), (false, false));
        assert_eq!(of_reads(0, 0, 0), (false, false));
        let endless = row("account", "read_write", (0, 5), i64::MAX);
        assert_eq!(endless.resets_in(), 24 * 60 * MINUTE);
        assert_eq!(row("", "", (0, 5), -1).resets_in(), Duration::ZERO);
    }

    #[test]
    fn reads_and_writes_are_refused_by_limits_of_their_own_and_by_the_common_one() {
        let mut limits = limits();
        assert_eq!(used_up(&limits, false).map(|limit| limit.reset), Some(2420));
        assert_eq!(used_up(&limits, true), None);
        limits[2] = row("account", "read_write", (0, 50_000), 82_800);
        for write in [false, true] {
            assert_eq!(
                used_up(&limits, write).map(|limit| limit.reset),
                Some(82_800)
            );
        }
    }

    /// Three calls are refused at once; `op`'s words name no time.
    #[tokio::test(start_paused = true)]
    async fn one_call_asks_how_long_and_all_reads_keep_still() {
        let (hold, asked) = (Standstill::default(), Cell::new(0));
        let met = || {
            let ask = async {
                asked.set(asked.get() + 1);
                tokio::task::yield_now().await;
                Ok(limits())
            };
            hold.met(
                refusal("rate-limited. Try again in  seconds"),
                false,
                LONGEST_WAIT,
                ask,
            )
        };
        let (one, two, three) = tokio::join!(met(), met(), met());
        assert_eq!(asked.get(), 1);
        for error in [&one, &two, &three] {
            assert_eq!(error.named_wait(), Some(Duration::from_secs(2420)));
        }
        assert!(
            one.to_string().contains(
                "seconds (0 of 10000 read requests left for this token, reset in 41 min)."
            ),
            "{one}"
        );

        let began = Instant::now();
        assert_eq!(hold.over(PATIENCE).await, Err(Duration::from_secs(2420)));
        assert_eq!(began.elapsed(), Duration::ZERO);
        hold.over(LONGEST_WAIT).await.unwrap();
        assert_eq!((began.elapsed().as_secs(), hold.left()), (2420, None));
    }

    /// The words win, a limit that will not be waited for holds nobody else up, nor does one of writes, nor one that
    /// nobody can tell the end of.
    #[tokio::test(start_paused = true)]
    async fn only_what_is_waited_for_holds_others() {
        let (hold, blank) = (
            Standstill::default(),
            "Too many requests. Try again in  seconds",
        );
        let mut day = limits();
        day[2] = row("account", "read_write", (0, 50_000), 82_800);
        let unknown = || Err(refusal("unknown command \"ratelimit\""));
        for (text, write, patience, answer, wait) in [
            (
                "retry in 58 minutes",
                false,
                PATIENCE,
                unknown(),
                Some(59 * 60),
            ),
            (
                "retry in 58 minutes",
                true,
                LONGEST_WAIT,
                unknown(),
                Some(59 * 60),
            ),
            (blank, false, LONGEST_WAIT, Ok(day), Some(82_800)),
            (blank, false, LONGEST_WAIT, Ok(Vec::new()), None),
            (blank, false, LONGEST_WAIT, unknown(), None),
        ] {
            let text = format!("(429) {text}");
            let error = hold
                .met(refusal(&text), write, patience, async { answer })
                .await;
            assert_eq!(error.named_wait(), wait.map(Duration::from_secs), "{text}");
            assert_eq!(hold.left(), None, "{text}");
        }
        let never = async { unreachable!("the words name the time") };
        let text = "(429) retry in 58 minutes";
        hold.met(refusal(text), false, LONGEST_WAIT, never).await;
        assert_eq!(hold.left(), Some(59 * MINUTE));
    }
}
