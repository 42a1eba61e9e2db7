//! What the program does: one file a mode or subcommand, chosen here.

mod apply;
mod capabilities;
mod completion;
mod config;
mod connect;
mod demo;
mod doctor;
mod fault;
mod health_check;
mod man;
mod mode;
mod output;
mod provision;
mod report;
mod runtime;
mod serve;
mod settings;
mod stored;
mod summary;
mod sync;
mod system;
mod version;

use std::ffi::OsString;

use crate::exit;
use crate::op::orphans;
use crate::records;
use crate::settings::grammar::{self, Action};
use crate::settings::{Inputs, Surroundings};

use output::complain;

/// Does what the command line says, reports a failure once, on stderr, and returns the exit code.
pub fn run(argv: impl IntoIterator<Item = OsString>) -> u8 {
    system::forbid_core_files();
    orphans::adopt();
    let code = fault::guard(|| run_to_code(argv));
    orphans::end();
    code
}

fn run_to_code(argv: impl IntoIterator<Item = OsString>) -> u8 {
    let mut argv = argv.into_iter().peekable();
    if argv.peek().is_some_and(demo::is_op) {
        return demo::play(argv.skip(1));
    }
    let (action, typed) = match grammar::parse(grammar::command(exit::TABLE), argv) {
        Ok(parsed) => parsed,
        Err(error) => return output::refuse(&error),
    };
    let inputs = Inputs::read(typed, Surroundings::of_process());
    // It outlives the record of a failure, so that this is exported too.
    let mut telemetry = None;
    let done = match action {
        None => mode::run(&inputs, &mut telemetry),
        Some(Action::Capabilities) => capabilities::run(),
        Some(Action::Config) => config::run(),
        Some(Action::Settings) => settings::run(&inputs),
        Some(Action::Doctor) => doctor::run(&inputs),
        Some(Action::HealthCheck { endpoint, timeout }) => {
            health_check::run(&inputs, &endpoint, timeout)
        }
        Some(Action::Demo) => demo::run(),
        Some(Action::Report(args)) => match &args.apply {
            Some(review) => apply::run(&args, inputs, review),
            None => report::run(&args, &inputs),
        },
        Some(Action::Completion { shell }) => completion::run(shell),
        Some(Action::Man) => man::run(),
        Some(Action::Version) => version::run(&inputs),
    };
    match done {
        Ok(code) => code,
        Err(failure) => {
            let text = failure.to_string();
            tracing::error!(target: records::FINAL, "{text}");
            // Whether the export worked is said before the last word.
            drop(telemetry);
            for line in text.lines() {
                complain(&format!("error: {line}"));
            }
            failure.code()
        }
    }
}
