//! A sync as its user sees it: the real program, a fake `op`, and the file read by other hands.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../support/golden.rs"]
mod golden;
#[path = "../support/records.rs"]
mod records;
#[path = "../support/mod.rs"]
mod support;

mod edges;
mod failures;
mod gaps;
mod hostile;
mod limits;
mod model;
mod notices;
mod options;
mod projects;
mod refusals;
mod resume;
mod sign_in;
mod sign_ins;
mod tenants;
mod world;
