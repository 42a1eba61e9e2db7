//! When a call is made again: transient failures only, with a cap and jitter (contract op-cli §4.2, sync §7).

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use tokio::time::{Instant, sleep};
use tracing::warn;

use super::activity::Activity;
use super::error::{Error, ErrorKind};

/// Most tries of one call.
const TRIES: usize = 6;
/// The same when the desktop app does not answer: it is either busy for a moment or not there.
const APP_TRIES: usize = 3;
/// Most time that one call spends on tries and waits. A longer wait that `op` names ends the call at once.
const PATIENCE: Duration = Duration::from_secs(600);

/// Makes a call until it succeeds, fails for good, or may not be repeated. `write` says that it changes something.
pub(super) async fn retrying<T, F>(
    write: bool,
    activity: &Activity,
    mut attempt: impl FnMut() -> F,
) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    let give_up = Instant::now() + PATIENCE;
    let mut quick = delays(Duration::from_millis(250), Duration::from_secs(10));
    let mut slow = delays(Duration::from_secs(1), Duration::from_secs(120));
    let mut tries = 0;
    loop {
        let error = match attempt().await {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        tries += 1;
        let most = if error.kind() == ErrorKind::AppUnreachable {
            APP_TRIES
        } else {
            TRIES
        };
        let pause = match error.kind() {
            ErrorKind::RateLimited => slow
                .next()
                .map(|pause| pause.max(error.named_wait().unwrap_or_default())),
            _ => quick.next(),
        };
        let pause = pause.filter(|pause| {
            tries < most && error.may_repeat(write) && Instant::now() + *pause <= give_up
        });
        let Some(pause) = pause else {
            return Err(error.after(tries));
        };
        warn!(%error, seconds = pause.as_secs_f64(), "op failed for the moment; trying again");
        activity.retry(error.kind(), pause);
        sleep(pause).await;
    }
}

/// Doubling pauses, each up to twice as long by chance, so that parallel calls do not come back together.
fn delays(first: Duration, longest: Duration) -> impl Iterator<Item = Duration> {
    ExponentialBuilder::default()
        .with_min_delay(first)
        .with_max_delay(longest)
        .with_factor(2.0)
        .with_jitter()
        .with_max_times(TRIES)
        .build()
}
