//! `capabilities`: what the connector can do, in the JSON of the published capability file.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::baton::pb::v2::resource_type::Trait;
use crate::baton::pb::v2::{Capability, ConnectorCapabilities, ResourceTypeCapability};
use crate::connector::capabilities;
use crate::exit::Failure;

pub(super) fn run() -> Result<u8, Failure> {
    let all = capabilities::capabilities();
    let of_connector = all.connector_capabilities().map(|one| one.as_str_name());
    super::output::print_json(&Shape {
        kind: <ConnectorCapabilities as prost::Name>::type_url(),
        resource_type_capabilities: all.resource_type_capabilities.iter().map(of_type).collect(),
        connector_capabilities: of_connector.collect(),
        credential_details: Empty {},
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shape {
    #[serde(rename = "@type")]
    kind: String,
    resource_type_capabilities: Vec<TypeShape>,
    connector_capabilities: Vec<&'static str>,
    credential_details: Empty,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TypeShape {
    resource_type: ResourceTypeShape,
    capabilities: Vec<&'static str>,
    permissions: Empty,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResourceTypeShape {
    id: String,
    display_name: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    traits: Vec<&'static str>,
    /// All of this connector's are messages without fields: a type alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    annotations: Vec<BTreeMap<&'static str, String>>,
}

#[derive(Serialize)]
struct Empty {}

fn of_type(one: &ResourceTypeCapability) -> TypeShape {
    let kind = one.resource_type.clone().unwrap_or_default();
    let annotations = kind.annotations.iter();
    let annotations = annotations.map(|any| [("@type", any.type_url.clone())].into());
    let capabilities = one.capabilities().map(|one: Capability| one.as_str_name());
    TypeShape {
        resource_type: ResourceTypeShape {
            traits: kind.traits().map(|one: Trait| one.as_str_name()).collect(),
            annotations: annotations.collect(),
            id: kind.id,
            display_name: kind.display_name,
        },
        capabilities: capabilities.collect(),
        permissions: Empty {},
    }
}
