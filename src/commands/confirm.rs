//! The question before what many people would feel: asked once, at a terminal only.

use std::io::{self, IsTerminal, Write};

use super::output::misuse;
use crate::exit::Failure;
use crate::terminal::prompt;
use crate::text::plain;

/// Refuses what has to be asked for where nobody can be. `what` completes "nothing was revoked: …
/// asks first".
pub(super) fn can_ask(what: &str) -> Result<(), Failure> {
    match io::stdin().is_terminal() {
        true => Ok(()),
        false => Err(misuse(format!(
            "nothing was revoked: {what} asks first, and nobody is at a terminal; look at it with \
             --dry-run, then give --yes"
        ))),
    }
}

/// Asks; any answer but yes is a failure.
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
