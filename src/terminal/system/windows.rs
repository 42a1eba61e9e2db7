//! The console of Windows. The standard library writes Unicode there, whatever its code page is.

use std::io::{self, Write};

use winapi_util::console::{mode, screen_buffer_info, set_mode};
use winapi_util::{AsHandleRef, HandleRef};

use crate::secret::Secret;

const ENABLE_ECHO_INPUT: u32 = 0x4;
const ENABLE_VIRTUAL_TERMINAL_PROCESSING: u32 = 0x4;

/// The columns of a terminal; 80 for anything else.
pub(in crate::terminal) fn width(terminal: &impl AsHandleRef) -> usize {
    let window = screen_buffer_info(terminal).map(|info| info.window_rect());
    match window.map(|window| i32::from(window.right) - i32::from(window.left) + 1) {
        Ok(columns) if columns > 0 => columns.unsigned_abs() as usize,
        _ => super::WIDTH,
    }
}

/// Consoles since Windows 10 understand the codes for it, once they are asked to.
pub(in crate::terminal) fn can_redraw() -> bool {
    let console = HandleRef::stderr();
    let set = |mode| set_mode(&console, mode | ENABLE_VIRTUAL_TERMINAL_PROCESSING);
    mode(&console).and_then(set).is_ok()
}

/// Restores the console when dropped.
struct Restore(u32);

impl Drop for Restore {
    fn drop(&mut self) {
        let _ = set_mode(HandleRef::stdin(), self.0);
        let _ = writeln!(io::stderr());
    }
}

/// A line from the person there, without echo, which the console edits. Whoever drops the future
/// restores the console, and does not wait for the end of the line.
pub(in crate::terminal) async fn ask(prompt: String) -> io::Result<Secret> {
    let before = mode(HandleRef::stdin())?;
    let _restore = Restore(before);
    set_mode(HandleRef::stdin(), before & !ENABLE_ECHO_INPUT)?;
    write!(io::stderr(), "{prompt}")?;
    crate::terminal::prompt::line().await
}
