//! The command line, seen from outside: the real program, and the library's view of its settings.

mod collector;
mod common;
#[cfg(unix)]
mod credentials;
mod demo;
#[cfg(unix)]
mod deploy;
#[cfg(unix)]
mod doctor;
mod first_run;
mod flags;
mod golden;
mod groups;
mod health;
#[cfg(unix)]
mod logging;
#[cfg(unix)]
mod misuse;
#[cfg(unix)]
mod output;
#[cfg(unix)]
mod pager;
#[cfg(unix)]
mod prompt;
#[cfg(unix)]
mod pty;
#[cfg(unix)]
mod sources;
mod telemetry;
