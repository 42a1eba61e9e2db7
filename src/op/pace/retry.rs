//! When a call is made again: transient failures only, with a cap and jitter (`src/op/op-cli.md`,
//! Failures and `src/sync/mapping.md`, Failures). A limit of rate may be waited for longest.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use tracing::warn;

use super::activity::Activity;
use crate::backoff::{doubled, spread};
use crate::op::error::{Error, ErrorKind};

/// Most tries of one call.
const TRIES: u32 = 6;
/// The same when the desktop app does not answer: it is either busy for a moment or not there.
const APP_TRIES: u32 = 3;
/// Most time of one call with its waits. A longer wait that `op` names ends the call at once.
pub(in crate::op) const PATIENCE: Duration = Duration::from_secs(600);
/// The same where limits of a service account are waited for: an hour, and what any call may take.
pub const LONGEST_WAIT: Duration = Duration::from_secs(3600 + PATIENCE.as_secs());

/// Makes a call until it succeeds, fails for good, or may not be repeated.
pub(in crate::op) async fn retrying<T, F: Future<Output = Result<T, Error>>>(
    write: bool,
    patience: Duration,
    activity: &Activity,
    attempt: impl Fn() -> F,
) -> Result<T, Error> {
    let began = Instant::now();
    let mut limited = Duration::ZERO;
    let (mut quick, mut slow) = (0, 0);
    loop {
        let error = match attempt().await {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        let most = match error.kind().is_of_app() {
            true => APP_TRIES,
            false => TRIES,
        };
        let is_limit = error.kind() == ErrorKind::RateLimited;
        let (failures, first, longest, enough) = match is_limit {
            true => (&mut slow, 1000, 120, patience),
            // Time that a limit took is not taken from what is left for other failures.
            false => (&mut quick, 250, 10, PATIENCE + limited),
        };
        *failures += 1;
        let (first, longest) = (Duration::from_millis(first), Duration::from_secs(longest));
        // Up to twice as long by chance, so that parallel calls do not come back together.
        let pause = spread(doubled(first, *failures, longest), 100);
        let pause = pause + error.named_wait().unwrap_or_default();
        let tries = quick + slow;
        let is_last = tries >= most || began.elapsed() + pause > enough;
        if is_last || !error.may_repeat(write) {
            return Err(error.after(tries));
        }
        if is_limit {
            limited += pause;
        }
        warn!(target: "baton_1password::op::waiting", %error, seconds = pause.as_secs_f64(), "op failed for the moment; trying again");
        activity.retry(error.kind(), pause);
        let _limited = (is_limit && !write).then(|| activity.limited());
        sleep(pause).await;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::cell::Cell;

    use super::*;

    /// Fails with these messages, one a try, then succeeds; says how many tries were made and how
    /// long they took.
    async fn tried(
        write: bool,
        failures: &[&str],
    ) -> (Result<(), Error>, usize, Duration, Activity) {
        tried_with(PATIENCE, write, failures).await
    }

    async fn tried_with(
        patience: Duration,
        write: bool,
        failures: &[&str],
    ) -> (Result<(), Error>, usize, Duration, Activity) {
        let (began, tries, activity) = (Instant::now(), Cell::new(0), Activity::default());
        let attempt = || {
            let failure = failures.get(tries.get());
            tries.set(tries.get() + 1);
            std::future::ready(failure.map_or(Ok(()), |text| {
                Err(Error::failed(
                    "x",
                    ("failed with exit code 1", Some(1)),
                    text,
                    str::to_owned,
                ))
            }))
        };
        let result = retrying(write, patience, &activity, attempt).await;
        (result, tries.get(), began.elapsed(), activity)
    }

    #[tokio::test(start_paused = true)]
    async fn transient_failures_are_repeated_after_short_pauses() {
        let (result, tries, took, activity) =
            tried(false, &["(409) Conflict", "connection reset"]).await;
        result.unwrap();
        assert_eq!((tries, activity.wait()), (3, None));
        assert!(
            took >= Duration::from_millis(750) && took <= Duration::from_millis(1500),
            "{took:?}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_rate_limit_without_a_number_waits_longer() {
        let (result, tries, took, _) =
            tried(false, &["Too many requests. Try again in  seconds"]).await;
        result.unwrap();
        assert_eq!(tries, 2);
        assert!(
            took >= Duration::from_secs(1) && took <= Duration::from_secs(2),
            "{took:?}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_named_wait_is_kept_up_to_the_limit_of_patience() {
        let (result, _, took, _) =
            tried(false, &["Too many requests. Try again in 90 seconds"]).await;
        result.unwrap();
        assert!(
            took >= Duration::from_secs(91) && took <= Duration::from_secs(92),
            "{took:?}"
        );

        let (result, tries, took, _) = tried(
            false,
            &["(429) Too Many Requests: Please retry in 58 minutes"],
        )
        .await;
        assert_eq!((tries, took), (1, Duration::ZERO));
        assert!(result.unwrap_err().to_string().contains("58 minutes"));
    }

    /// What else may go wrong has its own time, even after an hour.
    #[tokio::test(start_paused = true)]
    async fn with_patience_a_limit_is_waited_for_up_to_its_end() {
        let limited = "(429) Too Many Requests: Please retry in 58 minutes";
        let network = "connection reset";
        let (result, tries, took, _) =
            tried_with(LONGEST_WAIT, false, &[limited, network, network]).await;
        result.unwrap();
        assert_eq!(tries, 4);
        assert!(
            took >= Duration::from_secs(59 * 60 + 1) && took <= Duration::from_secs(59 * 60 + 5),
            "{took:?}"
        );

        for (texts, tried, waited) in [
            ([limited; 2], 2, 59),
            (["rate-limited, retry in 2 hours"; 2], 1, 0),
        ] {
            let (result, tries, took, _) = tried_with(LONGEST_WAIT, false, &texts).await;
            assert_eq!(result.unwrap_err().kind(), ErrorKind::RateLimited);
            assert_eq!((tries, took.as_secs() / 60), (tried, waited));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn tries_and_time_have_an_end() {
        let (result, tries, took, _) = tried(false, &["no such host"; 20]).await;
        assert_eq!(tries, 6);
        assert!(result.unwrap_err().to_string().contains("Tried 6 times."));
        assert!(took < Duration::from_secs(20), "{took:?}");

        let (result, tries, _, _) =
            tried(false, &["connecting to desktop app timed out"; 20]).await;
        assert_eq!(
            (tries, result.unwrap_err().kind()),
            (3, ErrorKind::AppUnreachable)
        );

        let (result, tries, took, _) =
            tried(false, &["rate-limited. Try again in 240 seconds"; 20]).await;
        assert_eq!(
            (tries, result.unwrap_err().kind()),
            (3, ErrorKind::RateLimited)
        );
        assert!(took <= Duration::from_secs(600), "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn what_cannot_get_better_is_not_repeated() {
        for text in [
            "(403) Forbidden",
            "\"v\" isn't a vault in this account.",
            "authorization prompt dismissed",
            "odd",
        ] {
            let (result, tries, took, activity) = tried(false, &[text]).await;
            assert!(result.is_err());
            assert_eq!(
                (tries, took, activity.wait()),
                (1, Duration::ZERO, None),
                "{text}"
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_write_is_repeated_only_when_it_was_not_carried_out() {
        for text in [
            "(409) Conflict",
            "dial tcp: connection refused",
            "rate-limited",
        ] {
            assert_eq!(tried(true, &[text]).await.1, 2, "{text}");
        }
        for text in [
            "connection reset by peer",
            "unexpected EOF",
            "(502) Bad Gateway",
        ] {
            assert_eq!(tried(true, &[text]).await.1, 1, "{text}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_shows_in_the_activity_until_it_is_over() {
        let activity = Activity::default();
        let failed = Cell::new(false);
        let attempt = || {
            let result = if failed.replace(true) {
                Ok(())
            } else {
                Err(Error::failed(
                    "x",
                    ("", Some(1)),
                    "rate-limited",
                    str::to_owned,
                ))
            };
            std::future::ready(result)
        };
        let look = async {
            tokio::task::yield_now().await;
            activity.wait().unwrap().reason
        };
        let (result, reason) = tokio::join!(retrying(false, PATIENCE, &activity, attempt), look);
        result.unwrap();
        assert_eq!((reason, activity.wait()), (ErrorKind::RateLimited, None));
    }
}
