//! The entitlements of a resource, and who may hold them (`src/sync/mapping.md`, Entitlements).

use crate::baton::ids::{MEMBER, ResourceId, ResourceKind};
use crate::baton::pb::v2;
use crate::baton::pb::v2::entitlement::PurposeValue;
use crate::baton::resource::{NAME_LIMIT, annotation};
use crate::text::cut;

use super::capabilities::resource_type;
use super::permission::{is_automatic, permission_id};

/// The entitlement `slug` on `resource`. A permission that 1Password gives and takes by itself says
/// so.
pub fn entitlement(id: &ResourceId, resource: &v2::Resource, slug: &str) -> v2::Entitlement {
    let name = &resource.display_name;
    let holders: &[_] = match id.kind {
        ResourceKind::Vault => &[ResourceKind::User, ResourceKind::Group],
        _ => &[ResourceKind::User],
    };
    let purpose = match slug {
        MEMBER => PurposeValue::Assignment,
        _ => PurposeValue::Permission,
    };
    let mut entitlement = v2::Entitlement {
        id: id.entitlement(slug),
        display_name: cut(&format!("{name} {} {slug}", id.kind), NAME_LIMIT).to_owned(),
        description: format!("1Password {name} {}", id.kind),
        grantable_to: holders.iter().map(|kind| resource_type(*kind)).collect(),
        purpose: purpose.into(),
        slug: slug.to_owned(),
        resource: Some(resource.clone()),
        ..Default::default()
    };
    if is_automatic(&permission_id(slug)) {
        entitlement.description +=
            ": given and taken by 1Password itself with other permissions, cannot be granted";
        let mark = annotation(&v2::EntitlementImmutable::default());
        entitlement.annotations.push(mark);
    }
    entitlement
}
