//! `capabilities`: what the connector can do, in the JSON of the published capability file.

use serde::Serialize;

use crate::baton::pb::v2::resource_type::Trait;
use crate::baton::pb::v2::{Capability, ConnectorCapabilities, ResourceTypeCapability};
use crate::connector::capabilities;
use crate::exit::Failure;

/// Prints the capabilities. Asks neither `op` nor for credentials.
///
/// # Errors
/// When standard output cannot be written.
pub(super) fn run() -> Result<u8, Failure> {
    super::output::print_json(&Shape::from(&capabilities::capabilities()))
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
    #[serde(skip_serializing_if = "Vec::is_empty")]
    annotations: Vec<Annotation>,
}

/// An annotation: all of this connector's are messages without fields.
#[derive(Serialize)]
struct Annotation {
    #[serde(rename = "@type")]
    kind: String,
}

#[derive(Serialize)]
struct Empty {}

impl From<&ConnectorCapabilities> for Shape {
    fn from(all: &ConnectorCapabilities) -> Self {
        Self {
            kind: <ConnectorCapabilities as prost::Name>::type_url(),
            resource_type_capabilities: all
                .resource_type_capabilities
                .iter()
                .map(of_type)
                .collect(),
            connector_capabilities: all
                .connector_capabilities()
                .map(|one| one.as_str_name())
                .collect(),
            credential_details: Empty {},
        }
    }
}

fn of_type(one: &ResourceTypeCapability) -> TypeShape {
    let kind = one.resource_type.clone().unwrap_or_default();
    let annotation = |any: &prost_types::Any| Annotation {
        kind: any.type_url.clone(),
    };
    TypeShape {
        resource_type: ResourceTypeShape {
            traits: kind.traits().map(|one: Trait| one.as_str_name()).collect(),
            annotations: kind.annotations.iter().map(annotation).collect(),
            id: kind.id,
            display_name: kind.display_name,
        },
        capabilities: one
            .capabilities()
            .map(|one: Capability| one.as_str_name())
            .collect(),
        permissions: Empty {},
    }
}
