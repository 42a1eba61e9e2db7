//! What no sane `op` answers. It is told in one line or takes its documented place; the old file
//! stays whole when the sync fails, nothing is left behind, and what could not be read never looks
//! like "nobody has access".

mod answers;
mod ids;
mod limits;
mod rows;
mod terminal;

use std::path::Path;

use super::world::with_answers;
use crate::support::{Run, Sandbox};

const TEAM: &str = "gteam00000000000000000000a";
const PROD: &str = "vprod00000000000000000000a";
const ALICE: &str = "UALICE0000000000000000000A";

/// The small golden tenant, synced once, so that there is a file to lose.
fn synced_once() -> Sandbox {
    let sandbox = with_answers(&[
        ("connect_server_list", "[]"),
        ("connect_token_list", "[]"),
        ("vault_list_--permission=manage_vault", "[]"),
    ]);
    assert_eq!(sandbox.run(&[]).code, Some(0));
    sandbox
}

/// Gives one answer another text.
fn answer(sandbox: &Sandbox, name: &str, text: impl AsRef<[u8]>) {
    sandbox.write(format!("bin/answers/{name}.json"), text);
}

/// Runs a sync that must fail with this code in one line, and leave the old file and nothing else
/// behind.
fn refused(sandbox: &Sandbox, code: i32) -> Run {
    let file = sandbox.path("work/sync.c1z");
    let before = std::fs::read(&file).unwrap();
    let run = sandbox.run(&[]);
    assert_eq!(run.code, Some(code), "{}", run.stderr);
    let errors = run.stderr.lines().filter(|line| line.starts_with("error:"));
    assert_eq!(errors.count(), 1, "{}", run.stderr);
    assert!(run.last_line().starts_with("error:"), "{}", run.stderr);
    assert!(
        std::fs::read(&file).unwrap() == before,
        "the old file changed"
    );
    assert_eq!(files(&sandbox.path("work")), ["sync.c1z"]);
    sandbox.assert_clean();
    run
}

fn files(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap().flatten();
    entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect()
}

/// Fails when a printed text holds a character that acts on a terminal instead of standing in it.
fn assert_harmless(text: &str) {
    let acts = |c: char| {
        let directs = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        let hidden = matches!(
            c,
            '\u{200b}' | '\u{2028}' | '\u{2029}' | '\u{2060}' | '\u{feff}'
        );
        // The console format of logs has tabs of its own.
        directs || hidden || c.is_control() && !matches!(c, '\n' | '\t')
    };
    assert!(!text.contains(acts), "{text:?}");
}
