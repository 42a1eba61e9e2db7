//! The flags, one row each: what it is for, its name and type, what it is called in the help,
//! default, and the rest.
//!
//! Grammar, variables, keys of the configuration file, help, manual, completion, and what
//! `settings` and `config` print come from here. Whether a value makes sense is asked in `rules`.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::Duration;

use super::flag::Offer::{Connector, Process};
pub use super::flag::{Flag, Offer};
pub use super::values::Kind;
use super::values::{Finding, Layer, Value};
use crate::baton::ids::ResourceKind;
use crate::connector::permission::limit_names;
use crate::secret::Secret;

const REFUSED: &str = "Not supported by this connector";

/// Makes of the rows below the table, and the typed values of a run.
macro_rules! flags {
    ($($heading:literal {
        $($(#[doc = $about:literal])+ $field:ident: $type:ty = { $($key:ident: $value:expr),* };)+
    })+
    refused {
        $($reason:literal { $($kind:ty: $($refused:ident)+;)+ })+
    }) => {
        /// Every flag that has an effect, typed, with its default filled in.
        #[derive(Clone, Debug)]
        pub struct Flags {
            $($($(#[doc = $about])+ pub $field: $type,)+)+
        }

        impl Flags {
            /// Reads the texts; a value that its type refuses is a finding, and its default taken.
            pub(super) fn read(layer: &Layer, findings: &mut Vec<Finding>) -> Self {
                let mut rows = all().iter();
                let flags = Self {
                    $($($field: value(rows.next(), layer, findings),)+)+
                };
                // Those that are refused have no field; their bad values are findings all the same.
                $($($(
                    let $refused: $kind = value(rows.next(), layer, findings);
                    let _ = $refused;
                )+)+)+
                flags
            }
        }

        fn rows() -> Vec<Flag> {
            vec![$($(
                Flag { $($key: $value.into(),)* ..Flag::default() }
                    .of::<$type>(stringify!($field), $heading, concat!($($about),+)),
            )+)+
            $($($(
                Flag { refused: Some($reason), value: "VALUE", rare: true, ..Flag::default() }
                    .of::<$kind>(stringify!($refused), REFUSED, concat!("Refused: ", $reason)),
            )+)+)+]
        }
    };
}

flags! {
    "Sign-in" {
        /// Sign-in address of the 1Password account
        address: String = { value: "HOST", default: "my.1password.com", offer: Connector(1) };
        /// E-mail of the 1Password user; with it the user's password is needed
        email: Option<String> = { value: "EMAIL", offer: Connector(2) };
        /// Who signs in: user, or service with OP_SERVICE_ACCOUNT_TOKEN
        auth_type: String = { value: "TYPE", default: "user", offer: Connector(3),
            words: ["user", "service"] };
        /// Secret Key of the user; needed only when op does not know the account yet
        secret_key: Option<Secret> = { value: "KEY", offer: Connector(4) };
        /// File that holds the Secret Key
        secret_key_file: Option<PathBuf> = { value: "FILE" };
        /// Password of the user, or - to read it from standard input
        password: Option<Secret> = { value: "PASSWORD", offer: Connector(5) };
        /// File that holds the password, or - for standard input
        password_file: Option<PathBuf> = { value: "FILE" };
        /// Account to use when op is already unlocked: address, e-mail or id, as OP_ACCOUNT
        account: Option<String> = { value: "ACCOUNT" };
        /// Path of the op program; without it, op is looked for on PATH
        op_path: Option<PathBuf> = { value: "FILE" };
        /// Longest wait for one op call: seconds, or a time such as 90s or 2m
        op_timeout: Duration = { value: "TIME", default: "60s" };
    }
    "Sync" {
        /// File to write; a grant or revocation reads it
        file: PathBuf = { value: "FILE", default: "sync.c1z", short: 'f' };
        /// Keep only these vault permissions:
        limit_vault_permissions: Vec<String> = { value: "LIST", offer: Connector(6),
            words: limit_names().collect::<Vec<_>>() };
        /// How many op processes run at once, 1 to 32; 0 means 4, -1 the processors, at most 4
        workers: i64 = { value: "N", default: "0" };
        /// Old spelling of --workers -1
        parallel_sync: bool = { rare: true };
        /// Sync only these resource types:
        sync_resource_types: Vec<String> = { value: "LIST",
            words: ResourceKind::ALL.map(ResourceKind::as_str) };
        /// Sync only these resources, as baton ids such as bid:r:vault/ID
        sync_resources: Vec<String> = { value: "LIST" };
        /// Sync resources alone, without entitlements and grants
        skip_entitlements_and_grants: bool = {};
        /// Leave out the grants of a targeted sync
        skip_grants: bool = { rare: true };
        /// Container of the file:
        storage_engine: Option<String> = { value: "NAME", words: ["sqlite"], rare: true };
        /// Folder for temporary data of a sync; then BATON_TMPDIR, then the system's
        c1z_temp_dir: Option<PathBuf> = { value: "FOLDER", rare: true };
        /// Go on when op refuses to list a group's members or who is on a vault, and mark them as
        /// unread
        allow_unread: bool = {};
        /// Exit with 8 when the sync is done but something could not be read
        strict: bool = {};
        /// Ask when each person last signed in, also as a service account, whose limits count every
        /// person
        last_sign_in: bool = {};
        /// Do not ask when each person last signed in
        no_last_sign_in: bool = {};
        /// How long an interrupted sync's answers may be used again
        resume_window: Duration = { value: "TIME", default: "1h" };
        /// Ask op for everything, even after an interrupted sync
        no_resume: bool = {};
    }
    "Service mode" {
        /// C1 client id, name@host/spe; with it the connector takes its work from C1
        client_id: Option<String> = { value: "ID" };
        /// C1 client secret; safer in its variable or a file
        client_secret: Option<Secret> = { value: "SECRET" };
        /// File that holds the C1 client secret
        client_secret_file: Option<PathBuf> = { value: "FILE" };
        /// Carry out grants and revocations that C1 asks for
        provisioning: bool = { short: 'p' };
        /// Upload one sync, then end
        once: bool = {};
        /// With --once: longest wait for C1 to ask for a sync; without it, no limit
        once_timeout: Option<Duration> = { value: "TIME" };
        /// How long running tasks may go on after a signal to stop; who ends them in time exits
        /// with 0
        grace: Duration = { value: "TIME", default: "20s" };
        /// How many tasks run at once, 1 to 100; syncs leave one to changes of access
        task_concurrency: i64 = { value: "N", default: "3", bounds: (1, 100) };
        /// Refuse the syncs that C1 asks for, so that it keeps what it has
        skip_full_sync: bool = {};
        /// Longest wait for an access token, 1 to 1800; never more than 60 s
        http_timeout_seconds: i64 = { value: "SECONDS", default: "300", bounds: (1, 1800), rare: true,
            offer: Process(13) };
        /// Serve /live, /ready (C1 answers: not after five minutes of silence) and /health over
        /// HTTP
        health_check: bool = { offer: Process(10) };
        /// Port of the health server
        health_check_port: i64 = { value: "PORT", default: "8081", bounds: (0, u16::MAX), offer: Process(11) };
        /// Address the health server listens on
        health_check_bind_address: String = { value: "ADDRESS", default: "127.0.0.1", rare: true,
            offer: Process(12) };
    }
    "Grant and revoke" {
        /// Entitlement to grant, by its id in the file; names fit where they are one's alone:
        /// "vault:Depot Keys:view items"
        grant_entitlement: Option<String> = { value: "ID" };
        /// Who receives it, by id, name or e-mail address in the file
        grant_principal: Option<String> = { value: "ID" };
        /// Resource type of the receiver: user or group
        grant_principal_type: Option<String> = { value: "TYPE" };
        /// Grant to take back, by its id in the file; names fit likewise:
        /// "vault:Depot Keys:view items:user:ada@example.com"
        revoke_grant: Option<String> = { value: "ID" };
        /// Print the op calls that a grant or revocation would make, and what is held before and
        /// after; change nothing
        dry_run: bool = {};
        /// Revoke without asking: for scripts that take access from a whole group, or carry out a
        /// review
        yes: bool = {};
    }
    "Output and settings" {
        /// Configuration file: .yaml, .yml, .toml or .json
        config: Option<PathBuf> = { value: "FILE" };
        /// Log records as json or console; default: console, but json in service mode without a
        /// terminal
        log_format: Option<String> = { value: "FORMAT", words: ["json", "console"] };
        /// Least serious records to log:
        log_level: String = { value: "LEVEL", default: "info", offer: Process(1),
            words: ["debug", "info", "warn", "error"] };
        /// Accepted, without effect: when debug logging should end
        log_level_debug_expires_at: Option<String> = { value: "TIME", rare: true, offer: Process(2) };
        /// Log to these files, or to stderr or stdout; files are appended to
        log_path: Vec<PathBuf> = { value: "LIST" };
        /// Summary of a run: text on stderr, or json on stdout
        summary_format: String = { value: "FORMAT", default: "text", words: ["text", "json"] };
        /// No progress and no summary; warnings and errors stay
        quiet: bool = {};
    }
    "Telemetry" {
        /// Collector to send traces and logs to, host:port, over OTLP/gRPC; empty: none
        otel_collector_endpoint: Option<String> = { value: "HOST:PORT", rare: true, offer: Process(4) };
        /// PEM file with the certificate authority of the collector
        otel_collector_endpoint_tls_cert_path: Option<PathBuf> = { value: "FILE", rare: true,
            offer: Process(5) };
        /// Certificate authority of the collector: PEM, or PEM in base64url
        otel_collector_endpoint_tls_cert: Option<String> = { value: "PEM", rare: true, offer: Process(6) };
        /// Talk to the collector without TLS
        otel_collector_endpoint_tls_insecure: bool = { rare: true, offer: Process(7) };
        /// Send no traces
        otel_tracing_disabled: bool = { rare: true, offer: Process(8) };
        /// Send no logs
        otel_logging_disabled: bool = { rare: true, offer: Process(9) };
    }
    "Accepted, without effect" {
        /// Bytes of a session cache that is not used
        session_store_maximum_size: i64 = { value: "BYTES", default: "15728640", rare: true,
            offer: Process(3) };
        /// Group of sign-in fields; this connector has one
        auth_method: Option<String> = { value: "NAME", rare: true };
        /// Tickets, which 1Password does not have
        ticketing: bool = { rare: true };
        /// Keep the file last uploaded
        keep_previous_sync_c1z: bool = { rare: true };
        /// Print the connector's custom actions: an empty list
        list_action_schemas: bool = { rare: true };
        /// With --list-action-schemas: of this resource type
        list_action_schemas_resource_type: Option<String> = { value: "TYPE", rare: true };
    }
    refused {
        "it has no event feed" {
            String: event_feed event_feed_id event_feed_start_at event_feed_cursor;
        }
        "invite people in 1Password" {
            String: create_account_login create_account_email create_account_profile
                create_account_resource_type;
        }
        "delete users, groups and vaults in 1Password" {
            String: delete_resource delete_resource_type;
        }
        "it rotates no credentials" {
            String: rotate_credentials rotate_credentials_type;
        }
        "1Password has no tickets" {
            bool: create_ticket bulk_create_ticket get_ticket list_ticket_schemas;
            String: ticket_template_path bulk_ticket_template_path ticket_id;
        }
        "it has no custom actions" {
            String: invoke_action invoke_action_args invoke_action_resource_type
                list_resource_actions invoke_resource_action invoke_resource_action_resource_type
                invoke_resource_action_args;
        }
        "compare two files with: baton-1password report NEW.c1z --diff OLD.c1z" {
            bool: diff_syncs;
            String: base_sync_id applied_sync_id;
        }
        "one full sync already holds everything" {
            bool: compact_syncs;
            Vec<String>: compact_sync_ids compact_file_paths;
            String: compact_output_path;
        }
        "every principal of a 1Password grant is in 1Password" {
            String: external_resource_c1z external_resource_entitlement_id_filter;
            Vec<String>: external_resource_traits;
        }
    }
}

/// Every flag, in the order of `--help`: those with an effect, then those that are refused.
pub fn all() -> &'static [Flag] {
    static ALL: LazyLock<Vec<Flag>> = LazyLock::new(rows);
    &ALL
}

/// The flag of this name.
pub fn find(name: &str) -> Option<&'static Flag> {
    all().iter().find(|flag| flag.name == name)
}

/// The flag most like a name that is none, as near as clap asks for on the command line.
pub(super) fn similar(name: &str) -> Option<&'static str> {
    let known = all().iter().map(|flag| &*flag.name);
    let known = known.filter(|known| *known != name);
    let near = known.map(|known| (strsim::jaro(known, name), known));
    let (nearness, known) = near.max_by(|one, other| one.0.total_cmp(&other.0))?;
    (nearness > 0.7).then_some(known)
}

pub(super) fn words(name: &str) -> &'static [&'static str] {
    find(name).map_or(&[], |flag| &flag.words)
}

/// The flag and its variable, for messages where it is missing.
pub(super) fn spelling(name: &str) -> String {
    let variable = find(name).map(Flag::variable);
    format!("--{name} ({})", variable.unwrap_or_default())
}

/// The value of a row: that of its setting, else its default. A finding leaves out the text of a
/// secret, and that of a file, where a secret may have been put into the wrong line.
fn value<T: Value>(flag: Option<&Flag>, layer: &Layer, findings: &mut Vec<Finding>) -> T {
    let Some(flag) = flag else {
        return T::default();
    };
    if let Some(setting) = layer.get(&flag.name) {
        let origin = &setting.origin;
        let text = match origin.contains(", line ") || flag.kind == Kind::Secret {
            true => String::new(),
            false => format!(" {:?}", setting.text()),
        };
        match T::read(&setting.texts) {
            Ok(value) => return value,
            Err(reason) => findings.push((
                flag.name.clone(),
                format!("invalid value{text} for {origin}: {reason}"),
            )),
        }
    }
    let default: Vec<OsString> = flag.default.map(OsString::from).into_iter().collect();
    T::read(&default).unwrap_or_default()
}
