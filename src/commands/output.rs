//! Lines for people and questions on standard error, and results on standard output.

use std::io::{self, IsTerminal, Stdout, Write};

use anyhow::Context;

use super::system;
use crate::exit::{self, Failure};
use crate::terminal::prompt;
use crate::text::plain;
use crate::{files, settings};

/// Lines for the user on stderr. They may quote a file or an argument, so control characters are
/// written out. When even this fails there is nobody left to tell.
pub(super) fn complain(text: &str) {
    let mut err = anstream::stderr();
    for line in text.lines() {
        let _ = writeln!(err, "{}", plain(line));
    }
}

/// Help and version go to stdout; a misuse is one line on stderr, and a suggestion if there is one.
pub(super) fn refuse(error: &clap::Error) -> u8 {
    if !error.use_stderr() {
        return match error.print() {
            Ok(()) => exit::OK,
            Err(_) => exit::FAULT,
        };
    }
    let text = error.render().to_string();
    let mut paragraphs = text.split("\n\n");
    let first = paragraphs.next().unwrap_or_default();
    let mut lines = vec![first.split_whitespace().collect::<Vec<_>>().join(" ")];
    let tips = paragraphs.flat_map(str::lines).map(str::trim);
    let tips = tips.filter(|line| line.starts_with("tip:"));
    lines.extend(tips.map(str::to_owned));
    complain(&lines.join("\n"));
    exit::USAGE
}

/// The failure for a command line that cannot be meant.
pub(super) fn misuse(why: impl Into<String>) -> Failure {
    settings::Error::from(why.into()).into()
}

/// Standard output for a result that was asked for; a failure when it is closed.
pub(super) fn stdout() -> Result<Stdout, Failure> {
    match system::stdout_is_closed() {
        false => Ok(io::stdout()),
        true => Err(unwritten(io::Error::other("it is closed"))),
    }
}

pub(super) fn print(text: &str) -> Result<u8, Failure> {
    stdout()?;
    let mut out = anstream::stdout();
    ended(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
}

pub(super) fn print_json(value: &impl serde::Serialize) -> Result<u8, Failure> {
    let json = serde_json::to_string_pretty(value).context("writing JSON")?;
    print(&(json + "\n"))
}

/// How writing to stdout ended. A reader that has seen enough, such as `head`, is no failure.
pub(super) fn ended(written: io::Result<()>) -> Result<u8, Failure> {
    match written {
        Err(error) if !files::is_reader_gone(&error) => Err(unwritten(error)),
        _ => Ok(exit::OK),
    }
}

fn unwritten(error: io::Error) -> Failure {
    let error = anyhow::Error::new(error);
    error.context("writing to standard output").into()
}

/// Refuses what many would feel where nobody can be asked: "nothing was revoked: … asks first".
pub(super) fn can_ask(what: &str) -> Result<(), Failure> {
    match io::stdin().is_terminal() {
        true => Ok(()),
        false => Err(misuse(format!(
            "nothing was revoked: {what} asks first, and nobody is at a terminal; look at it with \
             --dry-run, then give --yes"
        ))),
    }
}

pub(super) async fn ask(question: &str) -> Result<(), Failure> {
    let mut err = anstream::stderr();
    let _ = write!(err, "{} Type yes: ", plain(question));
    let _ = err.flush();
    let answer = prompt::line().await;
    match answer.is_ok_and(|answer| answer.expose().trim().eq_ignore_ascii_case("yes")) {
        true => Ok(()),
        false => Err(misuse("nothing was revoked: the answer was not yes")),
    }
}
