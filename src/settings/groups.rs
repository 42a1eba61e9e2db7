//! Settings that go together or exclude each other.
//!
//! A setting is set by flag, variable or file, even to `false` or nothing.

use super::check::Check;
use super::flags::{self, spelling};

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

pub(super) fn check(check: &mut Check<'_>) {
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
