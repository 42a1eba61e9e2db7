//! The command line, seen from outside: the real program, and the library's view of its settings.

mod collector;
mod common;
mod credentials;
mod demo;
mod deploy;
mod doctor;
mod first_run;
mod flags;
mod groups;
mod health;
mod logging;
mod misuse;
mod output;
mod pager;
mod prompt;
mod pty;
mod sources;
mod telemetry;
