//! Exact counts of a sync, and the JSON in which readers find them (contract c1z §4.5).

use std::collections::BTreeMap;

use serde::Serialize;

use crate::c1z::Table;

/// Rows per table, and per resource type within a table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Stats {
    /// Resource types.
    #[serde(skip_serializing_if = "is_zero")]
    pub resource_types: u64,
    /// Resources.
    #[serde(skip_serializing_if = "is_zero")]
    pub resources: u64,
    /// Entitlements.
    #[serde(skip_serializing_if = "is_zero")]
    pub entitlements: u64,
    /// Grants, direct and inherited.
    #[serde(skip_serializing_if = "is_zero")]
    pub grants: u64,
    /// Resources by type; a known type without resources is listed with 0.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub resources_by_resource_type: BTreeMap<String, u64>,
    /// Entitlements by the type of their resource.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub entitlements_by_resource_type: BTreeMap<String, u64>,
    /// Grants by the type of their entitlement's resource.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub grants_by_resource_type: BTreeMap<String, u64>,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // the shape serde asks for
fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl Stats {
    /// Counts `rows` rows of `table` whose first field, the resource type, is `kind`.
    pub(crate) fn count(&mut self, table: Table, kind: &str, rows: u64) {
        let (total, by_kind) = match table {
            Table::ResourceTypes => (
                &mut self.resource_types,
                &mut self.resources_by_resource_type,
            ),
            Table::Resources => (&mut self.resources, &mut self.resources_by_resource_type),
            Table::Entitlements => (
                &mut self.entitlements,
                &mut self.entitlements_by_resource_type,
            ),
            Table::Grants => (&mut self.grants, &mut self.grants_by_resource_type),
        };
        *total += rows;
        let of_kind = by_kind.entry(kind.to_owned()).or_default();
        if table != Table::ResourceTypes {
            *of_kind += rows;
        }
    }
}
