//! What the connector says of itself, to the sync, `capabilities` and C1's Hello alike: its
//! resource types and what it can do with each (`src/c1/protocol.md`, Hello).

use crate::baton::ids::ResourceKind;
use crate::baton::pb::v2;
use crate::baton::pb::v2::Capability;
use crate::baton::pb::v2::resource_type::Trait;
use crate::baton::resource::annotation;

/// The resource type of a kind.
pub fn resource_type(kind: ResourceKind) -> v2::ResourceType {
    let (display_name, of_trait) = match kind {
        ResourceKind::Account => ("Account", None),
        ResourceKind::Group => ("Group", Some(Trait::Group)),
        ResourceKind::Project => ("Project", Some(Trait::App)),
        ResourceKind::User => ("User", Some(Trait::User)),
        ResourceKind::Vault => ("Vault", None),
    };
    let owns_none = || annotation(&v2::SkipEntitlementsAndGrants {});
    let owns_none = (kind == ResourceKind::User).then(owns_none);
    v2::ResourceType {
        id: kind.as_str().to_owned(),
        display_name: display_name.to_owned(),
        traits: of_trait.into_iter().map(Into::into).collect(),
        annotations: owns_none.into_iter().collect(),
        ..Default::default()
    }
}

/// Whether grants on resources of this kind can be made and taken back here.
pub fn can_provision(kind: ResourceKind) -> bool {
    matches!(kind, ResourceKind::Group | ResourceKind::Vault)
}

/// The capabilities by resource type id, and the connector's by number, as the SDK sorts them.
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
