//! The edge to `op`, seen from its callers: against a fake `op` that is a real process.

mod answers;
mod calls;
mod canaries;
#[cfg(unix)]
mod children;
mod common;
mod failures;
mod people;
#[cfg(unix)]
mod program;
mod sign_in;
#[cfg(unix)]
mod start;
mod state;
