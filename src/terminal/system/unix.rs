//! Terminals of Linux, macOS and their like.

use std::io::{self, Write};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetwinsize, tcsetattr,
};

use crate::secret::{LONGEST, Secret};

pub(in crate::terminal) fn width(terminal: &impl AsFd) -> usize {
    match tcgetwinsize(terminal) {
        Ok(size) if size.ws_col > 0 => size.ws_col.into(),
        _ => super::WIDTH,
    }
}

pub(in crate::terminal) fn can_redraw() -> bool {
    true
}

/// Raised when the prompt is no longer wanted.
struct Unwanted(Arc<AtomicBool>);

impl Drop for Unwanted {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

pub(in crate::terminal) async fn ask(prompt: String) -> io::Result<Secret> {
    let unwanted = Unwanted(Arc::default());
    let flag = Arc::clone(&unwanted.0);
    let asked = tokio::task::spawn_blocking(move || ask_until(&prompt, &flag));
    asked
        .await
        .unwrap_or_else(|error| Err(io::Error::other(error)))
}

/// Restores the terminal when dropped.
struct Restore(Termios);

impl Drop for Restore {
    fn drop(&mut self) {
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.0);
        let _ = writeln!(io::stderr());
    }
}

/// Gives up within a tenth of a second.
fn ask_until(prompt: &str, unwanted: &AtomicBool) -> io::Result<Secret> {
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
            _ if line.len() as u64 == LONGEST => return Err(io::Error::other("it is too long")),
            other => line.push(other),
        }
    }
    Err(io::ErrorKind::UnexpectedEof.into())
}

const END: u8 = 0x04;
const BACKSPACE: u8 = 0x08;
const KILL: u8 = 0x15;
const DELETE: u8 = 0x7F;
