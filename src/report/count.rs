//! Figures and lists that know whether all they count was read: what was not is never nothing.

use std::cmp::Reverse;
use std::fmt;
use std::ops::AddAssign;

use serde::{Serialize, Serializer};

/// A number of things in the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    seen: usize,
    all: bool,
}

impl Count {
    /// So many were seen; `all` says whether there can be no others.
    pub fn new(seen: usize, all: bool) -> Self {
        Self { seen, all }
    }

    /// So many at least.
    pub fn seen(self) -> usize {
        self.seen
    }

    /// The number, if it is known.
    pub fn known(self) -> Option<usize> {
        self.all.then_some(self.seen)
    }

    /// "3 users", "at least 3 users", "users unknown".
    pub fn words(self, one: &str, many: &str) -> String {
        let number = number(self.seen, one, many);
        match (self.all, self.seen) {
            (true, _) => number,
            (false, 0) => format!("{many} unknown"),
            (false, _) => format!("at least {number}"),
        }
    }
}

/// "1 person", "2 people".
pub(super) fn number(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// Counts one more, if it is so.
impl AddAssign<bool> for Count {
    fn add_assign(&mut self, is_one: bool) {
        self.seen += usize::from(is_one);
    }
}

/// In JSON `null` when it is not known.
impl Serialize for Count {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.known().serialize(serializer)
    }
}

/// For a cell: `3`, `3+` for at least three, `?` when nothing is known.
impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.all, self.seen) {
            (true, n) => write!(f, "{n}"),
            (false, 0) => f.write_str("?"),
            (false, n) => write!(f, "{n}+"),
        }
    }
}

/// A list of what the sync read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listed<T> {
    pub(super) rows: Vec<T>,
    /// Whether nothing can be missing.
    pub(super) all: bool,
}

impl<T> Listed<T> {
    pub(super) fn new(rows: impl IntoIterator<Item = T>, all: bool) -> Self {
        Self {
            rows: rows.into_iter().collect(),
            all,
        }
    }

    /// The rows; None when there are none but might be.
    pub(super) fn known(&self) -> Option<&[T]> {
        (self.all || !self.rows.is_empty()).then_some(&self.rows)
    }

    /// Whether it is certain that there are none.
    pub(super) fn is_none(&self) -> bool {
        self.all && self.rows.is_empty()
    }

    /// Those with most first; of equals, as they were.
    pub(super) fn most_first(mut self, count: impl Fn(&T) -> Count) -> Self {
        self.rows.sort_by_key(|row| Reverse(count(row).seen));
        self
    }

    pub(super) fn count(&self) -> Count {
        Count::new(self.rows.len(), self.all)
    }
}

/// In JSON `null` in place of an empty list that may lack something.
impl<T: Serialize> Serialize for Listed<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.known().serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_read_is_no_zero() {
        let cases = [
            (Count::new(0, true), "0", "0 users", Some(0)),
            (Count::new(1, true), "1", "1 user", Some(1)),
            (Count::new(0, false), "?", "users unknown", None),
            (Count::new(3, false), "3+", "at least 3 users", None),
        ];
        for (count, cell, words, known) in cases {
            assert_eq!(count.to_string(), cell);
            assert_eq!(count.words("user", "users"), words);
            assert_eq!(count.known(), known);
        }
    }

    #[test]
    fn an_empty_list_is_none_only_when_all_was_read() {
        let none: [u32; 0] = [];
        assert_eq!(Listed::new(none, true).known(), Some(&none[..]));
        assert_eq!(Listed::new(none, false).known(), None);
        assert_eq!(Listed::new([1], false).known(), Some(&[1][..]));
        assert!(!Listed::new(none, false).is_none());
    }
}
