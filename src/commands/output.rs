//! Lines for people on standard error, and results on standard output.

use std::io::Write;

use anyhow::Context;

use super::system;
use crate::exit::{self, Failure};
use crate::files;
use crate::text::plain;

/// Lines for the user on stderr. They may quote a file or an argument, so control characters are
/// written out. When even this fails there is nobody left to tell.
pub(super) fn complain(text: &str) {
    let mut err = anstream::stderr();
    for line in text.lines() {
        let _ = writeln!(err, "{}", plain(line));
    }
}

/// Standard output for a result that was asked for.
///
/// # Errors
/// When it is closed.
pub(super) fn stdout() -> Result<std::io::Stdout, Failure> {
    match system::stdout_is_closed() {
        false => Ok(std::io::stdout()),
        true => Err(unwritten(std::io::Error::other("it is closed"))),
    }
}

/// Prints a result on stdout. A reader that has seen enough, such as `head`, is no failure.
///
/// # Errors
/// Any other failure to write.
pub(super) fn print(text: &str) -> Result<u8, Failure> {
    stdout()?;
    let mut out = anstream::stdout();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    match written {
        Err(error) if !files::is_reader_gone(&error) => Err(unwritten(error)),
        _ => Ok(exit::OK),
    }
}

/// The failure for standard output that does not take what was asked for.
pub(super) fn unwritten(error: std::io::Error) -> Failure {
    let error = anyhow::Error::new(error);
    error.context("writing to standard output").into()
}

/// Prints a value as indented JSON.
pub(super) fn print_json(value: &impl serde::Serialize) -> Result<u8, Failure> {
    let json = serde_json::to_string_pretty(value).context("writing JSON")?;
    print(&(json + "\n"))
}
