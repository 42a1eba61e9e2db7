//! Runs asynchronous work to its end, or until a signal.

use std::future::Future;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::Context;

use super::system::Signals;
use crate::c1z::Abort;
use crate::exit::{self, Failure};
use crate::terminal::pager;

/// How long blocking work may take to clean up once its result is not wanted any more.
const GRACE: Duration = Duration::from_secs(5);

/// Runs asynchronous work to its end, or until a signal; dropping it then cleans up after it.
pub(super) fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    run_to_end(async {
        // The signals come first, so that they are listened to before the work begins.
        let mut signals = Signals::listen().context("starting")?;
        let mut work = std::pin::pin!(work);
        loop {
            tokio::select! {
                biased;
                signal = signals.next() => {
                    let is_for_pager = signal.code == exit::INTERRUPT;
                    if !is_for_pager || !pager::IS_SHOWN.load(Ordering::Relaxed) {
                        return Err(Failure::Stopped(signal));
                    }
                }
                done = &mut work => return done,
            }
        }
    })
}

/// Runs asynchronous work that sees to signals itself.
pub(super) fn run_to_end<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = builder.enable_all().build().context("starting")?;
    let done = runtime.block_on(work);
    // A thread that waits for a pager or a name server must not keep a stopped program.
    runtime.shutdown_timeout(GRACE);
    done
}

/// Does blocking work on a thread of its own, which is asked to stop once nobody waits for it.
pub(super) async fn on_thread<T: Send + 'static>(
    doing: &'static str,
    work: impl FnOnce(&Abort) -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let abort = Abort::default();
    let awaited = abort.clone().drop_guard();
    let done = tokio::task::spawn_blocking(move || work(&abort)).await;
    awaited.disarm();
    done.context(doing)?
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// A name server that does not answer holds a thread of its own for long.
    #[test]
    fn a_thread_that_waits_for_somebody_else_does_not_keep_the_program() {
        let (_held, waits) = std::sync::mpsc::channel::<()>();
        let (sender, begun) = std::sync::mpsc::channel();
        let done = run_to_end(async {
            drop(tokio::task::spawn_blocking(move || {
                sender.send(()).unwrap();
                waits.recv()
            }));
            begun.recv().unwrap();
            Ok(7)
        });
        assert_eq!(done.unwrap(), 7);
    }
}
