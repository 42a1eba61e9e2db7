//! Since when C1 has not answered: what tells an outage from a quiet time.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::Error;

/// Longest wait between two tries while C1 is away: an attempt costs little, and work goes on
/// within five seconds of its return. Only answers of C1 itself earn longer ones.
const AWAY_CAP: Duration = Duration::from_secs(4);

impl Error {
    /// The longest wait after this failure, where C1's own answers earn up to `usual`.
    pub fn wait_cap(&self, usual: Duration) -> Duration {
        match self.is_away() {
            true => AWAY_CAP.min(usual),
            false => usual,
        }
    }
}

/// The time of the first call that C1 left without an answer, if it has answered none since.
#[derive(Debug, Default)]
pub struct Away(Mutex<Option<Instant>>);

impl Away {
    /// Notes how a call ended.
    pub fn note(&self, error: Option<&Error>) {
        let mut since = self.since();
        if error.is_some_and(Error::is_away) {
            since.get_or_insert_with(Instant::now);
        } else {
            *since = None;
        }
    }

    /// For how long; zero while C1 answers.
    pub fn time(&self) -> Duration {
        let since = *self.since();
        since.map(|since| since.elapsed()).unwrap_or_default()
    }

    fn since(&self) -> MutexGuard<'_, Option<Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use tokio::time::advance;
    use tonic::{Code, Status};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_outage_lasts_from_the_first_silence_to_the_next_answer() {
        let address = "tenant.test".parse().unwrap();
        let silent = Error::Silent(address, "Hello", Duration::ZERO);
        let status = Status::new(Code::Internal, "");
        let refused = Error::Refused("Hello", Box::new(status));
        let (away, minute) = (Away::default(), Duration::from_secs(60));
        advance(minute).await;
        assert_eq!(away.time(), Duration::ZERO);
        away.note(Some(&silent));
        advance(minute).await;
        away.note(Some(&silent));
        assert_eq!(away.time(), minute);
        for answer in [Some(&refused), None] {
            away.note(answer);
            advance(minute).await;
            assert_eq!(away.time(), Duration::ZERO);
            away.note(Some(&silent));
        }
    }
}
