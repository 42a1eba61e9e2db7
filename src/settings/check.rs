//! Findings, collected while values are looked at.

use std::fmt::Display;

use super::flags;
use super::values::Setting;
use super::{Error, Inputs};

/// The inputs, and what is wrong with them so far.
pub(super) struct Check<'a> {
    pub(super) inputs: &'a Inputs,
    pub(super) findings: Vec<String>,
}

impl<'a> Check<'a> {
    /// Begins with what was wrong with the configuration file and the texts of the settings in use.
    pub(super) fn of(inputs: &'a Inputs, is_used: impl Fn(&str) -> bool) -> Self {
        let findings = inputs.findings.iter();
        let findings = findings.filter(|(name, _)| name.is_empty() || is_used(name));
        let findings = findings.map(|(_, sentence)| sentence.clone()).collect();
        Self { inputs, findings }
    }

    /// What was asked for; it may be used when nothing is wrong.
    pub(super) fn end<T>(self, asked: Option<T>) -> Result<T, Error> {
        let asked = asked.filter(|_| self.findings.is_empty());
        asked.ok_or(Error(self.findings))
    }

    /// The value, or a finding with its error.
    pub(super) fn good<T>(&mut self, name: &str, value: Result<T, impl Display>) -> Option<T> {
        let origin = self.inputs.origin(name);
        let push = |error| self.findings.push(format!("{origin}: {error}"));
        value.map_err(push).ok()
    }

    /// Adds a finding on one setting's value.
    pub(super) fn refuse(&mut self, name: &str, value: impl Display, reason: impl Display) {
        let origin = self.inputs.origin(name);
        self.findings
            .push(format!("invalid value \"{value}\" for {origin}: {reason}"));
    }

    /// Adds a finding that one setting makes no sense without another, where it is alone.
    pub(super) fn needs(&mut self, is_alone: bool, name: &str, other: &str) {
        let origin = self.inputs.origin(name);
        let finding = is_alone.then(|| format!("{origin} works only with {other}"));
        self.findings.extend(finding);
    }

    /// Adds a finding that only one of these settings may stand, once.
    pub(super) fn clash(&mut self, names: &[&str]) {
        let finding = format!("give only one of {}", self.inputs.origins(names));
        if !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }

    /// Adds a finding for each of these settings that is set to nothing.
    pub(super) fn not_empty(&mut self, names: &[&str]) {
        let settings = names.iter().filter_map(|name| self.inputs.setting(name));
        for Setting { origin, .. } in settings.filter(|setting| setting.last().is_empty()) {
            self.findings
                .push(format!("{origin} is empty; give a value or leave it out"));
        }
    }

    /// The number, when it lies within the flag's bounds.
    pub(super) fn within(&mut self, name: &str, value: i64) -> u16 {
        let (low, high) = flags::find(name).map_or((0, 0), |flag| flag.bounds);
        let number = u16::try_from(value).ok();
        let number = number.filter(|number| (low..=high).contains(number));
        number.unwrap_or_else(|| {
            let reason = format_args!("use a number from {low} to {high}");
            self.refuse(name, value, reason);
            low
        })
    }

    /// Whether the flag takes this word.
    pub(super) fn takes(&mut self, name: &str, word: &str) -> bool {
        let words = flags::words(name);
        let is_known = words.contains(&word);
        if !is_known {
            self.refuse(name, word, format_args!("use {}", words.join(", ")));
        }
        is_known
    }
}
