//! Settings: command line over environment over file over default, then validated as a whole.
//!
//! [`Inputs::read`] merges the sources and parses the texts; [`Inputs::judge`] asks whether
//! they make sense together. Everything that is wrong is found before anything runs, and is
//! reported at once as one [`Error`].

mod choices;
mod credentials;
mod file;
mod formats;
mod groups;
mod merge;
mod mode;
mod same;
mod settings;
mod telemetry;
mod validate;
mod warnings;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

pub use choices::{HTTP_TIMEOUT_SECONDS, VAULT_PERMISSIONS, words};
pub use settings::{
    Auth, CollectorTls, Grant, Health, Log, LogFormat, LogLevel, Mode, Op, Output, Password,
    Service, Settings, Sync, Telemetry,
};

use super::args::{self, Flags, Given};
use crate::files;
use merge::{Layer, Setting};

/// Variables without a flag that have an effect, but for the sessions of `op`.
const VARIABLES: [&str; 18] = [
    "OP_SERVICE_ACCOUNT_TOKEN",
    "BATON_KEEP_SYNC_COUNT",
    "BATON_SKIP_CLEANUP",
    "BATON_TMPDIR",
    "BATON_DECODER_MAX_DECODED_SIZE_MB",
    "BATON_DECODER_MAX_MEMORY_MB",
    "BATON_DISABLE_FCS_FAIL_FAST",
    "NO_COLOR",
    "CLICOLOR_FORCE",
    "BATON_C1_API_HOST",
    "BATON_HOST_ID",
    "BATON_GET_TASKS",
    "HTTPS_PROXY",
    "https_proxy",
    "NO_PROXY",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
];

/// What is wrong with the settings: one sentence each, all found in one go. Exit code 2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(pub Vec<String>);

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for Error {}

/// What settings depend on outside the command line. It has no `Debug`: variables may be secret.
#[derive(Clone)]
pub struct Surroundings {
    /// Environment variables.
    pub variables: BTreeMap<OsString, OsString>,
    /// The working directory; empty names files relative to it.
    pub folder: PathBuf,
    /// Whether a person can be asked on standard input.
    pub terminal: bool,
    /// Whether standard error is a terminal.
    pub screen: bool,
}

impl Surroundings {
    /// Those of this process.
    pub fn of_process() -> Self {
        let screen = std::io::stderr().is_terminal();
        Self {
            variables: std::env::vars_os().collect(),
            folder: PathBuf::new(),
            terminal: std::io::stdin().is_terminal() && screen,
            screen,
        }
    }

    /// Those of this process without its variables, in a folder that has no configuration file.
    pub fn bare(folder: PathBuf) -> Self {
        Self {
            variables: BTreeMap::new(),
            folder,
            ..Self::of_process()
        }
    }

    fn variable(&self, name: &str) -> Option<&str> {
        let value = self.variables.get(&OsString::from(name))?.to_str()?;
        (!value.is_empty()).then_some(value)
    }

    /// `$XDG_CONFIG_HOME/baton-1password`, else `~/.config/baton-1password`; on Windows `%APPDATA%\baton-1password`.
    fn user_folder(&self) -> Option<PathBuf> {
        let base = files::CONFIG_BASES.iter().find_map(|(name, below)| {
            let folder = self.variables.get(&OsString::from(name))?;
            (!folder.is_empty()).then(|| Path::new(folder).join(below))
        });
        Some(base?.join("baton-1password"))
    }
}

/// The merged sources, parsed but not yet judged.
pub struct Inputs {
    /// Every flag, with defaults filled in.
    pub flags: Flags,
    /// The configuration file that was read.
    pub file: Option<PathBuf>,
    given: Layer,
    findings: Vec<String>,
    surroundings: Surroundings,
}

/// The keys and lines of a configuration file with this content, for `tests/fuzz`.
///
/// # Errors
/// What the user gets to read.
#[cfg(fuzzing)]
pub fn keys_of(path: &std::path::Path, text: &str) -> Result<Vec<(String, usize)>, String> {
    let entries = file::parse(path, text)?.entries.into_iter();
    Ok(entries.map(|(key, entry)| (key, entry.line)).collect())
}

/// One line of the `settings` subcommand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InForce {
    /// The flag's name.
    pub name: String,
    /// The text in force; stars for a secret; `None` when unset without default.
    pub value: Option<String>,
    /// Flag, variable, file and line, or `default`.
    pub origin: String,
}

impl Inputs {
    /// Merges flags, environment and configuration file, and parses every text.
    ///
    /// # Errors
    /// Only when clap refuses its own defaults; everything else becomes a finding.
    pub fn read(given: Vec<Given>, surroundings: Surroundings) -> Result<Self, Error> {
        let mut findings = Vec::new();
        let (names, lists) = args::names();
        let flags = merge::from_flags(given);
        let variables = merge::from_variables(&names, &surroundings.variables);
        let named = [&flags, &variables]
            .into_iter()
            .find_map(|layer| layer.0.get("config"));
        let named = named.and_then(|config| Some((config.texts.last()?.as_str(), &*config.origin)));
        let user = surroundings.user_folder();
        let path = file::find(named, &surroundings.folder, user.as_deref());
        let is_here = |path: &Path| named.is_none() && path.parent() == Some(&surroundings.folder);
        let found = path.and_then(|path| path.as_deref().map(file::read).transpose());
        let file = found.and_then(|file| match file {
            Some(file) if is_here(&file.path) => file::without_program(file).map(Some),
            file => Ok(file),
        });
        let file = file.unwrap_or_else(|finding| {
            findings.push(finding);
            None
        });
        let path = file.as_ref().map(|file| file.path.clone());
        let home = surroundings.variable("HOME");
        let file = file.map(|file| merge::from_file(file, home, &lists, &names, &mut findings));
        let layers = [file.unwrap_or_default(), variables, flags];
        let merged = merge::merge(layers, &mut findings);
        let texts: Vec<Given> = merged
            .iter()
            .map(|(name, setting)| (name.clone(), setting.texts.clone()))
            .collect();
        let (flags, bad) = args::typed(&texts);
        for bad in bad {
            findings.push(refused_value(&bad, merged.get(&bad.flag)));
        }
        let Some(flags) = flags else {
            return Err(Error(findings));
        };
        Ok(Self {
            flags,
            file: path,
            given: Layer(merged),
            findings,
            surroundings,
        })
    }

    /// Where a running connector answers health checks; rules of other settings are not asked.
    ///
    /// # Errors
    /// What was found wrong while reading, or a port out of range.
    pub fn health(&self) -> Result<Health, Error> {
        let mut check = choices::Check {
            inputs: self,
            findings: self.findings.clone(),
        };
        let health = validate::health(&mut check);
        match check.findings.is_empty() {
            true => Ok(health),
            false => Err(Error(check.findings)),
        }
    }

    /// Judges the settings as a whole: they may be used when there is no finding. Findings have a
    /// fixed order.
    pub fn judge(&self) -> (Settings, Vec<String>) {
        validate::settings(self)
    }

    /// Every setting with its value and origin, in the order of `--help`.
    pub fn in_force(&self) -> Vec<InForce> {
        let line = |shown: args::Shown| match self.given.0.get(&shown.name) {
            Some(setting) => InForce {
                value: Some(match shown.kind {
                    args::Kind::Secret => "***".to_owned(),
                    _ if shown.name == "otel-collector-endpoint" => {
                        without_user(&setting.texts.join(","))
                    }
                    _ => setting.texts.join(","),
                }),
                name: shown.name,
                origin: setting.origin.clone(),
            },
            None => InForce {
                name: shown.name,
                value: shown.default,
                origin: "default".to_owned(),
            },
        };
        let names = self.surroundings.variables.keys();
        let sessions = names
            .filter_map(|name| name.to_str())
            .filter(|name| name.starts_with("OP_SESSION"));
        let variables = VARIABLES.into_iter().chain(sessions).filter_map(|name| {
            let value = self.surroundings.variable(name)?;
            Some(InForce {
                name: name.to_owned(),
                value: Some(match name.starts_with("OP_") {
                    true => "***".to_owned(),
                    false => without_user(value),
                }),
                origin: "variable".to_owned(),
            })
        });
        args::shown()
            .into_iter()
            .map(line)
            .chain(variables)
            .collect()
    }

    fn setting(&self, name: &str) -> Option<&Setting> {
        self.given.0.get(name)
    }

    /// Where a setting is given, for messages; the name itself when it has no flag.
    pub fn origin(&self, name: &str) -> String {
        match self.setting(name) {
            Some(setting) => setting.origin.clone(),
            None if name.starts_with(char::is_uppercase) => name.to_owned(),
            None => format!("--{name}"),
        }
    }
}

/// An address without the user and password that may stand in front of its host.
fn without_user(address: &str) -> String {
    match address.rsplit_once('@') {
        Some((before, host)) => {
            let scheme = before.find("://").map_or(0, |at| at + "://".len());
            format!("{}***@{host}", &before[..scheme])
        }
        None => address.to_owned(),
    }
}

/// A finding on a value that its definition refuses. A secret's value is left out, and so is one of a file, where a
/// secret may have been put into the wrong line.
fn refused_value(bad: &args::BadValue, setting: Option<&Setting>) -> String {
    let origin = setting.map_or_else(
        || format!("--{}", bad.flag),
        |setting| setting.origin.clone(),
    );
    let text = setting.and_then(|setting| setting.texts.last());
    let is_filed = origin.contains(", line ");
    match text.filter(|_| !is_filed && !args::is_secret(&bad.flag)) {
        Some(text) => format!("invalid value {text:?} for {origin}: {}", bad.reason),
        None => format!("invalid value for {origin}: {}", bad.reason),
    }
}
