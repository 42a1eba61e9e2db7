//! What the program does without a subcommand.

use tracing::{Span, field};

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
    let span =
        |name: &str| tracing::info_span!("run", otel.name = name, otel.status_code = field::Empty);
    let span = match mode {
        // It may go on for weeks, and a trace is only whole when its first span has ended.
        Mode::Serve(_) => Span::none(),
        Mode::Grant(_) => span("grant"),
        Mode::Revoke(_) => span("revoke"),
        Mode::ListActions => span("list-actions"),
        Mode::Sync => span("sync"),
    };
    let done = span.in_scope(|| match mode {
        Mode::ListActions => print("[]\n"),
        Mode::Serve(service) => run_to_end(serve::run(*service, &settings)),
        Mode::Sync => sync::run(&settings, &screen),
        Mode::Grant(grant) => provision::grant(grant, &settings, &screen),
        Mode::Revoke(id) => provision::revoke(id, &settings, &screen),
    });
    if done.is_err() {
        span.record("otel.status_code", "ERROR");
    }
    done
}
