//! Building entitlements: ids, names and texts (`src/sync/mapping.md`, Entitlements).

use super::ids::ResourceId;
use super::pb::v2;
use super::resource::NAME_LIMIT;
use crate::text::cut;

pub use v2::entitlement::PurposeValue as Purpose;

/// The entitlement `slug` on `resource`, which `grantable_to` may hold.
pub fn entitlement(
    id: &ResourceId,
    resource: &v2::Resource,
    slug: &str,
    purpose: Purpose,
    grantable_to: &[v2::ResourceType],
) -> v2::Entitlement {
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
