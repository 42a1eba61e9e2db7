//! Waits between tries: grown by the caller's rule, spread a little, never beyond a cap.

use std::time::Duration;

/// How much longer than planned a wait may be, in percent: many connectors that lost the same server
/// do not come back in the same moment. Never shorter, so that a planned minimum holds.
const SPREAD: u32 = 10;

/// Longest wait between two tries while C1 is away: an attempt costs little, and work goes on within five seconds of its
/// return. Only answers of C1 itself earn longer ones.
pub const AWAY_CAP: Duration = Duration::from_secs(4);

/// `wait` plus up to 10 %, but not above `cap`.
fn jittered(wait: Duration, cap: Duration) -> Duration {
    let mut random = [0_u8; 1];
    // Without random numbers the wait is the plain one.
    let _ = aws_lc_rs::rand::fill(&mut random);
    let extra = wait.saturating_mul(SPREAD * u32::from(random[0])) / (100 * 255);
    wait.saturating_add(extra).min(cap)
}

/// The wait after the `failures`-th failure in a row, counted from 1: 1, 2, 4, 8 … s up to `cap`.
pub fn doubling(failures: u32, cap: Duration) -> Duration {
    let seconds = 1_u64
        .checked_shl(failures.saturating_sub(1))
        .unwrap_or(u64::MAX);
    jittered(Duration::from_secs(seconds.min(cap.as_secs())), cap)
}

/// The wait after the `failures`-th failure in a row, counted from 1: 1, 4, 9, 16 … s up to `cap`.
pub fn square(failures: u32, cap: Duration) -> Duration {
    let seconds = u64::from(failures).saturating_pow(2);
    jittered(Duration::from_secs(seconds.min(cap.as_secs())), cap)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn within(wait: Duration, seconds: u64) -> bool {
        let planned = Duration::from_secs(seconds);
        wait >= planned && wait <= planned * 110 / 100
    }

    /// checklist c1 12
    #[test]
    fn doubling_starts_at_one_second_and_stops_at_the_cap() {
        let cap = Duration::from_secs(300);
        for (failures, seconds) in [(1, 1), (2, 2), (3, 4), (4, 8), (5, 16), (9, 256)] {
            let wait = doubling(failures, cap);
            assert!(within(wait, seconds), "{failures}: {wait:?}");
        }
        for failures in [10, 64, 65, u32::MAX] {
            assert_eq!(doubling(failures, cap), cap, "{failures}");
        }
    }

    /// checklist c1 15
    #[test]
    fn squares_stop_at_the_cap() {
        let cap = Duration::from_secs(60);
        for (failures, seconds) in [(1, 1), (2, 4), (3, 9), (4, 16), (7, 49)] {
            let wait = square(failures, cap);
            assert!(within(wait, seconds), "{failures}: {wait:?}");
        }
        for failures in [8, 100_000, u32::MAX] {
            assert_eq!(square(failures, cap), cap, "{failures}");
        }
    }

    #[test]
    fn the_spread_is_real() {
        let cap = Duration::from_secs(60);
        let first = square(3, cap);
        assert!((0..200).any(|_| square(3, cap) != first));
    }
}
