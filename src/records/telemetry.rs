//! Export of traces and log records to an OpenTelemetry collector, over OTLP/gRPC.
//!
//! A trace is one run; its spans are the calls of `op`. Log records are those that `--log-level`
//! lets through. What cannot be sent is lost with one warning, and never changes how a run ends.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use opentelemetry::KeyValue;
use opentelemetry::logs::{AnyValue, LogRecord, Logger, Severity};
use opentelemetry_otlp::{LogExporter, SpanExporter, WithExportConfig, WithTonicConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::{LogBatch, SdkLogger, SdkLoggerProvider};
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData};
use serde_json::{Map, Value};
use tokio::runtime::Runtime;
use tracing::{Level, Metadata};

use crate::settings::{Error, Telemetry as Settings};

/// Longest time for one export, and so at most twice that at the end of a run.
const LIMIT: Duration = Duration::from_secs(5);

/// Target of this module's own warning, which is not exported.
pub(super) const TARGET: &str = "baton_1password::telemetry";

/// The export; dropping it sends what is left.
#[derive(Debug)]
pub struct Telemetry {
    pub(super) traces: Option<SdkTracerProvider>,
    pub(super) logs: Option<SdkLoggerProvider>,
    /// Connections live here; it goes last.
    _runtime: Runtime,
}

impl Telemetry {
    /// Prepares the export; the first records connect.
    ///
    /// # Errors
    /// A finding, when endpoint or certificate cannot be used.
    pub fn start(settings: &Settings) -> Result<Self, Error> {
        let endpoint = &settings.endpoint;
        let started = Self::prepare(settings);
        let fault = |why| format!("cannot export to the collector {endpoint}: {why}");
        Ok(started.map_err(fault)?)
    }

    fn prepare(settings: &Settings) -> Result<Self, Box<dyn std::error::Error>> {
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(1).enable_all().build()?;
        // A provider that is installed already serves as well.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let resource = Resource::builder()
            .with_service_name("baton-1password-server")
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .build();
        let entered = runtime.enter();
        let (mut traces, mut logs) = (None, None);
        if settings.traces {
            let exporter = configured(SpanExporter::builder().with_tonic(), settings).build()?;
            let builder = SdkTracerProvider::builder().with_resource(resource.clone());
            let exporter = Watched(exporter, settings.endpoint.clone());
            traces = Some(builder.with_batch_exporter(exporter).build());
        }
        if settings.logs {
            let exporter = configured(LogExporter::builder().with_tonic(), settings).build()?;
            let builder = SdkLoggerProvider::builder().with_resource(resource);
            let exporter = Watched(exporter, settings.endpoint.clone());
            logs = Some(builder.with_batch_exporter(exporter).build());
        }
        drop(entered);
        Ok(Self {
            traces,
            logs,
            _runtime: runtime,
        })
    }
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        // What fails here has been warned of.
        let traces = self.traces.iter().map(|it| it.shutdown_with_timeout(LIMIT));
        let logs = self.logs.iter().map(|it| it.shutdown_with_timeout(LIMIT));
        traces.chain(logs).for_each(drop);
    }
}

/// Endpoint, TLS and time limit.
fn configured<B: WithExportConfig + WithTonicConfig>(builder: B, settings: &Settings) -> B {
    let (builder, endpoint) = (builder.with_timeout(LIMIT), &settings.endpoint);
    match &settings.tls {
        Some(tls) => {
            let builder = builder.with_endpoint(format!("https://{endpoint}"));
            builder.with_tls_config(tls.clone())
        }
        None => builder.with_endpoint(format!("http://{endpoint}")),
    }
}

/// Sends one log record on.
pub(super) fn emit(
    logger: &SdkLogger,
    metadata: &Metadata<'_>,
    message: &str,
    fields: &Map<String, Value>,
) {
    let severity = match *metadata.level() {
        Level::ERROR => Severity::Error,
        Level::WARN => Severity::Warn,
        Level::INFO => Severity::Info,
        Level::DEBUG => Severity::Debug,
        Level::TRACE => Severity::Trace,
    };
    let mut record = logger.create_log_record();
    record.set_timestamp(SystemTime::now());
    record.set_target(metadata.target().to_owned());
    record.set_severity_number(severity);
    record.set_severity_text(metadata.level().as_str());
    record.set_body(message.to_owned().into());
    for (name, value) in fields {
        let value: AnyValue = match value {
            Value::Bool(value) => (*value).into(),
            Value::Number(number) => match number.as_i64() {
                Some(number) => number.into(),
                None => number.as_f64().unwrap_or_default().into(),
            },
            Value::String(text) => text.clone().into(),
            other => other.to_string().into(),
        };
        record.add_attribute(name.clone(), value);
    }
    logger.emit(record);
}

/// An exporter to this collector whose failures are warned of: once, however often and whichever of
/// both fails.
#[derive(Debug)]
struct Watched<E>(E, String);

/// Whether this process has warned of it.
static WARNED: AtomicBool = AtomicBool::new(false);

impl<E> Watched<E> {
    fn warn_once(&self, result: OTelSdkResult) -> OTelSdkResult {
        result.inspect_err(|error| {
            let endpoint = &self.1;
            if !WARNED.swap(true, Ordering::Relaxed) {
                tracing::warn!(
                    target: TARGET,
                    "telemetry is lost: the collector {endpoint} took none: {error}"
                );
            }
        })
    }
}

impl opentelemetry_sdk::trace::SpanExporter for Watched<SpanExporter> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.warn_once(self.0.export(batch).await)
    }
    fn set_resource(&mut self, resource: &Resource) {
        self.0.set_resource(resource);
    }
}

impl opentelemetry_sdk::logs::LogExporter for Watched<LogExporter> {
    async fn export(&self, batch: LogBatch<'_>) -> OTelSdkResult {
        self.warn_once(self.0.export(batch).await)
    }
    fn set_resource(&mut self, resource: &Resource) {
        self.0.set_resource(resource);
    }
}
