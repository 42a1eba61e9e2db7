//! Access that a principal has through groups: it cannot be taken where it shows, only where it comes from.

use std::fmt;

use crate::baton::ids::{ResourceId, ResourceKind, grant_id};
use crate::baton::pb::v2;
use crate::connector::group;
use crate::connector::permission::MEMBER;

use super::Request;

/// Where a stored grant comes from besides the principal itself (contract sync §4.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sources {
    /// Entitlement ids: whoever holds one of them has the grant.
    from: Vec<String>,
    /// Nothing of it is the principal's own.
    is_all: bool,
}

impl Sources {
    pub(super) fn of(grant: &v2::Grant) -> Self {
        let own = grant.entitlement.as_ref().map_or("", |own| &own.id);
        let sources = grant
            .sources
            .iter()
            .flat_map(|sources| sources.sources.keys());
        let (own, from): (Vec<_>, Vec<_>) = sources.cloned().partition(|id| id == own);
        let immutable = grant
            .annotations
            .iter()
            .any(|any| any.type_url.ends_with("/c1.connector.v2.GrantImmutable"));
        Self {
            is_all: own.is_empty() && (immutable || !from.is_empty()),
            from,
        }
    }

    /// Whether the grant is inherited and nothing else.
    pub(super) fn is_all(&self) -> bool {
        self.is_all
    }

    /// Whether no group gives the grant too.
    pub(super) fn is_empty(&self) -> bool {
        self.from.is_empty()
    }

    /// The groups, where the entitlement id is one of a group's members.
    pub(super) fn groups(&self) -> Vec<ResourceId> {
        self.from.iter().filter_map(|id| group_of(id)).collect()
    }
}

fn group_of(entitlement_id: &str) -> Option<ResourceId> {
    let rest = entitlement_id.strip_prefix(ResourceKind::Group.as_str())?;
    let id = rest
        .strip_prefix(':')?
        .strip_suffix(MEMBER)?
        .strip_suffix(':')?;
    Some(group::id(id))
}

/// Why a grant cannot be revoked: the principal holds it through groups alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inherited {
    /// `user Ada Birch (U1)`.
    who: String,
    /// `view items on vault Depot Keys (v1)`.
    what: String,
    entitlement_id: String,
    principal: ResourceId,
    groups: Vec<(ResourceId, Option<String>)>,
}

impl Inherited {
    pub(super) fn new(request: &Request) -> Self {
        let groups = request.sources.groups().into_iter();
        Self {
            who: request.who(),
            what: request.what(),
            entitlement_id: request.entitlement_id(),
            principal: request.principal.clone(),
            groups: groups.map(|group| (group, None)).collect(),
        }
    }

    /// Adds the names of the groups, which a grant does not carry.
    pub fn name_groups(&mut self, name: impl Fn(&ResourceId) -> Option<String>) {
        for (group, shown) in &mut self.groups {
            *shown = name(group);
        }
    }
}

impl fmt::Display for Inherited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { who, what, .. } = self;
        write!(
            f,
            "{who} has {what} through groups only, so there is nothing of its own to revoke."
        )?;
        for (group, name) in &self.groups {
            let shown = super::request::shown(group, name.as_deref().unwrap_or_default());
            let whole = grant_id(&self.entitlement_id, group);
            let membership = grant_id(&group.entitlement(MEMBER), &self.principal);
            write!(
                f,
                " It comes from {shown}: revoke \"{whole}\" to take it from the whole group, or \"{membership}\" to take \
                 {who} out of the group."
            )?;
        }
        if self.groups.is_empty() {
            f.write_str(" The grant does not say which; `op vault group list` shows them.")?;
        }
        Ok(())
    }
}
