//! Children, as far as systems differ in them: how one is kept and ended with all that it started, which file is a
//! program, and which variables it needs. One module a system, each with the same items.

#[cfg(unix)]
mod unix;
#[cfg(unix)]
pub(super) use unix::*;

#[cfg(windows)]
mod windows;
#[cfg(windows)]
pub(super) use windows::*;

use tokio::process::{ChildStderr, ChildStdin, ChildStdout};

/// The ends of a child's pipes that are ours.
pub(super) type Streams = (Option<ChildStdin>, Option<ChildStdout>, Option<ChildStderr>);
