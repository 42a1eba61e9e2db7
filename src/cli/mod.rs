//! The command line: its grammar, the settings it leads to, and what the user sees on the way.

pub mod args;
pub mod config;
pub mod logging;
pub mod prompt;
pub mod screen;
pub mod summary;
pub mod table;
pub mod telemetry;
mod terminal;
pub mod words;
