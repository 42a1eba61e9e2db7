//! Service mode: the connector says hello to C1, takes tasks, carries them out, and reports how
//! they ended, until it is stopped or, with `--once`, until one sync is done.
//!
//! `runner` polls and hands out slots, `tasks` attends to each task, `sync_task` and `grant_task`
//! do the work, `heartbeat` keeps a task alive, `finish` reports its end, and `health` answers HTTP
//! probes.

mod context;
mod error;
mod finish;
mod grant_task;
mod health;
mod heartbeat;
mod host;
mod runner;
mod sync_task;
mod tasks;
mod turns;

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::{c1, op};
use context::{Context, Stop};
use health::Health;

pub use context::Settings;
pub use error::{Ended, Error};
pub use finish::Cause;
pub use host::default_host_id;

/// Runs service mode with the one client of `op` that `connect` makes. Each message on `signals` is
/// a request to stop: the first lets running tasks end, the second ends the run at once. `done` is
/// called when C1 has taken a sync. An error means that the start failed, or with `--once` the sync.
pub async fn run<E: From<Error>>(
    settings: Settings,
    connect: impl Future<Output = Result<op::Client, E>>,
    signals: mpsc::Receiver<()>,
    done: fn(),
) -> Result<Ended, E> {
    // What costs nothing and tells most about the settings comes first.
    tempfile::tempdir_in(&settings.temp_dir)
        .map_err(|error| Error::TempDir(settings.temp_dir.clone(), error))?;
    let c1 = c1::Client::new(Arc::clone(&settings.c1)).map_err(Error::from)?;
    let health = Arc::new(Health::default());
    // Dropped at the end of the run, and with it the server.
    let mut servers = JoinSet::new();
    if let Some((host, port)) = &settings.health {
        let listener = health::bind(host, *port).await?;
        servers.spawn(health::serve(listener, Arc::clone(&health)));
    }
    let stop = Stop::default();
    let driver = stop.drive(signals, settings.grace);
    let work = async {
        let op = tokio::select! {
            op = connect => op?,
            () = stop.asked.cancelled() => return Ok(Ended::Stopped),
        };
        // There is one of each in the life of a service.
        let _ = health.clients.set((op.clone(), c1.clone()));
        let context = Arc::new(Context {
            c1,
            op,
            settings,
            cancelled: tokio::sync::broadcast::Sender::new(64),
            stop: stop.clone(),
            done,
            reading: Arc::default(),
        });
        Ok(runner::run(context, &health).await?)
    };
    tokio::select! {
        biased;
        ended = work => ended,
        () = driver => Ok(Ended::Cut),
    }
}
