//! Different things, each known by its place in the order in which they came.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;

use super::order;

#[derive(Debug)]
pub(super) struct Numbered<T> {
    /// By place.
    pub(super) list: Vec<T>,
    places: HashMap<T, u32>,
}

impl<T> Default for Numbered<T> {
    fn default() -> Self {
        Self {
            list: Vec::new(),
            places: HashMap::new(),
        }
    }
}

impl<T: Clone + Eq + Hash> Numbered<T> {
    /// The place of one; a new one comes to the end.
    pub(super) fn place<Q>(&mut self, one: &Q) -> u32
    where
        T: Borrow<Q>,
        Q: ToOwned<Owned = T> + Eq + Hash + ?Sized,
    {
        if let Some(&known) = self.places.get(one) {
            return known;
        }
        let new = order::place(self.list.len());
        self.places.insert(one.to_owned(), new);
        self.list.push(one.to_owned());
        new
    }
}
