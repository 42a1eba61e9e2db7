//! The configuration file: where it is looked for, and the settings in it.

use std::collections::BTreeMap;
use std::io::{Error, Read};
use std::path::{Path, PathBuf};

use super::environment::Surroundings;
use super::flags::{self, Flag, Kind, similar};
use super::formats::{self, Fault, Row, Value};
use super::values::{Finding, Layer, Setting, record};
use crate::text::unmarked;

const EXTENSIONS: [&str; 4] = ["yaml", "yml", "toml", "json"];

/// Path and settings of the file: the named one; else `.baton.*` here; else `config.*` in the
/// user's folder. What is wrong is a finding.
pub(super) fn read(
    named: Option<&Setting>,
    around: &Surroundings,
    findings: &mut Vec<Finding>,
) -> Option<(PathBuf, Layer)> {
    let first = |folder: &Path, stem: &str| {
        let paths = EXTENSIONS.map(|ext| folder.join(format!("{stem}.{ext}")));
        let mut paths = paths.into_iter();
        paths.find(|path| path.symlink_metadata().is_ok())
    };
    let of_user = || first(&around.user_folder()?, "config");
    let path = match named {
        Some(setting) => setting.last().into(),
        None => first(&around.folder, ".baton").or_else(of_user)?,
    };
    let rows = rows(named, &path);
    let fault = |sentence| findings.push((String::new(), sentence));
    let rows = rows.map_err(fault).ok()?;
    let layer = layer(rows, &path, around.variable("HOME"), findings);
    Some((path, layer))
}

/// What stands in the file, or what is wrong where, without file contents: they may be secret.
fn rows(named: Option<&Setting>, path: &Path) -> Result<Vec<Row>, String> {
    let name = path.display();
    if let Some(setting) = named.filter(|_| !EXTENSIONS.contains(&extension(path))) {
        return Err(format!(
            "{}: {name} is no configuration file; its name must end in .yaml, .yml, .toml or .json",
            setting.origin
        ));
    }
    let text = text(path).map_err(|error| format!("configuration file {name}: {error}"))?;
    let rows = parse(path, &text)?;
    // A file that merely lies in the working folder may be somebody else's.
    let is_found = named.is_none() && path.file_stem().is_some_and(|stem| stem == ".baton");
    match rows.iter().find(|(key, ..)| is_found && key == "op-path") {
        Some((_, line, _)) => Err(format!(
            "op-path in {name}, line {line}: a file of the working folder must not choose the \
             program that gets the password; give --op-path, name the file with --config, or put \
             the line into ~/.config/baton-1password/config.yaml"
        )),
        None => Ok(rows),
    }
}

/// The rows of a file with this content, each key once, in lower case.
pub(super) fn parse(path: &Path, text: &str) -> Result<Vec<Row>, String> {
    let rows = match extension(path) {
        "toml" => formats::toml(text),
        "json" => formats::json(text),
        _ => formats::yaml(text),
    };
    rows.and_then(once).map_err(|(line, why)| {
        let line = (line > 0).then(|| format!(", line {line}"));
        let line = line.unwrap_or_default();
        format!("configuration file {}{line}: {why}", path.display())
    })
}

fn extension(path: &Path) -> &str {
    let end = path.extension().and_then(|end| end.to_str());
    end.unwrap_or_default()
}

fn once(mut rows: Vec<Row>) -> Result<Vec<Row>, Fault> {
    let mut lines = BTreeMap::new();
    for (key, line, _) in &mut rows {
        *key = key.to_lowercase();
        if let Some(first) = lines.insert(key.clone(), *line) {
            let name = printable(key);
            return Err((*line, format!("{name} is already given on line {first}")));
        }
    }
    Ok(rows)
}

/// No file of settings or certificates is longer, in bytes.
const LONGEST: u64 = 1 << 20;

/// The text of a file that a setting names or that lies where settings are looked for. A pipe would
/// be waited for, and a device might never end.
pub(super) fn text(path: &Path) -> std::io::Result<String> {
    if !path.metadata()?.is_file() {
        return Err(Error::other("it is not a regular file"));
    }
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path)?;
    file.take(LONGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LONGEST {
        return Err(Error::other("it is longer than 1 MiB"));
    }
    let text = String::from_utf8(bytes).map_err(|_| Error::other("it is not UTF-8 text"))?;
    Ok(unmarked(&text).to_owned())
}

/// A key as messages show it: as far as it is written like one. What follows may be a value, such
/// as that of `password:secret`, which YAML takes for a key.
fn printable(key: &str) -> String {
    let is_name = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    match key.find(|c| !is_name(c)) {
        Some(end) => format!("{}…", &key[..end]),
        None => key.to_owned(),
    }
}

/// The settings of a file. Unknown keys, and values of the wrong shape, are findings.
pub(super) fn layer(
    rows: Vec<Row>,
    path: &Path,
    home: Option<&str>,
    findings: &mut Vec<Finding>,
) -> Layer {
    let mut layer = Layer::default();
    for (name, line, value) in rows {
        let key = printable(&name);
        let origin = format!("{key} in {}, line {line}", path.display());
        let flag = flags::find(&name).filter(|_| name != "config");
        // The path with `~/` spelled out, as a shell does it for flags and variables.
        let home = home.filter(|_| flag.is_some_and(Flag::is_path));
        let whole = |text: String| match (home, text.strip_prefix("~/")) {
            (Some(home), Some(rest)) => format!("{}/{rest}", home.trim_end_matches('/')),
            _ => text,
        };
        let text = match (flag, value) {
            (None, _) => {
                let near = similar(key.trim_end_matches('…'));
                let near = near.map(|near| format!("; did you mean {near}?"));
                Err(format!("unknown key {origin}{}", near.unwrap_or_default()))
            }
            (_, Value::Empty) => continue,
            (_, Value::Scalar(text)) => Ok(whole(text)),
            (Some(flag), Value::List(items)) if flag.kind == Kind::List => {
                Ok(record(&items.into_iter().map(whole).collect::<Vec<_>>()))
            }
            (_, Value::List(_)) => Err(format!("{origin} is a list; it takes one value")),
            (_, Value::Other) => Err(format!(
                "{origin} is or holds something else than a value, such as a map; give a value, or a \
                 list of values"
            )),
        };
        match text {
            Ok(text) => {
                let texts = vec![text.into()];
                layer.insert(name, Setting { texts, origin });
            }
            Err(sentence) => findings.push((name, sentence)),
        }
    }
    layer
}
