//! The edge to `op`, seen from its callers: against a fake `op` that is a real process.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

#[path = "op/answers.rs"]
mod answers;
#[path = "op/common.rs"]
mod common;
