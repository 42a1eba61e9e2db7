//! Encoded rows on their way to the file: many rows in one buffer.

use rusqlite::types::ValueRef;

use crate::c1z::schema::{self, Fill, TableDef};

/// A table that a sync fills with batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Table {
    /// Fields: external_id, data.
    ResourceTypes,
    /// Fields: resource_type_id, external_id, parent_resource_type_id, parent_resource_id, data.
    /// Both parent fields empty: no parent.
    Resources,
    /// Fields: resource_type_id, resource_id, external_id, data.
    Entitlements,
    /// Fields: resource_type_id, resource_id, entitlement_id, principal_resource_type_id,
    /// principal_resource_id, external_id, expansion, data. Expansion empty: not expandable.
    Grants,
}

impl Table {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 4] = [
        Self::ResourceTypes,
        Self::Resources,
        Self::Entitlements,
        Self::Grants,
    ];

    /// Columns and indexes of the table.
    pub fn definition(self) -> &'static TableDef {
        match self {
            Table::ResourceTypes => &schema::RESOURCE_TYPES,
            Table::Resources => &schema::RESOURCES,
            Table::Entitlements => &schema::ENTITLEMENTS,
            Table::Grants => &schema::GRANTS,
        }
    }

    /// The table that `definition` describes, if batches fill it.
    pub(crate) fn of(definition: &TableDef) -> Option<Table> {
        let mut tables = Self::ALL.into_iter();
        tables.find(|table| table.definition().name == definition.name)
    }

    /// What one row is called.
    pub fn noun(self) -> &'static str {
        match self {
            Table::ResourceTypes => "resource type",
            Table::Resources => "resource",
            Table::Entitlements => "entitlement",
            Table::Grants => "grant",
        }
    }
}

/// Rows of one table: all fields one after the other, in the order that [`Table`] lists. Nothing is
/// allocated per row.
#[derive(Clone, Debug)]
pub struct Batch {
    table: Table,
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Batch {
    /// An empty batch of rows for `table`.
    pub fn new(table: Table) -> Self {
        Self {
            table,
            bytes: Vec::new(),
            ends: Vec::new(),
        }
    }

    /// Appends the next field of the row.
    pub fn field(&mut self, value: &[u8]) {
        self.bytes.extend_from_slice(value);
        self.ends.push(self.bytes.len());
    }

    /// Appends the next field of the row; `write` may only append to the buffer it is given.
    pub fn field_with(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        write(&mut self.bytes);
        self.ends.push(self.bytes.len());
    }

    /// The table that the rows are for.
    pub fn table(&self) -> Table {
        self.table
    }

    fn rows(&self) -> usize {
        self.ends.len() / self.table.definition().fields()
    }

    /// Bytes of all fields so far.
    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Calls `put` with the values of each row, in the order of the table's columns. The row
    /// number, which the file gives, is NULL.
    pub(crate) fn each_row<E>(
        &self,
        sync_id: &str,
        discovered_at: &str,
        mut put: impl FnMut(&[ValueRef<'_>]) -> Result<(), E>,
    ) -> Result<(), E> {
        let columns = self.table.definition().columns;
        let mut fields = self.fields();
        let mut row = Vec::with_capacity(columns.len());
        for _ in 0..self.rows() {
            row.clear();
            let mut expandable = 0;
            for column in columns {
                let mut field = || fields.next().unwrap_or_default();
                row.push(match column.fill {
                    Fill::RowId | Fill::Other => ValueRef::Null,
                    Fill::Text => ValueRef::Text(field()),
                    Fill::OptionalText => nullable(ValueRef::Text, field()),
                    Fill::Blob => ValueRef::Blob(field()),
                    Fill::OptionalBlob => {
                        let field = field();
                        expandable = i64::from(!field.is_empty());
                        nullable(ValueRef::Blob, field)
                    }
                    Fill::NeedsExpansion => ValueRef::Integer(expandable),
                    Fill::SyncId => ValueRef::Text(sync_id.as_bytes()),
                    Fill::DiscoveredAt => ValueRef::Text(discovered_at.as_bytes()),
                });
            }
            put(&row)?;
        }
        Ok(())
    }

    /// The fields of every row, one after the other; `Table::definition().fields()` make a row.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &[u8]> {
        let mut start = 0;
        self.ends.iter().map(move |&end| {
            let field = &self.bytes[start..end];
            start = end;
            field
        })
    }
}

/// The value of a field that stands for NULL when it is empty.
fn nullable<'v>(kind: fn(&'v [u8]) -> ValueRef<'v>, field: &'v [u8]) -> ValueRef<'v> {
    match field {
        [] => ValueRef::Null,
        field => kind(field),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn fields_come_back_in_order_and_rows_are_counted_when_whole() {
        let mut batch = Batch::new(Table::ResourceTypes);
        batch.field(b"user");
        assert_eq!(batch.rows(), 0);
        batch.field_with(|buffer| buffer.extend_from_slice(b"\x0a\x04user"));
        batch.field(b"");
        batch.field(b"data");
        assert_eq!((batch.rows(), batch.bytes()), (2, 14));
        let fields: Vec<&[u8]> = batch.fields().collect();
        assert_eq!(fields, [b"user".as_slice(), b"\x0a\x04user", b"", b"data"]);
    }

    #[test]
    fn a_row_has_as_many_fields_as_its_table_takes_from_batches() {
        let counts = Table::ALL.map(|table| table.definition().fields());
        assert_eq!(counts, [2, 5, 4, 8]);
    }
}
