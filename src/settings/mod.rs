//! Settings: command line over environment over file over default, then validated as a whole.
//!
//! [`Inputs::read`] merges the sources and parses the texts; [`Inputs::validated`] asks whether
//! they make sense together. Everything that is wrong is found before anything runs, and is
//! reported at once as one [`Error`].

pub mod args;
mod choices;
mod credentials;
mod error;
mod file;
mod formats;
mod groups;
mod inputs;
mod merge;
mod mode;
mod same;
mod surroundings;
mod telemetry;
mod types;
mod validate;
mod warnings;
pub mod words;

pub use choices::{HTTP_TIMEOUT_SECONDS, VAULT_PERMISSIONS, completions};
pub use error::Error;
pub use inputs::{InForce, Inputs};
pub use surroundings::Surroundings;
pub use types::{
    Auth, CollectorTls, Grant, Health, Log, LogFormat, LogLevel, Mode, Op, Output, Password,
    Service, Settings, Sync, Telemetry,
};

/// The keys and lines of a configuration file with this content, for `tests/fuzz`.
///
/// # Errors
/// What the user gets to read.
#[cfg(fuzzing)]
pub fn keys_of(path: &std::path::Path, text: &str) -> Result<Vec<(String, usize)>, String> {
    let entries = file::parse(path, text)?.entries.into_iter();
    Ok(entries.map(|(key, entry)| (key, entry.line)).collect())
}
