//! A row of `op vault list` → a vault resource and its entitlements.

use crate::baton::entitlement::{Purpose, entitlement};
use crate::baton::ids::{ResourceId, ResourceKind};
use crate::baton::pb::v2;
use crate::baton::resource::{DESCRIPTION_LIMIT, NAME_LIMIT, resource, timestamp};
use crate::op::types::Vault;
use crate::text::cut;

use super::permission::MEMBER;
use super::{group, user};

/// The longest entitlement name beside the vault's own: ` vault view and copy passwords`.
const NAME_TAIL: usize = " vault view and copy passwords".len();

/// The resource type.
pub fn resource_type() -> v2::ResourceType {
    v2::ResourceType {
        id: ResourceKind::Vault.as_str().to_owned(),
        display_name: "Vault".to_owned(),
        ..Default::default()
    }
}

/// The vault's id.
pub fn id(vault_id: &str) -> ResourceId {
    ResourceId::new(ResourceKind::Vault, vault_id)
}

/// The vault as a resource. A name so long that an entitlement's name would pass C1's limit is cut
/// (contract sync §2.1).
pub fn vault_resource(vault: &Vault, account: &ResourceId) -> v2::Resource {
    v2::Resource {
        description: cut(&vault.description, DESCRIPTION_LIMIT).to_owned(),
        created_at: timestamp(&vault.created_at),
        ..resource(
            &id(&vault.id),
            Some(account),
            cut(&vault.name, NAME_LIMIT - NAME_TAIL),
        )
    }
}

/// The vault's entitlements, one a slug; users and groups may hold them.
pub fn entitlements<'a>(
    id: &ResourceId,
    vault: &v2::Resource,
    slugs: impl Iterator<Item = &'a str>,
) -> Vec<v2::Entitlement> {
    let holders = [user::resource_type(), group::resource_type()];
    let purpose = |slug: &str| {
        if slug == MEMBER {
            Purpose::Assignment
        } else {
            Purpose::Permission
        }
    };
    slugs
        .map(|slug| entitlement(id, vault, slug, purpose(slug), &holders))
        .collect()
}
