//! CSV for a review in a spreadsheet: one line a principal, vault and path, with columns for the
//! reviewer to fill in. [`super::Decisions`] reads it back.

use std::io::{self, Write};

use crate::baton::ids::ResourceKind;
use crate::text::plain;

use super::Report;
use super::abilities::Ability;
use super::csv::{self, Column, Gap, Line, UNKNOWN, joined};

/// What is, what the reviewer says, and the ids that say for certain what a line is about.
const COLUMNS: [Column; 19] = [
    ("person", |line| plain(&line.who.name), Gap::Nothing),
    ("email", |line| plain(&line.who.email), Gap::Nothing),
    ("kind", |line| line.who.sort.text().into(), Gap::Kind),
    ("state", |line| state(line).into(), Gap::Nothing),
    ("last_sign_in", |line| sign_in(line).into(), Gap::Nothing),
    ("vault", |line| plain(&line.vault.name), Gap::VaultName),
    ("path", |line| path(line).into(), Gap::Unknown),
    (
        "permissions",
        |line| joined(line.permissions, line.held).into(),
        Gap::Unknown,
    ),
    (
        "can_manage",
        |line| can(line, Ability::Manages).into(),
        Gap::Nothing,
    ),
    (
        "can_export",
        |line| can(line, Ability::Exports).into(),
        Gap::Nothing,
    ),
    (
        "can_read",
        |line| can(line, Ability::Reads).into(),
        Gap::Nothing,
    ),
    ("decision", |_| "".into(), Gap::Nothing),
    ("reviewer", |_| "".into(), Gap::Nothing),
    ("comment", |_| "".into(), Gap::Nothing),
    (
        "principal_type",
        |line| line.who.kind.as_str().into(),
        Gap::Kind,
    ),
    ("principal_id", |line| (&*line.who.id).into(), Gap::Nothing),
    ("vault_id", |line| (&*line.vault.id).into(), Gap::VaultId),
    ("path_type", |line| line.path.kind.into(), Gap::Unknown),
    ("path_id", |line| line.path.id.into(), Gap::Nothing),
];

/// Writes every access; with an older file, what is gained and lost is marked in the column `change`:
/// what is not any more has no decision to wait for, and is told for the reviewer to know. Lines with the
/// permissions `unknown` come first: each says of what the file does not tell everything.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(report: &Report<'_>, out: &mut impl Write) -> io::Result<()> {
    csv::write(report, &COLUMNS, false, out)
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
