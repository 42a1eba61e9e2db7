//! What service mode is to do.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::{c1, sync};

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
