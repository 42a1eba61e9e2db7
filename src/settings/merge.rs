//! The layers of settings (file, environment, command line) and their merge, nearest first.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fmt;

use super::file::{self, File};
use super::formats::Value;
use crate::settings::args::{self, List};
use crate::settings::words;

/// One setting as a layer gives it: its raw texts, and where they stand.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Setting {
    /// More than one text for a list that was given several times.
    pub texts: Vec<String>,
    /// The flag, the variable, or the file and line.
    pub origin: String,
}

/// All settings of one source, by flag name.
#[derive(Clone, Default)]
pub(super) struct Layer(pub BTreeMap<String, Setting>);

/// Starred: a layer holds secrets.
impl fmt::Debug for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// Merges layers, farthest first: the nearest that gives a setting decides it, lists included.
pub(super) fn merge(layers: [Layer; 3], findings: &mut Vec<String>) -> BTreeMap<String, Setting> {
    let mut merged: BTreeMap<_, _> = layers.into_iter().flat_map(|layer| layer.0).collect();
    merged.retain(|name, Setting { texts, origin }| {
        // Only a path is more than text.
        let is_good = is_path(name) || !texts.iter().any(|text| words::is_odd(text));
        if !is_good {
            findings.push(format!("{origin} is not UTF-8 text"));
        }
        is_good
    });
    merged
}

/// The layer of the command line.
pub(super) fn from_flags(given: Vec<args::FlagTexts>) -> Layer {
    let setting = |(name, texts): args::FlagTexts| {
        let origin = format!("--{name}");
        (name, Setting { texts, origin })
    };
    Layer(given.into_iter().map(setting).collect())
}

/// The layer of the environment. An empty variable counts as unset.
///
/// `BATON_TMPDIR` and `OP_ACCOUNT` stand in for the variables of `--c1z-temp-dir` and `--account`.
pub(super) fn from_variables(
    names: &BTreeSet<String>,
    variables: &BTreeMap<OsString, OsString>,
) -> Layer {
    let mut layer = Layer::default();
    for name in names {
        let mut spellings = vec![args::variable(name)];
        match name.as_str() {
            "c1z-temp-dir" => spellings.push("BATON_TMPDIR".to_owned()),
            "account" => spellings.push("OP_ACCOUNT".to_owned()),
            _ => {}
        }
        let found = spellings.into_iter().find_map(|variable| {
            let value = variables.get(&OsString::from(&variable))?;
            (!value.is_empty()).then_some((variable, value))
        });
        let Some((origin, value)) = found else {
            continue;
        };
        let texts = vec![words::text(value)];
        layer.0.insert(name.clone(), Setting { texts, origin });
    }
    layer
}

/// Whether the setting is a path, by its name.
fn is_path(name: &str) -> bool {
    ["file", "config"].contains(&name)
        || ["-file", "-path", "-dir"]
            .iter()
            .any(|end| name.ends_with(end))
}

/// The path with `~/` spelled out, as a shell does it for flags and variables.
fn at_home(path: String, home: &str) -> String {
    match path.strip_prefix("~/") {
        Some(rest) => format!("{}/{rest}", home.trim_end_matches('/')),
        None => path,
    }
}

/// The layer of the configuration file. Unknown keys and values of the wrong shape are findings.
pub(super) fn from_file(
    file: File,
    home: Option<&str>,
    lists: &BTreeSet<String>,
    names: &BTreeSet<String>,
    findings: &mut Vec<String>,
) -> Layer {
    let mut layer = Layer::default();
    for (name, entry) in file.entries {
        let key = file::shown(&name);
        let origin = format!("{key} in {}, line {}", file.path.display(), entry.line);
        if !names.contains(&name) || name == "config" {
            let near = args::similar(key.trim_end_matches('…'))
                .map(|near| format!("; did you mean {near}?"));
            findings.push(format!("unknown key {origin}{}", near.unwrap_or_default()));
            continue;
        }
        let whole = |text: String| match home.filter(|_| is_path(&name)) {
            Some(home) => at_home(text, home),
            None => text,
        };
        let texts = match entry.value {
            Value::Empty => continue,
            Value::Scalar(text) => vec![whole(text)],
            Value::List(items) if lists.contains(&name) => {
                let items: Vec<String> = items.into_iter().map(whole).collect();
                vec![List::record(&items)]
            }
            Value::List(_) => {
                findings.push(format!("{origin} is a list; it takes one value"));
                continue;
            }
            Value::Other(what) => {
                findings.push(format!("{origin} is {what}, which no setting takes"));
                continue;
            }
        };
        layer.0.insert(name, Setting { texts, origin });
    }
    layer
}
