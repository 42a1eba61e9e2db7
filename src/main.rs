//! `baton-1password`: parse, run, exit.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(baton_1password::commands::run(std::env::args_os()))
}
