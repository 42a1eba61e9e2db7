//! What 1Password still lets a service account ask: the rows of `op service-account ratelimit`
//! (`src/op/op-cli.md`, Limits).

use std::fmt;
use std::time::Duration;

use crate::op::types::RateLimit;

impl RateLimit {
    /// Whether writes, or reads, count against it. A row without `remaining` says nothing, and reads
    /// as 0 left: only when `used` says the same is that believed.
    pub fn counts(&self, write: bool) -> bool {
        let other = if write { "read" } else { "write" };
        let is_known = self.limit > 0 && (self.remaining > 0 || self.used >= self.limit);
        self.action != other && is_known
    }

    /// How long until it is as it was at first. 1Password has no limit that is longer than a day.
    pub fn resets_in(&self) -> Duration {
        Duration::from_secs(u64::try_from(self.reset).unwrap_or(0).min(86_400))
    }

    /// Whether it lets through as many requests as this.
    pub fn allows(&self, requests: usize) -> bool {
        i64::try_from(requests).is_ok_and(|requests| requests <= self.remaining)
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
pub(super) fn used_up(limits: &[RateLimit], write: bool) -> Option<&RateLimit> {
    let counting = limits.iter().filter(|limit| limit.counts(write));
    let used_up = counting.filter(|limit| !limit.allows(1));
    used_up.max_by_key(|limit| limit.reset)
}

/// A time in minutes, the one that has begun included: `41 min`, `20 h 3 min`.
pub(super) fn minutes(time: Duration) -> String {
    match time.as_secs().div_ceil(60) {
        minutes @ 0..60 => format!("{minutes} min"),
        minutes => format!("{} h {} min", minutes / 60, minutes % 60),
    }
}

/// A row as tests write it.
#[cfg(test)]
pub(crate) fn row(
    kind: &str,
    action: &str,
    (remaining, limit): (i64, i64),
    reset: i64,
) -> RateLimit {
    RateLimit {
        kind: kind.to_owned(),
        action: action.to_owned(),
        limit,
        used: limit - remaining,
        remaining,
        reset,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::op::pace) const MINUTE: Duration = Duration::from_secs(60);

    /// `src/op/op-cli.md`, Limits, with the reads of the hour used up.
    pub(in crate::op::pace) fn limits() -> Vec<RateLimit> {
        vec![
            row("token", "write", (1000, 1000), 0),
            row("token", "read", (0, 10_000), 2420),
            row("account", "read_write", (39_997, 50_000), 82_800),
        ]
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
            (limit.counts(false), used_up(&[limit], false).is_some())
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
}
