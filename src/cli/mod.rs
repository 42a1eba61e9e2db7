//! The command line: its grammar, the settings it leads to, and what the user sees on the way.

pub mod args;
pub mod config;
