//! What a run does, and the settings that fit no other.

use super::check::Check;
use super::flags::spelling;
use super::{Grant, Mode};
use crate::baton::ids::ResourceKind;

/// What a run does that is not service mode: grant, revoke, list of actions, and at last a sync.
/// None in service mode, which wins.
///
/// A setting that means nothing in the mode, and whose user therefore expects something else to
/// happen, is a finding: never a silent full sync.
pub(super) fn of(check: &mut Check<'_>) -> Option<Mode> {
    let flags = &check.inputs.flags;
    if flags.once_timeout.is_some() && !flags.once {
        check.needs("once-timeout", &spelling("once"));
    }
    if flags.client_id.is_some() {
        return None;
    }
    if flags.once {
        check.needs("once", &spelling("client-id"));
    }
    if flags.skip_full_sync {
        let mode = "service mode: a sync from the command line would be empty";
        check.needs("skip-full-sync", mode);
    }
    let mode = one_shot(check);
    let inputs = check.inputs;
    // Typed beside a review that is carried out, they say how.
    let is_stray = |name| !(inputs.is_review && inputs.is_typed(name));
    let revokes = matches!(mode, Mode::Revoke(_));
    let has_type = inputs.setting("grant-principal-type").is_some();
    if !matches!(mode, Mode::Grant(_)) && has_type {
        check.needs("grant-principal-type", &spelling("grant-entitlement"));
    }
    if flags.dry_run && !revokes && !matches!(mode, Mode::Grant(_)) && is_stray("dry-run") {
        check.needs("dry-run", "a grant or revocation");
    }
    if flags.yes && !revokes && is_stray("yes") {
        check.needs("yes", &spelling("revoke-grant"));
    }
    let actions = "list-action-schemas-resource-type";
    if !matches!(mode, Mode::ListActions) && inputs.setting(actions).is_some() {
        check.needs(actions, &spelling("list-action-schemas"));
    }
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
    let given = |name| {
        inputs
            .setting(name)
            .map(|setting| setting.text().to_owned())
    };
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
