//! What the connector says of itself: its resource types and what it can do with each.
//!
//! This is the one list of resource types; the sync, `capabilities` and C1's Hello all read it
//! (`src/c1/protocol.md`, Hello).

use crate::baton::ids::ResourceKind;
use crate::baton::pb::v2;
use crate::baton::pb::v2::Capability;

use super::{account, group, project, user, vault};

/// The resource type of a kind.
pub fn resource_type(kind: ResourceKind) -> v2::ResourceType {
    match kind {
        ResourceKind::Account => account::resource_type(),
        ResourceKind::Group => group::resource_type(),
        ResourceKind::Project => project::resource_type(),
        ResourceKind::User => user::resource_type(),
        ResourceKind::Vault => vault::resource_type(),
    }
}

/// Whether grants on resources of this kind can be made and taken back here.
pub fn can_provision(kind: ResourceKind) -> bool {
    matches!(kind, ResourceKind::Group | ResourceKind::Vault)
}

/// The capabilities, sorted by resource type id, and those of the connector by number, as the
/// SDK's own connectors list them.
pub fn capabilities() -> v2::ConnectorCapabilities {
    let of_kind = |kind| {
        let mut capabilities = vec![Capability::Sync.into(), Capability::TargetedSync.into()];
        if can_provision(kind) {
            capabilities.push(Capability::Provision.into());
        }
        v2::ResourceTypeCapability {
            resource_type: Some(resource_type(kind)),
            capabilities,
            permissions: Some(v2::CapabilityPermissions::default()),
        }
    };
    v2::ConnectorCapabilities {
        resource_type_capabilities: ResourceKind::ALL.map(of_kind).to_vec(),
        connector_capabilities: vec![
            Capability::Provision.into(),
            Capability::Sync.into(),
            Capability::TargetedSync.into(),
            Capability::ServiceModeTargetedSync.into(),
        ],
        credential_details: Some(v2::CredentialDetails {}),
    }
}

/// What Hello carries.
pub fn metadata() -> v2::ConnectorMetadata {
    v2::ConnectorMetadata {
        display_name: "1Password".to_owned(),
        description: "Connector that syncs users, groups, accounts, vaults and permissions from \
            1Password to Baton."
            .to_owned(),
        capabilities: Some(capabilities()),
        ..Default::default()
    }
}
