//! How much came, went, and could not be compared, kind by kind.

use std::collections::BTreeSet;

use crate::baton::ids::ResourceKind;

use super::Changes;
use super::count::Count;
use super::permissions::Set;
use super::snapshot::Access;

/// The totals of one kind of change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Total {
    /// `users`, `groups`, `projects`, `vaults`, `memberships` or `access` (a principal and a vault).
    pub kind: &'static str,
    /// New, or in the newer sync only.
    pub gained: Count,
    /// Gone, or in the older sync only.
    pub lost: Count,
    /// In either sync, and not compared because one of them did not read it.
    pub not_known: Count,
}

/// What was seen and could not be compared.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct NotKnown {
    pub(super) users: u32,
    pub(super) groups: u32,
    pub(super) projects: u32,
    pub(super) vaults: u32,
    pub(super) memberships: u32,
    pub(super) access: u32,
}

impl NotKnown {
    /// Counts one that is new or gone, if that were known.
    pub(super) fn add(&mut self, kind: ResourceKind) {
        match kind {
            ResourceKind::User => self.users += 1,
            ResourceKind::Group => self.groups += 1,
            ResourceKind::Project => self.projects += 1,
            ResourceKind::Vault => self.vaults += 1,
            ResourceKind::Account => {}
        }
    }
}

impl Changes {
    /// The totals, people first.
    pub fn totals(&self) -> Vec<Total> {
        let unknown = self.not_known;
        let of = |kind: &'static str, resource: ResourceKind, not_known: u32| {
            let rows = self.arrivals.rows.iter();
            let rows = rows.filter(|one| one.kind == resource);
            total(
                kind,
                rows.map(|one| (one.gained, !one.gained)),
                self.lists(resource),
                not_known,
            )
        };
        let memberships = self.memberships.rows.iter();
        let memberships = memberships.map(|one| (one.gained, !one.gained));
        let access = self.access.rows.iter();
        let access = access.map(|one| (!one.gained.is_empty(), !one.lost.is_empty()));
        vec![
            of("users", ResourceKind::User, unknown.users),
            of("groups", ResourceKind::Group, unknown.groups),
            of("projects", ResourceKind::Project, unknown.projects),
            of("vaults", ResourceKind::Vault, unknown.vaults),
            total(
                "memberships",
                memberships,
                self.memberships.all,
                unknown.memberships,
            ),
            total("access", access, self.access.all, unknown.access),
        ]
    }
}

fn total(
    kind: &'static str,
    rows: impl Iterator<Item = (bool, bool)>,
    all: bool,
    not_known: u32,
) -> Total {
    let (mut gained, mut lost) = (0, 0);
    for (is_gained, is_lost) in rows {
        gained += u32::from(is_gained);
        lost += u32::from(is_lost);
    }
    Total {
        kind,
        gained: Count::new(gained, all),
        lost: Count::new(lost, all),
        not_known: Count::new(not_known, all),
    }
}

/// Pairs of principal and vault that either sync has and that are not compared, or not in all permissions.
pub(super) fn uncompared_pairs<'a>(
    access: impl Iterator<Item = &'a Access>,
    not: Set,
    compares: impl Fn(u32, u32) -> bool,
) -> u32 {
    let not = access.filter(|one| one.held.meets(not) || !compares(one.principal, one.vault));
    let pairs: BTreeSet<(u32, u32)> = not.map(|one| (one.principal, one.vault)).collect();
    u32::try_from(pairs.len()).unwrap_or(u32::MAX)
}
