//! Keeps the module tree: who may import whom, how long files may grow, and that each says what it
//! is for.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::support::sources;

/// Each module and what it may import. `a::b` allows that submodule only.
const MAY_IMPORT: [(&str, &[&str]); 19] = [
    ("text", &[]),
    ("files", &[]),
    ("backoff", &[]),
    ("notice", &["text"]),
    ("baton", &["text"]),
    ("secret", &["text"]),
    ("op", &["files", "secret", "backoff", "notice", "text"]),
    ("c1z", &["files", "baton", "notice", "text"]),
    ("c1", &["files", "baton", "secret", "backoff", "text"]),
    (
        "settings",
        &[
            "service",
            "sync",
            "connector::permission",
            "op",
            "c1z",
            "c1",
            "baton",
            "files",
            "secret",
            "notice",
            "text",
        ],
    ),
    (
        "terminal",
        &["settings", "files", "secret", "notice", "text"],
    ),
    (
        "records",
        &["settings", "terminal", "files", "secret", "text"],
    ),
    ("connector", &["op::types", "baton", "text"]),
    (
        "sync",
        &["connector", "op", "c1z", "baton", "notice", "text"],
    ),
    (
        "provision",
        &["connector", "op", "baton", "backoff", "text"],
    ),
    (
        "report",
        &["files", "connector", "c1z", "baton", "notice", "text"],
    ),
    (
        "service",
        &[
            "sync",
            "provision",
            "connector",
            "op",
            "c1z",
            "c1",
            "baton",
            "secret",
            "backoff",
            "notice",
            "text",
        ],
    ),
    (
        "exit",
        &[
            "sync",
            "provision",
            "report",
            "service",
            "op",
            "c1z",
            "c1",
            "settings",
            "terminal",
            "records",
        ],
    ),
    (
        "commands",
        &[
            "files",
            "text",
            "baton",
            "secret",
            "op",
            "c1z",
            "c1",
            "settings",
            "terminal",
            "records",
            "connector",
            "sync",
            "provision",
            "report",
            "service",
            "notice",
            "exit",
        ],
    ),
];

const LONGEST: usize = 600;

fn ours() -> Vec<PathBuf> {
    let generated = |path: &PathBuf| path.starts_with("src/baton/pb");
    sources(Path::new("src"))
        .into_iter()
        .filter(|path| !generated(path))
        .collect()
}

/// `src/op/client.rs` → `op`; `src/exit.rs` → `exit`.
fn module(path: &Path) -> String {
    let first = path
        .strip_prefix("src")
        .unwrap()
        .components()
        .next()
        .unwrap();
    Path::new(&first)
        .file_stem()
        .unwrap()
        .to_string_lossy()
        .into_owned()
}

/// Every `crate::x::y` of a file, as `x` and `x::y`.
fn imports(text: &str) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    let code = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    for line in code {
        for (at, _) in line.match_indices("crate::") {
            if line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_') {
                continue;
            }
            let rest = &line[at + "crate::".len()..];
            if let Some(list) = rest.strip_prefix('{') {
                let inner = list.split('}').next().unwrap_or_default();
                for item in inner.split(',') {
                    found.insert(path(item.trim()));
                }
            } else {
                found.insert(path(rest));
            }
        }
    }
    found
}

fn path(text: &str) -> (String, String) {
    let word = |c: char| !(c.is_alphanumeric() || c == '_');
    let mut parts = text.splitn(2, "::");
    let name = |part: Option<&str>| {
        part.unwrap_or("")
            .split(word)
            .next()
            .unwrap_or("")
            .to_owned()
    };
    let first = name(parts.next());
    let second = name(parts.next());
    (first.clone(), format!("{first}::{second}"))
}

#[test]
fn modules_import_only_what_the_architecture_lists() {
    let mut wrong = Vec::new();
    for file in ours() {
        let module = module(&file);
        if module == "lib" || module == "main" {
            continue;
        }
        let (_, allowed) = MAY_IMPORT
            .iter()
            .find(|(name, _)| *name == module)
            .unwrap_or_else(|| panic!("{}: module is not in the table", file.display()));
        for (first, both) in imports(&std::fs::read_to_string(&file).unwrap()) {
            let ok = first == module
                || allowed.contains(&first.as_str())
                || allowed.contains(&both.as_str());
            if !ok {
                wrong.push(format!(
                    "{}: {module} may not import {both}",
                    file.display()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Where the environment of this process is read, and why anywhere but among the settings.
const READ_ENVIRONMENT: [&str; 3] = [
    "src/settings/environment.rs",
    // `op` inherits a part of it, found by the way it signs in; a copy of all of it would be handed
    // through every room.
    "src/op/environment.rs",
    // The suffixes of programs are the system's, as the search in `PATH` that asks for them is.
    "src/op/system/windows.rs",
];

#[test]
fn only_the_settings_read_the_environment() {
    let reads = |path: &PathBuf| {
        let text = std::fs::read_to_string(path).unwrap();
        ["env::var", "env::{", "env::*"]
            .iter()
            .any(|word| text.contains(word))
    };
    let found: BTreeSet<PathBuf> = ours().into_iter().filter(reads).collect();
    assert_eq!(found, READ_ENVIRONMENT.map(PathBuf::from).into());
}

#[test]
fn the_check_sees_imports() {
    let text =
        "use crate::op::types::User;\nlet x = crate::c1z::Error;\nuse crate::{sync, settings};";
    let first: Vec<String> = imports(text).into_iter().map(|(first, _)| first).collect();
    assert_eq!(first, ["c1z", "op", "settings", "sync"]);
}

#[test]
fn files_say_what_they_are_for_and_stay_short() {
    let tests = sources(Path::new("tests"));
    let written = |path: &PathBuf| !path.starts_with("tests/support/pb");
    for file in ours().into_iter().chain(tests.into_iter().filter(written)) {
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(
            text.starts_with("//! "),
            "{} does not open with its purpose",
            file.display()
        );
        let lines = text.lines().count();
        assert!(lines <= LONGEST, "{} has {lines} lines", file.display());
    }
}

#[test]
fn the_top_level_holds_only_what_was_agreed() {
    let agreed = [
        "Cargo.toml",
        "Cargo.lock",
        "src",
        "proto",
        "tests",
        "fixtures",
        "README.md",
        "LICENSE",
        ".github",
        ".ci",
        ".gitignore",
    ];
    for name in top_level() {
        assert!(
            agreed.contains(&name.as_str()),
            "{name} does not belong there"
        );
    }
}

/// What git tracks, since somebody may live in a clone; all that a package brought where there is
/// no clone.
fn top_level() -> BTreeSet<String> {
    if !Path::new(".git").exists() {
        let entries = std::fs::read_dir(".").unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
        return names.filter(|name| name != "target").collect();
    }
    let tracked = std::process::Command::new("git")
        .args(["ls-files", "-z"])
        .output()
        .unwrap();
    assert!(tracked.status.success());
    let tracked = String::from_utf8(tracked.stdout).unwrap();
    let tops = tracked
        .split_terminator('\0')
        .map(|path| path.split('/').next().unwrap().to_owned());
    let tops: BTreeSet<String> = tops.collect();
    assert!(tops.contains("src"));
    tops
}

#[test]
fn main_is_short() {
    let main = std::fs::read_to_string("src/main.rs").unwrap();
    assert!(main.lines().count() < 40);
}

/// A crate that nothing uses is only weight. One that is named to hold its version says so here.
#[test]
fn every_dependency_is_used() {
    const FOR_ITS_VERSION: [&str; 1] = ["idna_adapter"];
    let manifest = include_str!("../Cargo.toml");
    let (_, rest) = manifest.split_once("\n[dependencies]\n").unwrap();
    let (dependencies, _) = rest.split_once("\n[").unwrap();
    let names = dependencies
        .lines()
        .filter_map(|line| line.split_once(" = "));
    let names: Vec<&str> = names.map(|(name, _)| name.trim()).collect();
    assert!(names.contains(&"tokio") && names.len() > 20, "{names:?}");
    let code: String = sources(Path::new("src"))
        .iter()
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect();
    for name in names
        .into_iter()
        .filter(|name| !FOR_ITS_VERSION.contains(name))
    {
        let name = name.replace('-', "_");
        let is_used = code.match_indices(&*name).any(|(at, _)| {
            let rest = &code[at + name.len()..];
            let before = code[..at].chars().next_back();
            let is_whole = !before.is_some_and(|c| c.is_alphanumeric() || c == '_');
            is_whole && (rest.starts_with("::") || rest.starts_with('!'))
        });
        assert!(is_used, "nothing uses {name}");
    }
}
