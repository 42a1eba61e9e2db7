//! Log records, as `--log-format`, `--log-level` and `--log-path` ask for them.
//!
//! As `json` a record is one object a line: `level`, `ts` (seconds since 1970), `target` (the
//! module that speaks: `op`, `sync`, `c1`, …), `msg` and fields of its own; as `console` it is
//! time, level, message and fields, tabs between. Only this program speaks: the libraries under it
//! log request headers, which hold tokens.

pub mod telemetry;

use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use opentelemetry::logs::LoggerProvider;
use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::logs::SdkLogger;
use serde::Serialize;
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::{Context, SubscriberExt};

use crate::settings::{Error, Settings};
use crate::terminal::screen::Screen;
use crate::{files, text};
use telemetry::Telemetry;

/// Target of records that repeat what the user sees on stderr anyway, such as the error a run ends
/// with, or asked not to see: they go everywhere else.
pub const FINAL: &str = "baton_1password::final";

/// Target of the records of calls that are made again: where a live line shows the wait, they would
/// tear it.
const WAITING: &str = "baton_1password::op::waiting";

const OURS: &str = "baton_1password";

/// Starts logging, and the export to a collector if one is named, for this process.
///
/// # Errors
/// A log file that cannot be opened.
pub fn start(
    settings: &Settings,
    screen: &Screen,
    telemetry: Option<&Telemetry>,
) -> Result<(), Error> {
    let level = settings.log_level;
    let ours = |metadata: &Metadata<'_>| metadata.target().starts_with(OURS);
    let records = filter_fn(move |metadata| {
        metadata.is_event() && metadata.level() <= &level && ours(metadata)
    });
    const NAME: &str = "baton-1password";
    let recorder = Recorder {
        json: settings.json_log,
        sinks: Mutex::new(sinks(&settings.flags.log_path, screen)?),
        collector: telemetry.and_then(|telemetry| Some(telemetry.logs.as_ref()?.logger(NAME))),
    };
    let traces = telemetry.and_then(|telemetry| telemetry.traces.as_ref());
    let spans = traces.map(|traces| {
        let layer = tracing_opentelemetry::layer()
            .with_tracer(traces.tracer(NAME))
            .with_location(false)
            .with_threads(false);
        layer.with_filter(filter_fn(move |metadata| {
            metadata.is_span() && ours(metadata)
        }))
    });
    let subscriber = tracing_subscriber::registry()
        .with(recorder.with_filter(records))
        .with(spans);
    // Fails only when logging was started before, which then goes on.
    let _ = tracing::subscriber::set_global_default(subscriber);
    Ok(())
}

fn sinks(paths: &[PathBuf], screen: &Screen) -> Result<Vec<Sink>, Error> {
    let open = |path: &PathBuf| match path.to_str() {
        Some("stderr") => Ok(Sink::Screen(screen.clone())),
        Some("stdout") => Ok(Sink::Other(Box::new(std::io::stdout()))),
        _ => {
            let file = files::private(OpenOptions::new().append(true).create(true)).open(path);
            let path = path.display();
            let file = file.map_err(|error| format!("cannot open the log file {path}: {error}"))?;
            Ok(Sink::Other(Box::new(file)))
        }
    };
    match paths {
        [] => Ok(vec![Sink::Screen(screen.clone())]),
        paths => paths.iter().map(open).collect(),
    }
}

/// Where records go.
enum Sink {
    Screen(Screen),
    Other(Box<dyn Write + Send>),
}

/// Turns events into records.
struct Recorder {
    json: bool,
    /// Locked while a record goes to all of them, so that all have one order.
    sinks: Mutex<Vec<Sink>>,
    collector: Option<SdkLogger>,
}

impl<S: Subscriber> Layer<S> for Recorder {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let metadata = event.metadata();
        let mut fields = Fields::default();
        event.record(&mut fields);
        let Fields(mut fields) = fields;
        let message = fields.remove("message").unwrap_or_default();
        let message = message.as_str().unwrap_or_default();
        if let Some(logger) = &self.collector
            && metadata.target() != telemetry::TARGET
        {
            telemetry::emit(logger, metadata, message, &fields);
        }
        let record = match self.json {
            true => json(metadata, message, &fields),
            false => console(metadata, message, &fields),
        };
        let is_shown = |screen: &Screen| match metadata.target() {
            FINAL => false,
            WAITING => !screen.is_live(),
            _ => true,
        };
        let mut sinks = self.sinks.lock().unwrap_or_else(PoisonError::into_inner);
        for sink in sinks.iter_mut() {
            match sink {
                Sink::Screen(screen) if is_shown(screen) => screen.line(&record),
                Sink::Screen(_) => {}
                // In one piece. A log that cannot be written does not stop the run.
                Sink::Other(out) => _ = out.write_all(format!("{record}\n").as_bytes()),
            }
        }
    }
}

/// A record in the order that people read it in.
#[derive(Serialize)]
struct Record<'a> {
    level: String,
    ts: f64,
    target: &'a str,
    msg: &'a str,
    #[serde(flatten)]
    fields: &'a Map<String, Value>,
}

fn json(metadata: &Metadata<'_>, msg: &str, fields: &Map<String, Value>) -> String {
    let record = Record {
        level: metadata.level().as_str().to_lowercase(),
        ts: jiff::Timestamp::now().as_microsecond() as f64 / 1e6,
        target: metadata.target().split("::").nth(1).unwrap_or_default(),
        msg,
        fields,
    };
    text::json(&record)
}

fn console(metadata: &Metadata<'_>, message: &str, fields: &Map<String, Value>) -> String {
    let now = jiff::ZonedDateTime::now();
    let now = now.strftime("%Y-%m-%dT%H:%M:%S%.3f%:z");
    let message = text::plain(message);
    let mut record = format!("{now}\t{}\t{message}", metadata.level());
    if !fields.is_empty() {
        record.push('\t');
        record += &text::json(fields);
    }
    record
}

/// The fields of one event, its message among them.
#[derive(Default)]
struct Fields(Map<String, Value>);

impl Fields {
    fn add(&mut self, field: &Field, value: impl Into<Value>) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.add(field, format!("{value:?}"));
    }
    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, value);
    }
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field, value);
    }
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field, value);
    }
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.add(field, value);
    }
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field, value);
    }
}
