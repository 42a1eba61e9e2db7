//! CSV for programs: one line a principal, vault, permission and path.

use std::io::{self, Write};

use crate::baton::ids::ResourceKind;
use crate::text::plain;

use super::Report;
use super::changes::Changes;
use super::csv::{self, Gained, UNKNOWN, line};
use super::permissions::Set;
use super::snapshot::{PathParts, Principal, Snapshot, Vault};

/// The columns; `change` follows when there is an older file to compare with.
pub const COLUMNS: [&str; 13] = [
    "principal_type",
    "principal_id",
    "principal_name",
    "principal_email",
    "principal_status",
    "principal_state",
    "vault_id",
    "vault_name",
    "permission",
    "path_type",
    "path_id",
    "path_name",
    "principal_kind",
];

/// Writes every access; with an older file, also what was lost, marked in the column `change`. Lines
/// with the permission `unknown` come first: each says of what the file does not tell everything.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(report: &Report<'_>, out: &mut impl Write) -> io::Result<()> {
    let change = report.changes.as_ref().map(|_| "change");
    line(out, COLUMNS.into_iter().chain(change))?;
    gaps(report.snapshot, out, change.map(|_| UNKNOWN))?;
    match &report.changes {
        None => current(report, out, |_, _| None),
        Some(changes) => {
            let gained = Gained::new(changes);
            current(report, out, |access, slug| {
                Some(word(changes, gained.of(access), access, slug))
            })?;
            lost(changes, out)
        }
    }
}

fn gaps(snapshot: &Snapshot, out: &mut impl Write, change: Option<&str>) -> io::Result<()> {
    csv::gaps(snapshot).try_for_each(|gap| {
        let (kind, (id, name)) = (gap.kind, gap.vault());
        let cells = [
            kind, "", "", "", "", "", id, &name, UNKNOWN, UNKNOWN, "", "", kind,
        ];
        line(out, cells.into_iter().chain(change))
    })
}

fn current<'c>(
    report: &Report<'_>,
    out: &mut impl Write,
    change: impl Fn(&super::Access, &str) -> Option<&'c str>,
) -> io::Result<()> {
    let snapshot = report.snapshot;
    for access in &snapshot.access {
        let (who, vault) = (
            snapshot.principal(access.principal),
            snapshot.vault(access.vault),
        );
        let path = snapshot.path(access);
        for slug in snapshot.permissions.slugs(access.held) {
            held(out, (who, vault), slug, &path, change(access, slug))?;
        }
    }
    Ok(())
}

/// What became of one permission of an access.
fn word(
    changes: &Changes,
    gained: Option<Set>,
    access: &super::Access,
    slug: &str,
) -> &'static str {
    let gained = gained.into_iter();
    let mut gained = gained.flat_map(|gained| changes.permissions.slugs(gained));
    match gained.any(|one| one == slug) {
        true => "gained",
        false if changes.compares_slug(access.principal, access.vault, slug) => "",
        false => UNKNOWN,
    }
}

fn lost(changes: &Changes, out: &mut impl Write) -> io::Result<()> {
    for shift in &changes.access.rows {
        let (who, vault) = (
            changes.principal(shift.principal),
            changes.vault(shift.vault),
        );
        for path in &shift.paths {
            let parts = changes.path(shift, &path.path);
            for slug in changes.permissions.slugs(path.lost) {
                held(out, (who, vault), slug, &parts, Some("lost"))?;
            }
        }
    }
    Ok(())
}

/// Writes one permission by one path.
fn held(
    out: &mut impl Write,
    (who, vault): (&Principal, &Vault),
    slug: &str,
    path: &PathParts<'_>,
    change: Option<&str>,
) -> io::Result<()> {
    let group = path.group.map_or("", |group| &group.name);
    let [name, email, state] = [&who.name, &who.email, &who.state].map(|text| plain(text));
    let [vault_name, slug, group] = [&vault.name, slug, group].map(plain);
    let cells = [
        who.kind.as_str(),
        &who.id,
        &name,
        &email,
        match who.kind {
            ResourceKind::User => who.status.word(),
            _ => "",
        },
        &state,
        &vault.id,
        &vault_name,
        &slug,
        path.kind,
        path.id,
        &group,
        who.sort.word(),
    ];
    line(out, cells.into_iter().chain(change))
}
