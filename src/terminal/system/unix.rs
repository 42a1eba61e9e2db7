//! Terminals of Linux, macOS and their like.

use std::io::{self, Write};
use std::os::fd::AsFd;

use rustix::termios::{
    InputModes, LocalModes, OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr,
};
use zeroize::Zeroizing;

use crate::secret::Secret;
use crate::terminal::prompt::on_thread;

/// The columns of a terminal; 80 for anything else.
pub(in crate::terminal) fn width(terminal: &impl AsFd) -> usize {
    match tcgetwinsize(terminal) {
        Ok(size) if size.ws_col > 0 => size.ws_col.into(),
        _ => super::WIDTH,
    }
}

/// Whether a line on standard error can be drawn again and again.
pub(in crate::terminal) fn can_redraw() -> bool {
    true
}

/// Restores the terminal when dropped.
struct Restore(Termios);

impl Drop for Restore {
    fn drop(&mut self) {
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.0);
        let _ = writeln!(io::stderr());
    }
}

/// Longer than the lines that terminals let a person edit, in bytes.
const LONGEST_LINE: usize = 1 << 13;

/// A line from the person there, without echo, which the terminal edits. Whoever drops the future
/// restores the terminal, and does not wait for the end of the line.
pub(in crate::terminal) async fn ask(prompt: String) -> io::Result<Secret> {
    let before = tcgetattr(io::stdin())?;
    let mut silent = before.clone();
    silent.local_modes.remove(LocalModes::ECHO);
    // Whatever was left behind by who had the terminal before: lines, and Enter ends one.
    silent.local_modes.insert(LocalModes::ICANON);
    silent.input_modes.insert(InputModes::ICRNL);
    // A slip takes back a whole letter, where the system can.
    #[cfg(any(target_os = "linux", target_vendor = "apple"))]
    silent.input_modes.insert(InputModes::IUTF8);
    let _restore = Restore(before);
    tcsetattr(io::stdin(), OptionalActions::Flush, &silent)?;
    write!(io::stderr(), "{prompt}")?;
    // Read past the buffer of standard input, which nobody wipes. One read is one line.
    on_thread(|| {
        let mut line = Zeroizing::new([0; LONGEST_LINE]);
        let length = rustix::io::read(io::stdin(), &mut line[..])?;
        Secret::of_first_line(&line[..length])
    })
    .await
}
