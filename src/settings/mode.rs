//! What a run does, and the settings that fit no other.

use super::check::Check;
use super::flags::spelling;
use super::{Grant, Mode};
use crate::baton::ids::ResourceKind;

/// The mode: service mode wins, then grant, revoke, list of actions, and at last a sync.
///
/// A setting that means nothing in the mode, and whose user therefore expects something else to
/// happen, is a finding: never a silent full sync.
pub(super) fn of(check: &mut Check<'_>, client_id: &str) -> Mode {
    if check.inputs.flags.once_timeout.is_some() && !check.inputs.flags.once {
        check.needs("once-timeout", &spelling("once"));
    }
    if !client_id.is_empty() {
        return Mode::Serve;
    }
    if check.inputs.flags.once {
        check.needs("once", &spelling("client-id"));
    }
    if check.inputs.flags.skip_full_sync {
        check.needs(
            "skip-full-sync",
            "service mode: a sync from the command line would be empty",
        );
    }
    let mode = one_shot(check);
    if !matches!(mode, Mode::Grant(_)) && check.inputs.setting("grant-principal-type").is_some() {
        check.needs("grant-principal-type", &spelling("grant-entitlement"));
    }
    if matches!(mode, Mode::Sync | Mode::ListActions) && check.inputs.flags.dry_run {
        check.needs("dry-run", "a grant or revocation");
    }
    if !matches!(mode, Mode::Revoke(_)) && check.inputs.flags.yes {
        check.needs("yes", &spelling("revoke-grant"));
    }
    let actions = "list-action-schemas-resource-type";
    if mode != Mode::ListActions && check.inputs.setting(actions).is_some() {
        check.needs(actions, &spelling("list-action-schemas"));
    }
    mode
}

fn one_shot(check: &mut Check<'_>) -> Mode {
    for name in [
        "grant-entitlement",
        "grant-principal",
        "grant-principal-type",
        "revoke-grant",
    ] {
        check.not_empty(name);
    }
    let flags = &check.inputs.flags;
    if let Some(entitlement) = flags.grant_entitlement.clone() {
        if flags.grant_principal_type.is_none() {
            let kind = spelling("grant-principal-type");
            check
                .findings
                .push(format!("a grant needs {kind} too: user or group"));
        }
        if let Some(kind) = flags
            .grant_principal_type
            .as_deref()
            .filter(|kind| !kind.is_empty())
        {
            // All but two are refused too, but later and with the place where such access is changed.
            if kind.parse::<ResourceKind>().is_err() {
                let kinds = "use user, group, project, vault, account";
                check.refuse("grant-principal-type", kind, kinds);
            }
        }
        return Mode::Grant(Grant {
            entitlement,
            principal: flags.grant_principal.clone().unwrap_or_default(),
            principal_type: flags.grant_principal_type.clone().unwrap_or_default(),
        });
    }
    match flags.revoke_grant.clone() {
        Some(grant) => Mode::Revoke(grant),
        None if check.inputs.flags.list_action_schemas => Mode::ListActions,
        None => Mode::Sync,
    }
}
