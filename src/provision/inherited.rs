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
    /// With their names, empty where not known.
    groups: Vec<(ResourceId, String)>,
    /// Nothing of it is the principal's own.
    pub(super) is_all: bool,
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
            groups: groups
                .map(|group| (group.clone(), name(&group).unwrap_or_default()))
                .collect(),
            is_all: own.is_empty() && (is_immutable || !others.is_empty()),
        }
    }

    /// How the access of a principal that has it through them alone can be ended: sentences, each
    /// with a space before it. `who` names the principal.
    pub(super) fn steps(&self, entitlement_id: &str, principal: &ResourceId, who: &str) -> String {
        if self.groups.is_empty() {
            return " The grant does not say which; `op vault group list` shows them.".to_owned();
        }
        let step = |(group, name): &(ResourceId, String)| {
            let name = named(group, name);
            let whole = grant_id(entitlement_id, group);
            let membership = grant_id(&group.entitlement(MEMBER), principal);
            format!(
                " It comes from {name}: revoke \"{whole}\" to take it from the whole group, or \"{membership}\" to \
                 take {who} out of the group."
            )
        };
        self.groups.iter().map(step).collect()
    }
}

/// The group whose members an entitlement id stands for.
fn group_of(entitlement_id: &str) -> Option<ResourceId> {
    let rest = entitlement_id.strip_prefix(ResourceKind::Group.as_str())?;
    let id = rest.strip_prefix(':')?.strip_suffix(MEMBER)?;
    Some(ResourceId::new(ResourceKind::Group, id.strip_suffix(':')?))
}
