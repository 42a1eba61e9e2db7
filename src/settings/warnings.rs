//! What is accepted but deserves a word.

use std::collections::BTreeSet;
use std::path::Path;

use super::environment::VARIABLES;
use super::flags::{self, Flag};
use super::{Inputs, Mode};
use crate::files;
use crate::notice::Notice;
use crate::op::Auth;
use crate::text::truth;

pub(super) fn of(inputs: &Inputs, mode: &Mode, auth: &Auth) -> Vec<Notice> {
    let mut warnings = Vec::new();
    let mut warn = |code, sentences: Vec<String>| {
        let sentences = sentences.into_iter();
        warnings.extend(sentences.map(|sentence| Notice::warning(code, sentence)));
    };
    warn("secret-seen", secrets(inputs));
    if inputs.flags.parallel_sync {
        let origin = inputs.origin("parallel-sync");
        let sentence = format!("{origin} is an old spelling; use --workers");
        warn("old-spelling", vec![sentence]);
    }
    warn("without-effect", without_effect(inputs, mode));
    warn("misspelt-variable", misspelt(inputs));
    if inputs.is_typed("account") && !matches!(auth, Auth::Unlocked { .. }) {
        let sentence = "--account has no effect when credentials are given";
        warn("without-effect", vec![sentence.to_owned()]);
    }
    warnings
}

/// Secrets that others on this machine can see.
fn secrets(inputs: &Inputs) -> Vec<String> {
    let (mut warnings, mut filed) = (Vec::new(), Vec::new());
    for name in ["password", "secret-key", "client-secret"] {
        let text = inputs.setting(name).filter(|setting| setting.text() != "-");
        if text.is_some() && inputs.is_typed(name) {
            let variable = flags::find(name).map(Flag::variable).unwrap_or_default();
            warnings.push(format!(
                "--{name} on the command line can be seen by every user of this machine; \
                 {variable} or --{name}-file cannot"
            ));
        } else if text.is_some_and(|setting| setting.origin.starts_with(name)) {
            filed.push(name);
        }
        let file = format!("{name}-file");
        let path = inputs.path(&file).map(Path::new);
        if let Some(path) = path.filter(|path| files::others_can_read(path)) {
            let (path, origin) = (path.display(), inputs.origin(&file));
            warnings.push(format!(
                "{path} of {origin} can be read by other users; run: chmod 600 {path}"
            ));
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
    warnings
}

/// Variables that nobody knows but that are one or two letters from one with an effect.
fn misspelt(inputs: &Inputs) -> Vec<String> {
    let others = VARIABLES.into_iter().map(str::to_owned);
    let flags = flags::all().iter().map(Flag::variable);
    let known: BTreeSet<String> = flags.chain(others).collect();
    let names = inputs.surroundings.variables.keys();
    let names = names.filter_map(|name| name.to_str());
    let unknown = names.filter(|name| name.starts_with("BATON_") && !known.contains(*name));
    let warning = |name| {
        let near = known.iter();
        let near = near.map(|known| (strsim::damerau_levenshtein(known, name), known));
        let (letters, near) = near.min()?;
        let is_near = (1..=2).contains(&letters);
        is_near.then(|| format!("{name} means nothing here; did you mean {near}?"))
    };
    unknown.filter_map(warning).collect()
}

/// What means nothing in service mode.
const WITHOUT_SERVICE: [&str; 9] = [
    "file",
    "sync-resources",
    "skip-entitlements-and-grants",
    "skip-grants",
    "grant-entitlement",
    "revoke-grant",
    "list-action-schemas",
    "dry-run",
    "yes",
];

/// Settings that mean nothing in the mode, and whose user does not wait for anything else.
fn without_effect(inputs: &Inputs, mode: &Mode) -> Vec<String> {
    let (names, why): (&[&str], _) = match mode {
        Mode::Serve(_) => (&WITHOUT_SERVICE, "in service mode, where C1 decides"),
        _ => (&["health-check"], "outside service mode"),
    };
    let mut warnings = Vec::new();
    if !matches!(mode, Mode::Sync) && inputs.flags.summary_format == "json" {
        let origin = inputs.origin("summary-format");
        let sentence = "has no effect: only a sync from the command line has a summary";
        warnings.push(format!("{origin} {sentence}"));
    }
    let set = names.iter().filter_map(|name| inputs.setting(name));
    let set = set.filter(|setting| truth(setting.text()) != Some(false));
    warnings.extend(set.map(|setting| format!("{} has no effect {why}", setting.origin)));
    warnings
}
