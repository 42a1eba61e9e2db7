//! `demo`: a sync and a report of an invented company, to try an installed program at once. Its `op`
//! is this program: called by the name [`OP`], it answers from what is in the binary.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::exit::{self, Failure};
use crate::settings::grammar::{self, FlagTexts};
use crate::settings::{Inputs, Surroundings};

/// The answers of `fixtures/demo/answers`: a JSON object of file names and texts, compressed.
const ANSWERS: &[u8] = include_bytes!("../../fixtures/demo/answers.json.zst");
/// What this program is called while it plays `op`.
const OP: &str = "baton-1password-demo-op";
const STARTING: &str = "starting the demo";
const FILE: &str = "demo.c1z";
const PAGE: &str = "demo.html";

/// Syncs into [`FILE`] and reports on it in [`PAGE`], both in the working folder.
pub(super) fn run() -> Result<u8, Failure> {
    let folder = tempfile::tempdir().context(STARTING)?;
    let op = folder.path().join(OP);
    let op = op.with_extension(std::env::consts::EXE_EXTENSION);
    let program = std::env::current_exe().context(STARTING)?;
    super::system::link(&program, &op).context(STARTING)?;
    let flag = |name: &str, value: &Path| -> FlagTexts { (name.to_owned(), vec![value.into()]) };
    let typed = vec![
        flag("op-path", &op),
        flag("file", Path::new(FILE)),
        flag("resume-window", Path::new("0")),
    ];
    // No settings of this machine but what its terminal is.
    let mut around = Surroundings::of_process();
    around.variables.retain(|name, _| name == "TERM");
    around.folder = folder.path().to_owned();
    let inputs = Inputs::read(typed, around);
    let code = super::mode::run(&inputs, &mut None)?;
    if code != exit::OK {
        return Ok(code);
    }
    let page = grammar::Report {
        html: Some(PathBuf::from(PAGE)),
        ..grammar::Report::default()
    };
    super::report::run(&page, &inputs)?;
    let next = format!("Open {PAGE} in a browser. Then unlock 1Password and run: baton-1password");
    super::output::complain(&next);
    Ok(exit::OK)
}

pub(super) fn is_op(name: &OsString) -> bool {
    Path::new(name).file_stem().is_some_and(|stem| stem == OP)
}

/// Answers as `op` over the invented company; grants and revocations are refused.
pub(super) fn play(words: impl Iterator<Item = OsString>) -> u8 {
    let words = words.map(|word| word.to_string_lossy().into_owned());
    let words: Vec<_> = words.filter(|word| !word.starts_with("--format")).collect();
    let answers = zstd::decode_all(ANSWERS).unwrap_or_default();
    let answers: BTreeMap<String, String> = serde_json::from_slice(&answers).unwrap_or_default();
    let answer = match words.join("_").as_str() {
        "--version" => Some("2.31.0\n".to_owned()),
        name => answers.get(&format!("{name}.json")).cloned(),
    };
    if let Some(answer) = answer {
        return super::output::print(&answer).unwrap_or(exit::FAULT);
    }
    let words = words.join(" ");
    super::output::complain(&format!("[ERROR] the demo has no answer for: op {words}"));
    exit::FAULT
}
