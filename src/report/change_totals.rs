//! How much came, went, and could not be compared, kind by kind.

use crate::baton::ids::ResourceKind;

use super::Changes;
use super::count::Count;

/// The totals of one kind of change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Total {
    /// `users`, `groups`, `projects`, `vaults`, `memberships` (a group and a user, who may manage it
    /// too) or `access` (a principal and a vault).
    pub kind: &'static str,
    /// New, or in the newer sync only.
    pub gained: Count,
    /// Gone, or in the older sync only.
    pub lost: Count,
    /// In either sync, and not compared because one of them did not read it.
    pub not_known: Count,
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
        // Managers are members, whether they manage or not.
        let memberships = memberships.filter(|one| !one.manager);
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
