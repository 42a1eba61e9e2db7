//! Heartbeats keep a task ours and tell when C1 cancels it (`src/c1/protocol.md`, Heartbeats).

use std::time::Duration;

use tokio::sync::broadcast::Receiver;
use tokio::time::sleep;
use tonic::Code;

use super::context::Context;
use super::finish::Failure;
use crate::{backoff, c1};

/// Answers of C1 in a row that refuse the heartbeat, after which a task counts as lost.
const FAILURES: u32 = 9;
/// How long C1 may be away before a task counts as lost.
const PATIENCE: Duration = Duration::from_secs(600);
/// Tries of a first heartbeat without which a task does not begin.
const FIRST_TRIES: u32 = 3;
/// The pace when C1 names none, and the fastest and slowest that it may name.
const USUAL: Duration = Duration::from_secs(30);
const FASTEST: Duration = Duration::from_secs(1);
const SLOWEST: Duration = Duration::from_secs(300);

/// The heartbeats of one task.
pub(super) struct Heartbeat<'a> {
    context: &'a Context,
    task_id: &'a str,
    elsewhere: Receiver<String>,
    pace: Duration,
    /// Refusals of C1 since the last heartbeat that it took.
    failures: u32,
    /// Whether C1 answers at all.
    away: c1::Away,
}

impl<'a> Heartbeat<'a> {
    pub(super) fn new(context: &'a Context, task_id: &'a str) -> Self {
        Self {
            context,
            task_id,
            elsewhere: context.cancelled.subscribe(),
            pace: USUAL,
            failures: 0,
            away: c1::Away::default(),
        }
    }

    /// Sends one heartbeat and waits for the answer: whether C1 cancels the task.
    async fn beat(&mut self) -> Result<bool, c1::Error> {
        let result = self.context.c1.heartbeat(self.task_id).await;
        self.away.note(result.as_ref().err());
        self.failures = match &result {
            Ok(_) => 0,
            Err(error) => self.failures + u32::from(!error.is_away()),
        };
        let answer = result?;
        self.pace = pace(answer.next_heartbeat);
        let mut cancelled = answer.cancelled;
        for id in answer.cancelled_task_ids {
            cancelled |= id == self.task_id;
            // Never refused: this task listens too.
            let _ = self.context.cancelled.send(id);
        }
        Ok(cancelled)
    }

    /// Sends the first heartbeat of a task that needs it, up to three times.
    pub(super) async fn begin(&mut self) -> Result<(), Failure> {
        let mut tries = 0;
        loop {
            tries += 1;
            match self.beat().await {
                Ok(false) => return Ok(()),
                Ok(true) => return Err(cancelled()),
                Err(error) if tries == FIRST_TRIES || error.is_no() => {
                    return Err(Failure::of_c1(&error));
                }
                Err(error) => {
                    let task_id = self.task_id;
                    tracing::warn!(task_id, %error, "the first heartbeat failed; trying again");
                    sleep(backoff::doubling(tries, USUAL)).await;
                }
            }
        }
    }

    /// Beats on until the task must not go on, at once if there was no heartbeat yet.
    pub(super) async fn run(&mut self, at_once: bool) -> Failure {
        let mut wait = if at_once { Duration::ZERO } else { self.pace };
        loop {
            // The context holds a sender, so the channel stays open.
            let elsewhere =
                async { while self.elsewhere.recv().await.as_deref() != Ok(self.task_id) {} };
            tokio::select! {
                () = sleep(wait) => {}
                () = elsewhere => return cancelled(),
            }
            wait = match self.beat().await {
                Ok(false) => self.pace,
                Ok(true) => return cancelled(),
                Err(error) if self.failures >= FAILURES || self.away.time() >= PATIENCE => {
                    return lost(&error);
                }
                Err(error) => {
                    let (task_id, failures) = (self.task_id, self.failures);
                    tracing::warn!(task_id, failures, %error, "a heartbeat failed");
                    // C1 must not take the task for lost before it hears of it again.
                    error.wait_cap(self.pace)
                }
            };
        }
    }
}

fn cancelled() -> Failure {
    Failure::retryable(Code::Cancelled, "C1 cancelled the task")
}

fn lost(error: &c1::Error) -> Failure {
    let why = match error.is_away() {
        true => "C1 was away for ten minutes; the last heartbeat",
        false => "nine heartbeats in a row failed; the last one",
    };
    let message = format!("the task was given up, because {why}: {error}");
    Failure::retryable(Code::Cancelled, message)
}

/// The wait until the next heartbeat.
fn pace(named: Option<prost_types::Duration>) -> Duration {
    match named.unwrap_or_default() {
        none if none == prost_types::Duration::default() => USUAL,
        // What is no duration is negative.
        named => Duration::try_from(named)
            .unwrap_or_default()
            .clamp(FASTEST, SLOWEST),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `src/c1/protocol.md`, Heartbeats
    #[test]
    fn the_pace_stays_between_a_second_and_five_minutes() {
        let named = |seconds, nanos| pace(Some(prost_types::Duration { seconds, nanos }));
        assert_eq!(pace(None), USUAL);
        assert_eq!(named(0, 0), USUAL);
        assert_eq!(named(0, 10_000_000), FASTEST);
        assert_eq!(named(-5, 0), FASTEST);
        assert_eq!(named(7, 500_000_000), Duration::from_millis(7500));
        assert_eq!(named(9999, 0), SLOWEST);
        assert_eq!(named(i64::MAX, 0), SLOWEST);
    }
}
