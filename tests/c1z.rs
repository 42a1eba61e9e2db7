//! The c1z file seen from outside: what is written, what is read, and what happens to a file that
//! exists.

mod damage;
mod existing;
#[cfg(unix)]
mod faults;
mod format;
mod reading;
pub(crate) mod support;
mod targets;
