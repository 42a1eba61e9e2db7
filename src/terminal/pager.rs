//! A pager for long text at a terminal, as `git` has one.

use std::io::{self, Write};
use std::process::{Child, ChildStdin, Command, Stdio};

use super::system;

/// A running pager.
#[derive(Debug)]
pub struct Pager {
    child: Child,
    input: ChildStdin,
}

impl Pager {
    /// Starts the program.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn start(mut program: Command) -> io::Result<Self> {
        let mut child = program.stdin(Stdio::piped()).spawn()?;
        let input = child.stdin.take().ok_or(io::ErrorKind::BrokenPipe)?;
        Ok(Self { child, input })
    }

    /// Shows what is written, until the person has seen enough.
    ///
    /// # Errors
    /// Those of `write`, one of which is a broken pipe when the pager ends before the text.
    pub fn show(mut self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
        let mut out = io::BufWriter::new(self.input);
        let written = write(&mut out).and_then(|()| out.flush());
        // What a pager that has ended did not take is not kept for it.
        drop(out.into_parts());
        self.child.wait()?;
        written
    }
}

/// The columns of standard output; 80 where it is no terminal.
pub fn width() -> usize {
    system::width(&io::stdout())
}
