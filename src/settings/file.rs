//! The configuration file: where it is looked for, and its keys with the lines they stand on.

use std::collections::BTreeMap;
use std::io::{Error, Read};
use std::path::{Path, PathBuf};

use super::environment::Surroundings;
use super::formats::{self, Fault, Value};
use super::values::Setting;
use crate::text::unmarked;

/// A file's lines, from 1, and values by key, and the path that names it in messages.
pub(super) struct File {
    pub path: PathBuf,
    pub entries: BTreeMap<String, (usize, Value)>,
}

const EXTENSIONS: [&str; 4] = ["yaml", "yml", "toml", "json"];

/// The file: the named one; else `.baton.*` here; else `config.*` in the user's folder.
///
/// # Errors
/// A sentence with the file, the line when it is known, and what is wrong. File contents are never
/// part of it, since they may be secret.
pub(super) fn find(named: Option<&Setting>, around: &Surroundings) -> Result<Option<File>, String> {
    if let Some(setting) = named {
        let path = Path::new(setting.last());
        return match extension(path).is_some_and(|ext| EXTENSIONS.contains(&ext)) {
            true => read(path).map(Some),
            false => Err(format!(
                "{}: {} is no configuration file; its name must end in .yaml, .yml, .toml or .json",
                setting.origin,
                path.display()
            )),
        };
    }
    let first = |folder: &Path, stem: &str| {
        let paths = EXTENSIONS.map(|ext| folder.join(format!("{stem}.{ext}")));
        let mut paths = paths.into_iter();
        paths.find(|path| path.symlink_metadata().is_ok())
    };
    if let Some(path) = first(&around.folder, ".baton") {
        return without_program(read(&path)?).map(Some);
    }
    let of_user = around.user_folder();
    let of_user = of_user.and_then(|folder| first(&folder, "config"));
    of_user.map(|path| read(&path)).transpose()
}

fn extension(path: &Path) -> Option<&str> {
    path.extension()?.to_str()
}

fn read(path: &Path) -> Result<File, String> {
    match text(path) {
        Ok(text) => parse(path, &text),
        Err(error) => Err(format!("configuration file {}: {error}", path.display())),
    }
}

pub(super) fn parse(path: &Path, text: &str) -> Result<File, String> {
    let rows = match extension(path) {
        Some("toml") => formats::toml(text),
        Some("json") => formats::json(text),
        _ => formats::yaml(text),
    };
    let entries = rows.and_then(by_key).map_err(|(line, why)| {
        let line = (line > 0).then(|| format!(", line {line}"));
        let line = line.unwrap_or_default();
        format!("configuration file {}{line}: {why}", path.display())
    })?;
    Ok(File {
        path: path.to_owned(),
        entries,
    })
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
pub(super) fn printable(key: &str) -> String {
    let is_name = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    match key.find(|c| !is_name(c)) {
        Some(end) => format!("{}…", &key[..end]),
        None => key.to_owned(),
    }
}

/// Refuses that a file which merely lies in the working folder, and may be somebody else's, chooses
/// the program that gets the password.
fn without_program(file: File) -> Result<File, String> {
    match file.entries.get("op-path") {
        Some((line, _)) => Err(format!(
            "op-path in {}, line {line}: a file of the working folder must not choose the program \
             that gets the password; give --op-path, name the file with --config, or put the line \
             into ~/.config/baton-1password/config.yaml",
            file.path.display(),
        )),
        None => Ok(file),
    }
}

fn by_key(rows: Vec<formats::Row>) -> Result<BTreeMap<String, (usize, Value)>, Fault> {
    let mut entries: BTreeMap<String, (usize, Value)> = BTreeMap::new();
    for (key, line, value) in rows {
        let key = key.to_lowercase();
        let name = printable(&key);
        if let Some((first, _)) = entries.insert(key, (line, value)) {
            return Err((line, format!("{name} is already given on line {first}")));
        }
    }
    Ok(entries)
}
