//! Access that a principal has through groups: it cannot be taken where it shows, only where it comes from.

use std::fmt;

use prost::Name;

use crate::baton::ids::{ResourceId, ResourceKind, grant_id};
use crate::baton::pb::v2;
use crate::connector::group;
use crate::connector::permission::MEMBER;

use super::shown::shown;

/// The groups that a stored grant comes from (`src/sync/mapping.md`, Inherited access).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sources {
    /// With the names that are known of them.
    groups: Vec<(ResourceId, Option<String>)>,
    /// Nothing of it is the principal's own.
    is_all: bool,
}

impl Sources {
    /// Reads them from the grant; `name` knows the names of groups, which a grant does not carry.
    pub(super) fn of(grant: &v2::Grant, name: impl Fn(&ResourceId) -> Option<String>) -> Self {
        let own = grant.entitlement.as_ref().map_or("", |own| &own.id);
        let sources = grant.sources.iter();
        let sources = sources.flat_map(|sources| sources.sources.keys());
        let (own, others): (Vec<_>, Vec<_>) = sources.partition(|id| *id == own);
        let immutable = v2::GrantImmutable::type_url();
        let is_immutable = grant
            .annotations
            .iter()
            .any(|any| any.type_url == immutable);
        let groups = others.iter().filter_map(|id| group_of(id));
        Self {
            groups: groups.map(|group| (group.clone(), name(&group))).collect(),
            is_all: own.is_empty() && (is_immutable || !others.is_empty()),
        }
    }

    /// Adds a group that gives the grant.
    pub(super) fn add(&mut self, group: &str, name: String) {
        self.groups.push((group::id(group), Some(name)));
    }

    /// Whether the grant is inherited and nothing else.
    pub(super) fn is_all(&self) -> bool {
        self.is_all
    }

    /// Whether no group gives the grant too.
    pub(super) fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// The groups in words: `group Ops Crew (g1)`.
    pub(super) fn shown(&self) -> Vec<String> {
        let groups = self.groups.iter();
        groups
            .map(|(group, name)| shown(group, name.as_deref().unwrap_or_default()))
            .collect()
    }
}

/// The group whose members an entitlement id stands for.
fn group_of(entitlement_id: &str) -> Option<ResourceId> {
    let rest = entitlement_id.strip_prefix(ResourceKind::Group.as_str())?;
    let id = rest.strip_prefix(':')?.strip_suffix(MEMBER)?;
    Some(group::id(id.strip_suffix(':')?))
}

/// Why a grant cannot be revoked: the principal holds it through groups alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inherited {
    /// `user Ada Birch (U1)`.
    pub(super) who: String,
    /// `view items on vault Depot Keys (v1)`.
    pub(super) what: String,
    pub(super) entitlement_id: String,
    pub(super) principal: ResourceId,
    pub(super) sources: Sources,
}

impl fmt::Display for Inherited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { who, what, .. } = self;
        write!(
            f,
            "{who} has {what} through groups only, so there is nothing of its own to revoke."
        )?;
        for ((group, _), shown) in self.sources.groups.iter().zip(self.sources.shown()) {
            let whole = grant_id(&self.entitlement_id, group);
            let membership = grant_id(&group.entitlement(MEMBER), &self.principal);
            write!(
                f,
                " It comes from {shown}: revoke \"{whole}\" to take it from the whole group, or \"{membership}\" to \
                 take {who} out of the group."
            )?;
        }
        if self.sources.is_empty() {
            f.write_str(" The grant does not say which; `op vault group list` shows them.")?;
        }
        Ok(())
    }
}
