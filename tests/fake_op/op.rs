//! A stand-in for the 1Password CLI.
//!
//! It is told what to be by a JSON file beside the path it was called by: `/tmp/x/op` reads
//! `/tmp/x/op.json`, the *world*; so does `op.exe` on Windows. It needs no environment variable,
//! because the connector clears the environment of its children. All paths in a world are relative
//! to its folder. Every key is optional:
//!
//! | key | meaning |
//! |---|---|
//! | `version` | what `--version` prints; default `2.31.0`; `null`: an unknown flag |
//! | `log` | a file that gets two JSON lines a call, see `log.rs` |
//! | `latency_ms` | every call but `--version` takes this long |
//! | `delays` | `{"seed": 7, "most_ms": 20}`: every call waits by chance, before it is carried out and before it answers |
//! | `answers` | a folder of canned answers, see `canned.rs` |
//! | `tenant` | a JSON file with a whole account that grants and revokes change, see `tenant.rs` |
//! | `sign_in` | who may sign in and what data calls need, see `sign_in.rs` |
//! | `faults` | what goes wrong, see `faults.rs` |

#![allow(clippy::expect_used, clippy::exit)]

mod access;
mod canned;
mod faults;
mod log;
mod people;
mod sign_in;
mod system;
mod tenant;
mod world;

use std::io::{IsTerminal, Read, Write};
use std::process::exit;

use world::World;

/// How a call ends: what is left to print, and the exit code.
pub(crate) struct Ending {
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
    pub(crate) code: i32,
}

impl Ending {
    /// Success.
    pub(crate) fn printing(stdout: impl Into<Vec<u8>>) -> Self {
        Self {
            stdout: stdout.into(),
            stderr: String::new(),
            code: 0,
        }
    }

    /// A failure, worded as `op` words it.
    pub(crate) fn error(code: i32, message: &str) -> Self {
        Self {
            stdout: Vec::new(),
            stderr: format!("[ERROR] 2026/11/23 08:01:02 {message}\n"),
            code,
        }
    }
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let world = World::load();
    let _alive = system::announce(&world);
    if words == [faults::HELPER] {
        faults::linger();
    }
    let call = log::Call::begin(&world, &words);
    let input = read_input();
    world.delay(&words);
    let ending = run(&world, &words, &input);
    world.delay(&words);
    let _ = std::io::stderr().write_all(ending.stderr.as_bytes());
    let mut stdout = std::io::stdout();
    let _ = stdout
        .write_all(&ending.stdout)
        .and_then(|()| stdout.flush());
    call.end(&world, &input, ending.code);
    exit(ending.code);
}

/// Everything on standard input; a connector that leaves it open without feeding it makes this
/// hang.
fn read_input() -> String {
    let mut input = Vec::new();
    let mut stdin = std::io::stdin();
    if !stdin.is_terminal() {
        let _ = stdin.read_to_end(&mut input);
    }
    String::from_utf8_lossy(&input).into_owned()
}

fn run(world: &World, words: &[String], input: &str) -> Ending {
    let answer = || answer(world, words, input);
    faults::apply(world, words, answer).unwrap_or_else(answer)
}

fn answer(world: &World, words: &[String], input: &str) -> Ending {
    let plain = world::plain(words);
    let words: Vec<&str> = plain.iter().map(String::as_str).collect();
    if words == ["--version"] {
        return version(world);
    }
    if let Some(ending) = sign_in::answer(world, &words, input) {
        return ending;
    }
    if let Some(refusal) = sign_in::refusal(world) {
        return refusal;
    }
    if let Some(ending) = canned::answer(world, &words) {
        return ending;
    }
    if let Some(ending) = people::answer(world, &words, input) {
        return ending;
    }
    if let Some(ending) = tenant::answer(world, &words) {
        return ending;
    }
    if words.contains(&"grant") || words.contains(&"revoke") {
        return Ending::printing("");
    }
    Ending::error(
        1,
        &format!("unknown command {:?} for \"op\"", words.join(" ")),
    )
}

fn version(world: &World) -> Ending {
    match world.value("version") {
        None => Ending::printing("2.31.0\n"),
        Some(version) if version.is_null() => Ending::error(1, "unknown flag: --version"),
        Some(version) => Ending::printing(format!("{}\n", version.as_str().unwrap_or_default())),
    }
}
