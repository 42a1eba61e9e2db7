//! A table with its heading, as all forms of the report show it.

use std::borrow::Cow;

use serde::{Serialize, Serializer};

use crate::baton::ids::ResourceKind;

use super::count::{Count, Listed};
use super::model::Resource;

/// A column; numbers stand to the right.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    pub(super) head: &'static str,
    pub(super) is_number: bool,
}

/// What stands in a cell, and the page's filter that shows more of it.
#[derive(Debug)]
pub(super) struct Cell {
    pub(super) text: String,
    /// As in the page's address after `#`; empty where it leads nowhere.
    pub(super) filter: String,
}

/// In the page's data its text, or its text and where it leads.
impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.filter.is_empty() {
            true => self.text.serialize(serializer),
            false => (&self.text, &self.filter).serialize(serializer),
        }
    }
}

impl<T: ToString> From<T> for Cell {
    fn from(text: T) -> Self {
        let (text, filter) = (text.to_string(), String::new());
        Self { text, filter }
    }
}

impl Cell {
    /// A name that leads to its access on the page.
    pub(super) fn leading(text: String, key: &str, id: &str) -> Self {
        let filter = format!("{key}={}", encode(id));
        Self { text, filter }
    }

    pub(super) fn principal(who: &Resource) -> Self {
        let key = match who.kind {
            ResourceKind::Group => "group",
            _ => "user",
        };
        Self::leading(who.display_name(), key, &who.id)
    }

    /// A vault, leading to who reaches it in the matrix (`vault`), or to its own page (`review`).
    pub(super) fn vault(vault: &Resource, key: &str) -> Self {
        Self::leading(vault.display_name(), key, &vault.id)
    }

    /// On how many vaults somebody has a right, leading to them.
    pub(super) fn right(who: &Resource, n: Count, ability: &str) -> Self {
        let mut cell = Self::from(n);
        if n.seen() > 0 {
            cell.filter = format!("user={}&risk={ability}", encode(&who.id));
        }
        cell
    }
}

/// A value as it stands in the page's address.
fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            true => encoded.push(char::from(byte)),
            false => encoded += &format!("%{byte:02X}"),
        }
    }
    encoded
}

/// A table with a heading and a sentence on what it means.
#[derive(Debug)]
pub(super) struct Section {
    pub(super) title: &'static str,
    /// May be empty.
    pub(super) meaning: Cow<'static, str>,
    pub(super) columns: Vec<Column>,
    pub(super) rows: Listed<Vec<Cell>>,
    /// What stands in place of a table that certainly has no rows.
    none: Cow<'static, str>,
    /// Why rows may be missing, when they may.
    unread: &'static str,
}

/// The section whose rows are figures themselves: how many they are says nothing.
pub(super) const TOTALS: &str = "Totals";

/// Why rows about access may be missing.
pub(super) const UNREAD: &str = "the sync did not read all access";

/// Why rows about people's state and access may be missing.
pub(super) const UNREAD_STATE: &str = "the sync did not read all access, or not everybody's state";

impl Section {
    /// A table of these rows, its columns still to come.
    pub(super) fn of<'r, T>(
        title: &'static str,
        rows: &'r Listed<T>,
        unread: &'static str,
    ) -> Draft<'r, T> {
        let section = Self {
            title,
            meaning: "".into(),
            columns: Vec::new(),
            rows: Listed::new(rows.rows.iter().map(|_| Vec::new()), rows.all),
            none: "None.".into(),
            unread,
        };
        let rows = &rows.rows;
        Draft { section, rows }
    }

    /// What is said in place of a table without rows, and below one that may lack some.
    pub(super) fn remark(&self) -> Option<String> {
        let all = self.rows.all;
        remark(all, self.rows.rows.is_empty(), &self.none, self.unread)
    }
}

/// The same for anything that is listed.
pub(super) fn remark(all: bool, empty: bool, none: &str, unread: &str) -> Option<String> {
    match (all, empty) {
        (true, true) => Some(none.to_owned()),
        (true, false) => None,
        (false, true) => Some(format!("Unknown: {unread}.")),
        (false, false) => Some(format!("There may be more: {unread}.")),
    }
}

/// A section in the making: each column says how its cells come from a row.
pub(super) struct Draft<'r, T> {
    section: Section,
    rows: &'r [T],
}

impl<T> Draft<'_, T> {
    pub(super) fn meaning(mut self, meaning: impl Into<Cow<'static, str>>) -> Self {
        self.section.meaning = meaning.into();
        self
    }

    /// What stands in place of a table without rows, unless it is `None.`.
    pub(super) fn none(mut self, none: impl Into<Cow<'static, str>>) -> Self {
        self.section.none = none.into();
        self
    }

    pub(super) fn text<C: Into<Cell>>(self, head: &'static str, cell: impl Fn(&T) -> C) -> Self {
        let is_number = false;
        self.column(Column { head, is_number }, cell)
    }

    pub(super) fn number<C: Into<Cell>>(self, head: &'static str, cell: impl Fn(&T) -> C) -> Self {
        let is_number = true;
        self.column(Column { head, is_number }, cell)
    }

    fn column<C: Into<Cell>>(mut self, column: Column, cell: impl Fn(&T) -> C) -> Self {
        self.section.columns.push(column);
        for (cells, row) in self.section.rows.rows.iter_mut().zip(self.rows) {
            // Long tables are held as a whole, so none of their rows has room to spare.
            cells.reserve_exact(1);
            cells.push(cell(row).into());
        }
        self
    }

    pub(super) fn end(self) -> Section {
        self.section
    }
}
