//! What the report and its changes are made of in JSON.

use serde_json::{Value, json};

use crate::notice::Notice;

use super::count::Listed;
use super::permissions::{Permissions, Set};
use super::snapshot::{PathParts, Principal, Source, Vault};

pub(super) fn sentences(notices: &[Notice]) -> Vec<String> {
    notices.iter().map(Notice::line).collect()
}

pub(super) fn source(source: &Source) -> Value {
    let run = &source.sync;
    json!({
        "file": source.file,
        "account_id": source.account.1,
        "account_name": source.account.0,
        "sync_id": run.sync_id,
        "sync_type": run.sync_type.as_str(),
        "started_at": run.started().map(|time| time.to_string()),
        "ended_at": run.ended().map(|time| time.to_string()),
    })
}

pub(super) fn reference(p: &Principal) -> Value {
    json!({ "type": p.kind.as_str(), "id": p.id, "name": p.name })
}

pub(super) fn vault_reference(v: &Vault) -> Value {
    json!({ "id": v.id, "name": v.name })
}

pub(super) fn path(permissions: &Permissions, parts: &PathParts<'_>, held: Set) -> Value {
    let mut value = json!({ "type": parts.kind });
    if !parts.id.is_empty() {
        value["id"] = parts.id.into();
    }
    if let Some(group) = parts.group {
        value["name"] = group.name.as_str().into();
    }
    value["permissions"] = permissions.slugs(held).collect();
    value
}

/// An object of lists, `null` where nothing is known, and in `incomplete` the names of those that may
/// lack something.
pub(super) fn lists<const N: usize>(lists: [(&str, Listed<Value>); N]) -> Value {
    let incomplete = lists.iter().filter(|(_, list)| !list.all);
    let incomplete = incomplete.map(|&(name, _)| name).collect();
    let mut value = json!({});
    for (name, list) in &lists {
        value[name] = json!(list.known());
    }
    value["incomplete"] = incomplete;
    value
}
