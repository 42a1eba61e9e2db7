//! What is accepted but deserves a word.

use std::collections::BTreeSet;

use super::flags;
use super::values::go_bool;
use super::words;
use super::{Auth, Inputs, Mode, Op};
use crate::files;
use crate::notice::Notice;

/// The warnings, in order.
pub(super) fn of(inputs: &Inputs, mode: &Mode, op: &Op) -> Vec<Notice> {
    let mut warnings = Vec::new();
    secrets(inputs, &mut warnings);
    if inputs.flags.parallel_sync {
        let origin = inputs.origin("parallel-sync");
        let sentence = format!("{origin} is an old spelling; use --workers");
        warnings.push(Notice::warning("old-spelling", sentence));
    }
    without_effect(inputs, mode, &mut warnings);
    misspelt(inputs, &mut warnings);
    let account = inputs.setting("account");
    if account.is_some_and(|account| account.origin == "--account")
        && !matches!(op.auth, Auth::Unlocked { .. })
    {
        let sentence = "--account has no effect when credentials are given";
        warnings.push(Notice::warning("without-effect", sentence));
    }
    warnings
}

/// Secrets that others on this machine can see.
fn secrets(inputs: &Inputs, warnings: &mut Vec<Notice>) {
    let safer = [
        ("password", "BATON_PASSWORD or --password-file"),
        ("secret-key", "BATON_SECRET_KEY or --secret-key-file"),
        (
            "client-secret",
            "BATON_CLIENT_SECRET or --client-secret-file",
        ),
    ];
    let mut filed = Vec::new();
    for (name, safer) in safer {
        let Some(setting) = inputs.setting(name) else {
            continue;
        };
        if setting.texts.last().is_none_or(|text| text == "-") {
            continue;
        }
        if setting.origin.starts_with("--") {
            warnings.push(Notice::warning("secret-seen", format!(
                "--{name} on the command line can be seen by every user of this machine; {safer} cannot"
            )));
        } else if setting.origin.starts_with(name) {
            filed.push(name);
        }
    }
    if let Some(path) = inputs
        .file
        .as_deref()
        .filter(|path| files::others_can_read(path))
        && !filed.is_empty()
    {
        warnings.push(Notice::warning(
            "secret-seen",
            format!(
                "{} holds {} and can be read by other users; run: chmod 600 {0}",
                path.display(),
                filed.join(" and ")
            ),
        ));
    }
    for name in ["password-file", "secret-key-file", "client-secret-file"] {
        let path = inputs
            .setting(name)
            .and_then(|setting| setting.texts.last());
        if let Some(path) = path.filter(|path| files::others_can_read(&words::path(path))) {
            let origin = inputs.origin(name);
            warnings.push(Notice::warning(
                "secret-seen",
                format!("{path} of {origin} can be read by other users; run: chmod 600 {path}"),
            ));
        }
    }
}

/// Variables that nobody knows but that are one or two letters from one with an effect.
fn misspelt(inputs: &Inputs, warnings: &mut Vec<Notice>) {
    let flags = flags::all().iter().map(flags::Flag::variable);
    let others = super::surroundings::VARIABLES
        .iter()
        .map(|name| (*name).to_owned());
    let known: BTreeSet<String> = flags.chain(others).collect();
    let given = inputs.surroundings.variables.keys();
    let given = given.filter_map(|name| name.to_str());
    for name in given.filter(|name| name.starts_with("BATON_") && !known.contains(*name)) {
        let near = known
            .iter()
            .map(|known| (strsim::damerau_levenshtein(known, name), known));
        if let Some((1..=2, near)) = near.min() {
            warnings.push(Notice::warning(
                "misspelt-variable",
                format!("{name} means nothing here; did you mean {near}?"),
            ));
        }
    }
}

/// Settings that mean nothing in the mode, and whose user does not wait for anything else.
fn without_effect(inputs: &Inputs, mode: &Mode, warnings: &mut Vec<Notice>) {
    let (names, why): (&[&str], _) = match mode {
        Mode::Serve => (
            &[
                "file",
                "sync-resources",
                "skip-entitlements-and-grants",
                "skip-grants",
                "grant-entitlement",
                "revoke-grant",
                "list-action-schemas",
                "dry-run",
                "yes",
            ],
            "in service mode, where C1 decides",
        ),
        _ => (&["health-check"], "outside service mode"),
    };
    if *mode != Mode::Sync && inputs.flags.summary_format == "json" {
        let origin = inputs.origin("summary-format");
        warnings.push(Notice::warning(
            "without-effect",
            format!("{origin} has no effect: only a sync from the command line has a summary"),
        ));
    }
    let off = |text: &String| go_bool(text) == Ok(false);
    for name in names {
        let setting = inputs.setting(name);
        if let Some(setting) = setting.filter(|setting| !setting.texts.last().is_some_and(off)) {
            warnings.push(Notice::warning(
                "without-effect",
                format!("{} has no effect {why}", setting.origin),
            ));
        }
    }
}
