//! CSV for a review in a spreadsheet: one line a principal, vault and path, with columns for the
//! reviewer to fill in. [`super::Decisions`] reads it back.

use std::io::{self, Write};

use crate::baton::ids::ResourceKind;
use crate::text::plain;

use super::changes::Changes;
use super::csv::{Gained, UNKNOWN, gaps, line};
use super::permissions::{Permissions, Set};
use super::snapshot::{Access, PathParts, Principal, SignIn, Vault};
use super::{Ability, Report};

/// The columns: what is, what the reviewer says, and the ids that say for certain what a line is
/// about. `change` follows when there is an older file to compare with.
pub const COLUMNS: [&str; 19] = [
    "person",
    "email",
    "kind",
    "state",
    "last_sign_in",
    "vault",
    "path",
    "permissions",
    "can_manage",
    "can_export",
    "can_read",
    "decision",
    "reviewer",
    "comment",
    "principal_type",
    "principal_id",
    "vault_id",
    "path_type",
    "path_id",
];

/// Writes every access; with an older file, what is gained and lost is marked in the column `change`.
/// Lines with the permissions `unknown` come first: each says of what the file does not tell
/// everything.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(report: &Report<'_>, out: &mut impl Write) -> io::Result<()> {
    let snapshot = report.snapshot;
    let change = report.changes.as_ref().map(|_| "change");
    line(out, COLUMNS.into_iter().chain(change))?;
    for gap in gaps(snapshot) {
        let (id, name) = gap.vault();
        let cells = unread(gap.kind, id, &name);
        line(out, cells.into_iter().chain(change.map(|_| UNKNOWN)))?;
    }
    let gained = report
        .changes
        .as_ref()
        .map(|changes| (changes, Gained::new(changes)));
    for access in &snapshot.access {
        let held = access.held;
        let unread = !snapshot.coverage.unread(access.vault).is_empty();
        let row = Row {
            who: snapshot.principal(access.principal),
            vault: snapshot.vault(access.vault),
            path: snapshot.path(access),
            permissions: &snapshot.permissions,
            held,
            unread,
        };
        let change = gained.as_ref();
        let change = change.map(|(changes, gained)| word(changes, gained, access));
        row.write(out, change)?;
    }
    report
        .changes
        .as_ref()
        .map_or(Ok(()), |changes| lost(changes, out))
}

fn unread<'s>(kind: &'s str, id: &'s str, name: &'s str) -> [&'s str; 19] {
    let mut cells = [""; 19];
    (cells[2], cells[5], cells[6], cells[7]) = (kind, name, UNKNOWN, UNKNOWN);
    (cells[14], cells[16], cells[17]) = (kind, id, UNKNOWN);
    cells
}

/// The permissions in one cell; the empty one that Go writes for an unknown right keeps its place.
pub(super) fn joined(permissions: &Permissions, held: Set) -> String {
    let slugs = permissions.slugs(held).map(plain);
    slugs.collect::<Vec<_>>().join(", ")
}

struct Row<'r> {
    who: &'r Principal,
    vault: &'r Vault,
    path: PathParts<'r>,
    permissions: &'r Permissions,
    held: Set,
    /// More may be held.
    unread: bool,
}

impl Row<'_> {
    fn write(&self, out: &mut impl Write, change: Option<&str>) -> io::Result<()> {
        let Self { who, vault, .. } = self;
        let can = self.permissions.abilities(self.held);
        let can = |ability| match can.has(ability) {
            true => "yes",
            false if self.unread => UNKNOWN,
            false => "no",
        };
        let state = match who.kind {
            ResourceKind::User => who.status_text(),
            _ => plain(&who.state.to_lowercase()).into(),
        };
        let signed_in = match who.signed_in {
            SignIn::Unknown if who.kind == ResourceKind::User => UNKNOWN.to_owned(),
            SignIn::Unknown => String::new(),
            SignIn::Never => "never".to_owned(),
            SignIn::At(at) => at.strftime("%F").to_string(),
        };
        let path = match self.path.group {
            Some(group) => format!("group {}", plain(&group.name)),
            None => self.path.label(),
        };
        let permissions = joined(self.permissions, self.held);
        let [name, email, vault_name] =
            [&who.name, &who.email, &vault.name].map(|text| plain(text));
        let cells = [
            &*name,
            &email,
            who.sort.text(),
            &state,
            &signed_in,
            &vault_name,
            &path,
            &permissions,
            can(Ability::Manages),
            can(Ability::Exports),
            can(Ability::Reads),
            "",
            "",
            "",
            who.kind.as_str(),
            &who.id,
            &vault.id,
            self.path.kind,
            self.path.id,
        ];
        line(out, cells.into_iter().chain(change))
    }
}

/// What became of an access.
fn word(changes: &Changes, gained: &Gained<'_>, access: &Access) -> &'static str {
    match gained.of(access).is_some_and(|gained| !gained.is_empty()) {
        true => "gained",
        false if changes.compares_set(access) => "",
        false => UNKNOWN,
    }
}

/// What is not any more has no decision to wait for, and is told for the reviewer to know.
fn lost(changes: &Changes, out: &mut impl Write) -> io::Result<()> {
    for shift in &changes.access.rows {
        for path in shift.paths.iter().filter(|path| !path.lost.is_empty()) {
            let row = Row {
                who: changes.principal(shift.principal),
                vault: changes.vault(shift.vault),
                path: changes.path(shift, &path.path),
                permissions: &changes.permissions,
                held: path.lost,
                unread: false,
            };
            row.write(out, Some("lost"))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_stands_in_the_columns_of_its_names() {
        let cells = unread("project", "", "");
        let at = |name: &str| COLUMNS.iter().position(|one| *one == name);
        for (name, cell) in [
            ("kind", "project"),
            ("path", UNKNOWN),
            ("permissions", UNKNOWN),
            ("principal_type", "project"),
            ("path_type", UNKNOWN),
            ("decision", ""),
        ] {
            assert_eq!(at(name).map(|at| cells[at]), Some(cell), "{name}");
        }
    }
}
