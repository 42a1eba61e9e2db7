//! The report's page in a real browser: what it shows, filters, reads out, prints and never
//! fetches.
//!
//! Needs Chromium and chromedriver on `PATH` (Debian: `apt-get install chromium chromium-driver`):
//! `cargo test --test browser`. Without them the tests fail and say so.
#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic
)]

// A part of what the other tests share is enough here.
#[path = "../support/mod.rs"]
#[allow(dead_code, unused_imports)]
mod support;

mod access;
#[path = "../report/build.rs"]
#[allow(dead_code)]
mod build;
mod changes;
mod driver;
mod filters;
mod hostile;
mod incomplete;
mod large;
mod page;
mod pointer;
mod print;
mod tables;
mod vaults;
