//! Log records, as `--log-format`, `--log-level` and `--log-path` ask for them (contract cli §6).
//!
//! A record has `level`, `ts` (seconds since 1970), `target` (the module that speaks: `op`, `sync`,
//! `c1`, …), `msg` and fields of its own. As `json` it is one object a line; as `console` it is
//! time, level, message and fields, tabs between. Only this program speaks: the libraries under it
//! log request headers, which hold tokens.

use std::fs::{File, OpenOptions};
use std::io::{IsTerminal, Write};
use std::sync::{Mutex, PoisonError};

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt};

use super::config::{Error, Log, LogFormat, LogLevel};
use super::screen::{Screen, plain};

/// Target of the record that repeats the error a run ends with. The user sees that error on stderr
/// already, so the record goes everywhere else.
pub const FINAL: &str = "baton_1password::final";

const OURS: &str = "baton_1password";

/// Starts logging for this process.
///
/// # Errors
/// A finding for each log file that cannot be opened.
pub fn start(log: &Log, screen: &Screen) -> Result<(), Error> {
    let recorder = Recorder::new(log, screen)?;
    let subscriber = tracing_subscriber::registry().with(recorder);
    // Fails only when logging was started before, which then goes on.
    let _ = tracing::subscriber::set_global_default(subscriber);
    Ok(())
}

/// Where records go.
enum Sink {
    Screen(Screen),
    Stdout,
    File(Mutex<File>),
}

impl Sink {
    fn open(path: &str, screen: &Screen) -> Result<Self, String> {
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        match path {
            "stderr" => Ok(Self::Screen(screen.clone())),
            "stdout" => Ok(Self::Stdout),
            path => match options.open(path) {
                Ok(file) => Ok(Self::File(Mutex::new(file))),
                Err(error) => Err(format!("cannot open the log file {path}: {error}")),
            },
        }
    }

    /// Writes one record. A log that cannot be written does not stop the run.
    fn write(&self, record: &str) {
        let line = format!("{record}\n");
        let _ = match self {
            Self::Screen(screen) => {
                screen.line(record);
                Ok(())
            }
            Self::Stdout => std::io::stdout().write_all(line.as_bytes()),
            Self::File(file) => {
                let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
                file.write_all(line.as_bytes())
            }
        };
    }
}

/// Turns events into records.
struct Recorder {
    level: Level,
    format: LogFormat,
    sinks: Vec<Sink>,
}

impl Recorder {
    fn new(log: &Log, screen: &Screen) -> Result<Self, Error> {
        let stderr = ["stderr".to_owned()];
        let paths = if log.paths.is_empty() {
            &stderr[..]
        } else {
            &log.paths
        };
        let (mut sinks, mut findings) = (Vec::new(), Vec::new());
        for path in paths {
            match Sink::open(path, screen) {
                Ok(sink) => sinks.push(sink),
                Err(finding) => findings.push(finding),
            }
        }
        if !findings.is_empty() {
            return Err(Error(findings));
        }
        let format = log.format.unwrap_or(match std::io::stderr().is_terminal() {
            true => LogFormat::Console,
            false => LogFormat::Json,
        });
        let level = match log.level {
            LogLevel::Debug => Level::DEBUG,
            LogLevel::Info => Level::INFO,
            LogLevel::Warn => Level::WARN,
            LogLevel::Error => Level::ERROR,
        };
        Ok(Self {
            level,
            format,
            sinks,
        })
    }
}

impl<S: Subscriber> Layer<S> for Recorder {
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        metadata.level() <= &self.level && metadata.target().starts_with(OURS)
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let metadata = event.metadata();
        let mut fields = Fields::default();
        event.record(&mut fields);
        let record = match self.format {
            LogFormat::Json => json(metadata, fields),
            LogFormat::Console => console(metadata, fields),
        };
        let is_final = metadata.target() == FINAL;
        for sink in &self.sinks {
            if !(is_final && matches!(sink, Sink::Screen(_))) {
                sink.write(&record);
            }
        }
    }
}

fn json(metadata: &Metadata<'_>, fields: Fields) -> String {
    let now = jiff::Timestamp::now().as_microsecond() as f64 / 1e6;
    let target = metadata.target().split("::").nth(1).unwrap_or_default();
    let mut record = Map::new();
    record.insert(
        "level".to_owned(),
        metadata.level().as_str().to_lowercase().into(),
    );
    record.insert("ts".to_owned(), now.into());
    record.insert("target".to_owned(), target.into());
    record.insert("msg".to_owned(), fields.message.into());
    record.extend(fields.rest);
    Value::Object(record).to_string()
}

fn console(metadata: &Metadata<'_>, fields: Fields) -> String {
    let now = jiff::ZonedDateTime::now()
        .strftime("%Y-%m-%dT%H:%M:%S%.3f%:z")
        .to_string();
    let message = plain(&fields.message);
    let mut record = format!("{now}\t{}\t{message}", metadata.level());
    if !fields.rest.is_empty() {
        record.push('\t');
        record += &Value::Object(fields.rest).to_string();
    }
    record
}

/// The fields of one event.
#[derive(Default)]
struct Fields {
    message: String,
    rest: Map<String, Value>,
}

impl Fields {
    fn add(&mut self, field: &Field, value: impl Into<Value>) {
        match (field.name(), value.into()) {
            ("message", Value::String(text)) => self.message = text,
            (name, value) => {
                self.rest.insert(name.to_owned(), value);
            }
        }
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
