//! From merged inputs to validated settings: every rule is asked, every finding kept.

use std::path::{Path, PathBuf};

use tracing::Level;

use super::check::Check;
use super::flags::{self, spelling};
use super::values::Setting;
use super::{Error, Inputs, Mode, Password, Settings};
use super::{mode, service, sign_in, telemetry, warnings};
use crate::baton::ids::ResourceId;
use crate::c1z::{self, Limits, Retention};
use crate::sync::{AllowUnread, Plan, Resume};
use crate::{files, op};

impl Inputs {
    /// The host and port where a running connector answers health checks, whatever else is wrong.
    pub fn health(&self) -> Result<(String, u16), Error> {
        let mut check = Check::of(self, |name| name.starts_with("health-check"));
        let port = check.within("health-check-port", self.flags.health_check_port);
        check.end(Some((self.flags.health_check_bind_address.clone(), port)))
    }

    /// What to do and how, when the settings are right as a whole; else all that is wrong.
    pub fn validated(&self) -> Result<(Mode, Settings), Error> {
        let mut check = Check::of(self, |_| true);
        let settings = settings(&mut check);
        check.end(settings)
    }

    /// How to find `op` and ask for its version. What is wrong counts as not set.
    pub fn program(&self) -> op::Settings {
        op::Settings {
            path: self.flags.op_path.clone(),
            timeout: self.flags.op_timeout,
            workers: 1,
            auth: op::Auth::Unlocked { account: None },
        }
    }
}

fn settings(check: &mut Check<'_>) -> Option<(Mode, Settings)> {
    let (flags, around) = (&check.inputs.flags, &check.inputs.surroundings);
    refused(check);
    mode::groups(check);
    let mode = mode::of(check);
    let serves = mode.is_none();
    let (json_log, log_level) = log(check, serves);
    check.takes("summary-format", &flags.summary_format);
    let telemetry = telemetry::of(check);
    sync(check, mode.as_ref());
    let (op, password) = op(check, mode.as_ref());
    let plan = plan(check, serves, &op);
    let service = service::of(check, plan.clone());
    let limits = limits(check, mode.as_ref());
    let mode = mode.or_else(|| Some(Mode::Serve(Box::new(service?))))?;
    let settings = Settings {
        warnings: warnings::of(check.inputs, &mode, &op.auth),
        flags: flags.clone(),
        op,
        password,
        limits,
        retention: Retention::from_env(|name| around.text(name)),
        plan,
        state_folder: around.state_folder(),
        json_log,
        log_level,
        only_records: json_log && on_stderr(&flags.log_path),
        dumb: around.variable("TERM") == Some("dumb"),
        telemetry,
    };
    Some((mode, settings))
}

fn refused(check: &mut Check<'_>) {
    let inputs = check.inputs;
    for (origin, reason) in flags::all().iter().filter_map(|flag| inputs.refused(flag)) {
        let finding = format!("{origin} is not supported by this connector: {reason}");
        check.findings.push(finding);
    }
}

/// Bounds on the file that is read. Service mode and the list of actions read none, and do not mind
/// a bound that lets nothing through; a review that is carried out reads one in any mode.
fn limits(check: &mut Check<'_>, mode: Option<&Mode>) -> Limits {
    let limits = check.inputs.surroundings.limits();
    let is_used = check.inputs.is_review || !matches!(mode, None | Some(Mode::ListActions));
    if let (true, Err(error)) = (is_used, &limits) {
        check.findings.push(error.to_string());
    }
    limits.unwrap_or_default()
}

/// Whether records can be written there; nothing is created yet.
fn can_log_to(path: &Path, file: &Path) -> Result<(), String> {
    match path.to_str() {
        Some("") => return Err("name a file, stderr or stdout".to_owned()),
        Some("stderr" | "stdout") => return Ok(()),
        _ => {}
    }
    let place = match path.parent() {
        _ if path.exists() => path,
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    if path.is_dir() {
        return Err("it is a folder".to_owned());
    }
    files::can_write(place)
        .map_err(|error| format!("cannot write {}: {error}", place.display()))?;
    match is_same_file(path, file).map_err(|error| error.to_string())? {
        true => Err("it is the file of the sync, which records would damage".to_owned()),
        false => Ok(()),
    }
}

/// Whether both paths are of one file, or would be: links are followed, and letter case does not
/// tell apart, since some systems do not mind it. The log's must be one that a file may stand at.
fn is_same_file(log: &Path, file: &Path) -> Result<bool, c1z::Error> {
    let place = |path| {
        let path = c1z::resolve(path)?;
        let folder = path.parent().and_then(|folder| folder.canonicalize().ok());
        let name = path.file_name().unwrap_or_default();
        let path = folder.unwrap_or_default().join(name);
        Ok(path.to_string_lossy().to_lowercase())
    };
    let of_log = place(log)?;
    Ok(files::is_one_file(log, file) || place(file).is_ok_and(|of_file| of_file == of_log))
}

/// Whether records are JSON, and the least serious that count. They are for machines unless somebody
/// watches, or a run from the command line writes them to stderr, be it a pipe or a CI log.
fn log(check: &mut Check<'_>, serves: bool) -> (bool, Level) {
    let inputs = check.inputs;
    let flags = &inputs.flags;
    let people = inputs.surroundings.screen || (!serves && on_stderr(&flags.log_path));
    let json = match inputs.setting("log-format").map(Setting::text) {
        Some(word) => check.takes("log-format", word) && word == "json",
        None => !people,
    };
    for path in &flags.log_path {
        if let Err(why) = can_log_to(path, &flags.file) {
            check.refuse("log-path", path.display(), why);
        }
    }
    (json, log_level(check, &flags.log_level.to_lowercase()))
}

fn on_stderr(paths: &[PathBuf]) -> bool {
    paths.is_empty() || paths.iter().any(|path| path == Path::new("stderr"))
}

fn log_level(check: &mut Check<'_>, word: &str) -> Level {
    match word {
        "debug" => Level::DEBUG,
        "info" => Level::INFO,
        "warn" | "warning" => Level::WARN,
        // The last three are levels of the Go connector above it.
        "error" | "dpanic" | "panic" | "fatal" => Level::ERROR,
        _ => {
            let words = "use debug, info, warn, error, warning, dpanic, panic, fatal";
            check.refuse("log-level", word, words);
            Level::INFO
        }
    }
}

/// How to reach 1Password, and where a password is still to be read from.
fn op(check: &mut Check<'_>, mode: Option<&Mode>) -> (op::Settings, Option<Password>) {
    let flags = &check.inputs.flags;
    let mut op = check.inputs.program();
    op.workers = workers(check);
    if flags.op_timeout.is_zero() {
        check.refuse("op-timeout", "0", "use a time of at least 1s");
    }
    check.not_empty(&["op-path"]);
    // A list of actions asks 1Password nothing.
    if matches!(mode, Some(Mode::ListActions)) {
        return (op, None);
    }
    let (auth, password) = sign_in::auth(check);
    (op::Settings { auth, ..op }, password)
}

fn workers(check: &mut Check<'_>) -> usize {
    let processors = || std::thread::available_parallelism().map_or(1, |count| count.get().min(4));
    let flags = &check.inputs.flags;
    match (flags.workers, usize::try_from(flags.workers)) {
        (-1, _) => processors(),
        (0, _) if flags.parallel_sync => processors(),
        (0, _) => 4,
        (_, Ok(count @ 1..=32)) => count,
        (other, _) => {
            let numbers = "use a number from 1 to 32, 0 for 4, or -1 for the processors";
            check.refuse("workers", other, numbers);
            4
        }
    }
}

fn sync(check: &mut Check<'_>, mode: Option<&Mode>) {
    let flags = &check.inputs.flags;
    let has_file = matches!(mode, Some(Mode::Sync | Mode::Grant(_) | Mode::Revoke(_)));
    if flags.file.as_os_str().is_empty() && has_file {
        check.refuse("file", "", "give the path of a c1z file");
    }
    let is_alone = flags.skip_grants && flags.sync_resources.is_empty();
    check.needs(is_alone, "skip-grants", &spelling("sync-resources"));
    let sync = "a sync from the command line: C1 takes an upload for all there is, and would \
                delete what was not read";
    check.needs(flags.allow_unread && mode.is_none(), "allow-unread", sync);
    if flags.last_sign_in && flags.no_last_sign_in {
        let other = spelling("no-last-sign-in");
        let why = format!("give it or {other}, not both");
        check.refuse("last-sign-in", "true", why);
    }
    let temp_dir = flags.c1z_temp_dir.as_ref();
    let missing = temp_dir.filter(|folder| !folder.is_dir());
    if let Some(folder) = missing.filter(|_| !matches!(mode, Some(Mode::ListActions))) {
        let why = "there is no such folder";
        check.refuse("c1z-temp-dir", folder.display(), why);
    }
    match flags.storage_engine.as_deref() {
        None => {}
        Some(engine @ "pebble") => check.refuse(
            "storage-engine",
            engine,
            "this connector writes the sqlite container, which every baton reads; use sqlite or \
             leave it out",
        ),
        Some(engine) => drop(check.takes("storage-engine", engine)),
    }
}

/// What a sync covers; in service mode, what it covers where its task says nothing.
fn plan(check: &mut Check<'_>, serves: bool, op: &op::Settings) -> Plan {
    let flags = &check.inputs.flags;
    limits_are_known(check, &flags.limit_vault_permissions);
    let types = flags.sync_resource_types.iter();
    let types = types.filter(|name| check.takes("sync-resource-types", name));
    let mut plan = Plan {
        types: types.flat_map(|name| name.parse()).collect(),
        limit: flags.limit_vault_permissions.iter().cloned().collect(),
        workers: op.workers,
        last_sign_in: match flags.no_last_sign_in {
            true => Some(false),
            false => flags.last_sign_in.then_some(true),
        },
        ..Plan::default()
    };
    if serves {
        return plan;
    }
    let targets = flags.sync_resources.iter();
    let targets = targets.filter_map(|bid| check.good("sync-resources", ResourceId::from_bid(bid)));
    plan.targets = targets.collect();
    plan.skip_entitlements_and_grants = flags.skip_entitlements_and_grants;
    plan.skip_grants = flags.skip_grants;
    plan.allow_unread = match &op.auth {
        _ if flags.allow_unread => AllowUnread::Everything,
        op::Auth::Service(_) => AllowUnread::Members,
        op::Auth::Unlocked { .. } | op::Auth::User(_) => AllowUnread::Nothing,
    };
    let window = flags.resume_window;
    let folder = check.inputs.surroundings.state_folder();
    let folder = folder.filter(|_| !flags.no_resume && !window.is_zero());
    plan.resume = folder.map(|folder| Resume { folder, window });
    plan
}

fn limits_are_known(check: &mut Check<'_>, names: &[String]) {
    let known = flags::words("limit-vault-permissions");
    let unknown = names.iter().map(String::as_str);
    let unknown: Vec<&str> = unknown.filter(|name| !known.contains(name)).collect();
    if !unknown.is_empty() {
        check.findings.push(format!(
            "invalid vault permission: {} ({}); use {}",
            unknown.join(", "),
            check.inputs.origin("limit-vault-permissions"),
            known.join(", ")
        ));
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn one_file_has_many_names() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("a"), "").unwrap();
        std::fs::create_dir(at("sub")).unwrap();
        std::fs::hard_link(at("a"), at("hard")).unwrap();
        symlink("a", at("soft")).unwrap();
        symlink("new", at("dangling")).unwrap();
        symlink("sub", at("link")).unwrap();
        symlink("circle", at("circle")).unwrap();
        let is_same = |log: &str, file: &str| is_same_file(&at(log), &at(file)).unwrap();
        for same in ["a", "sub/../a", "hard", "soft", "A", "./a"] {
            assert!(is_same("a", same) && is_same(same, "a"), "{same}");
        }
        for other in ["b", "sub", "sub/a", "no/such/a", "circle"] {
            assert!(!is_same("a", other), "{other}");
        }
        let refused = is_same_file(&at("circle"), &at("a")).unwrap_err();
        assert!(refused.to_string().contains("too many links"), "{refused}");
        for (new, same) in [
            ("new", "NEW"),
            ("new", "dangling"),
            ("new", "sub/../new"),
            ("sub/new", "link/new"),
        ] {
            assert!(is_same(new, same) && is_same(same, new), "{same}");
        }
    }
}
