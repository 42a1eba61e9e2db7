//! Whether the limits of a service account are enough for a sync, before the calls that count.

use std::time::Duration;

use crate::op::{Client, LONGEST_WAIT, RateLimit};

use super::error::Error;
use super::plan::Plan;

/// Asks how much is left, which is free; [`Error::OverBudget`] when the sync cannot end before its
/// answers are too old. No answer is no reason to stop: a call that meets the limit says so.
pub(super) async fn check(client: &Client, plan: &Plan, calls: usize) -> Result<(), Error> {
    if calls == 0 || !client.is_service_account() {
        return Ok(());
    }
    let limits = match client.service_account_ratelimit().await {
        Ok(limits) => limits,
        Err(error) => {
            tracing::debug!(%error, "what the service account may still ask is not known");
            return Ok(());
        }
    };
    let window = plan.resume.as_ref().map(|resume| resume.window);
    if let Some(warning) = shortage(&limits, calls, window)? {
        tracing::warn!("{warning}");
    }
    Ok(())
}

/// What to say, if anything. `window` is how long a later run may use the answers of this one.
///
/// A limit that is reset within the hour is waited for. The account's limit of the day would end
/// the run on the way: all service accounts share it, so a run that is sure to fail must not use it
/// up for the others. Only where the answers are kept beyond the reset is it worth to begin.
fn shortage(
    limits: &[RateLimit],
    calls: usize,
    window: Option<Duration>,
) -> Result<Option<String>, Error> {
    let reads = || limits.iter().filter(|limit| limit.counts(false));
    let short = || reads().filter(|limit| !limit.allows(calls));
    let Some(reset) = short().map(RateLimit::resets_in).max() else {
        return Ok(None);
    };
    let left: Vec<String> = reads().map(RateLimit::to_string).collect();
    let need = format!(
        "this sync needs {calls} more calls of op, and its service account has {}",
        left.join("; ")
    );
    if reset <= LONGEST_WAIT {
        return Ok(Some(format!(
            "{need}: when they are used up it waits for the reset, then goes on. Signed in as a user \
             it need not wait"
        )));
    }
    if window.is_some_and(|window| window >= reset) {
        return Ok(Some(format!(
            "{need}: it fails when they are used up, and goes on from there if it is started again \
             after the reset"
        )));
    }
    let fits = |limit: &RateLimit| i64::try_from(calls).is_ok_and(|calls| calls <= limit.limit);
    let again = match short().all(|limit| limit.resets_in() <= LONGEST_WAIT || fits(limit)) {
        true => "start again after the reset, or ",
        false => "",
    };
    let keep = window.map_or_else(String::new, |_| {
        let hours = reset.as_secs() / 3600 + 1;
        format!(
            ", or keep answers longer than that with --resume-window {hours}h: it then fails when they \
             are used up, and goes on from there if it is started again after the reset"
        )
    });
    Err(Error::OverBudget(format!(
        "{need}: none was made, since it could not end; {again}sign in as a user{keep}"
    )))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::op::rate_limit as row;

    const HOUR: Duration = Duration::from_secs(3600);

    /// A Teams account: what its token may still read in this hour, and all its service accounts in
    /// this day.
    fn teams(hour: i64, day: i64) -> [RateLimit; 3] {
        [
            row("token", "write", (0, 100), 60),
            row("token", "read", (hour, 1000), 2420),
            row("account", "read_write", (day, 5000), 72_060),
        ]
    }

    #[test]
    fn enough_is_nothing_to_speak_of_and_neither_is_nothing_known() {
        assert_eq!(shortage(&teams(300, 300), 300, None).unwrap(), None);
        assert_eq!(shortage(&[], 300, None).unwrap(), None);
        assert_eq!(shortage(&[RateLimit::default()], 300, None).unwrap(), None);
    }

    #[test]
    fn a_limit_of_the_hour_is_waited_for() {
        for window in [None, Some(HOUR)] {
            assert_eq!(
                shortage(&teams(300, 4700), 1240, window).unwrap().unwrap(),
                "this sync needs 1240 more calls of op, and its service account has 300 of 1000 read \
                 requests left for this token, reset in 41 min; 4700 of 5000 read and write requests \
                 left for this account, reset in 20 h 1 min: when they are used up it waits for the \
                 reset, then goes on. Signed in as a user it need not wait"
            );
        }
        // The day is over soon.
        let evening = [row("account", "read_write", (10, 5000), 1200)];
        assert!(
            shortage(&evening, 1240, None)
                .unwrap()
                .unwrap()
                .contains("waits")
        );
    }

    #[test]
    fn a_limit_of_the_day_ends_the_sync_before_it_begins() {
        let refused = |calls, window| {
            shortage(&teams(0, 200), calls, window)
                .unwrap_err()
                .to_string()
        };
        let text = refused(1240, Some(HOUR));
        assert_eq!(
            text,
            "this sync needs 1240 more calls of op, and its service account has 0 of 1000 read requests \
             left for this token, reset in 41 min; 200 of 5000 read and write requests left for this \
             account, reset in 20 h 1 min: none was made, since it could not end; start again after the \
             reset, or sign in as a user, or keep answers longer than that with --resume-window 21h: it \
             then fails when they are used up, and goes on from there if it is started again after the \
             reset"
        );
        let text = refused(1240, None);
        assert!(
            text.ends_with("start again after the reset, or sign in as a user"),
            "{text}"
        );
        let text = refused(5001, None);
        assert!(text.ends_with("could not end; sign in as a user"), "{text}");
    }

    #[test]
    fn answers_that_are_kept_beyond_the_reset_make_it_worth_to_begin() {
        let warned = shortage(&teams(0, 200), 1240, Some(21 * HOUR))
            .unwrap()
            .unwrap();
        assert!(warned.contains("goes on from there"), "{warned}");
    }
}
