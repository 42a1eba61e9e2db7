//! The command line, seen from outside: the real program, and the library's view of its settings.

mod collector;
mod common;
mod credentials;
mod demo;
#[cfg(unix)]
mod deploy;
mod doctor;
mod first_run;
mod flags;
mod golden;
mod groups;
mod health;
#[cfg(unix)]
mod logging;
mod misuse;
#[cfg(unix)]
mod output;
#[cfg(unix)]
mod pager;
#[cfg(unix)]
mod prompt;
#[cfg(unix)]
mod pty;
mod sources;
mod telemetry;
