//! The exit codes, and the one match that chooses them.

use crate::cli;

/// Done.
pub const OK: u8 = 0;
/// A fault of ours.
pub const FAULT: u8 = 1;
/// Usage or settings.
pub const USAGE: u8 = 2;
/// `op` missing, too old, or not signed in.
pub const SIGN_IN: u8 = 3;
/// `op` failed or refused.
pub const OP: u8 = 4;
/// The c1z file or its folder.
pub const FILE: u8 = 5;
/// C1: network, credentials, upload, failed task.
pub const C1: u8 = 6;
/// A grant or revoke that was refused or did not take.
pub const PROVISION: u8 = 7;

/// The table as help, manual page and README show it.
pub const TABLE: [(&str, &str); 11] = [
    ("0", "done"),
    ("1", "a fault of the connector itself"),
    ("2", "usage or settings"),
    ("3", "op is missing, too old, or not signed in"),
    ("4", "op failed or refused"),
    ("5", "the c1z file or its folder"),
    ("6", "C1: network, credentials, upload, failed task"),
    ("7", "a grant or revoke that was refused or did not take"),
    ("129", "stopped by SIGHUP"),
    ("130", "stopped by SIGINT (Ctrl-C)"),
    ("143", "stopped by SIGTERM"),
];

/// Whatever ends a run early.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The settings make no sense.
    #[error(transparent)]
    Settings(#[from] cli::config::Error),
    /// Writing the result, or starting, failed.
    #[error("{what}: {error}")]
    Output {
        /// What was tried.
        what: &'static str,
        /// Why it failed.
        error: std::io::Error,
    },
    /// A signal asked the run to end.
    #[error("stopped by {}", .0.name())]
    Stopped(Signal),
}

/// The signals that end a run in good order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Signal {
    Hangup,
    Interrupt,
    Terminate,
}

impl Signal {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hangup => "SIGHUP",
            Self::Interrupt => "SIGINT",
            Self::Terminate => "SIGTERM",
        }
    }

    /// 128 and the signal's number, as shells have it.
    pub fn code(self) -> u8 {
        match self {
            Self::Hangup => 129,
            Self::Interrupt => 130,
            Self::Terminate => 143,
        }
    }
}

impl Failure {
    /// The exit code.
    pub fn code(&self) -> u8 {
        match self {
            Self::Settings(_) => USAGE,
            Self::Output { .. } => FAULT,
            Self::Stopped(signal) => signal.code(),
        }
    }
}
