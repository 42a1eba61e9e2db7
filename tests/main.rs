//! Behaviour seen from outside: one program, so that everything is linked once. `cargo test --test outside sync::` runs a
//! part. The page in a browser and the official `baton` have programs of their own, since they need more than cargo.
#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic
)]

mod architecture;
mod c1z;
mod citations;
mod cli;
mod faults;
mod generated;
mod interop;
mod op;
mod pages;
mod provision;
mod readme;
mod report;
mod service;
mod support;
mod sync;
