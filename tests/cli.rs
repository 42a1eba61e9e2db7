//! The command line, seen from outside: the real program, and the library's view of its settings.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

#[path = "cli/collector.rs"]
mod collector;
#[path = "cli/common.rs"]
mod common;
#[path = "cli/credentials.rs"]
mod credentials;
#[path = "cli/demo.rs"]
mod demo;
#[path = "cli/deploy.rs"]
mod deploy;
#[path = "cli/doctor.rs"]
mod doctor;
#[path = "cli/first_run.rs"]
mod first_run;
#[path = "cli/flags.rs"]
mod flags;
#[path = "cli/golden.rs"]
mod golden;
#[path = "cli/groups.rs"]
mod groups;
#[path = "cli/health.rs"]
mod health;
#[path = "cli/logging.rs"]
mod logging;
#[path = "cli/misuse.rs"]
mod misuse;
#[path = "cli/output.rs"]
mod output;
#[path = "cli/prompt.rs"]
mod prompt;
#[path = "cli/pty.rs"]
mod pty;
#[path = "cli/sources.rs"]
mod sources;
#[path = "cli/telemetry.rs"]
mod telemetry;
