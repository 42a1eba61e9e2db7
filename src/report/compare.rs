//! Puts two snapshots into one numbering and finds the differences in access.

use std::collections::{BTreeSet, HashMap};

use crate::connector::permission::{MEMBER, Vocabulary};

use super::order;
use super::permissions::{Permissions, Set};
use super::shift::{PathShift, Shift};
use super::snapshot::{Access, Path, Principal, Snapshot, Vault};

/// Two lists in one: the newer at its own places, then what only the older has.
pub(super) struct Joined<T> {
    pub(super) all: Vec<T>,
    /// Where the older ones went.
    pub(super) old: Vec<u32>,
    /// How many are of the newer list.
    new: usize,
    /// Which of the newer were in the older list.
    kept: BTreeSet<u32>,
}

impl<T: Clone> Joined<T> {
    pub(super) fn new<K: std::hash::Hash + Eq>(
        old: &[T],
        new: &[T],
        key: impl Fn(&T) -> K,
    ) -> Self {
        let places: HashMap<K, u32> = (0..)
            .zip(new)
            .map(|(place, one)| (key(one), place))
            .collect();
        let mut joined = Self {
            all: new.to_vec(),
            old: Vec::with_capacity(old.len()),
            new: new.len(),
            kept: BTreeSet::new(),
        };
        for one in old {
            let place = match places.get(&key(one)) {
                Some(&place) => {
                    joined.kept.insert(place);
                    place
                }
                None => {
                    joined.all.push(one.clone());
                    order::place(joined.all.len() - 1)
                }
            };
            joined.old.push(place);
        }
        joined
    }

    /// Whether both syncs know of each one what is asked; they are given its place in their own
    /// list, None when it has none.
    pub(super) fn known_to_both(
        &self,
        old: impl Fn(Option<u32>) -> bool,
        new: impl Fn(Option<u32>) -> bool,
    ) -> Vec<bool> {
        let mut olds = vec![None; self.all.len()];
        for (place, &joined) in (0..).zip(&self.old) {
            olds[joined as usize] = Some(place);
        }
        let places = (0..).zip(olds);
        let own = |place: u32| Some(place).filter(|&place| (place as usize) < self.new);
        places
            .map(|(place, before)| old(before) && new(own(place)))
            .collect()
    }

    /// Those of one list only, with whether that is the newer one.
    pub(super) fn changed(&self) -> impl Iterator<Item = (bool, &T)> {
        let all = (0..).zip(&self.all);
        all.filter(|(place, _)| !self.kept.contains(place))
            .map(|(place, one)| ((place as usize) < self.new, one))
    }
}

/// The known permissions that only one of the syncs read. Others are there when somebody holds them.
pub(super) fn uncompared(old: &Snapshot, new: &Snapshot, permissions: &mut Permissions) -> Set {
    let known = [Vocabulary::Granular, Vocabulary::Basic]
        .map(|vocabulary| permissions.of_vocabulary(vocabulary));
    let known = permissions.intern(MEMBER).with(known[0]).with(known[1]);
    let [old, new] = [old, new].map(Snapshot::offered);
    let either = known.without(old).with(known.without(new));
    let neither = known.without(old.with(new));
    either.without(neither)
}

/// The older access in the places and bits of the newer sync, sorted.
pub(super) fn translate(
    old: &Snapshot,
    principals: &Joined<Principal>,
    vaults: &Joined<Vault>,
    permissions: &mut Permissions,
    others: &mut order::Texts,
) -> Vec<Access> {
    let mut sources: HashMap<u32, u32> = HashMap::new();
    let mut sets: HashMap<Set, Set> = HashMap::new();
    let mut translated: Vec<Access> = old
        .access
        .iter()
        .map(|access| Access {
            principal: principals.old[access.principal as usize],
            vault: vaults.old[access.vault as usize],
            path: match access.path {
                Path::Group(group) => Path::Group(principals.old[group as usize]),
                Path::Other(source) => Path::Other(
                    *sources
                        .entry(source)
                        .or_insert_with(|| others.place(&old.others[source as usize])),
                ),
                Path::Direct => Path::Direct,
            },
            held: *sets.entry(access.held).or_insert_with(|| {
                let slugs = old.permissions.slugs(access.held);
                slugs.fold(Set::default(), |set, slug| {
                    set.with(permissions.intern(slug))
                })
            }),
        })
        .collect();
    translated.sort_unstable_by(order::by_place);
    translated
}

/// Walks both sorted lists pair by pair, principal and vault, past those that cannot be compared.
pub(super) fn shifts(
    old: &[Access],
    new: &[Access],
    uncompared: Set,
    compares: impl Fn(u32, u32) -> bool,
) -> Vec<Shift> {
    let same = |a: &Access, b: &Access| (a.principal, a.vault) == (b.principal, b.vault);
    let mut old = old.chunk_by(same).peekable();
    let mut new = new.chunk_by(same).peekable();
    let place = |paths: &[Access]| paths.first().map(|access| (access.principal, access.vault));
    let mut shifts = Vec::new();
    loop {
        let (before, after) = match (old.peek(), new.peek()) {
            (None, None) => return shifts,
            (Some(_), None) => (old.next(), None),
            (None, Some(_)) => (None, new.next()),
            (Some(a), Some(b)) => match place(a).cmp(&place(b)) {
                std::cmp::Ordering::Less => (old.next(), None),
                std::cmp::Ordering::Greater => (None, new.next()),
                std::cmp::Ordering::Equal => (old.next(), new.next()),
            },
        };
        let (before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
        let pair = place(before).or(place(after));
        if !pair.is_some_and(|(principal, vault)| compares(principal, vault)) {
            continue;
        }
        shifts.extend(shift(before, after, uncompared));
    }
}

fn shift(before: &[Access], after: &[Access], uncompared: Set) -> Option<Shift> {
    let first = after.first().or(before.first())?;
    let by = |paths: &[Access], path: &Path| {
        let found = paths.iter().find(|access| access.path == *path);
        found.map_or(Set::default(), |access| access.held.without(uncompared))
    };
    let all = before.iter().chain(after);
    let paths: BTreeSet<Path> = all.map(|access| access.path.clone()).collect();
    let paths: Vec<PathShift> = paths
        .into_iter()
        .map(|path| {
            let (was, is) = (by(before, &path), by(after, &path));
            PathShift {
                path,
                gained: is.without(was),
                lost: was.without(is),
            }
        })
        .filter(|path| !path.gained.is_empty() || !path.lost.is_empty())
        .collect();
    let held = |paths: &[Access]| {
        let each = paths.iter().map(|access| access.held.without(uncompared));
        each.fold(Set::default(), Set::with)
    };
    let (was, is) = (held(before), held(after));
    (!paths.is_empty()).then(|| Shift {
        principal: first.principal,
        vault: first.vault,
        gained: is.without(was),
        lost: was.without(is),
        paths,
        now: after
            .iter()
            .map(|access| (access.path.clone(), access.held))
            .collect(),
    })
}
