//! A pager for long text at a terminal, as `git` has one.

use std::io::{self, Write};
use std::process::Child;
use std::sync::atomic::{AtomicBool, Ordering};

use super::system;

/// Whether a pager has the terminal of this process: Ctrl-C is for it.
pub static IS_SHOWN: AtomicBool = AtomicBool::new(false);

/// Shows what is written in a pager that has started with a pipe for its standard input, until the
/// person has seen enough: when it ends before the text, that is a broken pipe.
pub fn show(
    mut pager: Child,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    IS_SHOWN.store(true, Ordering::Relaxed);
    let input = pager.stdin.take().ok_or(io::ErrorKind::BrokenPipe)?;
    let mut out = io::BufWriter::new(input);
    let written = write(&mut out).and_then(|()| out.flush());
    // What a pager that has ended did not take is not kept for it.
    drop(out.into_parts());
    pager.wait()?;
    written
}

/// The columns of standard output; 80 where it is no terminal.
pub fn width() -> usize {
    system::width(&io::stdout())
}
