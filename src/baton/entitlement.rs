//! Building entitlements: ids, names and texts (`src/sync/mapping.md`, Entitlements).

use super::ids::ResourceId;
use super::pb::v2;
use super::resource::NAME_LIMIT;
use crate::text::cut;

/// The slug of being in the account, in a group, or on a vault; all others are permissions.
pub const MEMBER: &str = "member";

/// The entitlement `slug` on `resource`, which `grantable_to` may hold.
pub fn entitlement(
    id: &ResourceId,
    resource: &v2::Resource,
    slug: &str,
    grantable_to: &[v2::ResourceType],
) -> v2::Entitlement {
    let purpose = match slug {
        MEMBER => v2::entitlement::PurposeValue::Assignment,
        _ => v2::entitlement::PurposeValue::Permission,
    };
    let name = format!("{} {} {slug}", resource.display_name, id.kind);
    v2::Entitlement {
        id: id.entitlement(slug),
        display_name: cut(&name, NAME_LIMIT).to_owned(),
        description: format!("1Password {} {}", resource.display_name, id.kind),
        grantable_to: grantable_to.to_vec(),
        purpose: purpose.into(),
        slug: slug.to_owned(),
        resource: Some(resource.clone()),
        ..Default::default()
    }
}
