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

/// One path of a [`Shift`].
#[derive(Debug)]
pub(super) struct PathShift {
    pub(super) path: Path,
    /// What it gives now and did not.
    pub(super) gained: Set,
    /// What it gave and does not any more.
    pub(super) lost: Set,
}

/// A changed access between a principal and a vault, by their places in the joined lists.
#[derive(Debug)]
pub(super) struct Shift {
    pub(super) principal: u32,
    pub(super) vault: u32,
    /// What all paths together give now and did not.
    pub(super) gained: Set,
    /// What all paths together gave and do not any more.
    pub(super) lost: Set,
    /// The paths that changed. When nothing was gained or lost, only the paths did.
    pub(super) paths: Vec<PathShift>,
    /// All paths of the newer sync, with what they give.
    pub(super) now: Vec<(Path, Set)>,
}

impl PathShift {
    pub(super) fn of(&self, change: Change) -> Set {
        match change {
            Change::Gained => self.gained,
            Change::Lost => self.lost,
        }
    }
}

impl Shift {
    pub(super) fn of(&self, change: Change) -> Set {
        match change {
            Change::Gained => self.gained,
            Change::Lost => self.lost,
        }
    }

    /// The paths that brought (or took) what was gained (or lost) in all.
    pub(super) fn causes(&self, change: Change) -> impl Iterator<Item = Path> {
        let paths = self.paths.iter();
        let causes = paths.filter(move |path| path.of(change).meets(self.of(change)));
        causes.map(|path| path.path)
    }

    /// The paths of the newer sync that give something of a set.
    pub(super) fn giving(&self, held: Set) -> impl Iterator<Item = Path> {
        let paths = self.now.iter().filter(move |(_, own)| own.meets(held));
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
    let by = |paths: &[Access], path: Path| {
        let found = paths.iter().find(|access| access.path == path);
        found.map_or(Set::default(), |access| access.held.without(uncompared))
    };
    let all = before.iter().chain(after);
    let paths: BTreeSet<Path> = all.map(|access| access.path).collect();
    let paths: Vec<PathShift> = paths
        .into_iter()
        .map(|path| {
            let (was, is) = (by(before, path), by(after, path));
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
        each.collect::<Set>()
    };
    let (was, is) = (held(before), held(after));
    (!paths.is_empty()).then(|| Shift {
        principal,
        vault,
        gained: is.without(was),
        lost: was.without(is),
        paths,
        now: after
            .iter()
            .map(|access| (access.path, access.held))
            .collect(),
    })
}
