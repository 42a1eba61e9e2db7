//! The edge to `op`, seen from its callers: against a fake `op` that is a real process.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

#[path = "op/answers.rs"]
mod answers;
#[path = "op/calls.rs"]
mod calls;
#[path = "op/canaries.rs"]
mod canaries;
#[path = "op/children.rs"]
mod children;
#[path = "op/common.rs"]
mod common;
#[path = "op/failures.rs"]
mod failures;
#[path = "op/people.rs"]
mod people;
#[path = "op/program.rs"]
mod program;
#[path = "op/sign_in.rs"]
mod sign_in;
#[path = "op/start.rs"]
mod start;
#[path = "op/state.rs"]
mod state;
