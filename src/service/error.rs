//! How service mode ended.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::c1;

use super::finish::Cause;

/// How service mode ended without a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// `--once`: a sync was uploaded and finished.
    Complete,
    /// A signal asked for the end, and every task was ended and reported.
    Stopped,
    /// A signal asked for the end, and something had to be cut off for it.
    Cut,
}

/// Why service mode ended.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// C1 could not be reached at the start, or refused the Hello.
    #[error("the startup Hello failed: {0}{step}", step = .0.next_step())]
    Hello(c1::Error),
    /// A client for C1 could not be set up.
    #[error(transparent)]
    C1(#[from] c1::Error),
    /// The health server could not start on this host and port.
    #[error("the health server cannot listen on {0}: {1}")]
    Health(String, io::Error),
    /// The folder for temporary files cannot be used.
    #[error("the folder for temporary files, {folder}, cannot be used: {1}", folder = .0.display())]
    TempDir(PathBuf, io::Error),
    /// `--once`: the sync for this task failed; what C1 was told, or why it could not be told, and
    /// what it failed by.
    #[error("the sync for task {0} failed: {1}")]
    SyncFailed(String, String, Cause),
    /// `--once`: no sync was asked for in time.
    #[error(
        "C1 asked for no sync within {} s; start one in C1, or give a longer --once-timeout",
        .0.as_secs()
    )]
    NoTask(Duration),
    /// `--once`: C1 could not be asked for a sync in time; the last error.
    #[error(
        "C1 could not be asked for a sync within {seconds} s (--once-timeout): {1}{step}",
        seconds = .0.as_secs(), step = .1.next_step()
    )]
    Unreachable(Duration, c1::Error),
}
