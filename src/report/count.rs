//! Figures and lists that know whether the sync read all they count: what was not read is unknown,
//! and never nothing.

use std::fmt;

/// A number of things in the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    seen: u32,
    all: bool,
}

impl Count {
    /// Nothing is known.
    pub const UNKNOWN: Self = Self {
        seen: 0,
        all: false,
    };

    /// So many were seen; `all` says whether there can be no others.
    pub fn new(seen: u32, all: bool) -> Self {
        Self { seen, all }
    }

    /// So many at least.
    pub fn seen(self) -> u32 {
        self.seen
    }

    /// The number, if it is known.
    pub fn known(self) -> Option<u32> {
        self.all.then_some(self.seen)
    }

    /// "3 users", "at least 3 users", "users unknown".
    pub fn of(self, one: &str, many: &str) -> String {
        let number = super::show::count(self.seen, one, many);
        match (self.all, self.seen) {
            (true, _) => number,
            (false, 0) => format!("{many} unknown"),
            (false, _) => format!("at least {number}"),
        }
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
pub struct Listed<T> {
    /// What was found.
    pub rows: Vec<T>,
    /// Whether nothing can be missing.
    pub all: bool,
}

impl<T> Listed<T> {
    /// The rows, and whether they are all.
    pub fn new(rows: impl IntoIterator<Item = T>, all: bool) -> Self {
        Self {
            rows: rows.into_iter().collect(),
            all,
        }
    }

    /// The rows; None when there are none but might be.
    pub fn known(&self) -> Option<&[T]> {
        (self.all || !self.rows.is_empty()).then_some(&self.rows)
    }

    /// Whether it is certain that there are none.
    pub fn is_none(&self) -> bool {
        self.all && self.rows.is_empty()
    }

    /// The same list, those with most first; of equals, as they were.
    pub(super) fn most_first(&self, count: impl Fn(&T) -> u32) -> Self
    where
        T: Clone,
    {
        let mut rows = self.rows.clone();
        rows.sort_by_key(|row| std::cmp::Reverse(count(row)));
        Self {
            rows,
            all: self.all,
        }
    }

    /// How many there are.
    pub(super) fn count(&self) -> Count {
        Count::new(u32::try_from(self.rows.len()).unwrap_or(u32::MAX), self.all)
    }

    /// The same list in other words.
    pub(super) fn map<U>(&self, word: impl FnMut(&T) -> U) -> Listed<U> {
        Listed::new(self.rows.iter().map(word), self.all)
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
            (Count::UNKNOWN, "?", "users unknown", None),
            (Count::new(3, false), "3+", "at least 3 users", None),
        ];
        for (count, cell, words, known) in cases {
            assert_eq!(count.to_string(), cell);
            assert_eq!(count.of("user", "users"), words);
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
