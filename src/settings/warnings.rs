//! What is accepted but deserves a word.

use std::collections::BTreeSet;

use super::environment::VARIABLES;
use super::flags::{self, Flag};
use super::values::Setting;
use super::{Inputs, Mode, go_bool, words};
use crate::files;
use crate::notice::Notice;
use crate::op::Auth;

/// The warnings, in order.
pub(super) fn of(inputs: &Inputs, mode: &Mode, auth: &Auth) -> Vec<Notice> {
    let mut warnings: Vec<Notice> = secrets(inputs)
        .into_iter()
        .map(|sentence| Notice::warning("secret-seen", sentence))
        .collect();
    if inputs.flags.parallel_sync {
        let origin = inputs.origin("parallel-sync");
        let sentence = format!("{origin} is an old spelling; use --workers");
        warnings.push(Notice::warning("old-spelling", sentence));
    }
    let warned = |sentence| Notice::warning("without-effect", sentence);
    warnings.extend(without_effect(inputs, mode).into_iter().map(warned));
    let warned = |sentence| Notice::warning("misspelt-variable", sentence);
    warnings.extend(misspelt(inputs).into_iter().map(warned));
    if inputs.is_typed("account") && !matches!(auth, Auth::Unlocked { .. }) {
        let sentence = "--account has no effect when credentials are given";
        warnings.push(Notice::warning("without-effect", sentence));
    }
    warnings
}

/// Secrets that others on this machine can see.
fn secrets(inputs: &Inputs) -> Vec<String> {
    let mut warnings = Vec::new();
    let mut filed = Vec::new();
    for name in ["password", "secret-key", "client-secret"] {
        let Some(Setting { texts, origin }) = inputs.setting(name) else {
            continue;
        };
        if texts.last().is_none_or(|text| text == "-") {
            continue;
        }
        if inputs.is_typed(name) {
            let variable = flags::find(name).map(Flag::variable).unwrap_or_default();
            warnings.push(format!(
                "--{name} on the command line can be seen by every user of this machine; {variable} or --{name}-file \
                 cannot"
            ));
        } else if origin.starts_with(name) {
            filed.push(name);
        }
    }
    let file = inputs.file.as_deref().filter(|_| !filed.is_empty());
    if let Some(path) = file.filter(|path| files::others_can_read(path)) {
        warnings.push(format!(
            "{} holds {} and can be read by other users; run: chmod 600 {0}",
            path.display(),
            filed.join(" and ")
        ));
    }
    for name in ["password-file", "secret-key-file", "client-secret-file"] {
        let setting = inputs.setting(name);
        let path = setting.and_then(|setting| setting.texts.last());
        if let Some(path) = path.filter(|path| files::others_can_read(&words::path(path))) {
            let origin = inputs.origin(name);
            warnings.push(format!(
                "{path} of {origin} can be read by other users; run: chmod 600 {path}"
            ));
        }
    }
    warnings
}

/// Variables that nobody knows but that are one or two letters from one with an effect.
fn misspelt(inputs: &Inputs) -> Vec<String> {
    let others = VARIABLES.into_iter().map(str::to_owned);
    let flags = flags::all().iter().map(Flag::variable);
    let known: BTreeSet<String> = flags.chain(others).collect();
    let near = |name: &&str| {
        let distance = |known| (strsim::damerau_levenshtein(known, name), known);
        let near = known.iter().map(|known| distance(known.as_str())).min();
        near.filter(|(distance, _)| (1..=2).contains(distance))
    };
    let given = inputs.surroundings.variables.keys();
    let given = given.filter_map(|name| name.to_str());
    let given = given.filter(|name| name.starts_with("BATON_") && !known.contains(*name));
    let warning = |name| {
        let near = near(&name)?.1;
        Some(format!("{name} means nothing here; did you mean {near}?"))
    };
    given.filter_map(warning).collect()
}

/// Settings that mean nothing in the mode, and whose user does not wait for anything else.
fn without_effect(inputs: &Inputs, mode: &Mode) -> Vec<String> {
    let (names, why): (&[&str], _) = match mode {
        Mode::Serve(_) => (
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
    let mut warnings = Vec::new();
    if !matches!(mode, Mode::Sync) && inputs.flags.summary_format == "json" {
        let origin = inputs.origin("summary-format");
        let sentence = "has no effect: only a sync from the command line has a summary";
        warnings.push(format!("{origin} {sentence}"));
    }
    let is_off = |text: &String| go_bool(text) == Ok(false);
    let given = names.iter().filter_map(|name| inputs.setting(name));
    let given = given.filter(|setting| !setting.texts.last().is_some_and(is_off));
    warnings.extend(given.map(|setting| format!("{} has no effect {why}", setting.origin)));
    warnings
}
