//! Service mode: settings in, exit code out.

use std::io::Write;
use std::pin::pin;

use anyhow::Context;
use tokio::sync::mpsc;

use super::connect;
use super::system::Signals;
use crate::exit::{self, Failure};
use crate::service::{self, Ended};
use crate::settings::Settings;

/// Serves C1 until a signal, or with `--once` until one sync is done.
pub(super) async fn run(service: service::Settings, settings: &Settings) -> Result<u8, Failure> {
    let mut signals = Signals::listen().context("starting")?;
    let (stop, stops) = mpsc::channel(2);
    let is_standing = !service.once;
    let client = connect::client(settings);
    let done = done_line(settings);
    let mut serving = pin!(service::run(service, client, stops, done));
    let mut stopped = None;
    let ended = loop {
        tokio::select! {
            ended = &mut serving => break ended,
            signal = signals.next() => {
                stopped = Some(signal);
                // More signals than the service can hold say nothing new.
                let _ = stop.try_send(());
            }
        }
    };
    match (ended, stopped) {
        // A standing service is there to be stopped.
        (Ok(Ended::Stopped), Some(_)) if is_standing => Ok(exit::OK),
        (_, Some(signal)) => Err(Failure::Stopped(signal)),
        (Ok(Ended::Complete | Ended::Stopped | Ended::Cut), None) => Ok(exit::OK),
        (Err(failure), None) => Err(failure),
    }
}

/// The line that the documentation promises at the end of a sync. stdout is for data only.
fn done_line(settings: &Settings) -> fn() {
    const LINE: &str = "Task complete!";
    match settings {
        _ if settings.flags.quiet => || {},
        _ if settings.only_records => || tracing::info!("{LINE}"),
        _ => || {
            let _ = writeln!(std::io::stderr(), "{LINE}");
        },
    }
}
