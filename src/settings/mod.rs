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
mod groups;
mod mode;
mod report;
mod rules;
mod service;
mod sign_in;
mod sources;
mod telemetry;
mod types;
mod values;
mod warnings;

pub use environment::Surroundings;
pub use sources::Inputs;
pub use types::{Grant, Mode, Password, Settings, Telemetry};

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
///
/// # Errors
/// What the user gets to read.
#[cfg(fuzzing)]
pub fn keys_of(path: &std::path::Path, text: &str) -> Result<Vec<(String, usize)>, String> {
    let entries = file::parse(path, text)?.entries.into_iter();
    Ok(entries.map(|(key, (line, _))| (key, line)).collect())
}
