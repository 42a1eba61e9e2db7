//! What the report and its changes are made of in JSON. Keys stand in alphabetical order.

use serde::Serialize;
use serde_json::{Value, json};

use crate::notice::Notice;

use super::count::Listed;
use super::model::PathParts;
use super::permissions::{Permissions, Set};
use super::snapshot;

pub(super) fn sentences(notices: &[Notice]) -> Vec<String> {
    notices.iter().map(Notice::line).collect()
}

/// Which sync of which file.
#[derive(Serialize)]
pub(super) struct Source<'s> {
    account_id: &'s str,
    account_name: &'s str,
    ended_at: Option<String>,
    file: &'s str,
    started_at: Option<String>,
    sync_id: &'s str,
    sync_type: &'s str,
}

impl<'s> Source<'s> {
    pub(super) fn new(source: &'s snapshot::Source) -> Self {
        let run = &source.sync;
        Self {
            account_id: &source.account.1,
            account_name: &source.account.0,
            ended_at: run.ended().map(|time| time.to_string()),
            file: &source.file,
            started_at: run.started().map(|time| time.to_string()),
            sync_id: &run.sync_id,
            sync_type: run.sync_type.as_str(),
        }
    }
}

/// A path and what it gives.
#[derive(Serialize)]
pub(super) struct Giving<'s> {
    #[serde(skip_serializing_if = "str::is_empty")]
    id: &'s str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'s str>,
    permissions: Vec<&'s str>,
    #[serde(rename = "type")]
    kind: &'static str,
}

impl<'s> Giving<'s> {
    pub(super) fn new(permissions: &'s Permissions, path: PathParts<'s>, held: Set) -> Self {
        Self {
            id: path.id,
            name: path.group.map(|group| &*group.name),
            permissions: permissions.slugs(held).collect(),
            kind: path.kind,
        }
    }
}

/// A list by its name.
pub(super) type Named = (&'static str, bool, Value);

pub(super) fn named<T: Serialize>(name: &'static str, list: &Listed<T>) -> Named {
    (name, list.all, json!(list))
}

/// An object of lists, `null` where nothing is known, and in `incomplete` the names of those that may
/// lack something.
pub(super) fn lists(lists: impl IntoIterator<Item = Named>) -> Value {
    let (mut value, mut incomplete) = (json!({}), Vec::new());
    for (name, all, list) in lists {
        value[name] = list;
        incomplete.extend((!all).then_some(name));
    }
    value["incomplete"] = json!(incomplete);
    value
}
