//! The c1z file seen from outside: what is written, what is read, and what happens to a file that exists.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "c1z/damage.rs"]
mod damage;
#[path = "c1z/existing.rs"]
mod existing;
#[path = "c1z/faults.rs"]
mod faults;
#[path = "c1z/format.rs"]
mod format;
#[path = "c1z/reading.rs"]
mod reading;
#[path = "c1z/support.rs"]
mod support;
#[path = "c1z/targets.rs"]
mod targets;
