//! Stored rows as messages: ids that the bytes leave out come from the columns; others must agree.

use prost::{DecodeError, Message};
use rusqlite::Row;
use rusqlite::types::ValueRef;

use crate::baton::pb::v2::{Entitlement, Grant, Resource, ResourceId, ResourceType};
use crate::c1z::Table;

/// A message that a table stores.
pub trait Record: Message + Default {
    /// Its table.
    const TABLE: Table;

    /// Fills in ids that the bytes lack from the row's columns, named as in the schema.
    fn complete(&mut self, row: &Row<'_>) -> rusqlite::Result<()>;
}

pub(crate) fn message<M: Record>(row: &Row<'_>) -> rusqlite::Result<M> {
    let bytes = row.get_ref("data")?.as_bytes_or_null()?.unwrap_or_default();
    let mut message = M::decode(bytes).map_err(|cause| conversion(cause.into()))?;
    message.complete(row)?;
    Ok(message)
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
        let external = row.get_ref("external_id")?.as_str()?;
        let own = external.strip_prefix(&*id.resource_type);
        let own = own.and_then(|rest| rest.strip_prefix(':'));
        same(&mut id.resource, own.unwrap_or(external))
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

/// Bytes of grants that are decoded over one another: what repeats in a message gathers meanwhile.
const GATHERED: usize = 1 << 16;

/// Checks that messages decode. Grants, of which there are most, are decoded over one another,
/// which spares the memory of each text, and without the entitlement that they begin with if it is
/// that of the last one.
#[derive(Default)]
pub(crate) struct Check {
    grant: Grant,
    gathered: usize,
    /// That of the last grant, encoded.
    entitlement: Vec<u8>,
}

impl Check {
    pub(crate) fn row(&mut self, table: Table, data: &ValueRef<'_>) -> Result<(), DecodeError> {
        let data = data.as_bytes_or_null().ok().flatten().unwrap_or_default();
        match table {
            Table::ResourceTypes => ResourceType::decode(data).map(drop),
            Table::Resources => Resource::decode(data).map(drop),
            Table::Entitlements => Entitlement::decode(data).map(drop),
            Table::Grants => {
                self.gathered += data.len();
                if self.gathered > GATHERED {
                    *self = Self::default();
                }
                let entitlement = entitlement(data);
                let is_known = entitlement == self.entitlement;
                let known = if is_known { entitlement.len() } else { 0 };
                self.grant.merge(&data[known..])?;
                if !is_known {
                    entitlement.clone_into(&mut self.entitlement);
                }
                Ok(())
            }
        }
    }
}

/// The field that a grant begins with, if it is the entitlement and its length takes one byte.
fn entitlement(grant: &[u8]) -> &[u8] {
    match grant {
        [0x0A, length @ 0..0x80, ..] => grant.get(..2 + usize::from(*length)).unwrap_or_default(),
        _ => &[],
    }
}

fn fill(field: &mut String, row: &Row<'_>, column: &str) -> rusqlite::Result<()> {
    same(field, row.get_ref(column)?.as_str()?)
}

fn same(field: &mut String, stored: &str) -> rusqlite::Result<()> {
    if field.is_empty() {
        stored.clone_into(field);
    }
    if field == stored {
        return Ok(());
    }
    let reason = format!("a record of {field:?} is stored as {stored:?}");
    Err(conversion(reason.into()))
}

/// What is wrong with a stored message, as an error of reading it.
pub(crate) fn conversion(cause: Box<dyn std::error::Error + Send + Sync>) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Blob, cause)
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
