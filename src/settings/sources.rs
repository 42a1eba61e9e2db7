//! The sources of settings, merged and read: command line over environment over file over default.

use std::ffi::OsStr;
use std::path::PathBuf;

use super::environment::{Surroundings, VARIABLES};
use super::file;
use super::flags::{self, Flag, Flags, Kind};
use super::grammar::FlagTexts;
use super::values::{Finding, Layer, Setting};
use crate::text::truth;

/// The merged sources, read but not yet validated.
pub struct Inputs {
    /// Every flag, with defaults filled in.
    pub flags: Flags,
    /// The configuration file that was read.
    pub file: Option<PathBuf>,
    layer: Layer,
    pub(super) findings: Vec<Finding>,
    /// What stands around the command line.
    pub surroundings: Surroundings,
    /// A review is carried out, and typed `--dry-run` and `--yes` say how.
    pub is_review: bool,
}

impl Inputs {
    /// Merges the sources, and reads every text. What is wrong with one becomes a finding.
    pub fn read(typed: Vec<FlagTexts>, surroundings: Surroundings) -> Self {
        let mut findings = Vec::new();
        let typed = typed.into_iter().map(|(name, texts)| {
            let origin = format!("--{name}");
            (name, Setting { texts, origin })
        });
        let typed: Layer = typed.collect();
        let variables = from_variables(&surroundings);
        let named = typed.get("config").or_else(|| variables.get("config"));
        let (file, layer) = file::read(named, &surroundings, &mut findings).unzip();
        // The nearest source that has a setting decides it, lists included.
        let mut layer: Layer = layer.unwrap_or_default();
        layer.extend(variables);
        layer.extend(typed);
        layer.retain(|name, setting| {
            // Only a path is more than text.
            let is_path = flags::find(name).is_some_and(Flag::is_path);
            let is_good = is_path || setting.texts.iter().all(|text| text.to_str().is_some());
            if !is_good {
                let sentence = format!("{} is not UTF-8 text", setting.origin);
                findings.push((name.clone(), sentence));
            }
            is_good
        });
        Self {
            flags: Flags::read(&layer, &mut findings),
            file,
            layer,
            findings,
            surroundings,
            is_review: false,
        }
    }

    /// Name, value and origin of every setting, in the order of `--help`, and of the variables that
    /// have an effect. A secret is stars, and nothing is `-`.
    pub fn in_force(&self) -> Vec<[String; 3]> {
        let accepted = flags::all().iter().filter(|flag| flag.refused.is_none());
        let settings = accepted.map(|flag| {
            let Some(Setting { texts, origin }) = self.setting(&flag.name) else {
                return [&flag.name, flag.default.unwrap_or("-"), "default"].map(str::to_owned);
            };
            let text = texts.join(OsStr::new(",")).to_string_lossy().into_owned();
            let value = match flag.kind {
                Kind::Secret => "***".to_owned(),
                _ if flag.name == "otel-collector-endpoint" => without_user(&text),
                _ => text,
            };
            [flag.name.clone(), value, origin.clone()]
        });
        let names = self.surroundings.variables.keys();
        let names = names.filter_map(|name| name.to_str());
        let sessions = names.filter(|name| name.starts_with("OP_SESSION"));
        let variables = VARIABLES.into_iter().chain(sessions).filter_map(|name| {
            let value = self.surroundings.variable(name)?;
            let value = match name.starts_with("OP_") {
                true => "***".to_owned(),
                false => without_user(value),
            };
            Some([name.to_owned(), value, "variable".to_owned()])
        });
        settings.chain(variables).collect()
    }

    /// Whether a setting stands on the command line.
    pub fn is_typed(&self, name: &str) -> bool {
        let setting = self.setting(name);
        setting.is_some_and(|setting| setting.origin.starts_with("--"))
    }

    pub(super) fn setting(&self, name: &str) -> Option<&Setting> {
        self.layer.get(name)
    }

    /// A setting's text, when it is not empty.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.path(name)?.to_str()
    }

    /// The same of a path.
    pub(super) fn path(&self, name: &str) -> Option<&OsStr> {
        let path = self.setting(name).map(Setting::last);
        path.filter(|path| !path.is_empty())
    }

    /// Where a refused flag asks for something, and why it is refused. An empty text, `false` and
    /// the empty JSON object that the family uses as default ask for nothing.
    pub(super) fn refused(&self, flag: &Flag) -> Option<(&str, &'static str)> {
        let reason = flag.refused?;
        let setting = self.setting(&flag.name)?;
        let is_switch = flag.kind == Kind::Bool || flag.name == "event-feed";
        let is_asked = match setting.last().to_str() {
            Some("") => false,
            Some("{}") => !flag.name.ends_with("-args"),
            Some(text) if is_switch => truth(text) != Some(false),
            _ => true,
        };
        is_asked.then_some((&setting.origin, reason))
    }

    /// Where a setting stands, for messages; the name itself when it has no flag.
    pub(super) fn origin(&self, name: &str) -> String {
        match self.setting(name) {
            Some(setting) => setting.origin.clone(),
            None if name.starts_with(char::is_uppercase) => name.to_owned(),
            None => format!("--{name}"),
        }
    }

    /// The same for several.
    pub(super) fn origins(&self, names: &[&str]) -> String {
        let origins: Vec<String> = names.iter().map(|name| self.origin(name)).collect();
        origins.join(" and ")
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

/// The settings of the environment. An empty variable counts as unset. `BATON_TMPDIR` and
/// `OP_ACCOUNT` stand in for the variables of `--c1z-temp-dir` and `--account`.
fn from_variables(surroundings: &Surroundings) -> Layer {
    let setting = |flag: &Flag| {
        let other = match &*flag.name {
            "c1z-temp-dir" => Some("BATON_TMPDIR".to_owned()),
            "account" => Some("OP_ACCOUNT".to_owned()),
            _ => None,
        };
        let mut spellings = [flag.variable()].into_iter().chain(other);
        let (origin, text) = spellings.find_map(|name| {
            let text = surroundings.variables.get(OsStr::new(&name))?.clone();
            (!text.is_empty()).then_some((name, text))
        })?;
        let texts = vec![text];
        Some((flag.name.clone(), Setting { texts, origin }))
    };
    flags::all().iter().filter_map(setting).collect()
}
