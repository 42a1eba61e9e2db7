//! What every task needs: shared, and never changed while the service runs.

use std::path::PathBuf;

use tokio::sync::broadcast;

use super::stop::Stop;
use crate::baton::pb::api::BatonServiceHelloRequest;
use crate::{c1, op, sync};

pub(super) struct Context {
    pub(super) c1: c1::Client,
    pub(super) op: op::Client,
    /// What a sync covers where its task says nothing.
    pub(super) plan: sync::Plan,
    pub(super) provisioning: bool,
    pub(super) skip_full_sync: bool,
    pub(super) temp_dir: PathBuf,
    /// Where interrupted syncs of the command line keep answers.
    pub(super) state_folder: Option<PathBuf>,
    /// The Hello of this process, without a task id.
    pub(super) hello: BatonServiceHelloRequest,
    /// Ids of tasks that C1 cancelled in the answer to another task's heartbeat.
    pub(super) cancelled: broadcast::Sender<String>,
    pub(super) stop: Stop,
}
