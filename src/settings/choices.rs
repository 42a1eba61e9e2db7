//! Settings whose value must be one of a few words, or lie between bounds.

use std::collections::BTreeSet;
use std::fmt::Display;

use super::{Inputs, LogFormat, LogLevel};

/// The legal names of `--limit-vault-permissions`.
pub const VAULT_PERMISSIONS: [&str; 16] = [
    "member",
    "allow_viewing",
    "allow_editing",
    "allow_managing",
    "view_items",
    "create_items",
    "edit_items",
    "archive_items",
    "delete_items",
    "view_and_copy_passwords",
    "view_item_history",
    "import_items",
    "export_items",
    "copy_and_share_items",
    "print_items",
    "manage_vault",
];

/// Bounds of `--http-timeout-seconds`.
pub const HTTP_TIMEOUT_SECONDS: (u16, u16) = (1, 1800);

const RESOURCE_TYPES: [&str; 5] = ["account", "group", "project", "user", "vault"];

/// `--auth-type`, and whether it is a service account.
pub(super) const AUTH_TYPES: [(&str, bool); 2] = [("user", false), ("service", true)];

/// `--summary-format`, and whether it is JSON.
pub(super) const SUMMARY_FORMATS: [(&str, bool); 2] = [("text", false), ("json", true)];

const LOG_FORMATS: [(&str, LogFormat); 2] =
    [("json", LogFormat::Json), ("console", LogFormat::Console)];

/// The levels, then other words for them; the three Go levels above error mean error.
const LOG_LEVELS: [(&str, LogLevel); 8] = [
    ("debug", LogLevel::Debug),
    ("info", LogLevel::Info),
    ("warn", LogLevel::Warn),
    ("error", LogLevel::Error),
    ("warning", LogLevel::Warn),
    ("dpanic", LogLevel::Error),
    ("panic", LogLevel::Error),
    ("fatal", LogLevel::Error),
];

/// The words that a flag takes, for completion; none when it takes other texts too.
pub fn completions(flag: &str) -> Vec<&'static str> {
    fn names<T>(words: &[(&'static str, T)]) -> Vec<&'static str> {
        words.iter().map(|(word, _)| *word).collect()
    }
    match flag {
        "auth-type" => names(&AUTH_TYPES),
        "log-format" => names(&LOG_FORMATS),
        "log-level" => names(&LOG_LEVELS[..4]),
        "summary-format" => names(&SUMMARY_FORMATS),
        "sync-resource-types" => RESOURCE_TYPES.to_vec(),
        "limit-vault-permissions" => VAULT_PERMISSIONS.to_vec(),
        "storage-engine" => vec!["sqlite"],
        _ => Vec::new(),
    }
}

/// Collects findings while values are read.
pub(super) struct Check<'a> {
    pub inputs: &'a Inputs,
    pub findings: Vec<String>,
}

impl Check<'_> {
    /// Adds a finding on one setting's value.
    pub(super) fn refuse(&mut self, name: &str, value: impl Display, reason: impl Display) {
        let origin = self.inputs.origin(name);
        self.findings
            .push(format!("invalid value \"{value}\" for {origin}: {reason}"));
    }

    /// Adds a finding that one setting makes no sense without another.
    pub(super) fn needs(&mut self, name: &str, other: &str) {
        let origin = self.inputs.origin(name);
        self.findings
            .push(format!("{origin} works only with {other}"));
    }

    /// Adds a finding when a setting is given as nothing.
    pub(super) fn not_empty(&mut self, name: &str) {
        let texts = self
            .inputs
            .setting(name)
            .map(|setting| setting.texts.as_slice());
        if texts.is_some_and(|texts| texts.iter().all(String::is_empty)) {
            let origin = self.inputs.origin(name);
            self.findings
                .push(format!("{origin} is empty; give a value or leave it out"));
        }
    }

    /// The number, when it lies within the bounds.
    pub(super) fn within(&mut self, name: &str, value: i64, (low, high): (u16, u16)) -> u16 {
        match u16::try_from(value) {
            Ok(number) if (low..=high).contains(&number) => number,
            _ => {
                self.refuse(
                    name,
                    value,
                    format_args!("use a number from {low} to {high}"),
                );
                low
            }
        }
    }

    /// The value that belongs to a word.
    pub(super) fn one_of<T: Copy>(
        &mut self,
        name: &str,
        word: &str,
        words: &[(&str, T)],
    ) -> Option<T> {
        let found = words.iter().find(|(known, _)| *known == word);
        if found.is_none() {
            let known: Vec<&str> = words.iter().map(|(known, _)| *known).collect();
            self.refuse(name, word, format_args!("use {}", known.join(", ")));
        }
        found.map(|(_, value)| *value)
    }

    /// `--log-level`, in any case.
    pub(super) fn log_level(&mut self, word: &str) -> LogLevel {
        self.one_of("log-level", &word.to_lowercase(), &LOG_LEVELS)
            .unwrap_or(LogLevel::Info)
    }

    /// `--log-format`; nothing leaves the choice to the terminal.
    pub(super) fn log_format(&mut self, word: Option<&str>) -> Option<LogFormat> {
        self.one_of("log-format", word?, &LOG_FORMATS)
    }

    /// `--limit-vault-permissions`: known names, each once.
    pub(super) fn vault_permissions(&mut self, names: Vec<String>) -> Vec<String> {
        let known = |name: &&String| VAULT_PERMISSIONS.contains(&name.as_str());
        let unknown: Vec<&str> = names
            .iter()
            .filter(|name| !known(name))
            .map(String::as_str)
            .collect();
        if !unknown.is_empty() {
            self.findings.push(format!(
                "invalid vault permission: {} ({}); use {}",
                unknown.join(", "),
                self.inputs.origin("limit-vault-permissions"),
                VAULT_PERMISSIONS.join(", ")
            ));
        }
        unique(names)
    }

    /// `--sync-resource-types`: known types, each once.
    pub(super) fn resource_types(&mut self, names: Vec<String>) -> Vec<String> {
        for name in names
            .iter()
            .filter(|name| !RESOURCE_TYPES.contains(&name.as_str()))
        {
            self.refuse(
                "sync-resource-types",
                name,
                format_args!("use {}", RESOURCE_TYPES.join(", ")),
            );
        }
        unique(names)
    }

    /// `--storage-engine`: the one container that is written.
    pub(super) fn storage_engine(&mut self, word: Option<&str>) {
        match word {
            None | Some("" | "sqlite") => {}
            Some("pebble") => self.refuse(
                "storage-engine",
                "pebble",
                "this connector writes the sqlite container, which every baton reads; use sqlite or leave it out",
            ),
            Some(other) => self.refuse("storage-engine", other, "use sqlite"),
        }
    }
}

fn unique(names: Vec<String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    names
        .into_iter()
        .filter(|name| seen.insert(name.clone()))
        .collect()
}
