//! The report as CSV (RFC 4180), with cells that no spreadsheet takes for a formula. Whatever
//! people read is spelled out as everywhere; ids stay as they are, to be looked up.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{self, Write};

use crate::baton::ids::ResourceKind;

use super::Report;
use super::csv_columns::{Line, PERMISSIONS, REVIEW, UNKNOWN, unread};
use super::model::{Access, Vault};
use super::permissions::Set;
use super::snapshot::Snapshot;

/// What Excel needs in front to read the rest as UTF-8.
pub const MARK: &str = "\u{feff}";

/// What a CSV is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// For a review in a spreadsheet: one line a principal, vault and path, with columns for the
    /// reviewer to fill in. [`super::Decisions`] reads it back.
    Review,
    /// For programs: one line a principal, vault, permission and path.
    Permissions,
}

/// Writes every access; with an older file, also what was lost, marked in a last column `change`:
/// it has no decision to wait for. Lines with the permission `unknown` come first: each says of
/// what the file does not say everything.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(report: &Report<'_>, form: Form, out: &mut impl Write) -> io::Result<()> {
    let columns = match form {
        Form::Review => &REVIEW[..],
        Form::Permissions => &PERMISSIONS,
    };
    let snapshot = report.snapshot;
    let changes = report.changes.as_ref();
    let names = columns.iter().map(|(name, _)| Cow::Borrowed(*name));
    line(out, names, changes.map(|_| "change"))?;
    for (kind, vault) in gaps(snapshot) {
        let cells = columns.iter().map(|(name, _)| unread(name, kind, vault));
        line(out, cells, changes.map(|_| UNKNOWN))?;
    }
    let mut write = |about: Line<'_>, word: &dyn Fn(Set) -> Option<&'static str>| {
        let mut parts = about.held.parts(form == Form::Permissions);
        parts.try_for_each(|held| {
            let about = Line { held, ..about };
            let cells = columns.iter().map(|(_, cell)| cell(&about));
            line(out, cells, word(held))
        })
    };
    let shifts = changes.into_iter().flat_map(|all| &all.access.rows);
    let by_pair: HashMap<_, _> = shifts
        .clone()
        .map(|shift| ((shift.principal, shift.vault), shift))
        .collect();
    let change = |access: &Access, held: Set| {
        let shift = by_pair.get(&(access.principal, access.vault));
        let mut paths = shift.into_iter().flat_map(|shift| &shift.paths);
        match paths.any(|(path, delta)| *path == access.path && delta.gained.overlaps(held)) {
            true => Some("gained"),
            false if changes?.compares(access, held) => Some(""),
            false => Some(UNKNOWN),
        }
    };
    for access in &snapshot.access {
        let vault = snapshot.vault(access.vault);
        let about = Line {
            who: snapshot.principal(access.principal),
            vault,
            path: snapshot.path(access),
            permissions: &snapshot.permissions,
            held: access.held,
            unread: !vault.read.unread.is_empty(),
        };
        write(about, &|held| change(access, held))?;
    }
    let Some(changes) = changes else {
        return Ok(());
    };
    for shift in shifts {
        let paths = shift.paths.iter();
        for (path, delta) in paths.filter(|(_, delta)| !delta.lost.is_empty()) {
            let about = Line {
                who: changes.principal(shift.principal),
                vault: changes.vault(shift.vault),
                path: changes.path(shift, *path),
                permissions: &changes.permissions,
                held: delta.lost,
                unread: false,
            };
            write(about, &|_| Some("lost"))?;
        }
    }
    Ok(())
}

/// A gap for each vault of which it is not known who holds what, one for vaults that may be
/// missing, and one for projects that may be: of what kind of principal, and of which vault.
fn gaps(snapshot: &Snapshot) -> impl Iterator<Item = (&'static str, Option<&Vault>)> {
    let lists = |kind| snapshot.coverage.lists(kind);
    let project = ResourceKind::Project;
    let projects = (!lists(project)).then_some((project.as_str(), None));
    let missing = (!lists(ResourceKind::Vault)).then_some((UNKNOWN, None));
    let vaults = snapshot.vaults.iter();
    let vaults = vaults.filter(|vault| !vault.read.users || !vault.read.unread.is_empty());
    let vaults = vaults.map(|vault| (UNKNOWN, Some(vault)));
    projects.into_iter().chain(missing).chain(vaults)
}

fn line<'c>(
    out: &mut impl Write,
    cells: impl Iterator<Item = Cow<'c, str>>,
    change: Option<&'c str>,
) -> io::Result<()> {
    let mut separator = "";
    for cell in cells.chain(change.map(Cow::Borrowed)) {
        out.write_all(separator.as_bytes())?;
        write_cell(out, &cell)?;
        separator = ",";
    }
    out.write_all(b"\r\n")
}

fn write_cell(out: &mut impl Write, cell: &str) -> io::Result<()> {
    let safe = harmless(cell);
    let changed = matches!(safe, Cow::Owned(_));
    match changed || safe.contains(['"', ',', ';', '\t', '\r', '\n']) {
        true => write!(out, "\"{}\"", safe.replace('"', "\"\"")),
        false => out.write_all(safe.as_bytes()),
    }
}

/// The cell with an apostrophe before all that a spreadsheet would run: what begins like a formula,
/// behind what cannot be seen too. Where a spreadsheet takes `;` or a tab for the separator, quotes
/// inside a line hold nothing together, so a cell may also begin behind these, and behind an end of
/// line.
pub(super) fn harmless(cell: &str) -> Cow<'_, str> {
    let begins = |at: usize| match cell[..at].chars().next_back() {
        None => true,
        Some(before) => matches!(before, ';' | '\t' | '\r' | '\n'),
    };
    let mut safe = String::new();
    let mut kept = 0;
    for (at, _) in cell.char_indices() {
        if begins(at) && is_run(&cell[at..], at == 0) {
            safe.push_str(&cell[kept..at]);
            safe.push('\'');
            kept = at;
        }
    }
    match kept == 0 && safe.is_empty() {
        true => Cow::Borrowed(cell),
        false => Cow::Owned(safe + &cell[kept..]),
    }
}

/// Whether a spreadsheet may run what begins so. A cell that begins with a tab or an end of line is
/// one too, since they may be dropped.
fn is_run(text: &str, is_start: bool) -> bool {
    let unseen = |c: char| c == '"' || c.is_whitespace() || crate::text::acts(c);
    let seen = text.trim_start_matches(unseen);
    (is_start && text.starts_with(['\t', '\r', '\n']))
        || seen.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
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
            ("\t=1", "\"'\t'=1\""),
            ("", ""),
            ("x;=HYPERLINK(1)", "\"x;'=HYPERLINK(1)\""),
            ("x; \"=1", "\"x;' \"\"=1\""),
            ("x;y;@z", "\"x;y;'@z\""),
            ("two\r\n=1", "\"two\r'\n'=1\""),
            ("\u{feff}=1", "\"'\u{feff}=1\""),
            ("\u{200b}+1", "\"'\u{200b}+1\""),
            ("\u{a0}＝1", "\"'\u{a0}＝1\""),
            ("\u{e0041}-1", "\"'\u{e0041}-1\""),
            ("a-b = c@d", "a-b = c@d"),
        ];
        for (cell, expected) in cases {
            let mut out = Vec::new();
            write_cell(&mut out, cell).unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }
}
