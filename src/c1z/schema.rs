//! The seven tables and sixteen indexes of a c1z v1 database, column by column: one description for
//! the SQL that creates them, the pages that are written, the check of an old file, and the tests
//! that compare with SQLite. `src/c1z/format.md` says what the field's tools make of them.

use rusqlite::types::ValueRef;

use Fill::{DiscoveredAt, Field, NeedsExpansion, Other, RowId, SyncId};

/// A table of the file, as [`TABLES`] describes it.
#[derive(Debug)]
pub struct TableDef {
    /// Name in the database.
    pub name: &'static str,
    /// Columns in their order; the first is always the rowid.
    pub columns: &'static [Column],
    /// The statements that create its indexes, in the order in which these are built. Readers go by
    /// the name alone, so they must be exactly these.
    pub indexes: &'static [&'static str],
}

/// A column of a [`TableDef`].
#[derive(Debug)]
pub struct Column {
    /// Name in the database.
    pub name: &'static str,
    /// Declared type, NULL rule, default. Timestamps must be `datetime`: readers go by that.
    pub declared: &'static str,
    /// Where the value of a new row comes from.
    pub fill: Fill,
    /// Whether older files may lack the column: its default, else NULL, then stands in.
    pub later: bool,
}

/// Where the value of a column comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fill {
    /// The rowid: ascending in the order of insertion, above every older row.
    RowId,
    /// The next field of the row in the batch.
    Field,
    /// 1 when the column before it, the expansion, is not NULL, else 0.
    NeedsExpansion,
    /// Constant per sync: its id.
    SyncId,
    /// Constant per sync: the moment it started, as text.
    DiscoveredAt,
    /// Not loaded from batches: a sync's own row, or rows that only come from an older file.
    Other,
}

impl TableDef {
    /// The statement that creates the table.
    pub fn create_sql(&self) -> String {
        let column = |column: &Column| format!("{} {}", column.name, column.declared);
        let columns: Vec<String> = self.columns.iter().map(column).collect();
        format!("CREATE TABLE {} ({})", self.name, columns.join(", "))
    }

    /// How many fields a row of a batch has.
    pub fn fields(&self) -> usize {
        let fields = self.columns.iter().filter(|column| column.fill == Field);
        fields.count()
    }
}

impl Column {
    /// The value of a field of a batch: text or blob, as declared; NULL when empty, if it may be.
    pub(crate) fn value<'v>(&self, field: &'v [u8]) -> ValueRef<'v> {
        match self.declared.as_bytes().first() {
            _ if field.is_empty() && self.is_optional() => ValueRef::Null,
            Some(b'b') => ValueRef::Blob(field),
            _ => ValueRef::Text(field),
        }
    }

    fn is_optional(&self) -> bool {
        !self.declared.contains("not null")
    }

    /// Whether an older file may have this value in the column. The first letter of a declared type
    /// tells it from the others: text, blob, integer, datetime, which takes anything.
    pub(crate) fn takes(&self, value: &ValueRef<'_>) -> bool {
        match (value, self.declared.as_bytes().first()) {
            (ValueRef::Null, _) => self.is_optional() && self.fill != Fill::RowId,
            (ValueRef::Text(_), Some(b't' | b'b')) | (ValueRef::Blob(_), Some(b'b')) => true,
            (ValueRef::Integer(_), Some(b'i')) => true,
            (_, Some(b'd')) => true,
            _ => false,
        }
    }
}

const fn column(name: &'static str, declared: &'static str, fill: Fill) -> Column {
    Column {
        name,
        declared,
        fill,
        later: false,
    }
}

const fn later(name: &'static str, declared: &'static str, fill: Fill) -> Column {
    Column {
        later: true,
        ..column(name, declared, fill)
    }
}

const MAYBE_TEXT: &str = "text not null default ''";
const FLAG: &str = "integer not null default 0";

/// Rowid; readers page by it and take it as the order of age.
const ID: Column = column("id", "integer primary key", RowId);
/// The sync that owns the row.
const SYNC_ID: Column = column("sync_id", "text not null", SyncId);
/// When the row was seen: one value for the whole sync. Some old files lack it.
const DISCOVERED_AT: Column = later("discovered_at", "datetime not null", DiscoveredAt);

/// Kinds of resources: account, group, user, vault, project.
pub static RESOURCE_TYPES: TableDef = TableDef {
    name: "v1_resource_types",
    columns: &[
        ID,
        // The type's own name, e.g. `user`.
        column("external_id", "text not null", Field),
        // c1.connector.v2.ResourceType.
        column("data", "blob not null", Field),
        SYNC_ID,
        DISCOVERED_AT,
    ],
    indexes: &[
        "CREATE UNIQUE INDEX idx_resource_types_external_sync_v1 ON v1_resource_types \
         (external_id, sync_id)",
    ],
};

/// The things that exist in the tenant. The names of two indexes are swapped (the one named after
/// the external id holds the parent, and the other way round): every file in the field has them so,
/// and readers never look behind a name.
pub static RESOURCES: TableDef = TableDef {
    name: "v1_resources",
    columns: &[
        ID,
        // data.id.resource_type.
        column("resource_type_id", "text not null", Field),
        // `<type>:<id>`, never escaped.
        column("external_id", "text not null", Field),
        // data.parent_resource_id; both NULL when there is no parent.
        column("parent_resource_type_id", "text", Field),
        column("parent_resource_id", "text", Field),
        // c1.connector.v2.Resource.
        column("data", "blob not null", Field),
        SYNC_ID,
        DISCOVERED_AT,
    ],
    indexes: &[
        "CREATE INDEX idx_resources_resource_type_id_v1 ON v1_resources (resource_type_id)",
        "CREATE INDEX idx_resources_external_sync_v1 ON v1_resources \
         (parent_resource_type_id, parent_resource_id)",
        "CREATE UNIQUE INDEX idx_resources_parent_resource_id_v1 ON v1_resources \
         (external_id, sync_id)",
    ],
};

/// What can be held on a resource.
pub static ENTITLEMENTS: TableDef = TableDef {
    name: "v1_entitlements",
    columns: &[
        ID,
        // The resource it is held on: data.resource.id.
        column("resource_type_id", "text not null", Field),
        column("resource_id", "text not null", Field),
        // `<type>:<id>:<slug>`, never escaped.
        column("external_id", "text not null", Field),
        // c1.connector.v2.Entitlement.
        column("data", "blob not null", Field),
        SYNC_ID,
        DISCOVERED_AT,
    ],
    indexes: &[
        "CREATE INDEX idx_entitlements_resource_id_v1 ON v1_entitlements \
         (resource_type_id, resource_id)",
        "CREATE UNIQUE INDEX idx_entitlements_external_sync_v1 ON v1_entitlements \
         (external_id, sync_id)",
    ],
};

/// One row a sync.
pub static SYNC_RUNS: TableDef = TableDef {
    name: "v1_sync_runs",
    columns: &[
        ID,
        // KSUID, 27 characters.
        column("sync_id", "text not null", Other),
        // Without a zone.
        column("started_at", "datetime not null", Other),
        // NULL while the sync is unfinished. Readers show the greatest text as the latest sync.
        column("ended_at", "datetime", Other),
        // Where an unfinished sync goes on; nothing reads it once the sync is finished.
        column("sync_token", "text not null", Other),
        // full, partial, resources_only, partial_upserts, partial_deletions.
        later("sync_type", "text not null default 'full'", Other),
        // A partial sync names the full one that it adds to.
        later("parent_sync_id", MAYBE_TEXT, Other),
        // Pairs the two halves of a difference.
        later("linked_sync_id", MAYBE_TEXT, Other),
        // 1 when expansion is done.
        later("supports_diff", FLAG, Other),
        // 1 when the grants' expansion column is filled; 0 makes each reader rewrite every grant.
        later("grants_backfilled", FLAG, Other),
        // JSON with the counts; NULL makes readers count.
        later("stats", "text", Other),
        // Marks of other writers about checks they made; '' means none.
        later("ingest_invariant_generation", MAYBE_TEXT, Other),
        later("ingest_invariant_coverage", MAYBE_TEXT, Other),
        later("ingest_invariant_mode", MAYBE_TEXT, Other),
    ],
    indexes: &["CREATE UNIQUE INDEX idx_sync_runs_sync_id_v1 ON v1_sync_runs (sync_id)"],
};

/// Who holds which entitlement.
pub static GRANTS: TableDef = TableDef {
    name: "v1_grants",
    columns: &[
        ID,
        // The resource of the entitlement: data.entitlement.resource.id.
        column("resource_type_id", "text not null", Field),
        column("resource_id", "text not null", Field),
        // data.entitlement.id.
        column("entitlement_id", "text not null", Field),
        // The holder: data.principal.id.
        column("principal_resource_type_id", "text not null", Field),
        column("principal_resource_id", "text not null", Field),
        // `<entitlement id>:<principal type>:<principal id>`, never escaped.
        column("external_id", "text not null", Field),
        // c1.connector.v2.GrantExpandable when holders of other entitlements inherit this one.
        later("expansion", "blob", Field),
        // 1 for every expandable grant, also after expansion.
        later("needs_expansion", FLAG, NeedsExpansion),
        // c1.connector.v2.Grant, without the GrantExpandable annotation.
        column("data", "blob not null", Field),
        SYNC_ID,
        DISCOVERED_AT,
    ],
    indexes: &[
        "CREATE INDEX idx_grants_resource_type_id_resource_id_v1 ON v1_grants \
         (resource_type_id, resource_id)",
        "CREATE INDEX idx_grants_principal_id_v1 ON v1_grants \
         (principal_resource_type_id, principal_resource_id)",
        "CREATE INDEX idx_grants_entitlement_id_principal_id_v1 ON v1_grants \
         (entitlement_id, principal_resource_type_id, principal_resource_id)",
        "CREATE UNIQUE INDEX idx_grants_external_sync_v1 ON v1_grants (external_id, sync_id)",
        "CREATE INDEX idx_grants_entitlement_sync_grant_v1 ON v1_grants \
         (entitlement_id, sync_id, id)",
        "CREATE INDEX idx_grants_sync_expansion_v1 ON v1_grants \
         (sync_id) WHERE expansion is not null",
        "CREATE INDEX idx_grants_sync_needs_expansion_v1 ON v1_grants \
         (sync_id) WHERE needs_expansion = 1",
    ],
};

/// Pictures and the like. This connector has none; those of an older file are kept.
pub static ASSETS: TableDef = TableDef {
    name: "v1_assets",
    columns: &[
        ID,
        column("external_id", "text not null", Other),
        // MIME type.
        column("content_type", "text not null", Other),
        column("data", "blob not null", Other),
        SYNC_ID,
        DISCOVERED_AT,
    ],
    indexes: &[
        "CREATE UNIQUE INDEX idx_assets_external_sync_v1 ON v1_assets (external_id, sync_id)",
    ],
};

/// Scratch values of a running connector. Always empty in a sync of ours.
pub static CONNECTOR_SESSIONS: TableDef = TableDef {
    name: "v1_connector_sessions",
    columns: &[
        ID,
        SYNC_ID,
        column("key", "text not null", Other),
        column("value", "blob not null", Other),
    ],
    indexes: &[
        "CREATE UNIQUE INDEX idx_session_store_sync_key_v1 ON v1_connector_sessions (sync_id, key)",
    ],
};

/// All tables, in the order in which they stand in a file.
pub static TABLES: [&TableDef; 7] = [
    &RESOURCE_TYPES,
    &RESOURCES,
    &ENTITLEMENTS,
    &SYNC_RUNS,
    &GRANTS,
    &ASSETS,
    &CONNECTOR_SESSIONS,
];
