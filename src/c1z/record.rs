//! Stored rows as messages: ids that the stored bytes leave out come from the columns (contract c1z §3.4).

use prost::Message;
use rusqlite::Row;

use crate::baton::pb::v2::{Entitlement, Grant, Resource, ResourceId, ResourceType};
use crate::c1z::Table;

/// A message that a table stores.
pub trait Record: Message + Default {
    /// Its table.
    const TABLE: Table;

    /// Fills in ids that the bytes lack from the columns of the row, which are named as in the schema.
    fn complete(&mut self, row: &Row<'_>) -> rusqlite::Result<()>;
}

impl Record for ResourceType {
    const TABLE: Table = Table::ResourceTypes;

    fn complete(&mut self, row: &Row<'_>) -> rusqlite::Result<()> {
        fill(&mut self.id, row, "external_id")
    }
}

impl Record for Resource {
    const TABLE: Table = Table::Resources;

    fn complete(&mut self, row: &Row<'_>) -> rusqlite::Result<()> {
        let id = self.id.get_or_insert_default();
        fill(&mut id.resource_type, row, "resource_type_id")?;
        if id.resource.is_empty() {
            let external: String = row.get("external_id")?;
            let own = external.strip_prefix(&id.resource_type);
            let own = own.and_then(|rest| rest.strip_prefix(':'));
            id.resource = own.unwrap_or(&external).to_owned();
        }
        Ok(())
    }
}

impl Record for Entitlement {
    const TABLE: Table = Table::Entitlements;

    fn complete(&mut self, row: &Row<'_>) -> rusqlite::Result<()> {
        fill(&mut self.id, row, "external_id")?;
        let resource = self.resource.get_or_insert_default();
        fill_id(&mut resource.id, row, "resource_type_id", "resource_id")
    }
}

impl Record for Grant {
    const TABLE: Table = Table::Grants;

    fn complete(&mut self, row: &Row<'_>) -> rusqlite::Result<()> {
        fill(&mut self.id, row, "external_id")?;
        let entitlement = self.entitlement.get_or_insert_default();
        fill(&mut entitlement.id, row, "entitlement_id")?;
        let resource = entitlement.resource.get_or_insert_default();
        fill_id(&mut resource.id, row, "resource_type_id", "resource_id")?;
        let principal = self.principal.get_or_insert_default();
        fill_id(
            &mut principal.id,
            row,
            "principal_resource_type_id",
            "principal_resource_id",
        )
    }
}

fn fill(field: &mut String, row: &Row<'_>, column: &str) -> rusqlite::Result<()> {
    if field.is_empty() {
        *field = row.get(column)?;
    }
    Ok(())
}

fn fill_id(
    id: &mut Option<ResourceId>,
    row: &Row<'_>,
    kind: &str,
    own: &str,
) -> rusqlite::Result<()> {
    let id = id.get_or_insert_default();
    fill(&mut id.resource_type, row, kind)?;
    fill(&mut id.resource, row, own)
}
