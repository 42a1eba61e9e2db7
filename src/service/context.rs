//! What every task needs, shared by all: the settings, the clients, and how far a stop has come.

use std::future::pending;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{broadcast, mpsc};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::{c1, op, sync};

/// How often it is looked whether reads wait for a limit.
pub(super) const LOOK_EVERY: Duration = Duration::from_millis(200);

/// The settings of a run.
#[derive(Debug)]
pub struct Settings {
    /// How to reach C1.
    pub c1: Arc<c1::Settings>,
    /// Take tasks by GetTasks instead of GetTask (`BATON_GET_TASKS`).
    pub get_tasks: bool,
    /// Tasks at once, 1 to 100.
    pub task_concurrency: usize,
    /// Whether grants and revocations are carried out.
    pub provisioning: bool,
    /// End after one uploaded sync.
    pub once: bool,
    /// With `once`: longest wait for C1 to ask for a sync; `None` is no limit.
    pub once_timeout: Option<Duration>,
    /// How long running tasks may go on after the first signal.
    pub grace: Duration,
    /// Refuse full-sync tasks, so that C1 keeps what it has.
    pub skip_full_sync: bool,
    /// Host and port of the health server, when there is one; port 0 takes a free one.
    pub health: Option<(String, u16)>,
    /// Folder for the private folders in which syncs are written; it must exist.
    pub temp_dir: PathBuf,
    /// Where interrupted syncs of the command line keep answers, which a change of access makes
    /// untrue.
    pub state_folder: Option<PathBuf>,
    /// What a sync covers where its task says nothing.
    pub plan: sync::Plan,
}

pub(super) struct Context {
    pub(super) c1: c1::Client,
    pub(super) op: op::Client,
    pub(super) settings: Settings,
    /// Ids of tasks that C1 cancelled in the answer to another task's heartbeat.
    pub(super) cancelled: broadcast::Sender<String>,
    pub(super) stop: Stop,
    /// Called when C1 has taken a sync.
    pub(super) done: fn(),
    /// Held once more by every sync that reads 1Password now.
    pub(super) reading: Arc<()>,
}

impl Context {
    /// How many syncs do nothing but wait until a limit of rate has passed.
    pub(super) fn waiting_syncs(&self) -> usize {
        match self.op.activity().is_limited() {
            true => Arc::strong_count(&self.reading) - 1,
            false => 0,
        }
    }

    /// Waits until a stop was asked for while all reads wait for a limit of rate.
    pub(super) async fn stopped_in_a_limit(&self) {
        self.stop.asked.cancelled().await;
        while !self.op.activity().is_limited() {
            sleep(LOOK_EVERY).await;
        }
    }
}

/// How far a stop has come: the first signal ends polling, the end of the grace period cancels what
/// still runs, and a second signal ends everything at once. Clones see the same.
#[derive(Clone, Default)]
pub(super) struct Stop {
    /// Take no more tasks; running ones may end.
    pub(super) asked: CancellationToken,
    /// Cancel what still runs.
    pub(super) due: CancellationToken,
}

impl Stop {
    /// Drives the stop; ends when everything must end at once. That nobody can ask for it any more
    /// is no signal.
    pub(super) async fn drive(&self, mut signals: mpsc::Receiver<()>, grace: Duration) {
        let mut signal = async || {
            if signals.recv().await.is_none() {
                pending::<()>().await;
            }
        };
        signal().await;
        let grace_s = grace.as_secs();
        tracing::info!(grace_s, "stopping: no more tasks are taken");
        self.asked.cancel();
        tokio::select! {
            () = sleep(grace) => {}
            () = signal() => return,
        }
        self.due.cancel();
        signal().await;
    }
}
