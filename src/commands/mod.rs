//! What the program does: one file a mode or subcommand, chosen here.

mod apply;
mod capabilities;
mod completion;
mod config;
mod confirm;
mod connect;
mod demo;
mod doctor;
mod fault;
mod grant;
mod health_check;
mod judge;
mod man;
mod names;
mod provision;
mod report;
mod revoke;
mod serve;
mod settings;
mod state;
mod stored;
mod sync;
mod system;
mod version;

use std::ffi::OsString;
use std::future::Future;
use std::io::Write;
use std::time::Duration;

use anstream::adapter::strip_str;
use anyhow::Context;
use tracing::{Span, field};

use crate::cli::args::{self, Action, Given};
use crate::cli::config::{Inputs, Mode, Output, Settings, Surroundings};
use crate::cli::logging;
use crate::cli::screen::Screen;
use crate::cli::summary::Summary;
use crate::cli::telemetry::Telemetry;
use crate::exit::{self, Failure};
use crate::op::orphans;
use crate::text::plain;

use system::Signals;

/// Parses the command line, does what it says, reports a failure once, on stderr, and returns the
/// exit code.
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
    let (action, given) = match args::parse(grammar(), argv) {
        Ok(parsed) => parsed,
        Err(error) => return misuse(&error),
    };
    // It outlives the record of a failure, so that this is exported too.
    let mut telemetry = None;
    let done = match action {
        Some(action) => subcommand(&action, given),
        None => mode(given, Surroundings::of_process(), &mut telemetry),
    };
    match done {
        Ok(code) => code,
        Err(failure) => {
            let text = failure.to_string();
            tracing::error!(target: logging::FINAL, "{text}");
            // Whether the export worked is said before the last word.
            drop(telemetry);
            for line in text.lines() {
                complain(&format!("error: {line}"));
            }
            failure.code()
        }
    }
}

/// The grammar with the table of exit codes.
fn grammar() -> clap::Command {
    args::command(&exit::TABLE)
}

/// Help and version go to stdout; a misuse is one line on stderr, and a suggestion if there is one.
fn misuse(error: &clap::Error) -> u8 {
    if !error.use_stderr() {
        return match error.print() {
            Ok(()) => exit::OK,
            Err(_) => exit::FAULT,
        };
    }
    let text = error.render().to_string();
    let mut paragraphs = text.split("\n\n");
    let first = paragraphs.next().unwrap_or_default();
    let mut lines = vec![first.split_whitespace().collect::<Vec<_>>().join(" ")];
    let tips = paragraphs.flat_map(str::lines).map(str::trim);
    lines.extend(
        tips.filter(|line| line.starts_with("tip:"))
            .map(str::to_owned),
    );
    complain(&lines.join("\n"));
    exit::USAGE
}

/// Lines for the user on stderr. They may quote a file or an argument, so control characters are
/// written out. When even this fails there is nobody left to tell.
fn complain(text: &str) {
    let mut err = anstream::stderr();
    for line in text.lines() {
        let _ = writeln!(err, "{}", plain(line));
    }
}

/// Standard output for a result that was asked for.
///
/// # Errors
/// When it is closed.
fn stdout() -> Result<std::io::Stdout, Failure> {
    match system::stdout_is_closed() {
        false => Ok(std::io::stdout()),
        true => Err(unwritten(std::io::Error::other("it is closed"))),
    }
}

/// Prints a result on stdout. A reader that has seen enough, such as `head`, is no failure.
///
/// # Errors
/// Any other failure to write.
fn print(text: &str) -> Result<u8, Failure> {
    stdout()?;
    let mut out = anstream::stdout();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    match written {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(unwritten(error)),
        _ => Ok(exit::OK),
    }
}

/// The failure for standard output that does not take what was asked for.
fn unwritten(error: std::io::Error) -> Failure {
    let error = anyhow::Error::new(error);
    error.context("writing to standard output").into()
}

/// Prints a value as indented JSON.
fn print_json(value: &impl serde::Serialize) -> Result<u8, Failure> {
    let json = serde_json::to_string_pretty(value).context("writing JSON")?;
    print(&(json + "\n"))
}

fn subcommand(action: &Action, given: Vec<Given>) -> Result<u8, Failure> {
    match action {
        Action::Capabilities => capabilities::run(),
        Action::Config => config::run(),
        Action::Settings => settings::run(given),
        Action::Doctor => doctor::run(given),
        Action::HealthCheck { endpoint, timeout } => health_check::run(given, endpoint, *timeout),
        Action::Demo => demo::run(),
        Action::Report(args) => match &args.apply {
            Some(review) => apply::run(args, given, review),
            None => report::run(&report::of_settings(args, given)?),
        },
        Action::Completion { shell } => completion::run(*shell),
        Action::Man => man::run(),
        Action::Version => version::run(given),
    }
}

fn mode(
    given: Vec<Given>,
    surroundings: Surroundings,
    telemetry: &mut Option<Telemetry>,
) -> Result<u8, Failure> {
    let settings = judge::settings(&Inputs::read(given, surroundings)?)?;
    let screen = Screen::new(settings.output);
    *telemetry = settings
        .telemetry
        .as_ref()
        .map(Telemetry::start)
        .transpose()?;
    logging::start(&settings.log, &screen, telemetry.as_ref())?;
    for warning in &settings.warnings {
        warning.record();
    }
    let name = settings.mode.name();
    let span = match settings.mode {
        // It may go on for weeks, and a trace is only whole when its first span has ended.
        Mode::Serve => Span::none(),
        _ => tracing::info_span!("run", otel.name = name, otel.status_code = field::Empty),
    };
    let done = span.in_scope(|| act(&settings, &screen));
    if done.is_err() {
        span.record("otel.status_code", "ERROR");
    }
    done
}

fn act(settings: &Settings, screen: &Screen) -> Result<u8, Failure> {
    match &settings.mode {
        Mode::ListActions => print("[]\n"),
        Mode::Serve => run_to_end(serve::run(settings)),
        Mode::Sync => sync::run(settings, screen),
        Mode::Grant(grant) => grant::run(grant, settings, screen),
        Mode::Revoke(id) => revoke::run(id, settings, screen),
    }
}

/// Shows the summary: JSON on stdout when asked for, else text on stderr; a log record in any case. Warnings are shown
/// whatever is asked for: what was not read must not be missed.
///
/// The file is saved by then, so a summary that cannot be printed is a warning of its own.
fn summarize(summary: &Summary, output: Output, screen: &Screen) {
    if output.records && !output.quiet {
        // For people who read records: the same lines as elsewhere.
        for line in strip_str(&summary.text(false)).to_string().lines() {
            tracing::info!("{}", line.trim_start());
        }
    }
    for notice in &summary.warnings {
        match output.records {
            true => notice.record(),
            false => tracing::warn!(
                target: logging::FINAL,
                code = notice.code,
                count = notice.count,
                "{}",
                notice.line()
            ),
        }
    }
    let json = summary.json();
    match output.records && !output.quiet {
        true => tracing::info!(summary = json.trim_end(), "Sync complete."),
        false => {
            tracing::info!(target: logging::FINAL, summary = json.trim_end(), "Sync complete.")
        }
    }
    let is_text = !output.json_summary && !output.quiet && !output.records;
    if is_text {
        screen.line(&summary.text(true));
    } else if !output.records {
        for line in summary.warning_lines() {
            screen.line(&line);
        }
    }
    if output.json_summary
        && let Err(failure) = print(&json)
    {
        screen.line(&format!(
            "warning: the file is saved, but its summary is not told: {failure}"
        ));
    }
}

/// How long blocking work may take to clean up once its result is not wanted any more.
const GRACE: Duration = Duration::from_secs(5);

/// Runs asynchronous work to its end, or until a signal; dropping it then cleans up after it.
///
/// # Errors
/// The work's own failure, or [`Failure::Stopped`].
pub fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    run_to_end(async {
        // The signals come first, so that they are listened to before the work begins.
        let mut signals = Signals::listen().map_err(starting)?;
        tokio::select! {
            biased;
            signal = signals.next() => Err(Failure::Stopped(signal)),
            done = work => done,
        }
    })
}

/// Runs asynchronous work that sees to signals itself.
fn run_to_end<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = builder.enable_all().build().map_err(starting)?;
    let done = runtime.block_on(work);
    // A thread that waits for somebody else, such as a pager or a name server, must not keep a stopped program.
    runtime.shutdown_timeout(GRACE);
    done
}

fn starting(error: std::io::Error) -> Failure {
    anyhow::Error::new(error).context("starting").into()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// A name server that does not answer holds a thread of its own for long.
    #[test]
    fn a_thread_that_waits_for_somebody_else_does_not_keep_the_program() {
        let (_held, waits) = std::sync::mpsc::channel::<()>();
        let (sender, begun) = std::sync::mpsc::channel();
        let done = run_to_end(async {
            drop(tokio::task::spawn_blocking(move || {
                sender.send(()).unwrap();
                waits.recv()
            }));
            begun.recv().unwrap();
            Ok(7)
        });
        assert_eq!(done.unwrap(), 7);
    }
}
