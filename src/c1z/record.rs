//! Stored rows as messages: ids that the bytes leave out come from the columns; others must agree.

use prost::{DecodeError, Message};
use rusqlite::types::ValueRef;

use crate::baton::pb::v2::{Entitlement, Grant, Resource, ResourceId, ResourceType};
use crate::c1z::Table;

/// A message that a table stores.
pub trait Record: Message + Default {
    /// Its table.
    const TABLE: Table;

    /// Fills in ids that the bytes lack from the first columns of the row, its number left out.
    ///
    /// # Errors
    /// An id in the bytes that the columns have otherwise.
    fn complete(&mut self, columns: [&[u8]; 6]) -> Result<(), String>;
}

pub(crate) fn message<M: Record>(row: &[ValueRef<'_>]) -> Result<M, String> {
    let mut message = M::decode(data(row)).map_err(|cause| cause.to_string())?;
    let mut columns = [&[][..]; 6];
    for (column, value) in columns.iter_mut().zip(row.iter().skip(1)) {
        *column = text(value);
    }
    message.complete(columns)?;
    Ok(message)
}

impl Record for ResourceType {
    const TABLE: Table = Table::ResourceTypes;

    fn complete(&mut self, [own, ..]: [&[u8]; 6]) -> Result<(), String> {
        fill(&mut self.id, own)
    }
}

impl Record for Resource {
    const TABLE: Table = Table::Resources;

    fn complete(&mut self, [kind, external, ..]: [&[u8]; 6]) -> Result<(), String> {
        let own = external.strip_prefix(kind);
        let own = own.and_then(|rest| rest.strip_prefix(b":"));
        fill_id(&mut self.id, kind, own.unwrap_or(external))
    }
}

impl Record for Entitlement {
    const TABLE: Table = Table::Entitlements;

    fn complete(&mut self, [kind, resource, own, ..]: [&[u8]; 6]) -> Result<(), String> {
        fill(&mut self.id, own)?;
        let on = self.resource.get_or_insert_default();
        fill_id(&mut on.id, kind, resource)
    }
}

impl Record for Grant {
    const TABLE: Table = Table::Grants;

    fn complete(&mut self, columns: [&[u8]; 6]) -> Result<(), String> {
        let [kind, resource, entitlement, to_kind, to, own] = columns;
        fill(&mut self.id, own)?;
        let held = self.entitlement.get_or_insert_default();
        fill(&mut held.id, entitlement)?;
        let on = held.resource.get_or_insert_default();
        fill_id(&mut on.id, kind, resource)?;
        let holder = self.principal.get_or_insert_default();
        fill_id(&mut holder.id, to_kind, to)
    }
}

fn fill(field: &mut String, stored: &[u8]) -> Result<(), String> {
    let stored = str::from_utf8(stored).map_err(|cause| cause.to_string())?;
    if field.is_empty() {
        stored.clone_into(field);
    }
    match field == stored {
        true => Ok(()),
        false => Err(format!("a record of {field:?} is stored as {stored:?}")),
    }
}

fn fill_id(id: &mut Option<ResourceId>, kind: &[u8], own: &[u8]) -> Result<(), String> {
    let id = id.get_or_insert_default();
    fill(&mut id.resource_type, kind)?;
    fill(&mut id.resource, own)
}

/// The bytes of a text; those of another value count as none.
pub(crate) fn text<'v>(value: &ValueRef<'v>) -> &'v [u8] {
    match value {
        ValueRef::Text(bytes) => bytes,
        _ => &[],
    }
}

/// The message of a row, which stands before its sync and when it was seen.
fn data<'v>(row: &[ValueRef<'v>]) -> &'v [u8] {
    match row {
        [.., ValueRef::Blob(data) | ValueRef::Text(data), _, _] => data,
        _ => &[],
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
    pub(crate) fn row(&mut self, table: Table, row: &[ValueRef<'_>]) -> Result<(), DecodeError> {
        let data = data(row);
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
