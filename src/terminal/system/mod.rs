//! The terminal, as far as systems differ in it. One module a system, each with the same items.
//!
//! * `width`: the columns of a terminal; 80 for anything else.
//! * `can_redraw`: whether a line on standard error can be drawn again and again.
//! * `ask`: a line from the person there, without echo. Dropping the future restores the terminal.

#[cfg(unix)]
mod unix;
#[cfg(unix)]
pub(super) use unix::*;

#[cfg(windows)]
mod windows;
#[cfg(windows)]
pub(super) use windows::*;

/// Columns where there is no terminal.
const WIDTH: usize = 80;
