//! Findings, collected while values are looked at.

use std::collections::BTreeSet;
use std::fmt::Display;

use super::{Inputs, flags};

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

    /// The number, when it lies within the flag's bounds.
    pub(super) fn within(&mut self, name: &str, value: i64) -> u16 {
        let (low, high) = flags::find(name).map_or((0, 0), |flag| flag.bounds);
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

    /// Whether the flag takes this word.
    pub(super) fn takes(&mut self, name: &str, word: &str) -> bool {
        let words = flags::find(name).map_or(&[][..], |flag| &flag.words);
        let is_known = words.contains(&word);
        if !is_known {
            self.refuse(name, word, format_args!("use {}", words.join(", ")));
        }
        is_known
    }

    /// `--limit-vault-permissions`: known names, each once.
    pub(super) fn vault_permissions(&mut self) -> Vec<String> {
        let name = "limit-vault-permissions";
        let words = flags::find(name).map_or(&[][..], |flag| &flag.words);
        let names = &self.inputs.flags.limit_vault_permissions;
        let unknown = names.iter().map(String::as_str);
        let unknown: Vec<&str> = unknown.filter(|name| !words.contains(name)).collect();
        if !unknown.is_empty() {
            self.findings.push(format!(
                "invalid vault permission: {} ({}); use {}",
                unknown.join(", "),
                self.inputs.origin(name),
                words.join(", ")
            ));
        }
        unique(names)
    }

    /// `--sync-resource-types`: known types, each once.
    pub(super) fn resource_types(&mut self) -> Vec<String> {
        let names = &self.inputs.flags.sync_resource_types;
        for name in names {
            self.takes("sync-resource-types", name);
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

fn unique(names: &[String]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let new = names.iter().filter(|name| seen.insert(*name));
    new.cloned().collect()
}
