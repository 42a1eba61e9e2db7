//! Changes of access, pair by pair of principal and vault.

use std::collections::BTreeSet;

use serde::Serialize;

use super::model::{Access, Path, PathParts, Resource};
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

/// A changed access between a principal and a vault.
#[derive(Debug)]
pub(super) struct Shift<'s> {
    pub(super) who: &'s Resource,
    pub(super) vault: &'s Resource,
    /// The places of both in the lists of [`super::changes::Changes`].
    pub(super) at: (u32, u32),
    /// Of all paths together.
    pub(super) all: Delta,
    /// The paths that changed. When nothing was gained or lost, only the paths did.
    pub(super) paths: Vec<(PathParts<'s>, Delta)>,
    /// All paths of the newer sync, with what they give.
    pub(super) now: Vec<(PathParts<'s>, Set)>,
}

impl<'s> Shift<'s> {
    /// The difference between what was and what is, if there is one besides what is `uncompared`.
    pub(super) fn new(
        (who, vault): (&'s Resource, &'s Resource),
        at: (u32, u32),
        [before, after]: [&[Access]; 2],
        uncompared: Set,
        path: impl Fn(Path) -> PathParts<'s>,
    ) -> Option<Self> {
        let held = |paths: &[Access], of: Option<Path>| {
            let paths = paths.iter();
            let paths = paths.filter(|one| of.is_none_or(|of| one.path == of));
            let held = paths.map(|one| one.held.without(uncompared));
            held.collect::<Set>()
        };
        let delta = |of| {
            let (was, is) = (held(before, of), held(after, of));
            Delta {
                gained: is.without(was),
                lost: was.without(is),
            }
        };
        let all = before.iter().chain(after);
        let paths: BTreeSet<Path> = all.map(|access| access.path).collect();
        let paths = paths.into_iter().map(|one| (one, delta(Some(one))));
        let paths = paths.filter(|(_, delta)| !delta.is_empty());
        let paths: Vec<_> = paths.map(|(one, delta)| (path(one), delta)).collect();
        (!paths.is_empty()).then(|| Self {
            who,
            vault,
            at,
            all: delta(None),
            paths,
            now: after.iter().map(|one| (path(one.path), one.held)).collect(),
        })
    }

    /// The paths that brought (or took) what was gained (or lost) in all.
    pub(super) fn causes(&self, change: Change) -> impl Iterator<Item = PathParts<'s>> {
        let all = self.all.of(change);
        let causes = self.paths.iter();
        let causes = causes.filter(move |(_, delta)| delta.of(change).overlaps(all));
        causes.map(|(path, _)| *path)
    }

    /// The paths of the newer sync that give something of a set.
    pub(super) fn giving(&self, held: Set) -> impl Iterator<Item = PathParts<'s>> {
        let paths = self.now.iter().filter(move |(_, own)| own.overlaps(held));
        paths.map(|(path, _)| *path)
    }
}

/// Each principal and vault with the accesses of both sorted lists.
pub(super) fn pairs(
    mut lists: [&[Access]; 2],
) -> impl Iterator<Item = ((u32, u32), [&[Access]; 2])> {
    let pair = |access: &Access| (access.principal, access.vault);
    std::iter::from_fn(move || {
        let next = lists
            .iter()
            .filter_map(|list| list.first())
            .map(pair)
            .min()?;
        let runs = lists.each_mut().map(|list| {
            let run = list.iter().take_while(|one| pair(one) == next).count();
            let (run, rest) = list.split_at(run);
            *list = rest;
            run
        });
        Some((next, runs))
    })
}
