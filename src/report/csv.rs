//! What the two forms of CSV (RFC 4180) share: cells that no spreadsheet takes for a formula, and what
//! was not read. Whatever people read is spelled out as everywhere; ids stay as they are, to be looked up.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{self, Write};

use crate::baton::ids::ResourceKind;
use crate::text::plain;

use super::changes::{Changes, Shift};
use super::permissions::Set;
use super::snapshot::{Access, Snapshot, Vault};

/// What Excel needs in front to read the rest as UTF-8.
pub const MARK: &str = "\u{feff}";

/// What stands for principals, permissions and paths that the sync did not read.
pub(super) const UNKNOWN: &str = "unknown";

/// Something that the sync did not read in full.
pub(super) struct Gap<'s> {
    /// `project`, or `unknown` for everybody.
    pub(super) kind: &'static str,
    /// On this vault; None for vaults or projects that may be missing.
    vault: Option<&'s Vault>,
}

impl<'s> Gap<'s> {
    /// Id and name of the vault; empty where it is about no vault.
    pub(super) fn vault(&self) -> (&'s str, Cow<'s, str>) {
        let cells = |vault: &'s Vault| (&*vault.id, plain(&vault.name));
        self.vault.map(cells).unwrap_or_default()
    }
}

/// A gap for each vault of which it is not known who holds what, one for vaults that may be missing,
/// and one for projects that may be.
pub(super) fn gaps(snapshot: &Snapshot) -> impl Iterator<Item = Gap<'_>> {
    let coverage = &snapshot.coverage;
    let lists = [
        (ResourceKind::Project, ResourceKind::Project.as_str()),
        (ResourceKind::Vault, UNKNOWN),
    ];
    let lists = lists.into_iter().filter(|&(kind, _)| !coverage.lists(kind));
    let lists = lists.map(|(_, kind)| Gap { kind, vault: None });
    let vaults = (0..).zip(&snapshot.vaults);
    let vaults = vaults
        .filter(|&(place, _)| !coverage.users(Some(place)) || !coverage.unread(place).is_empty());
    lists.chain(vaults.map(|(_, vault)| Gap {
        kind: UNKNOWN,
        vault: Some(vault),
    }))
}

/// What was gained since an older file, to look an access up in.
pub(super) struct Gained<'c>(HashMap<(u32, u32), &'c Shift>);

impl<'c> Gained<'c> {
    pub(super) fn new(changes: &'c Changes) -> Self {
        let shifts = changes.access.rows.iter();
        Self(
            shifts
                .map(|shift| ((shift.principal, shift.vault), shift))
                .collect(),
        )
    }

    /// The permissions that an access gained; None when nothing of it changed.
    pub(super) fn of(&self, access: &Access) -> Option<Set> {
        let shift = self.0.get(&(access.principal, access.vault))?;
        let path = shift.paths.iter().find(|path| path.path == access.path)?;
        Some(path.gained)
    }
}

/// Writes one line.
pub(super) fn line<'c>(
    out: &mut impl Write,
    cells: impl IntoIterator<Item = &'c str>,
) -> io::Result<()> {
    let mut separator = "";
    for cell in cells {
        out.write_all(separator.as_bytes())?;
        write_cell(out, cell)?;
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
