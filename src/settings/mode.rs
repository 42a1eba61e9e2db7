//! What a run does; the settings that fit no other, that go together, or exclude each other.

use super::check::Check;
use super::flags::{self, spelling};
use super::{Grant, Mode};
use crate::baton::ids::ResourceKind;

/// What a run does; none in service mode, which wins. A setting that means nothing in the mode, and
/// whose user therefore expects something else to happen, is a finding: never a silent full sync.
pub(super) fn of(check: &mut Check<'_>) -> Option<Mode> {
    let flags = &check.inputs.flags;
    let is_alone = flags.once_timeout.is_some() && !flags.once;
    check.needs(is_alone, "once-timeout", &spelling("once"));
    if flags.client_id.is_some() {
        return None;
    }
    check.needs(flags.once, "once", &spelling("client-id"));
    let service = "service mode: a sync from the command line would be empty";
    check.needs(flags.skip_full_sync, "skip-full-sync", service);
    let mode = one_shot(check);
    let inputs = check.inputs;
    let is_set = |name| inputs.setting(name).is_some();
    let is_stray = |name| !(inputs.is_review && inputs.is_typed(name));
    let grants = matches!(mode, Mode::Grant(_));
    let revokes = matches!(mode, Mode::Revoke(_));
    let name = "grant-principal-type";
    let is_alone = !grants && is_set(name);
    check.needs(is_alone, name, &spelling("grant-entitlement"));
    let is_alone = flags.dry_run && !grants && !revokes && is_stray("dry-run");
    check.needs(is_alone, "dry-run", "a grant or revocation");
    let is_alone = flags.yes && !revokes && is_stray("yes");
    check.needs(is_alone, "yes", &spelling("revoke-grant"));
    let name = "list-action-schemas-resource-type";
    let is_alone = !matches!(mode, Mode::ListActions) && is_set(name);
    check.needs(is_alone, name, &spelling("list-action-schemas"));
    Some(mode)
}

fn one_shot(check: &mut Check<'_>) -> Mode {
    check.not_empty(&[
        "grant-entitlement",
        "grant-principal",
        "grant-principal-type",
        "revoke-grant",
    ]);
    let inputs = check.inputs;
    // An empty text, which is a finding of its own, says as well what is meant.
    let given = |name| Some(inputs.setting(name)?.text().to_owned());
    let Some(entitlement) = given("grant-entitlement") else {
        return match given("revoke-grant") {
            Some(grant) => Mode::Revoke(grant),
            None if inputs.flags.list_action_schemas => Mode::ListActions,
            None => Mode::Sync,
        };
    };
    let principal_type = given("grant-principal-type");
    match principal_type.as_deref() {
        // All but two are refused too, but later and with the place where such access is changed.
        Some(kind) if !kind.is_empty() && kind.parse::<ResourceKind>().is_err() => {
            let kinds = "use user, group, project, vault, account";
            check.refuse("grant-principal-type", kind, kinds);
        }
        Some(_) => {}
        None => {
            let kind = spelling("grant-principal-type");
            let needs = format!("a grant needs {kind} too: user or group");
            check.findings.push(needs);
        }
    }
    Mode::Grant(Grant {
        entitlement,
        principal: given("grant-principal").unwrap_or_default(),
        principal_type: principal_type.unwrap_or_default(),
    })
}

/// All or none.
const TOGETHER: [&str; 7] = [
    "grant-entitlement grant-principal",
    "client-id client-secret",
    "create-ticket ticket-template-path",
    "bulk-create-ticket bulk-ticket-template-path",
    "get-ticket ticket-id",
    "diff-syncs base-sync-id applied-sync-id",
    "compact-syncs compact-sync-ids compact-file-paths compact-output-path",
];

/// At most one.
const APART: [&str; 2] = [
    "grant-entitlement revoke-grant create-account-login delete-resource rotate-credentials \
     event-feed create-ticket get-ticket list-ticket-schemas bulk-create-ticket",
    "grant-entitlement revoke-grant create-account-email delete-resource-type \
     rotate-credentials-type event-feed diff-syncs compact-syncs list-ticket-schemas",
];

/// A setting is set by flag, variable or file, even to `false` or nothing.
pub(super) fn groups(check: &mut Check<'_>) {
    let inputs = check.inputs;
    let is_set = |name: &&str| {
        inputs.setting(name).is_some()
            || (*name == "client-secret" && inputs.setting("client-secret-file").is_some())
    };
    for group in TOGETHER {
        let (set, missing): (Vec<&str>, Vec<&str>) = group.split(' ').partition(is_set);
        // What is refused needs nothing else.
        let mut flags = set.iter().filter_map(|name| flags::find(name));
        let is_refused = flags.any(|flag| inputs.refused(flag).is_some());
        if !set.is_empty() && !missing.is_empty() && !is_refused {
            let missing: Vec<String> = missing.into_iter().map(spelling).collect();
            let (set, missing) = (inputs.origins(&set), missing.join(" and "));
            check.findings.push(format!("{set} needs {missing} too"));
        }
    }
    for group in APART {
        let set: Vec<&str> = group.split(' ').filter(is_set).collect();
        if set.len() > 1 {
            check.clash(&set);
        }
    }
}
