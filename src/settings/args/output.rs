//! Flags for logs, progress, summary and telemetry, and those accepted without effect.

use clap::ArgAction::Set;
use clap::Args;

use super::values::{List, go_bool, int, list};

/// Logs, progress and summary.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Output and settings")]
pub struct Output {
    /// Configuration file: .yaml, .yml, .toml or .json
    #[arg(long, value_name = "FILE")]
    pub config: Option<String>,
    /// Log records as json or console; default: console, but json in service mode without a terminal
    #[arg(long, value_name = "FORMAT")]
    pub log_format: Option<String>,
    /// Least serious records to log: debug, info, warn, error
    #[arg(long, value_name = "LEVEL", default_value = "info")]
    pub log_level: String,
    /// Accepted, without effect: when debug logging should end
    #[arg(long, value_name = "TIME", hide_short_help = true)]
    pub log_level_debug_expires_at: Option<String>,
    /// Log to these files, or to stderr or stdout; files are appended to
    #[arg(long, value_name = "LIST", value_parser = list)]
    pub log_path: Vec<List>,
    /// Summary of a run: text on stderr, or json on stdout
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub summary_format: String,
    /// No progress and no summary; warnings and errors stay
    #[arg(long, action = Set, value_parser = go_bool)]
    pub quiet: bool,
}

/// Export to an OpenTelemetry collector.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Telemetry")]
pub struct Telemetry {
    /// Collector to send traces and logs to, host:port, over OTLP/gRPC; empty: none
    #[arg(long, value_name = "HOST:PORT", hide_short_help = true)]
    pub otel_collector_endpoint: Option<String>,
    /// PEM file with the certificate authority of the collector
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    pub otel_collector_endpoint_tls_cert_path: Option<String>,
    /// Certificate authority of the collector: PEM, or PEM in base64url
    #[arg(long, value_name = "PEM", hide_short_help = true)]
    pub otel_collector_endpoint_tls_cert: Option<String>,
    /// Talk to the collector without TLS
    #[arg(long, action = Set, value_parser = go_bool, hide_short_help = true)]
    pub otel_collector_endpoint_tls_insecure: bool,
    /// Send no traces
    #[arg(long, action = Set, value_parser = go_bool, hide_short_help = true)]
    pub otel_tracing_disabled: bool,
    /// Send no logs
    #[arg(long, action = Set, value_parser = go_bool, hide_short_help = true)]
    pub otel_logging_disabled: bool,
}

/// Accepted, without effect: settings of other connectors and of the hosted runtime.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Accepted, without effect")]
pub struct Compatible {
    /// Bytes of a session cache that is not used
    #[arg(long, value_name = "BYTES", default_value = "15728640", value_parser = int, hide_short_help = true)]
    pub session_store_maximum_size: i64,
    /// Group of sign-in fields; this connector has one
    #[arg(long, value_name = "NAME", hide_short_help = true)]
    pub auth_method: Option<String>,
    /// Tickets, which 1Password does not have
    #[arg(long, action = Set, value_parser = go_bool, hide_short_help = true)]
    pub ticketing: bool,
    /// Keep the file last uploaded
    #[arg(long, action = Set, value_parser = go_bool, hide_short_help = true)]
    pub keep_previous_sync_c1z: bool,
    /// Print the connector's custom actions: an empty list
    #[arg(long, action = Set, value_parser = go_bool, hide_short_help = true)]
    pub list_action_schemas: bool,
    /// With --list-action-schemas: of this resource type
    #[arg(long, value_name = "TYPE", hide_short_help = true)]
    pub list_action_schemas_resource_type: Option<String>,
}
