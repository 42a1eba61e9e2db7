//! What changed between two syncs: who came and went, who was put into groups, who gained and lost
//! what.

use std::collections::BTreeSet;

use serde::{Serialize, Serializer};

use crate::baton::ids::ResourceKind;
use crate::notice::Notice;

use super::count::{Count, Listed};
use super::model::{Access, Path, PathParts, Resource};
use super::permissions::{Permissions, Set};
use super::snapshot::{Snapshot, Source};

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
    /// The places of both in the lists of [`Changes`].
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
            let held = paths.map(|one| one.held.difference(uncompared));
            held.collect::<Set>()
        };
        let delta = |of| {
            let (was, is) = (held(before, of), held(after, of));
            Delta {
                gained: is.difference(was),
                lost: was.difference(is),
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
        let causes = causes.filter(move |(_, delta)| delta.of(change).intersects(all));
        causes.map(|(path, _)| *path)
    }

    /// The paths of the newer sync that give something of a set.
    pub(super) fn giving(&self, held: Set) -> impl Iterator<Item = PathParts<'s>> {
        let paths = self.now.iter().filter(move |(_, own)| own.intersects(held));
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

#[derive(Clone, Debug, Serialize)]
pub(super) struct Membership<'s> {
    /// `member` or `manager`: managers are members too, and have both.
    #[serde(rename = "as")]
    pub(super) role: &'static str,
    pub(super) change: Change,
    pub(super) group: &'s Resource,
    pub(super) user: &'s Resource,
}

/// A user, group, project or vault whose name or state changed.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Edit<'s> {
    pub(super) after: String,
    pub(super) before: String,
    pub(super) id: &'s str,
    #[serde(rename = "type")]
    pub(super) kind: ResourceKind,
    /// `name` or `state`.
    pub(super) what: &'static str,
    /// Its name as shown, now.
    #[serde(skip)]
    pub(super) label: &'s str,
}

/// A user, group, project or vault that is new or gone.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Arrival<'s> {
    pub(super) id: &'s str,
    #[serde(rename = "name")]
    pub(super) label: &'s str,
    #[serde(rename = "type")]
    pub(super) kind: ResourceKind,
    #[serde(skip)]
    pub(super) change: Change,
}

#[derive(Debug)]
pub(super) struct Changes<'s> {
    pub(super) old: &'s Source,
    /// Whole sentences about the older file, and about what could not be compared.
    pub(super) notices: Vec<Notice>,
    /// Everybody of the newer sync at the same place, then those only in the older one.
    pub(super) principals: Vec<&'s Resource>,
    pub(super) vaults: Vec<&'s Resource>,
    /// What the bits of the sets here mean; for the newer sync's sets too.
    pub(super) permissions: Permissions,
    pub(super) arrivals: Listed<Arrival<'s>>,
    /// What is in one of the files only, and may be in the other's account.
    pub(super) unknown_arrivals: Vec<Arrival<'s>>,
    pub(super) edits: Listed<Edit<'s>>,
    pub(super) memberships: Listed<Membership<'s>>,
    /// How many of either sync could not be compared.
    pub(super) unknown_memberships: usize,
    pub(super) access: Listed<Shift<'s>>,
    /// How many pairs of either sync could not be compared, or not in all permissions.
    pub(super) unknown_access: usize,
    pub(super) compared: Compared,
}

/// What both syncs read.
#[derive(Debug)]
pub(super) struct Compared {
    /// By place of the vault: the users, and the projects, that reach it.
    pub(super) holders: Vec<[bool; 2]>,
    /// Permissions that only one of them read.
    pub(super) not: Set,
    pub(super) lists: Vec<ResourceKind>,
    /// Whether projects are in both files, or in neither: most accounts have none.
    pub(super) both_or_neither: bool,
}

impl Compared {
    pub(super) fn lists(&self, kind: ResourceKind) -> bool {
        self.lists.contains(&kind)
    }

    /// Whether both read who of this kind reaches the vault.
    pub(super) fn has(&self, kind: ResourceKind, vault: u32) -> bool {
        let [users, projects] = self.holders[vault as usize];
        match kind {
            ResourceKind::Project => projects,
            _ => users,
        }
    }

    /// Whether both read if a principal of this kind holds these permissions on the vault.
    pub(super) fn compares(&self, kind: ResourceKind, vault: u32, held: Set) -> bool {
        self.has(kind, vault) && !held.intersects(self.not)
    }

    pub(super) fn is_whole(&self, both: [&Snapshot; 2]) -> bool {
        both.iter().all(|one| one.coverage.access())
            && self.holders.iter().all(|[users, _]| *users)
            && self.both_or_neither
            && self.not.is_empty()
    }

    /// Whether both files have all that can be new, gone, renamed or in another state.
    pub(super) fn lists_all(&self) -> bool {
        let kinds = [ResourceKind::User, ResourceKind::Group, ResourceKind::Vault];
        kinds.iter().all(|&kind| self.lists(kind)) && self.both_or_neither
    }
}

impl Changes<'_> {
    /// A sentence for when it is certain that nothing changed.
    pub(super) fn nothing(&self) -> Option<&'static str> {
        let nothing = self.arrivals.is_none()
            && self.edits.is_none()
            && self.memberships.is_none()
            && self.access.is_none();
        nothing.then_some(match self.compared.lists(ResourceKind::Project) {
            true => "Nothing changed.",
            false => {
                "Nothing changed. No projects are in either file: there are none, or they were not \
                 read."
            }
        })
    }

    pub(super) fn totals(&self) -> Vec<Total> {
        let arrivals = |what, kind| {
            let known = |change| {
                let rows = self.arrivals.rows.iter();
                let rows = rows.filter(|one| (one.kind, one.change) == (kind, change));
                rows.count()
            };
            let unknown = self.unknown_arrivals.iter();
            let unknown = unknown.filter(|one| one.kind == kind).count();
            Total::new(what, known, unknown, self.compared.lists(kind))
        };
        let memberships = |change| {
            let rows = self.memberships.rows.iter();
            let members = rows.filter(|one| one.role == "member");
            members.filter(|one| one.change == change).count()
        };
        let access = |change| {
            let rows = self.access.rows.iter();
            rows.filter(|one| !one.all.of(change).is_empty()).count()
        };
        vec![
            arrivals("users", ResourceKind::User),
            arrivals("groups", ResourceKind::Group),
            arrivals("projects", ResourceKind::Project),
            arrivals("vaults", ResourceKind::Vault),
            Total::new(
                "memberships",
                memberships,
                self.unknown_memberships,
                self.memberships.all,
            ),
            Total::new("access", access, self.unknown_access, self.access.all),
        ]
    }
}

#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Total {
    /// Whether both syncs read all that there is of the kind.
    pub(super) all: bool,
    /// New, or in the newer sync only.
    #[serde(serialize_with = "figure")]
    pub(super) gained: Count,
    /// `users`, `groups`, `projects`, `vaults`, `memberships` (a group and a user, who may manage
    /// it too) or `access` (a principal and a vault).
    #[serde(skip)]
    pub(super) kind: &'static str,
    /// Gone, or in the older sync only.
    #[serde(serialize_with = "figure")]
    pub(super) lost: Count,
    /// In either sync, and not compared because one of them did not read it.
    #[serde(serialize_with = "figure")]
    pub(super) not_known: Count,
}

impl Total {
    fn new(kind: &'static str, n: impl Fn(Change) -> usize, not_known: usize, all: bool) -> Self {
        Self {
            all,
            gained: Count::new(n(Change::Gained), all),
            kind,
            lost: Count::new(n(Change::Lost), all),
            not_known: Count::new(not_known, all),
        }
    }
}

/// `null` when nothing was seen and there may be some.
fn figure<S: Serializer>(count: &Count, serializer: S) -> Result<S::Ok, S::Error> {
    let figure = Some(count.seen()).filter(|&n| n > 0).or(count.known());
    figure.serialize(serializer)
}
