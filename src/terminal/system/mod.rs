//! The terminal, as far as systems differ in it: one file a system, each with the same items.

#[cfg_attr(unix, path = "unix.rs")]
#[cfg_attr(windows, path = "windows.rs")]
mod of_this;
pub(super) use of_this::*;

/// Columns where there is no terminal.
const WIDTH: usize = 80;
