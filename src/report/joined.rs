//! Two lists of the same sort, an older and a newer, in one numbering.

use std::hash::Hash;

use indexmap::IndexMap;

use super::order;
use super::shift::Change;

/// Two lists in one: the newer at its own places, then what only the older has.
#[derive(Debug)]
pub(super) struct Joined<'s, T> {
    /// What the older and the newer list have at a place; never neither.
    pub(super) pairs: Vec<(Option<&'s T>, Option<&'s T>)>,
    /// Where the older ones went.
    old: Vec<u32>,
}

impl<'s, T> Joined<'s, T> {
    pub(super) fn new<K: Hash + Eq>(old: &'s [T], new: &'s [T], key: impl Fn(&'s T) -> K) -> Self {
        let new = new.iter().map(|one| (key(one), (None, Some(one))));
        let mut pairs: IndexMap<K, (Option<&T>, Option<&T>)> = new.collect();
        let place = |one| {
            let pair = pairs.entry(key(one));
            let place = order::place(pair.index());
            pair.or_default().0 = Some(one);
            place
        };
        let old = old.iter().map(place).collect();
        let pairs = pairs.into_values().collect();
        Self { pairs, old }
    }

    /// Each as the newer list has it, else the older.
    pub(super) fn all(&self) -> impl Iterator<Item = &'s T> {
        self.pairs.iter().filter_map(|&(old, new)| new.or(old))
    }

    /// The place of an older one.
    pub(super) fn place(&self, old: u32) -> u32 {
        self.old[old as usize]
    }

    /// Those of one list only.
    pub(super) fn changed(&self) -> impl Iterator<Item = (Change, &'s T)> {
        self.pairs.iter().filter_map(|&pair| match pair {
            (None, Some(one)) => Some((Change::Gained, one)),
            (Some(one), None) => Some((Change::Lost, one)),
            _ => None,
        })
    }

    /// Those of both, as they were and are, in the older order.
    pub(super) fn kept(&self) -> impl Iterator<Item = (&'s T, &'s T)> {
        let pairs = self.old.iter().map(|&place| self.pairs[place as usize]);
        pairs.filter_map(|(old, new)| old.zip(new))
    }
}
