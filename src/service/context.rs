//! What every task needs, shared by all.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::broadcast;
use tokio::time::sleep;

use super::Settings;
use super::stop::Stop;
use crate::{c1, op};

pub(super) struct Context {
    pub(super) c1: c1::Client,
    pub(super) op: op::Client,
    pub(super) settings: Settings,
    /// Ids of tasks that C1 cancelled in the answer to another task's heartbeat.
    pub(super) cancelled: broadcast::Sender<String>,
    pub(super) stop: Stop,
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

/// How often it is looked whether reads wait for a limit.
pub(super) const LOOK_EVERY: Duration = Duration::from_millis(200);
