//! Reads a password: from standard input, or from the person at the terminal, without echo.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::config::{Error, Password};
use crate::secret::Secret;

/// The password itself. `whose` completes the sentence "Password of …".
///
/// Dropping the future ends a prompt and restores the terminal.
///
/// # Errors
/// When standard input gives no password.
pub async fn password(from: &Password, whose: &str) -> Result<Secret, Error> {
    let text = match from {
        Password::Given(secret) => return Ok(secret.clone()),
        Password::Stdin => line().await,
        Password::Prompt => from_terminal(format!("Password of {whose}: ")).await,
    };
    let fault = |why: String| Error(vec![format!("no password on standard input: {why}")]);
    let secret = text.map_err(|error| fault(error.to_string()))?;
    match secret.is_empty() {
        true => Err(fault("it is empty".to_owned())),
        false => Ok(secret),
    }
}

/// The first line of standard input.
///
/// # Errors
/// The input cannot be read, or the line is longer than any secret.
pub async fn line() -> io::Result<Secret> {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    // A thread of its own: nothing waits for it when the run is stopped before the input ends.
    std::thread::spawn(move || {
        let _ = sender.send(Secret::of_first_line(io::stdin().lock()));
    });
    receiver
        .await
        .unwrap_or_else(|_| Err(io::ErrorKind::UnexpectedEof.into()))
}

/// Raised when the prompt is no longer wanted.
struct Unwanted(Arc<AtomicBool>);

impl Drop for Unwanted {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

async fn from_terminal(prompt: String) -> io::Result<Secret> {
    let unwanted = Unwanted(Arc::default());
    let flag = Arc::clone(&unwanted.0);
    let asked = tokio::task::spawn_blocking(move || terminal::ask(&prompt, &flag));
    asked
        .await
        .unwrap_or_else(|error| Err(io::Error::other(error)))
}

#[cfg(unix)]
mod terminal {
    //! A line without echo, given up within a tenth of a second.

    use rustix::termios::{
        LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr,
    };

    use super::{AtomicBool, Ordering, Secret, Write, io};
    use crate::secret::LONGEST;

    /// Restores the terminal when dropped.
    struct Restore(Termios);

    impl Drop for Restore {
        fn drop(&mut self) {
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.0);
            let _ = writeln!(io::stderr());
        }
    }

    pub(super) fn ask(prompt: &str, unwanted: &AtomicBool) -> io::Result<Secret> {
        let before = tcgetattr(io::stdin())?;
        let mut silent = before.clone();
        // Without line mode a read comes back after a tenth of a second at the latest.
        silent
            .local_modes
            .remove(LocalModes::ECHO | LocalModes::ICANON);
        silent.special_codes[SpecialCodeIndex::VMIN] = 0;
        silent.special_codes[SpecialCodeIndex::VTIME] = 1;
        let restore = Restore(before);
        tcsetattr(io::stdin(), OptionalActions::Flush, &silent)?;
        write!(io::stderr(), "{prompt}")?;
        let line = line(unwanted);
        drop(restore);
        line
    }

    fn line(unwanted: &AtomicBool) -> io::Result<Secret> {
        let mut line = zeroize::Zeroizing::new(Vec::new());
        let mut byte = [0];
        while !unwanted.load(Ordering::Relaxed) {
            if rustix::io::read(io::stdin(), &mut byte)? == 0 {
                continue;
            }
            match byte[0] {
                b'\r' | b'\n' => {
                    let text = std::str::from_utf8(&line).map_err(io::Error::other)?;
                    return Ok(Secret::new(text.to_owned()));
                }
                END if line.is_empty() => break,
                KILL => line.clear(),
                BACKSPACE | DELETE => while line.pop().is_some_and(|last| last & 0xC0 == 0x80) {},
                _ if line.len() as u64 == LONGEST => {
                    return Err(io::Error::other("it is too long"));
                }
                other => line.push(other),
            }
        }
        Err(io::ErrorKind::UnexpectedEof.into())
    }

    const END: u8 = 0x04;
    const BACKSPACE: u8 = 0x08;
    const KILL: u8 = 0x15;
    const DELETE: u8 = 0x7F;
}

#[cfg(not(unix))]
mod terminal {
    //! No prompt here: the settings ask for one on Unix only.

    use super::{AtomicBool, Secret, io};

    pub(super) fn ask(_: &str, _: &AtomicBool) -> io::Result<Secret> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
