//! CSV for programs: one line a principal, vault, permission and path.

use std::io::{self, Write};

use crate::baton::ids::ResourceKind;
use crate::text::plain;

use super::Report;
use super::csv::{self, Column, Gap, joined};

const COLUMNS: [Column; 13] = [
    (
        "principal_type",
        |line| line.who.kind.as_str().into(),
        Gap::Kind,
    ),
    ("principal_id", |line| (&*line.who.id).into(), Gap::Nothing),
    ("principal_name", |line| plain(&line.who.name), Gap::Nothing),
    (
        "principal_email",
        |line| plain(&line.who.email),
        Gap::Nothing,
    ),
    ("principal_status", |line| status(line).into(), Gap::Nothing),
    (
        "principal_state",
        |line| plain(&line.who.state),
        Gap::Nothing,
    ),
    ("vault_id", |line| (&*line.vault.id).into(), Gap::VaultId),
    ("vault_name", |line| plain(&line.vault.name), Gap::VaultName),
    (
        "permission",
        |line| joined(line.permissions, line.held).into(),
        Gap::Unknown,
    ),
    ("path_type", |line| line.path.kind.into(), Gap::Unknown),
    ("path_id", |line| line.path.id.into(), Gap::Nothing),
    (
        "path_name",
        |line| {
            line.path
                .group
                .map_or("".into(), |group| plain(&group.name))
        },
        Gap::Nothing,
    ),
    (
        "principal_kind",
        |line| line.who.sort.word().into(),
        Gap::Kind,
    ),
];

/// Writes every permission; with an older file, also what was lost, marked in the column `change`. Lines
/// with the permission `unknown` come first: each says of what the file does not tell everything.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(report: &Report<'_>, out: &mut impl Write) -> io::Result<()> {
    csv::write(report, &COLUMNS, true, out)
}

fn status(line: &csv::Line<'_>) -> &'static str {
    match line.who.kind {
        ResourceKind::User => line.who.status.word(),
        _ => "",
    }
}
