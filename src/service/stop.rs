//! Stopping: the first signal ends polling, the end of the grace period cancels what still runs,
//! and a second signal ends everything at once.

use std::time::Duration;

use tokio::sync::mpsc::Receiver;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// How far a stop has come. Clones see the same.
#[derive(Clone, Default)]
pub(super) struct Stop {
    /// Take no more tasks; running ones may end.
    pub(super) asked: CancellationToken,
    /// Cancel what still runs.
    pub(super) due: CancellationToken,
}

impl Stop {
    /// Drives the stop; ends when everything must end at once.
    pub(super) async fn drive(&self, mut signals: Receiver<()>, grace: Duration) {
        next(&mut signals).await;
        let grace_s = grace.as_secs();
        tracing::info!(grace_s, "stopping: no more tasks are taken");
        self.asked.cancel();
        tokio::select! {
            () = sleep(grace) => {}
            () = next(&mut signals) => return,
        }
        self.due.cancel();
        next(&mut signals).await;
    }
}

/// The next signal; never, when nobody can send one any more.
async fn next(signals: &mut Receiver<()>) {
    if signals.recv().await.is_none() {
        std::future::pending().await
    }
}
