//! The report as CSV (RFC 4180), with cells that no spreadsheet takes for a formula. Whatever
//! people read is spelled out as everywhere; ids stay as they are, to be looked up.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{self, Write};

use crate::baton::ids::ResourceKind;
use crate::text::plain;

use super::Report;
use super::changes::{Change, Changes, Shift};
use super::model::{PathParts, Resource};
use super::permissions::{Abilities, Permissions, Set};
use super::snapshot::Snapshot;

/// What Excel needs in front to read the rest as UTF-8.
pub const MARK: &str = "\u{feff}";

/// What a CSV is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// For a review in a spreadsheet: one line a principal, vault and path, with columns for the
    /// reviewer to fill in. [`super::decisions::read`] reads it back.
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
    let (snapshot, changes) = (report.snapshot, report.changes.as_ref());
    let mut columns = match form {
        Form::Review => REVIEW.to_vec(),
        Form::Permissions => PERMISSIONS.to_vec(),
    };
    columns.extend(changes.map(|_| CHANGE));
    write_line(out, columns.iter().map(|(name, _)| (*name).into()))?;
    for (kind, vault) in gaps(snapshot) {
        let cells = columns.iter().map(|(name, _)| unread(name, kind, vault));
        write_line(out, cells)?;
    }
    let permissions = changes.map_or(&snapshot.permissions, |all| &all.permissions);
    let shifts = || changes.into_iter().flat_map(|all| &all.access.rows);
    let by_pair: HashMap<_, _> = shifts().map(|shift| (shift.at, shift)).collect();
    let held = snapshot.access.iter().map(|access| Line {
        who: snapshot.principal(access.principal),
        vault: snapshot.vault(access.vault),
        path: snapshot.path(access),
        permissions,
        held: access.held,
        changes,
        shift: by_pair.get(&(access.principal, access.vault)).copied(),
        is_lost: false,
    });
    let lost = shifts().flat_map(|shift| {
        let paths = shift.paths.iter();
        let lost = paths.filter(|(_, change, _)| *change == Change::Lost);
        lost.map(move |&(path, _, held)| Line {
            who: shift.who,
            vault: shift.vault,
            path,
            permissions,
            held,
            changes,
            shift: Some(shift),
            is_lost: true,
        })
    });
    for about in held.chain(lost) {
        for held in about.held.parts(form == Form::Permissions) {
            let about = Line { held, ..about };
            write_line(out, columns.iter().map(|(_, cell)| cell(&about)))?;
        }
    }
    Ok(())
}

/// A gap for each vault of which it is not known who holds what, one for vaults that may be
/// missing, and one for projects that may be: of what kind of principal, and of which vault.
fn gaps(snapshot: &Snapshot) -> impl Iterator<Item = (&'static str, Option<&Resource>)> {
    let gap = |kind, of| (!snapshot.coverage.lists(kind)).then_some((of, None));
    let projects = gap(ResourceKind::Project, ResourceKind::Project.as_str());
    let missing = gap(ResourceKind::Vault, UNKNOWN);
    let vaults = snapshot.vaults.iter();
    let vaults = vaults.filter(|vault| !vault.read.users || !vault.read.unread.is_empty());
    let vaults = vaults.map(|vault| (UNKNOWN, Some(vault)));
    projects.into_iter().chain(missing).chain(vaults)
}

fn write_line<'c>(
    out: &mut impl Write,
    cells: impl Iterator<Item = Cow<'c, str>>,
) -> io::Result<()> {
    let mut separator = "";
    for cell in cells {
        out.write_all(separator.as_bytes())?;
        write_cell(out, &cell)?;
        separator = ",";
    }
    out.write_all(b"\r\n")
}

fn write_cell(out: &mut impl Write, cell: &str) -> io::Result<()> {
    let safe = harmless(cell);
    match safe.len() > cell.len() || safe.contains(ENDS) || safe.contains(['"', ',']) {
        true => write!(out, "\"{}\"", safe.replace('"', "\"\"")),
        false => out.write_all(safe.as_bytes()),
    }
}

/// Behind these a cell may begin: where a spreadsheet takes `;` or a tab for the separator, quotes
/// inside a line hold nothing together.
const ENDS: [char; 4] = [';', '\t', '\r', '\n'];

/// The cell with an apostrophe before all that a spreadsheet would run: what begins like a formula,
/// behind what cannot be seen too.
pub(super) fn harmless(cell: &str) -> Cow<'_, str> {
    let (mut safe, mut rest) = (Cow::Borrowed(""), cell);
    for part in cell.split_inclusive(ENDS) {
        if is_run(rest, rest.len() == cell.len()) {
            safe += "'";
        }
        safe += part;
        rest = &rest[part.len()..];
    }
    safe
}

/// Whether a spreadsheet may run what begins so. A cell that begins with a tab or an end of line is
/// one too, since they may be dropped.
fn is_run(text: &str, is_start: bool) -> bool {
    let unseen = |c: char| c == '"' || c.is_whitespace() || crate::text::acts(c);
    let seen = text.trim_start_matches(unseen);
    (is_start && text.starts_with(['\t', '\r', '\n']))
        || seen.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
}

/// What stands for principals, permissions and paths that the sync did not read.
const UNKNOWN: &str = "unknown";

/// What one line is about: what somebody has on a vault by one path.
#[derive(Clone, Copy)]
struct Line<'r> {
    who: &'r Resource,
    vault: &'r Resource,
    path: PathParts<'r>,
    permissions: &'r Permissions,
    held: Set,
    changes: Option<&'r Changes<'r>>,
    /// What changed between the two.
    shift: Option<&'r Shift<'r>>,
    /// It was so in the older file.
    is_lost: bool,
}

/// A column's name and its cell.
type Column = (&'static str, for<'l> fn(&'l Line<'l>) -> Cow<'l, str>);

/// What is, what the reviewer says, and the ids that say for certain what a line is about.
const REVIEW: [Column; 19] = [
    ("person", |line| plain(&line.who.name)),
    ("email", |line| plain(&line.who.email)),
    ("kind", |line| line.who.sort.text().into()),
    ("state", |line| state(line).into()),
    ("last_sign_in", |line| line.who.sign_in(UNKNOWN).into()),
    ("vault", |line| plain(&line.vault.name)),
    ("path", |line| path(line).into()),
    ("permissions", |line| {
        joined(line.permissions, line.held).into()
    }),
    ("can_manage", |line| can(line, Abilities::MANAGES).into()),
    ("can_export", |line| can(line, Abilities::EXPORTS).into()),
    ("can_read", |line| can(line, Abilities::READS).into()),
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
const PERMISSIONS: [Column; 13] = [
    ("principal_type", |line| line.who.kind.as_str().into()),
    ("principal_id", |line| (&*line.who.id).into()),
    ("principal_name", |line| plain(&line.who.name)),
    ("principal_email", |line| plain(&line.who.email)),
    ("principal_status", |line| status(line).into()),
    ("principal_state", |line| plain(&line.who.state)),
    ("vault_id", |line| (&*line.vault.id).into()),
    ("vault_name", |line| plain(&line.vault.name)),
    ("permission", |line| {
        joined(line.permissions, line.held).into()
    }),
    ("path_type", |line| line.path.kind.into()),
    ("path_id", |line| line.path.id.into()),
    ("path_name", |line| {
        plain(line.path.group.map_or("", |group| &group.name))
    }),
    ("principal_kind", |line| {
        line.who.sort.text().replace(' ', "_").into()
    }),
];

/// The cell of a line about what the sync did not read of this kind, on the vault or on any.
fn unread<'v>(column: &str, kind: &'static str, vault: Option<&'v Resource>) -> Cow<'v, str> {
    match (column, vault) {
        ("kind" | "principal_kind" | "principal_type", _) => kind.into(),
        ("path" | "path_type" | "permission" | "permissions" | "change", _) => UNKNOWN.into(),
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

fn path(line: &Line<'_>) -> String {
    match line.path.group {
        Some(group) => format!("group {}", plain(&group.name)),
        None => line.path.label(),
    }
}

fn can(line: &Line<'_>, ability: Abilities) -> &'static str {
    match line.permissions.abilities(line.held).contains(ability) {
        true => "yes",
        // More may be held.
        false if !line.is_lost && !line.vault.read.unread.is_empty() => UNKNOWN,
        false => "no",
    }
}

/// What became of it since an older file.
const CHANGE: Column = ("change", |line| change(line).into());

fn change(line: &Line<'_>) -> &'static str {
    let own = (line.path.kind, line.path.id, Change::Gained);
    let mut paths = line.shift.into_iter().flat_map(|shift| &shift.paths);
    let gained = paths
        .any(|(path, is, held)| (path.kind, path.id, *is) == own && held.intersects(line.held));
    let place = line.vault.place;
    match line.changes {
        _ if line.is_lost => "lost",
        _ if gained => "gained",
        Some(all) if all.compared.compares(line.who.kind, place, line.held) => "",
        _ => UNKNOWN,
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
