//! What the program does without a subcommand.

use tracing::field;

use super::output::print;
use super::runtime::run_to_end;
use super::{provision, serve, sync};
use crate::exit::Failure;
use crate::records;
use crate::records::telemetry::Telemetry;
use crate::settings::{Inputs, Mode};
use crate::terminal::screen::Screen;

/// What the settings ask for. A telemetry that is on outlives it.
pub(super) fn run(inputs: &Inputs, telemetry: &mut Option<Telemetry>) -> Result<u8, Failure> {
    let (mode, settings) = inputs.validated()?;
    let screen = Screen::new(&settings);
    let collector = settings.telemetry.as_ref();
    *telemetry = collector.map(Telemetry::start).transpose()?;
    records::start(&settings, &screen, telemetry.as_ref())?;
    for warning in &settings.warnings {
        warning.record();
    }
    match mode {
        // It may go on for weeks, and a trace is only whole when its first span has ended.
        Mode::Serve(service) => run_to_end(serve::run(*service, &settings)),
        Mode::Grant(grant) => traced("grant", || provision::grant(grant, &settings, &screen)),
        Mode::Revoke(id) => traced("revoke", || provision::revoke(id, &settings, &screen)),
        Mode::ListActions => traced("list-actions", || print("[]\n")),
        Mode::Sync => traced("sync", || sync::run(&settings, &screen)),
    }
}

/// Does the work within a span of this name.
fn traced(name: &str, work: impl FnOnce() -> Result<u8, Failure>) -> Result<u8, Failure> {
    let span = tracing::info_span!("run", otel.name = name, otel.status_code = field::Empty);
    let done = span.in_scope(work);
    if done.is_err() {
        span.record("otel.status_code", "ERROR");
    }
    done
}
