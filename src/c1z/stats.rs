//! Exact counts of a sync, and the JSON in which readers find them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::c1z::Table;

/// Rows per table, and per resource type within a table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Stats {
    /// Resource types.
    #[serde(skip_serializing_if = "is_none")]
    pub resource_types: u64,
    /// Resources.
    #[serde(skip_serializing_if = "is_none")]
    pub resources: u64,
    /// Entitlements.
    #[serde(skip_serializing_if = "is_none")]
    pub entitlements: u64,
    /// Grants, direct and inherited.
    #[serde(skip_serializing_if = "is_none")]
    pub grants: u64,
    /// Resources by type; a known type without resources is listed with 0.
    #[serde(skip_serializing_if = "is_none")]
    pub resources_by_resource_type: BTreeMap<String, u64>,
    /// Entitlements by the type of their resource.
    #[serde(skip_serializing_if = "is_none")]
    pub entitlements_by_resource_type: BTreeMap<String, u64>,
    /// Grants by the type of their entitlement's resource.
    #[serde(skip_serializing_if = "is_none")]
    pub grants_by_resource_type: BTreeMap<String, u64>,
}

fn is_none<T: Default + PartialEq>(counted: &T) -> bool {
    *counted == T::default()
}

impl Stats {
    /// The JSON of the `stats` column. Zero and empty are left out.
    pub(crate) fn to_json(&self) -> String {
        // Strings and numbers only: this cannot fail. Without statistics readers count.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The rows of a table.
    pub(crate) fn total(&mut self, table: Table) -> &mut u64 {
        match table {
            Table::ResourceTypes => &mut self.resource_types,
            Table::Resources => &mut self.resources,
            Table::Entitlements => &mut self.entitlements,
            Table::Grants => &mut self.grants,
        }
    }

    /// Counts `rows` rows of `table` whose first field, the resource type, is `kind`.
    pub(crate) fn count(&mut self, table: Table, kind: &str, rows: u64) {
        *self.total(table) += rows;
        let by_kind = match table {
            Table::ResourceTypes | Table::Resources => &mut self.resources_by_resource_type,
            Table::Entitlements => &mut self.entitlements_by_resource_type,
            Table::Grants => &mut self.grants_by_resource_type,
        };
        let of_kind = by_kind.entry(kind.to_owned()).or_default();
        if table != Table::ResourceTypes {
            *of_kind += rows;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `src/c1z/format.md`, Checklist 8
    #[test]
    fn every_known_type_is_listed_for_resources_and_only_used_ones_elsewhere() {
        let mut stats = Stats::default();
        for kind in ["user", "vault", "project"] {
            stats.count(Table::ResourceTypes, kind, 1);
        }
        stats.count(Table::Resources, "user", 2);
        stats.count(Table::Resources, "vault", 1);
        stats.count(Table::Resources, "user", 3);
        stats.count(Table::Entitlements, "vault", 4);
        stats.count(Table::Grants, "vault", 9);
        let expected = concat!(
            r#"{"resource_types":3,"resources":6,"entitlements":4,"grants":9,"#,
            r#""resources_by_resource_type":{"project":0,"user":5,"vault":1},"#,
            r#""entitlements_by_resource_type":{"vault":4},"grants_by_resource_type":{"vault":9}}"#,
        );
        assert_eq!(stats.to_json(), expected);
    }

    #[test]
    fn a_sync_of_resources_only_says_nothing_of_entitlements_and_grants() {
        let mut stats = Stats::default();
        stats.count(Table::ResourceTypes, "user", 1);
        assert_eq!(
            stats.to_json(),
            r#"{"resource_types":1,"resources_by_resource_type":{"user":0}}"#
        );
    }
}
