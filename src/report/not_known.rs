//! What two syncs hold and could not be compared.

use std::collections::BTreeSet;

use crate::baton::ids::ResourceKind;

use super::model::Access;
use super::permissions::Set;

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
