//! Access that a principal has through groups: it cannot be taken where it shows, only where it
//! comes from.

use prost::Name;

use crate::baton::ids::{ResourceId, ResourceKind, grant_id};
use crate::baton::pb::v2;
use crate::connector::permission::MEMBER;

use super::names::named;

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
        self.groups
            .push((ResourceId::new(ResourceKind::Group, group), Some(name)));
    }

    /// Whether the grant is inherited and nothing else.
    pub(super) fn is_all(&self) -> bool {
        self.is_all
    }

    /// The groups in words: `group Ops Crew (g1)`.
    pub(super) fn names(&self) -> Vec<String> {
        let groups = self.groups.iter();
        groups
            .map(|(group, name)| named(group, name.as_deref().unwrap_or_default()))
            .collect()
    }

    /// How the access of a principal that has it through them alone can be ended: sentences, each
    /// with a space before it. `who` names the principal.
    pub(super) fn steps(&self, entitlement_id: &str, principal: &ResourceId, who: &str) -> String {
        if self.groups.is_empty() {
            return " The grant does not say which; `op vault group list` shows them.".to_owned();
        }
        let step = |((group, _), name): (&(ResourceId, _), String)| {
            let whole = grant_id(entitlement_id, group);
            let membership = grant_id(&group.entitlement(MEMBER), principal);
            format!(
                " It comes from {name}: revoke \"{whole}\" to take it from the whole group, or \"{membership}\" to \
                 take {who} out of the group."
            )
        };
        self.groups.iter().zip(self.names()).map(step).collect()
    }
}

/// The group whose members an entitlement id stands for.
fn group_of(entitlement_id: &str) -> Option<ResourceId> {
    let rest = entitlement_id.strip_prefix(ResourceKind::Group.as_str())?;
    let id = rest.strip_prefix(':')?.strip_suffix(MEMBER)?;
    Some(ResourceId::new(ResourceKind::Group, id.strip_suffix(':')?))
}
