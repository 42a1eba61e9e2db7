//! The columns of the two forms of CSV, and what stands in them about what the sync did not read.

use std::borrow::Cow;

use crate::baton::ids::ResourceKind;
use crate::text::plain;

use super::abilities::Ability;
use super::model::{PathParts, Principal, Vault};
use super::permissions::{Permissions, Set};

/// What stands for principals, permissions and paths that the sync did not read.
pub(super) const UNKNOWN: &str = "unknown";

/// What one line is about: what somebody has on a vault by one path.
#[derive(Clone, Copy)]
pub(super) struct Line<'r> {
    pub(super) who: &'r Principal,
    pub(super) vault: &'r Vault,
    pub(super) path: PathParts<'r>,
    pub(super) permissions: &'r Permissions,
    pub(super) held: Set,
    /// More may be held.
    pub(super) unread: bool,
}

/// A column's name and its cell.
pub(super) type Column = (&'static str, for<'l> fn(&'l Line<'l>) -> Cow<'l, str>);

/// What is, what the reviewer says, and the ids that say for certain what a line is about.
pub(super) const REVIEW: [Column; 19] = [
    ("person", |line| plain(&line.who.name)),
    ("email", |line| plain(&line.who.email)),
    ("kind", |line| line.who.sort.text().into()),
    ("state", |line| state(line).into()),
    ("last_sign_in", |line| sign_in(line).into()),
    ("vault", |line| plain(&line.vault.name)),
    ("path", |line| path(line).into()),
    ("permissions", |line| held(line).into()),
    ("can_manage", |line| can(line, Ability::Manages).into()),
    ("can_export", |line| can(line, Ability::Exports).into()),
    ("can_read", |line| can(line, Ability::Reads).into()),
    ("decision", |_| "".into()),
    ("reviewer", |_| "".into()),
    ("comment", |_| "".into()),
    ("principal_type", |line| line.who.kind.as_str().into()),
    ("principal_id", |line| (&*line.who.id).into()),
    ("vault_id", |line| (&*line.vault.id).into()),
    ("path_type", |line| line.path.kind.into()),
    ("path_id", |line| line.path.id.into()),
];

/// The same for programs.
pub(super) const PERMISSIONS: [Column; 13] = [
    ("principal_type", |line| line.who.kind.as_str().into()),
    ("principal_id", |line| (&*line.who.id).into()),
    ("principal_name", |line| plain(&line.who.name)),
    ("principal_email", |line| plain(&line.who.email)),
    ("principal_status", |line| status(line).into()),
    ("principal_state", |line| plain(&line.who.state)),
    ("vault_id", |line| (&*line.vault.id).into()),
    ("vault_name", |line| plain(&line.vault.name)),
    ("permission", |line| held(line).into()),
    ("path_type", |line| line.path.kind.into()),
    ("path_id", |line| line.path.id.into()),
    ("path_name", |line| plain(group(line))),
    ("principal_kind", |line| line.who.sort.word().into()),
];

/// The cell of a line about principals of this kind, or of any, who may hold more on the vault, or
/// on any, than the sync read.
pub(super) fn unread<'v>(
    column: &str,
    kind: &'static str,
    vault: Option<&'v Vault>,
) -> Cow<'v, str> {
    match (column, vault) {
        ("kind" | "principal_kind" | "principal_type", _) => kind.into(),
        ("path" | "path_type" | "permission" | "permissions", _) => UNKNOWN.into(),
        ("vault_id", Some(vault)) => (&*vault.id).into(),
        ("vault" | "vault_name", Some(vault)) => plain(&vault.name),
        _ => "".into(),
    }
}

/// The permissions in one cell; the empty one that Go writes for an unknown right keeps its place.
pub(super) fn joined(permissions: &Permissions, held: Set) -> String {
    let slugs = permissions.slugs(held).map(plain);
    slugs.collect::<Vec<_>>().join(", ")
}

fn held(line: &Line<'_>) -> String {
    joined(line.permissions, line.held)
}

fn status(line: &Line<'_>) -> &'static str {
    match line.who.kind {
        ResourceKind::User => line.who.status.word(),
        _ => "",
    }
}

fn state(line: &Line<'_>) -> String {
    match line.who.kind {
        ResourceKind::User => line.who.status_text(),
        _ => plain(&line.who.state.to_lowercase()).into(),
    }
}

fn sign_in(line: &Line<'_>) -> String {
    line.who.signed_in.day(match line.who.kind {
        ResourceKind::User => UNKNOWN,
        _ => "",
    })
}

fn group<'l>(line: &'l Line<'_>) -> &'l str {
    line.path.group.map_or("", |group| &group.name)
}

fn path(line: &Line<'_>) -> String {
    match line.path.group {
        Some(group) => format!("group {}", plain(&group.name)),
        None => line.path.label(),
    }
}

fn can(line: &Line<'_>, ability: Ability) -> &'static str {
    match line.permissions.abilities(line.held).has(ability) {
        true => "yes",
        false if line.unread => UNKNOWN,
        false => "no",
    }
}
