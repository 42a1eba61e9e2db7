//! A table with its heading, as all forms of the report show it.

use std::borrow::Cow;

use super::count::Listed;

/// A column's head; numbers stand to the right.
#[derive(Clone, Copy, Debug)]
pub(super) enum Column {
    Text(&'static str),
    Number(&'static str),
}

impl Column {
    pub(super) fn head(self) -> &'static str {
        match self {
            Self::Text(head) | Self::Number(head) => head,
        }
    }
}

/// What stands in a cell, and the page's filter that shows more of it.
#[derive(Debug)]
pub(super) struct Cell {
    pub(super) text: String,
    /// As in the page's address after `#`; the value not yet encoded.
    pub(super) filter: Vec<(&'static str, String)>,
}

impl<T: ToString> From<T> for Cell {
    fn from(text: T) -> Self {
        Self {
            text: text.to_string(),
            filter: Vec::new(),
        }
    }
}

impl Cell {
    /// A name that leads to its access on the page.
    pub(super) fn leading(text: String, key: &'static str, id: &str) -> Self {
        Self {
            text,
            filter: vec![(key, id.to_owned())],
        }
    }

    pub(super) fn and(mut self, key: &'static str, value: &str) -> Self {
        self.filter.push((key, value.to_owned()));
        self
    }
}

/// A table with a heading and a sentence on what it means.
#[derive(Debug)]
pub(super) struct Section {
    pub(super) title: &'static str,
    /// May be empty.
    pub(super) meaning: Cow<'static, str>,
    pub(super) columns: &'static [Column],
    pub(super) rows: Listed<Vec<Cell>>,
    /// What stands in place of a table that certainly has no rows.
    pub(super) none: Cow<'static, str>,
    /// Why rows may be missing, when they may.
    pub(super) unread: &'static str,
}

/// The section whose rows are figures themselves: how many they are says nothing.
pub(super) const TOTALS: &str = "Totals";

/// Why rows about access may be missing.
pub(super) const UNREAD: &str = "the sync did not read all access";

/// Why rows about people's state and access may be missing.
pub(super) const UNREAD_STATE: &str = "the sync did not read all access, or not everybody's state";

impl Section {
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
