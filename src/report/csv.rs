//! The report as CSV (RFC 4180): one line a principal, vault, permission and path.

use std::io::{self, Write};

use crate::baton::ids::ResourceKind;

use super::Report;
use super::changes::{Changes, Shift};
use super::snapshot::{PathParts, Principal, Snapshot, Vault};

/// The columns; `change` follows when there is an older file to compare with.
pub const COLUMNS: [&str; 12] = [
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
];

/// What stands for principals, permissions and paths that the sync did not read.
const UNKNOWN: &str = "unknown";

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
            current(report, out, |access, slug| Some(gained.word(access, slug)))?;
            lost(changes, out)
        }
    }
}

/// A line for each vault of which it is not known who holds what, one for vaults that may be missing,
/// and one for projects that may be.
fn gaps(snapshot: &Snapshot, out: &mut impl Write, change: Option<&str>) -> io::Result<()> {
    let coverage = &snapshot.coverage;
    let mut gap = |kind, id, name| {
        let mut cells = [kind, "", "", "", "", "", id, name, UNKNOWN, UNKNOWN, "", ""].to_vec();
        cells.extend(change);
        line(out, cells)
    };
    if !coverage.lists(ResourceKind::Project) {
        gap(ResourceKind::Project.as_str(), "", "")?;
    }
    if !coverage.lists(ResourceKind::Vault) {
        gap(UNKNOWN, "", "")?;
    }
    for (place, vault) in (0..).zip(&snapshot.vaults) {
        if !coverage.users(Some(place)) || !coverage.unread(place).is_empty() {
            gap(UNKNOWN, &vault.id, &vault.name)?;
        }
    }
    Ok(())
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
            line(
                out,
                cells(who, vault, slug, &path)
                    .into_iter()
                    .chain(change(access, slug)),
            )?;
        }
    }
    Ok(())
}

/// What was gained, to look lines up in.
struct Gained<'c> {
    changes: &'c Changes,
    shifts: std::collections::HashMap<(u32, u32), &'c Shift>,
}

impl<'c> Gained<'c> {
    fn new(changes: &'c Changes) -> Self {
        let shifts = changes.access.rows.iter();
        let shifts = shifts
            .map(|shift| ((shift.principal, shift.vault), shift))
            .collect();
        Self { changes, shifts }
    }

    fn word(&self, access: &super::Access, slug: &str) -> &'static str {
        let shift = self.shifts.get(&(access.principal, access.vault));
        let path = shift.and_then(|shift| shift.paths.iter().find(|p| p.path == access.path));
        let mut gained = path
            .into_iter()
            .flat_map(|p| self.changes.permissions.slugs(p.gained));
        let changes = self.changes;
        match gained.any(|one| one == slug) {
            true => "gained",
            false if changes.compares_slug(access.principal, access.vault, slug) => "",
            false => UNKNOWN,
        }
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
                line(
                    out,
                    cells(who, vault, slug, &parts).into_iter().chain(["lost"]),
                )?;
            }
        }
    }
    Ok(())
}

fn cells<'c>(
    who: &'c Principal,
    vault: &'c Vault,
    slug: &'c str,
    path: &PathParts<'c>,
) -> [&'c str; 12] {
    [
        who.kind.as_str(),
        &who.id,
        &who.name,
        &who.email,
        match who.kind {
            ResourceKind::User => who.status.word(),
            _ => "",
        },
        &who.state,
        &vault.id,
        &vault.name,
        slug,
        path.kind,
        path.id,
        path.group.map_or("", |group| group.name.as_str()),
    ]
}

fn line<'c>(out: &mut impl Write, cells: impl IntoIterator<Item = &'c str>) -> io::Result<()> {
    let mut separator = "";
    for cell in cells {
        out.write_all(separator.as_bytes())?;
        write_cell(out, cell)?;
        separator = ",";
    }
    out.write_all(b"\r\n")
}

/// A spreadsheet runs what begins like a formula, so such a cell gets an apostrophe in front.
fn write_cell(out: &mut impl Write, cell: &str) -> io::Result<()> {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    let quoted = formula || cell.contains(['"', ',', '\r', '\n']);
    let safe = if formula { "'" } else { "" };
    match quoted {
        true => write!(out, "\"{safe}{}\"", cell.replace('"', "\"\"")),
        false => out.write_all(cell.as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn cells_are_quoted_and_never_formulas() {
        let cases = [
            ("plain name", "plain name"),
            ("a,b", "\"a,b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("two\nlines", "\"two\nlines\""),
            ("=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\""),
            ("+1", "\"'+1\""),
            ("-1", "\"'-1\""),
            ("@sum", "\"'@sum\""),
            ("\t=1", "\"'\t=1\""),
            ("", ""),
        ];
        for (cell, expected) in cases {
            let mut out = Vec::new();
            write_cell(&mut out, cell).unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }
}
