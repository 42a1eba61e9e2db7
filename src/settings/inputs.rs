//! The sources of settings, merged and parsed: command line over environment over file over default.

use std::path::{Path, PathBuf};

use super::args::{self, FlagTexts, Flags};
use super::error::Error;
use super::file;
use super::merge::{self, Layer, Setting};
use super::surroundings::{Surroundings, VARIABLES};

/// The merged sources, parsed but not yet validated.
pub struct Inputs {
    /// Every flag, with defaults filled in.
    pub flags: Flags,
    /// The configuration file that was read.
    pub file: Option<PathBuf>,
    given: Layer,
    pub(super) findings: Vec<String>,
    pub(super) surroundings: Surroundings,
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
    pub fn read(given: Vec<FlagTexts>, surroundings: Surroundings) -> Result<Self, Error> {
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
        let texts: Vec<FlagTexts> = merged
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

    pub(super) fn setting(&self, name: &str) -> Option<&Setting> {
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
pub(super) fn without_user(address: &str) -> String {
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
