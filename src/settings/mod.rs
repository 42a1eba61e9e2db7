//! Settings: command line over environment over file over default, then validated as a whole.
//!
//! [`Inputs::read`] merges the sources and parses the texts; [`Inputs::validated`] asks whether
//! they make sense together. Everything that is wrong is found before anything runs, and is
//! reported at once as one [`Error`].

mod check;
mod environment;
mod file;
mod flag;
pub mod flags;
mod formats;
pub mod grammar;
mod mode;
mod rules;
mod service;
mod sign_in;
mod sources;
mod telemetry;
mod values;
mod warnings;

use std::path::PathBuf;

use opentelemetry_otlp::tonic_types::transport::ClientTlsConfig;
use tracing::Level;

use crate::c1z::{Limits, Retention};
use crate::notice::Notice;
use crate::op;
use crate::sync::Plan;
use flags::Flags;

pub use environment::Surroundings;
pub use sources::Inputs;

/// How to do what the user asked for, checked.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The flags as they were read.
    pub flags: Flags,
    /// How to reach 1Password. A password that is still to be read is empty.
    pub op: op::Settings,
    /// Where a password is still to be read from.
    pub password: Option<Password>,
    /// Bounds on the file that is read.
    pub limits: Limits,
    /// Which of its syncs stay.
    pub retention: Retention,
    /// What a sync reads and writes.
    pub plan: Plan,
    /// Where answers of interrupted syncs are kept; `None` without a home.
    pub state_folder: Option<PathBuf>,
    /// Log records are one JSON object a line, for machines, instead of a line for people.
    pub json_log: bool,
    /// The least serious level that is logged.
    pub log_level: Level,
    /// stderr holds JSON log records and nothing else, so progress and summary are records too.
    pub only_records: bool,
    /// A terminal that says of itself that no line on it can be drawn again (`TERM=dumb`).
    pub dumb: bool,
    /// OpenTelemetry export; `None` when no collector is named.
    pub telemetry: Option<Telemetry>,
    /// What was accepted but deserves a word, in order.
    pub warnings: Vec<Notice>,
}

/// What one run does (service mode wins).
#[derive(Debug)]
pub enum Mode {
    /// Take tasks from C1.
    Serve(Box<crate::service::Settings>),
    /// Make one grant.
    Grant(Grant),
    /// Take one grant back, by its id in the file.
    Revoke(String),
    /// Print the custom actions: none.
    ListActions,
    /// Write a c1z file.
    Sync,
}

/// Who shall receive what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Entitlement id as stored in the file.
    pub entitlement: String,
    /// Id of the receiver, without its type.
    pub principal: String,
    /// Resource type of the receiver.
    pub principal_type: String,
}

/// Where a password is read from when it is not given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Password {
    /// On standard input.
    Stdin,
    /// Asked of the person at the terminal.
    Prompt,
}

/// OpenTelemetry export.
#[derive(Clone, Debug)]
pub struct Telemetry {
    /// `host:port` of the collector.
    pub endpoint: String,
    /// Whom TLS trusts; `None` is talk without it.
    pub tls: Option<ClientTlsConfig>,
    /// Export traces.
    pub traces: bool,
    /// Export log records.
    pub logs: bool,
}

/// What is wrong with the settings: one sentence each, all in one go. Exit code 2.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct Error(pub Vec<String>);

impl From<String> for Error {
    fn from(finding: String) -> Self {
        Self(vec![finding])
    }
}

/// The keys and lines of a configuration file with this content, for `tests/fuzz`.
#[cfg(fuzzing)]
pub fn keys_of(path: &std::path::Path, text: &str) -> Result<Vec<(String, usize)>, String> {
    let rows = file::parse(path, text)?.into_iter();
    Ok(rows.map(|(key, line, _)| (key, line)).collect())
}
