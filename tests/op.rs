//! The edge to `op`, seen from its callers: against a fake `op` that is a real process.

mod answers;
mod calls;
mod canaries;
mod children;
mod common;
mod failures;
mod people;
mod program;
mod sign_in;
mod start;
mod state;
