//! Encoded rows on their way to the file: many rows in one buffer.

use rusqlite::types::ValueRef;

use crate::c1z::SyncRun;
use crate::c1z::schema::{self, Fill, TableDef};

/// A table that a sync fills with batches; [`Fill`] says from which columns a row gets its fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Table {
    /// [`schema::RESOURCE_TYPES`].
    ResourceTypes,
    /// [`schema::RESOURCES`].
    Resources,
    /// [`schema::ENTITLEMENTS`].
    Entitlements,
    /// [`schema::GRANTS`].
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

/// Rows of one table: all fields one after the other. Nothing is allocated per row.
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
        self.field_with(|bytes| bytes.extend_from_slice(value));
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

    /// Bytes of all fields so far.
    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Calls `put` with the values of each row of a sync, as the table's columns; the row number is
    /// NULL.
    pub(crate) fn each_row<E>(
        &self,
        run: &SyncRun,
        mut put: impl FnMut(&[ValueRef<'_>]) -> Result<(), E>,
    ) -> Result<(), E> {
        let table = self.table.definition();
        let mut fields = self.fields();
        let mut row = Vec::with_capacity(table.columns.len());
        for _ in 0..self.ends.len() / table.fields() {
            row.clear();
            for column in table.columns {
                row.push(match column.fill {
                    Fill::RowId | Fill::Other => ValueRef::Null,
                    Fill::Field => column.value(fields.next().unwrap_or_default()),
                    Fill::NeedsExpansion => {
                        ValueRef::Integer((row.last() != Some(&ValueRef::Null)).into())
                    }
                    Fill::SyncId => ValueRef::Text(run.sync_id.as_bytes()),
                    Fill::DiscoveredAt => ValueRef::Text(run.started_at.as_bytes()),
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn rows(batch: &Batch) -> usize {
        let mut rows = 0;
        let counted = batch.each_row(&SyncRun::default(), |_| {
            rows += 1;
            Ok::<(), ()>(())
        });
        counted.unwrap();
        rows
    }

    #[test]
    fn fields_come_back_in_order_and_rows_are_counted_when_whole() {
        let mut batch = Batch::new(Table::ResourceTypes);
        batch.field(b"user");
        assert_eq!(rows(&batch), 0);
        batch.field_with(|buffer| buffer.extend_from_slice(b"\x0a\x04user"));
        batch.field(b"");
        batch.field(b"data");
        assert_eq!((rows(&batch), batch.bytes()), (2, 14));
        let fields: Vec<&[u8]> = batch.fields().collect();
        assert_eq!(fields, [b"user".as_slice(), b"\x0a\x04user", b"", b"data"]);
    }

    #[test]
    fn a_row_has_as_many_fields_as_its_table_takes_from_batches() {
        let counts = Table::ALL.map(|table| table.definition().fields());
        assert_eq!(counts, [2, 5, 4, 8]);
    }
}
