//! Waits between tries: grown by the caller's rule, spread a little, never beyond a cap.

use std::time::Duration;

/// How much longer than planned a wait for a server may be, in percent, so that many connectors do
/// not come back in the same moment.
const SPREAD: u32 = 10;

/// The wait after the `failures`-th failure in a row, counted from 1: 1, 2, 4, 8 … s up to `cap`.
pub fn doubling(failures: u32, cap: Duration) -> Duration {
    let planned = doubled(Duration::from_secs(1), failures, cap);
    spread(planned, SPREAD).min(cap)
}

/// The wait after the `failures`-th failure in a row, counted from 1: 1, 4, 9, 16 … s up to `cap`.
pub fn square(failures: u32, cap: Duration) -> Duration {
    let seconds = u64::from(failures).saturating_pow(2);
    spread(Duration::from_secs(seconds).min(cap), SPREAD).min(cap)
}

/// `first`, doubled with each failure after the first, up to `cap`.
pub fn doubled(first: Duration, failures: u32, cap: Duration) -> Duration {
    let factor = 1_u32.checked_shl(failures.saturating_sub(1));
    first.saturating_mul(factor.unwrap_or(u32::MAX)).min(cap)
}

/// A wait that is longer by chance, by up to so many percent.
pub fn spread(wait: Duration, percent: u32) -> Duration {
    let mut random = [0_u8; 1];
    // Without random numbers the wait is the plain one.
    let _ = aws_lc_rs::rand::fill(&mut random);
    let extra = wait.saturating_mul(percent * u32::from(random[0])) / (100 * 255);
    wait.saturating_add(extra)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn within(wait: Duration, seconds: u64) -> bool {
        let planned = Duration::from_secs(seconds);
        wait >= planned && wait <= planned * 110 / 100
    }

    /// `src/c1/protocol.md`, Failed Hello
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

    /// `src/c1/protocol.md`, Polling
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
