//! Settings that go together or exclude each other.
//!
//! "Given" means by flag, variable or file, even as `false` or empty.

use super::Inputs;
use super::flags::{self, spelling};

/// All or none.
const TOGETHER: [&[&str]; 7] = [
    &["grant-entitlement", "grant-principal"],
    &["client-id", "client-secret"],
    &["create-ticket", "ticket-template-path"],
    &["bulk-create-ticket", "bulk-ticket-template-path"],
    &["get-ticket", "ticket-id"],
    &["diff-syncs", "base-sync-id", "applied-sync-id"],
    &[
        "compact-syncs",
        "compact-sync-ids",
        "compact-file-paths",
        "compact-output-path",
    ],
];

/// At most one.
const APART: [&[&str]; 2] = [
    &[
        "grant-entitlement",
        "revoke-grant",
        "create-account-login",
        "delete-resource",
        "rotate-credentials",
        "event-feed",
        "create-ticket",
        "get-ticket",
        "list-ticket-schemas",
        "bulk-create-ticket",
    ],
    &[
        "grant-entitlement",
        "revoke-grant",
        "create-account-email",
        "delete-resource-type",
        "rotate-credentials-type",
        "event-feed",
        "diff-syncs",
        "compact-syncs",
        "list-ticket-schemas",
    ],
];

/// Adds a finding for each rule that is broken.
pub(super) fn check(inputs: &Inputs, findings: &mut Vec<String>) {
    let given = |name: &&&str| {
        inputs.setting(name).is_some()
            || (**name == "client-secret" && inputs.setting("client-secret-file").is_some())
    };
    for group in TOGETHER {
        let (set, missing): (Vec<&str>, Vec<&str>) = group.iter().partition(|name| given(name));
        // What is refused needs nothing else.
        let refused = set.iter().any(|name| is_refused(inputs, name));
        if !set.is_empty() && !missing.is_empty() && !refused {
            findings.push(format!(
                "{} needs {} too",
                list(inputs, &set),
                missing
                    .iter()
                    .map(|name| spelling(name))
                    .collect::<Vec<_>>()
                    .join(" and ")
            ));
        }
    }
    let mut clashes: Vec<Vec<&str>> = Vec::new();
    for group in APART {
        let set: Vec<&str> = group.iter().filter(|name| given(name)).copied().collect();
        if set.len() > 1 && !clashes.contains(&set) {
            clashes.push(set);
        }
    }
    for set in clashes {
        findings.push(format!("give only one of {}", list(inputs, &set)));
    }
}

fn is_refused(inputs: &Inputs, name: &str) -> bool {
    let flag = flags::find(name).filter(|flag| flag.refused.is_some());
    let setting = inputs.setting(name);
    flag.is_some_and(|flag| setting.is_some_and(|setting| flag.is_asked(&setting.texts)))
}

fn list(inputs: &Inputs, names: &[&str]) -> String {
    let origins: Vec<String> = names.iter().map(|name| inputs.origin(name)).collect();
    origins.join(" and ")
}
