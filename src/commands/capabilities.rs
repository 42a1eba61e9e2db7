//! `capabilities`: what the connector can do, in the JSON of the published capability file.

use serde_json::{Value, json};

use crate::baton::pb::v2::resource_type::Trait;
use crate::baton::pb::v2::{Capability, ConnectorCapabilities, ResourceTypeCapability};
use crate::connector::capabilities;
use crate::exit::Failure;

pub(super) fn run() -> Result<u8, Failure> {
    let all = capabilities::capabilities();
    let types = all.resource_type_capabilities.iter().map(of_type);
    let of_connector = all.connector_capabilities().map(|one| one.as_str_name());
    super::output::print_json(&json!({
        "@type": <ConnectorCapabilities as prost::Name>::type_url(),
        "resourceTypeCapabilities": types.collect::<Value>(),
        "connectorCapabilities": of_connector.collect::<Value>(),
        "credentialDetails": {},
    }))
}

fn of_type(one: &ResourceTypeCapability) -> Value {
    let kind = one.resource_type.clone().unwrap_or_default();
    let mut resource_type = json!({"id": kind.id, "displayName": kind.display_name});
    if !kind.traits.is_empty() {
        let traits = kind.traits().map(|one: Trait| one.as_str_name());
        resource_type["traits"] = traits.collect();
    }
    if !kind.annotations.is_empty() {
        // All of this connector's are messages without fields: a type alone.
        let annotations = kind.annotations.iter();
        resource_type["annotations"] = annotations
            .map(|any| json!({"@type": any.type_url}))
            .collect();
    }
    let capabilities = one.capabilities().map(|one: Capability| one.as_str_name());
    json!({
        "resourceType": resource_type,
        "capabilities": capabilities.collect::<Value>(),
        "permissions": {},
    })
}
