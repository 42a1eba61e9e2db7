//! What changed between two syncs: resources, who is in which group, and who holds what.

use serde::Serialize;

use crate::baton::ids::ResourceKind::{self, Group, Project, User, Vault};
use crate::notice::Notice;

use super::count::Listed;
use super::model::{PathParts, Resource};
use super::permissions::{Permissions, Set};
use super::snapshot::{Snapshot, Source};

/// What became of something: it is so now, or it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Change {
    Gained,
    Lost,
}

/// A changed access between a principal and a vault.
#[derive(Debug)]
pub(super) struct Shift<'s> {
    pub(super) who: &'s Resource,
    pub(super) vault: &'s Resource,
    /// The places of both in the lists of [`Changes`].
    pub(super) at: (u32, u32),
    /// By all paths together.
    pub(super) gained: Set,
    pub(super) lost: Set,
    /// What each path gives and did not, then what it gave and does not any more; never nothing.
    pub(super) paths: Vec<(PathParts<'s>, Change, Set)>,
    /// All paths of the newer sync, with what they give.
    pub(super) now: Vec<(PathParts<'s>, Set)>,
}

impl Shift<'_> {
    /// What was gained, or lost, by all paths together. When both are nothing, only paths changed.
    pub(super) fn of(&self, change: Change) -> Set {
        match change {
            Change::Gained => self.gained,
            Change::Lost => self.lost,
        }
    }
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
    pub(super) arrivals: Listed<(Change, &'s Resource)>,
    pub(super) edits: Listed<Edit<'s>>,
    pub(super) memberships: Listed<Membership<'s>>,
    pub(super) access: Listed<Shift<'s>>,
    pub(super) totals: Vec<Total>,
    pub(super) compared: Compared<'s>,
}

impl Changes<'_> {
    /// Permissions in words; none are none.
    pub(super) fn summary(&self, held: Set) -> String {
        match held.is_empty() {
            true => String::new(),
            false => self.permissions.summary(held, Set::default()),
        }
    }

    /// A sentence for when it is certain that nothing changed.
    pub(super) fn nothing(&self) -> Option<&'static str> {
        let of_resources = self.arrivals.is_none() && self.edits.is_none();
        let nothing = of_resources && self.memberships.is_none() && self.access.is_none();
        nothing.then_some(match self.compared.lists(Project) {
            true => "Nothing changed.",
            false => {
                "Nothing changed. No projects are in either file: there are none, or they were not \
                 read."
            }
        })
    }
}

#[derive(Debug)]
pub(super) struct Compared<'s> {
    pub(super) both: [&'s Snapshot; 2],
    /// By place of the vault: the users, and the projects, that reach it.
    pub(super) holders: Vec<[bool; 2]>,
    /// Permissions that only one of them read.
    pub(super) not: Set,
}

impl Compared<'_> {
    /// Whether both list all of a kind.
    pub(super) fn lists(&self, kind: ResourceKind) -> bool {
        self.both.iter().all(|one| one.coverage.lists(kind))
    }

    /// Whether projects are in both files, or in neither: most accounts have none.
    pub(super) fn both_or_neither(&self) -> bool {
        let [before, now] = self.both.map(|one| one.coverage.lists(Project));
        before == now
    }

    /// Whether both read who of this kind reaches the vault, and who holds these permissions there.
    pub(super) fn compares(&self, kind: ResourceKind, vault: u32, held: Set) -> bool {
        self.holders[vault as usize][usize::from(kind == Project)] && !held.intersects(self.not)
    }

    pub(super) fn is_whole(&self) -> bool {
        self.both.iter().all(|one| one.coverage.access())
            && self.holders.iter().all(|[users, _]| *users)
            && self.both_or_neither()
            && self.not.is_empty()
    }

    /// Whether both files have all that can be new, gone, renamed or in another state.
    pub(super) fn lists_all(&self) -> bool {
        [User, Group, Vault].map(|kind| self.lists(kind)) == [true; 3] && self.both_or_neither()
    }
}

/// How many came and went. None of them is a figure where none was seen and there may be some.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Total {
    /// Whether both syncs read all that there is of the kind.
    pub(super) all: bool,
    /// New, or in the newer sync only; `lost` is gone, or in the older only.
    pub(super) gained: Option<usize>,
    /// A kind, `memberships` (a user in a group, managing it or not) or `access` (to a vault).
    #[serde(skip)]
    pub(super) kind: &'static str,
    pub(super) lost: Option<usize>,
    /// In either sync, and not compared because one of them did not read it.
    pub(super) not_known: Option<usize>,
}

impl Total {
    pub(super) fn new(
        kind: &'static str,
        changes: impl Iterator<Item = Change>,
        not_known: usize,
        all: bool,
    ) -> Self {
        let figure = |n| (n > 0 || all).then_some(n);
        let (gained, lost): (Vec<_>, Vec<_>) = changes.partition(|one| *one == Change::Gained);
        Self {
            all,
            gained: figure(gained.len()),
            kind,
            lost: figure(lost.len()),
            not_known: figure(not_known),
        }
    }
}
