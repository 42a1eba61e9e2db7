//! Stopping: the first signal ends polling, the end of the grace period cancels what still runs,
//! and a second signal ends everything at once.

use std::future::Future;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::sleep;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Running,
    /// Take no more tasks; running ones may end.
    Asked,
    /// Cancel what still runs.
    Due,
}

/// A view of how far a stop has come. Clones see the same.
#[derive(Clone, Debug)]
pub(super) struct Stop(watch::Receiver<Phase>);

impl Stop {
    /// A stop and the future that drives it; the future ends when everything must end at once.
    pub(super) fn new(
        signals: mpsc::Receiver<()>,
        grace: Duration,
    ) -> (Self, impl Future<Output = ()>) {
        let (phase, view) = watch::channel(Phase::Running);
        (Self(view), drive(signals, grace, phase))
    }

    /// Waits until a stop was asked for.
    pub(super) async fn asked(&self) {
        self.reached(Phase::Asked).await;
    }

    /// Waits until running work must be cancelled.
    pub(super) async fn due(&self) {
        self.reached(Phase::Due).await;
    }

    /// Whether running work had to be cancelled.
    pub(super) fn is_due(&self) -> bool {
        *self.0.borrow() >= Phase::Due
    }

    async fn reached(&self, phase: Phase) {
        let mut view = self.0.clone();
        // The driver is gone only when the whole run is.
        if view.wait_for(|now| *now >= phase).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

async fn drive(mut signals: mpsc::Receiver<()>, grace: Duration, phase: watch::Sender<Phase>) {
    next(&mut signals).await;
    tracing::info!(
        grace_s = grace.as_secs(),
        "stopping: no more tasks are taken"
    );
    phase.send_replace(Phase::Asked);
    tokio::select! {
        () = sleep(grace) => {}
        () = next(&mut signals) => return,
    }
    phase.send_replace(Phase::Due);
    next(&mut signals).await;
}

/// The next signal; never, when nobody can send one any more.
async fn next(signals: &mut mpsc::Receiver<()>) {
    if signals.recv().await.is_none() {
        std::future::pending::<()>().await;
    }
}
