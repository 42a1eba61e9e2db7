//! From merged inputs to validated settings: every rule is asked, every finding kept.

use std::path::Path;
use std::time::Duration;

use super::check::Check;
use super::flags::{self, spelling};
use super::same::is_same_file;
use super::words;
use super::{
    Auth, Error, Health, Inputs, Log, LogFormat, LogLevel, Mode, Op, Output, Service, Settings,
    Sync, credentials, groups, mode, telemetry, warnings,
};
use crate::files;

impl Inputs {
    /// Where a running connector answers health checks; rules of other settings are not asked.
    ///
    /// # Errors
    /// What was found wrong while reading, or a port out of range.
    pub fn health(&self) -> Result<Health, Error> {
        let mut check = Check {
            inputs: self,
            findings: self.findings.clone(),
        };
        let health = health(&mut check);
        match check.findings.is_empty() {
            true => Ok(health),
            false => Err(Error(check.findings)),
        }
    }

    /// Judges the settings as a whole: they may be used when there is no finding. Findings have a
    /// fixed order.
    pub fn validated(&self) -> (Settings, Vec<String>) {
        settings(self)
    }
}

/// Asks every rule; see [`Inputs::validated`].
fn settings(inputs: &Inputs) -> (Settings, Vec<String>) {
    let mut check = Check {
        inputs,
        findings: inputs.findings.clone(),
    };
    refused(&mut check);
    groups::check(inputs, &mut check.findings);
    let service = service(&mut check);
    let mode = mode::of(&mut check, &service.client_id);
    let log = log(&mut check, &mode);
    let output = output(&mut check, &log);
    let telemetry = telemetry::of(&mut check);
    let sync = sync(&mut check, &mode);
    let op = op(&mut check, &mode);
    let settings = Settings {
        warnings: warnings::of(inputs, &mode, &op),
        dry_run: inputs.flags.dry_run,
        yes: inputs.flags.yes,
        mode,
        op,
        sync,
        service,
        log,
        output,
        telemetry,
    };
    (settings, check.findings)
}

/// Known flags that this connector cannot serve.
fn refused(check: &mut Check<'_>) {
    for flag in flags::all() {
        if let (Some(reason), Some(setting)) = (flag.refused, check.inputs.setting(&flag.name))
            && flag.is_asked(&setting.texts)
        {
            check.findings.push(format!(
                "{} is not supported by this connector: {reason}",
                setting.origin
            ));
        }
    }
}

/// What stands for no file among the paths of logs.
const STREAMS: [&str; 2] = ["stderr", "stdout"];

/// Whether records can be written there; nothing is created yet.
///
/// # Errors
/// Why not.
fn can_open(path: &str) -> Result<(), String> {
    if path.is_empty() {
        return Err("name a file, stderr or stdout".to_owned());
    }
    if path == "stderr" || path == "stdout" {
        return Ok(());
    }
    let path = words::path(path);
    let path = path.as_path();
    let place = match path.parent() {
        _ if path.exists() => path,
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    if path.is_dir() {
        return Err("it is a folder".to_owned());
    }
    files::can_write(place).map_err(|error| format!("cannot write {}: {error}", place.display()))
}

/// Records are for machines unless somebody watches; but what a run from the command line writes to stderr is read by
/// people, in a pipe or a CI log too.
fn log(check: &mut Check<'_>, mode: &Mode) -> Log {
    let flags = &check.inputs.flags;
    let paths = flags.log_path.clone();
    let on_stderr = paths.is_empty() || paths.iter().any(|path| path == "stderr");
    let people = check.inputs.surroundings.screen || (*mode != Mode::Serve && on_stderr);
    let default = match people {
        true => LogFormat::Console,
        false => LogFormat::Json,
    };
    let format = match flags.log_format.as_deref() {
        Some(word) if check.takes("log-format", word) && word == "json" => LogFormat::Json,
        Some(_) => LogFormat::Console,
        None => default,
    };
    for path in &paths {
        let file = &words::path(&check.inputs.flags.file);
        if let Err(why) = can_open(path) {
            check.refuse("log-path", path, why);
        } else if !STREAMS.contains(&path.as_str()) && is_same_file(&words::path(path), file) {
            check.refuse(
                "log-path",
                path,
                "it is the file of the sync, which records would damage",
            );
        }
    }
    Log {
        format,
        level: log_level(check, &flags.log_level.to_lowercase()),
        paths,
    }
}

fn log_level(check: &mut Check<'_>, word: &str) -> LogLevel {
    match word {
        "debug" => LogLevel::Debug,
        "info" => LogLevel::Info,
        "warn" | "warning" => LogLevel::Warn,
        // The last three are levels of the Go connector above it.
        "error" | "dpanic" | "panic" | "fatal" => LogLevel::Error,
        _ => {
            let words = "use debug, info, warn, error, warning, dpanic, panic, fatal";
            check.refuse("log-level", word, words);
            LogLevel::Info
        }
    }
}

fn output(check: &mut Check<'_>, log: &Log) -> Output {
    let flags = &check.inputs.flags;
    check.takes("summary-format", &flags.summary_format);
    Output {
        json_summary: flags.summary_format == "json",
        quiet: flags.quiet,
        records: log.format == LogFormat::Json
            && (log.paths.is_empty() || log.paths.iter().any(|path| path == "stderr")),
    }
}

fn op(check: &mut Check<'_>, mode: &Mode) -> Op {
    let flags = &check.inputs.flags;
    let workers = match flags.workers {
        0 if flags.parallel_sync => processors(),
        0 => 4,
        -1 => processors(),
        n if (1..=32).contains(&n) => usize::try_from(n).unwrap_or(4),
        n => {
            check.refuse(
                "workers",
                n,
                "use a number from 1 to 32, 0 for 4, or -1 for the processors",
            );
            4
        }
    };
    let timeout = flags.op_timeout;
    if timeout.is_zero() {
        check.refuse("op-timeout", "0", "use a time of at least 1s");
    }
    let path = flags.op_path.clone();
    if path.as_deref() == Some("") {
        check.refuse(
            "op-path",
            "",
            "give the path of the op program, or leave it out",
        );
    }
    let auth = match mode {
        // It asks 1Password nothing.
        Mode::ListActions => None,
        _ => credentials::auth(check),
    };
    Op {
        path: path.map(|path| words::path(&path)),
        timeout,
        workers,
        auth: auth.unwrap_or(Auth::Unlocked { account: None }),
    }
}

/// The processors, at most 4, as `--workers -1` means.
fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, |count| count.get().min(4))
}

fn sync(check: &mut Check<'_>, mode: &Mode) -> Sync {
    let flags = &check.inputs.flags;
    if flags.file.is_empty() && *mode != Mode::Serve {
        check.refuse("file", "", "give the path of a c1z file");
    }
    if flags.skip_grants && flags.sync_resources.is_empty() {
        check.needs("skip-grants", &spelling("sync-resources"));
    }
    if flags.allow_unread && *mode == Mode::Serve {
        let why = "a sync from the command line: C1 takes an upload for all there is, and would delete what was not read";
        check.needs("allow-unread", why);
    }
    if flags.last_sign_in && flags.no_last_sign_in {
        let other = spelling("no-last-sign-in");
        check.refuse(
            "last-sign-in",
            "true",
            format!("give it or {other}, not both"),
        );
    }
    let folder = flags
        .c1z_temp_dir
        .clone()
        .filter(|folder| !folder.is_empty());
    if let Some(folder) = folder
        .as_deref()
        .filter(|folder| !words::path(folder).is_dir())
    {
        check.refuse("c1z-temp-dir", folder, "there is no such folder");
    }
    check.storage_engine(flags.storage_engine.as_deref());
    Sync {
        file: words::path(&flags.file),
        c1z_temp_dir: folder.map(|folder| words::path(&folder)),
        limit_vault_permissions: check.vault_permissions(),
        sync_resource_types: check.resource_types(),
        sync_resources: flags.sync_resources.clone(),
        skip_entitlements_and_grants: flags.skip_entitlements_and_grants,
        skip_grants: flags.skip_grants,
        allow_unread: flags.allow_unread,
        strict: flags.strict,
        last_sign_in: match flags.no_last_sign_in {
            true => Some(false),
            false => flags.last_sign_in.then_some(true),
        },
        resume_window: match flags.no_resume {
            true => Duration::ZERO,
            false => flags.resume_window,
        },
    }
}

fn service(check: &mut Check<'_>) -> Service {
    let client_secret = credentials::client_secret(check);
    let flags = &check.inputs.flags;
    let health = health(check);
    let tasks = check.within("task-concurrency", flags.task_concurrency);
    let seconds = check.within("http-timeout-seconds", flags.http_timeout_seconds);
    Service {
        client_id: flags.client_id.clone().unwrap_or_default(),
        client_secret,
        provisioning: flags.provisioning,
        once: flags.once,
        once_timeout: flags.once_timeout,
        grace: flags.grace,
        task_concurrency: tasks.into(),
        skip_full_sync: flags.skip_full_sync,
        http_timeout: Duration::from_secs(seconds.into()),
        health: flags.health_check.then_some(health),
    }
}

/// Where the health server listens, or is asked.
fn health(check: &mut Check<'_>) -> Health {
    let flags = &check.inputs.flags;
    Health {
        address: flags.health_check_bind_address.clone(),
        port: check.within("health-check-port", flags.health_check_port),
    }
}
