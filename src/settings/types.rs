//! Validated settings: plain types in which a bad combination cannot be written.

use std::path::PathBuf;
use std::time::Duration;

use crate::notice::Notice;
use crate::secret::Secret;

/// Everything the user asked for, checked.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What to do.
    pub mode: Mode,
    /// How to reach 1Password.
    pub op: Op,
    /// What a sync reads and writes.
    pub sync: Sync,
    /// Service mode.
    pub service: Service,
    /// Print the calls of a grant or revocation and change nothing.
    pub dry_run: bool,
    /// Revoke without asking.
    pub yes: bool,
    /// Log records.
    pub log: Log,
    /// Summary and progress.
    pub output: Output,
    /// OpenTelemetry export; `None` when no collector is named.
    pub telemetry: Option<Telemetry>,
    /// What was accepted but deserves a word, in order.
    pub warnings: Vec<Notice>,
}

/// What one run does (service mode wins).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Take tasks from C1.
    Serve,
    /// Make one grant.
    Grant(Grant),
    /// Take one grant back, by its id in the file.
    Revoke(String),
    /// Print the custom actions: none.
    ListActions,
    /// Write a c1z file.
    Sync,
}

impl Mode {
    /// The mode in one word.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Serve => "serve",
            Self::Grant(_) => "grant",
            Self::Revoke(_) => "revoke",
            Self::ListActions => "list-actions",
            Self::Sync => "sync",
        }
    }
}

/// Who shall receive what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Entitlement id as stored in the file.
    pub entitlement: String,
    /// Id of the receiver, without its type.
    pub principal: String,
    /// Resource type of the receiver.
    pub principal_type: String,
}

/// How to reach 1Password.
#[derive(Clone, Debug)]
pub struct Op {
    /// The program; `None` looks on `PATH`.
    pub path: Option<PathBuf>,
    /// Longest wait for one call.
    pub timeout: Duration,
    /// Processes at once, 1 to 32.
    pub workers: usize,
    /// Who signs in.
    pub auth: Auth,
}

/// Who signs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Auth {
    /// Whoever unlocked `op`: the desktop app or an existing session.
    Unlocked {
        /// Which account, when `op` knows several.
        account: Option<String>,
    },
    /// A user with a password.
    User {
        /// Host of the sign-in address; empty when none was given.
        address: String,
        /// E-mail.
        email: String,
        /// Needed only to add the account to `op`.
        secret_key: Option<Secret>,
        /// The password or where it comes from.
        password: Password,
    },
    /// A service account, by its token.
    Service(Secret),
}

/// A password, or where it is still to be read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Password {
    /// Known.
    Given(Secret),
    /// On standard input.
    Stdin,
    /// Asked of the person at the terminal.
    Prompt,
}

/// What a sync reads and writes.
#[derive(Clone, Debug)]
pub struct Sync {
    /// The c1z file.
    pub file: PathBuf,
    /// Folder for temporary data, which exists.
    pub c1z_temp_dir: Option<PathBuf>,
    /// Permission names to keep; empty keeps all.
    pub limit_vault_permissions: Vec<String>,
    /// Resource types to sync; empty means all.
    pub sync_resource_types: Vec<String>,
    /// Resources of a targeted sync, as given; empty means all.
    pub sync_resources: Vec<String>,
    /// Resources alone.
    pub skip_entitlements_and_grants: bool,
    /// Targeted sync without grants.
    pub skip_grants: bool,
    /// Refused listings are marked as unread.
    pub allow_unread: bool,
    /// Anything unread is exit code 8.
    pub strict: bool,
    /// Whether to ask when each person last signed in; `None`: unless signed in as a service account.
    pub last_sign_in: Option<bool>,
    /// How long answers of an interrupted sync stay usable; zero with `--no-resume`.
    pub resume_window: Duration,
}

/// Service mode.
#[derive(Clone, Debug)]
pub struct Service {
    /// C1 client id; empty outside service mode.
    pub client_id: String,
    /// C1 client secret.
    pub client_secret: Secret,
    /// Whether grants and revocations are carried out.
    pub provisioning: bool,
    /// End after one uploaded sync.
    pub once: bool,
    /// Longest wait for that sync's task; `None` is no limit.
    pub once_timeout: Option<Duration>,
    /// How long running tasks may go on after a signal.
    pub grace: Duration,
    /// Tasks at once, 1 to 100.
    pub task_concurrency: usize,
    /// Refuse the syncs that C1 asks for.
    pub skip_full_sync: bool,
    /// Limit of one request for an access token.
    pub http_timeout: Duration,
    /// Health server, when asked for.
    pub health: Option<Health>,
}

/// Where the health server listens, or is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// Host name or address.
    pub address: String,
    /// Port; 0 takes a free one.
    pub port: u16,
}

/// Log records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// How records are written.
    pub format: LogFormat,
    /// The least serious level that is logged.
    pub level: LogLevel,
    /// Files, or the words `stderr` and `stdout`; empty is stderr.
    pub paths: Vec<String>,
}

/// How log records are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum LogFormat {
    Json,
    Console,
}

/// The least serious level that is logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum LogLevel {
    Debug,
    Info,
    Warn,
    Error,
}

/// Summary and progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Output {
    /// Summary as JSON on stdout instead of text on stderr.
    pub json_summary: bool,
    /// Neither progress nor summary for people.
    pub quiet: bool,
    /// stderr holds JSON log records and nothing else, so progress and summary are records too.
    pub records: bool,
}

/// OpenTelemetry export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Telemetry {
    /// `host:port` of the collector.
    pub endpoint: String,
    /// Whether TLS is used, and whom it trusts.
    pub tls: CollectorTls,
    /// Export traces.
    pub traces: bool,
    /// Export log records.
    pub logs: bool,
}

/// TLS towards the collector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CollectorTls {
    /// None.
    Plaintext,
    /// The system's certificate authorities.
    System,
    /// This authority, in PEM.
    Authority(String),
}
