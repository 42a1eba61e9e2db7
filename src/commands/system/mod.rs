//! This process, as far as systems differ in it. One module a system, each with the same items.
//!
//! * `Signals`: what asks the program to end; listened to from its creation on, so that nothing is
//!   lost between two waits.
//! * `forbid_core_files`: memory holds passwords and tokens, and a core file would hold memory:
//!   this process and its children leave none.
//! * `stdout_is_closed`: whether nobody gets what is printed.
//! * `link`: another name for a program.

#[cfg(unix)]
mod unix;
#[cfg(unix)]
pub(super) use unix::*;

#[cfg(windows)]
mod windows;
#[cfg(windows)]
pub(super) use windows::*;
