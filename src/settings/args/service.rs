//! Flags of service mode, in which C1 hands out the work.

use clap::ArgAction::Set;
use clap::Args;

use super::values::{Span, go_bool, int, span};
use crate::secret::Secret;

/// Service mode.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Service mode")]
pub struct Service {
    /// C1 client id, name@host/spe; with it the connector takes its work from C1
    #[arg(long, value_name = "ID")]
    pub client_id: Option<String>,
    /// C1 client secret; safer in its variable or a file
    #[arg(long, value_name = "SECRET")]
    pub client_secret: Option<Secret>,
    /// File that holds the C1 client secret
    #[arg(long, value_name = "FILE")]
    pub client_secret_file: Option<String>,
    /// Carry out grants and revocations that C1 asks for
    #[arg(short, long, action = Set, value_parser = go_bool)]
    pub provisioning: bool,
    /// Upload one sync, then end
    #[arg(long, action = Set, value_parser = go_bool)]
    pub once: bool,
    /// With --once: longest wait for C1 to ask for a sync; without it, no limit
    #[arg(long, value_name = "TIME", value_parser = span)]
    pub once_timeout: Option<Span>,
    /// How long running tasks may go on after a signal to stop; who ends them in time exits with 0
    #[arg(long, value_name = "TIME", default_value = "20s", value_parser = span)]
    pub grace: Span,
    /// How many tasks run at once, 1 to 100; syncs leave one to changes of access
    #[arg(long, value_name = "N", default_value = "3", value_parser = int)]
    pub task_concurrency: i64,
    /// Refuse the syncs that C1 asks for, so that it keeps what it has
    #[arg(long, action = Set, value_parser = go_bool)]
    pub skip_full_sync: bool,
    /// Longest wait for an access token, 1 to 1800; never more than 60 s
    #[arg(long, value_name = "SECONDS", default_value = "300", value_parser = int, hide_short_help = true)]
    pub http_timeout_seconds: i64,
    /// Serve /live, /ready (C1 answers: not after five minutes of silence) and /health over HTTP
    #[arg(long, action = Set, value_parser = go_bool)]
    pub health_check: bool,
    /// Port of the health server
    #[arg(long, value_name = "PORT", default_value = "8081", value_parser = int)]
    pub health_check_port: i64,
    /// Address the health server listens on
    #[arg(
        long,
        value_name = "ADDRESS",
        default_value = "127.0.0.1",
        hide_short_help = true
    )]
    pub health_check_bind_address: String,
}
