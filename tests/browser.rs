//! The report's page in a real browser: what it shows, filters, reads out, prints and never fetches.
//!
//! Needs Chromium and chromedriver on `PATH` (Debian: `apt-get install chromium chromium-driver`):
//! `cargo test --test browser`. Without them the tests fail and say so.
#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic
)]

mod support;

#[path = "browser/access.rs"]
mod access;
#[path = "report/build.rs"]
mod build;
#[path = "browser/driver.rs"]
mod driver;
#[path = "browser/filters.rs"]
mod filters;
#[path = "browser/hostile.rs"]
mod hostile;
#[path = "browser/incomplete.rs"]
mod incomplete;
#[path = "browser/large.rs"]
mod large;
#[path = "browser/page.rs"]
mod page;
