//! Behaviour seen from outside: one program, so that everything is linked once. `cargo test --test
//! outside sync::` runs a part. The page in a browser and the official `baton` have programs of
//! their own, since they need more than cargo.
#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic
)]
// What needs signals, modes or shell scripts stays away there, and its helpers with it.
#![cfg_attr(windows, allow(dead_code, unused_imports))]

#[cfg(unix)]
mod architecture;
mod c1z;
#[cfg(unix)]
mod citations;
mod cli;
#[cfg(unix)]
mod cycles;
#[cfg(unix)]
mod faults;
#[cfg(unix)]
mod generated;
mod interop;
mod op;
#[cfg(unix)]
mod pages;
mod provision;
#[cfg(unix)]
mod readme;
mod report;
mod service;
mod support;
mod sync;
