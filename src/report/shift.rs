//! Changes of access, pair by pair of principal and vault.

use std::collections::BTreeSet;

use serde::Serialize;

use super::model::{Access, Path};
use super::permissions::Set;

/// What became of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Change {
    /// It is so now.
    Gained,
    /// It was so.
    Lost,
}

/// What is given now and was not, and what was given and is not any more.
#[derive(Clone, Copy, Debug)]
pub(super) struct Delta {
    pub(super) gained: Set,
    pub(super) lost: Set,
}

impl Delta {
    fn new(was: Set, is: Set) -> Self {
        Self {
            gained: is.without(was),
            lost: was.without(is),
        }
    }

    pub(super) fn of(self, change: Change) -> Set {
        match change {
            Change::Gained => self.gained,
            Change::Lost => self.lost,
        }
    }

    pub(super) fn is_empty(self) -> bool {
        self.gained.is_empty() && self.lost.is_empty()
    }
}

/// A changed access between a principal and a vault, by their places in the joined lists.
#[derive(Debug)]
pub(super) struct Shift {
    pub(super) principal: u32,
    pub(super) vault: u32,
    /// Of all paths together.
    pub(super) all: Delta,
    /// The paths that changed. When nothing was gained or lost, only the paths did.
    pub(super) paths: Vec<(Path, Delta)>,
    /// All paths of the newer sync, with what they give.
    pub(super) now: Vec<(Path, Set)>,
}

impl Shift {
    /// The paths that brought (or took) what was gained (or lost) in all.
    pub(super) fn causes(&self, change: Change) -> impl Iterator<Item = Path> {
        let all = self.all.of(change);
        let causes = self.paths.iter();
        let causes = causes.filter(move |(_, delta)| delta.of(change).overlaps(all));
        causes.map(|(path, _)| *path)
    }

    /// The paths of the newer sync that give something of a set.
    pub(super) fn giving(&self, held: Set) -> impl Iterator<Item = Path> {
        let paths = self.now.iter().filter(move |(_, own)| own.overlaps(held));
        paths.map(|(path, _)| *path)
    }
}

/// Walks both sorted lists pair by pair, principal and vault, past those that cannot be compared.
pub(super) fn shifts(
    old: &[Access],
    new: &[Access],
    uncompared: Set,
    compares: impl Fn(u32, u32) -> bool,
) -> Vec<Shift> {
    let pair = |access: &Access| (access.principal, access.vault);
    let (mut old, mut new) = (old, new);
    let mut shifts = Vec::new();
    while let Some(next) = old.first().into_iter().chain(new.first()).map(pair).min() {
        let run = |list: &[Access]| list.iter().take_while(|one| pair(one) == next).count();
        let (before, older) = old.split_at(run(old));
        let (after, newer) = new.split_at(run(new));
        (old, new) = (older, newer);
        if compares(next.0, next.1) {
            shifts.extend(shift(next, before, after, uncompared));
        }
    }
    shifts
}

fn shift(
    (principal, vault): (u32, u32),
    before: &[Access],
    after: &[Access],
    uncompared: Set,
) -> Option<Shift> {
    let held = |paths: &[Access], of: Option<Path>| {
        let paths = paths.iter();
        let paths = paths.filter(|one| of.is_none_or(|of| one.path == of));
        let held = paths.map(|one| one.held.without(uncompared));
        held.collect::<Set>()
    };
    let delta = |of| Delta::new(held(before, of), held(after, of));
    let all = before.iter().chain(after);
    let paths: BTreeSet<Path> = all.map(|access| access.path).collect();
    let paths = paths.into_iter().map(|path| (path, delta(Some(path))));
    let paths: Vec<(Path, Delta)> = paths.filter(|(_, delta)| !delta.is_empty()).collect();
    (!paths.is_empty()).then(|| Shift {
        principal,
        vault,
        all: delta(None),
        paths,
        now: after.iter().map(|one| (one.path, one.held)).collect(),
    })
}
