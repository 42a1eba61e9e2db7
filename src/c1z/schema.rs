//! The seven tables and sixteen indexes of a c1z v1 database, column by column.
//!
//! One description serves all: the SQL that creates them, the pages that are written, the check of
//! an old file, and the tests that compare with SQLite. `src/c1z/format.md` says what the field's
//! tools make of them.

use std::fmt;

use rusqlite::types::ValueRef;

use Fill::{
    Blob, DiscoveredAt, NeedsExpansion, OptionalBlob, OptionalText, Other, RowId, SyncId, Text,
};

/// A table of the file, as [`TABLES`] describes it.
#[derive(Debug)]
pub struct TableDef {
    /// Name in the database.
    pub name: &'static str,
    /// Columns in their order; the first is always the rowid.
    pub columns: &'static [Column],
    /// Indexes, in the order in which they are built.
    pub indexes: &'static [IndexDef],
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
    /// The next field of the row in the batch, as text.
    Text,
    /// The next field of the row in the batch, as text; empty means NULL.
    OptionalText,
    /// The next field of the row in the batch, as a blob.
    Blob,
    /// The next field of the row in the batch, as a blob; empty means NULL.
    OptionalBlob,
    /// 1 when the expansion of the same row is not NULL, else 0.
    NeedsExpansion,
    /// Constant per sync: its id.
    SyncId,
    /// Constant per sync: the moment it started, as text.
    DiscoveredAt,
    /// Not loaded from batches: a sync's own row, or rows that only come from an older file.
    Other,
}

/// An index of a [`TableDef`].
#[derive(Debug)]
pub struct IndexDef {
    /// Name in the database. Readers go by the name alone, so it must have exactly this definition.
    pub name: &'static str,
    /// Whether equal keys are refused.
    pub unique: bool,
    /// Key columns; SQLite appends the rowid.
    pub columns: &'static [&'static str],
    /// Only rows for which this holds are in the index.
    pub only: Option<Only>,
}

/// Which rows are in a partial index.
#[derive(Clone, Copy, Debug)]
pub enum Only {
    /// Those with a value in this column.
    NotNull(&'static str),
    /// Those with a 1 in this column.
    One(&'static str),
}

impl Only {
    /// The column that decides.
    pub(crate) fn column(self) -> &'static str {
        match self {
            Self::NotNull(column) | Self::One(column) => column,
        }
    }

    /// Whether a row with this value in the column is in the index.
    pub(crate) fn holds(self, value: &ValueRef<'_>) -> bool {
        match self {
            Self::NotNull(_) => *value != ValueRef::Null,
            Self::One(_) => *value == ValueRef::Integer(1),
        }
    }
}

impl fmt::Display for Only {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotNull(column) => write!(f, "{column} is not null"),
            Self::One(column) => write!(f, "{column} = 1"),
        }
    }
}

impl TableDef {
    /// The statement that creates the table, as it stands in `sqlite_schema`.
    pub fn create_sql(&self) -> String {
        let columns: Vec<String> = self
            .columns
            .iter()
            .map(|column| format!("{} {}", column.name, column.declared))
            .collect();
        format!("CREATE TABLE {} ({})", self.name, columns.join(", "))
    }

    /// How many fields a row of a batch has.
    pub fn fields(&self) -> usize {
        let from_batch =
            |column: &&Column| matches!(column.fill, Text | OptionalText | Blob | OptionalBlob);
        self.columns.iter().filter(from_batch).count()
    }
}

impl Column {
    /// The SQL value when an older file has no such column; None makes the column a must.
    pub(crate) fn absent(&self) -> Option<&'static str> {
        let default = self.declared.split_once("default ");
        self.later
            .then(|| default.map_or("NULL", |(_, default)| default))
    }

    /// Whether an older file may have this value in the column. The first letter of a declared type
    /// tells it from the others: text, blob, integer, datetime, which takes anything.
    pub(crate) fn takes(&self, value: &ValueRef<'_>) -> bool {
        match (value, self.declared.as_bytes().first()) {
            (ValueRef::Null, _) => !self.declared.contains("not null") && self.fill != Fill::RowId,
            (ValueRef::Text(_), Some(b't' | b'b')) | (ValueRef::Blob(_), Some(b'b')) => true,
            (ValueRef::Integer(_), Some(b'i')) => true,
            (_, Some(b'd')) => true,
            _ => false,
        }
    }
}

impl IndexDef {
    /// The statement that creates the index on `table`, as it stands in `sqlite_schema`.
    pub fn create_sql(&self, table: &TableDef) -> String {
        let unique = if self.unique { "UNIQUE " } else { "" };
        let columns = self.columns.join(", ");
        let only = self.only.map(|only| format!(" WHERE {only}"));
        let only = only.unwrap_or_default();
        format!(
            "CREATE {unique}INDEX {} ON {} ({columns}){only}",
            self.name, table.name
        )
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

/// A column that files written by older tools may lack.
const fn later(name: &'static str, declared: &'static str, fill: Fill) -> Column {
    Column {
        later: true,
        ..column(name, declared, fill)
    }
}

const fn index(name: &'static str, columns: &'static [&'static str]) -> IndexDef {
    IndexDef {
        name,
        unique: false,
        columns,
        only: None,
    }
}

const fn unique(name: &'static str, columns: &'static [&'static str]) -> IndexDef {
    IndexDef {
        unique: true,
        ..index(name, columns)
    }
}

const fn partial(name: &'static str, columns: &'static [&'static str], only: Only) -> IndexDef {
    IndexDef {
        only: Some(only),
        ..index(name, columns)
    }
}

/// Rowid; readers page by it and take it as the order of age.
const ID: Column = column("id", "integer primary key", RowId);
/// The sync that owns the row.
const SYNC_ID: Column = column("sync_id", "text not null", SyncId);
/// When the row was seen: local wall clock, one value for the whole sync. Some old files lack it.
const DISCOVERED_AT: Column = later("discovered_at", "datetime not null", DiscoveredAt);

/// Kinds of resources: account, group, user, vault, project.
pub static RESOURCE_TYPES: TableDef = TableDef {
    name: "v1_resource_types",
    columns: &[
        ID,
        // The type's own name, e.g. `user`.
        column("external_id", "text not null", Text),
        // c1.connector.v2.ResourceType.
        column("data", "blob not null", Blob),
        SYNC_ID,
        DISCOVERED_AT,
    ],
    indexes: &[unique(
        "idx_resource_types_external_sync_v1",
        &["external_id", "sync_id"],
    )],
};

/// The things that exist in the tenant.
///
/// The names of two indexes are swapped (the one named after the external id holds the parent, and
/// the other way round). Every file in the field has them so, and readers never look behind a name.
pub static RESOURCES: TableDef = TableDef {
    name: "v1_resources",
    columns: &[
        ID,
        // data.id.resource_type.
        column("resource_type_id", "text not null", Text),
        // `<type>:<id>`, never escaped.
        column("external_id", "text not null", Text),
        // data.parent_resource_id; both NULL when there is no parent.
        column("parent_resource_type_id", "text", OptionalText),
        column("parent_resource_id", "text", OptionalText),
        // c1.connector.v2.Resource.
        column("data", "blob not null", Blob),
        SYNC_ID,
        DISCOVERED_AT,
    ],
    indexes: &[
        index("idx_resources_resource_type_id_v1", &["resource_type_id"]),
        index(
            "idx_resources_external_sync_v1",
            &["parent_resource_type_id", "parent_resource_id"],
        ),
        unique(
            "idx_resources_parent_resource_id_v1",
            &["external_id", "sync_id"],
        ),
    ],
};

/// What can be held on a resource.
pub static ENTITLEMENTS: TableDef = TableDef {
    name: "v1_entitlements",
    columns: &[
        ID,
        // The resource it is held on: data.resource.id.
        column("resource_type_id", "text not null", Text),
        column("resource_id", "text not null", Text),
        // `<type>:<id>:<slug>`, never escaped.
        column("external_id", "text not null", Text),
        // c1.connector.v2.Entitlement.
        column("data", "blob not null", Blob),
        SYNC_ID,
        DISCOVERED_AT,
    ],
    indexes: &[
        index(
            "idx_entitlements_resource_id_v1",
            &["resource_type_id", "resource_id"],
        ),
        unique(
            "idx_entitlements_external_sync_v1",
            &["external_id", "sync_id"],
        ),
    ],
};

/// One row a sync.
pub static SYNC_RUNS: TableDef = TableDef {
    name: "v1_sync_runs",
    columns: &[
        ID,
        // KSUID, 27 characters.
        column("sync_id", "text not null", Other),
        // Local wall clock without a zone.
        column("started_at", "datetime not null", Other),
        // NULL while the sync is unfinished. Readers show the greatest text as the latest sync.
        column("ended_at", "datetime", Other),
        // Where an unfinished sync goes on; nothing reads it once the sync is finished.
        column("sync_token", "text not null", Other),
        // full, partial, resources_only, partial_upserts, partial_deletions.
        later("sync_type", "text not null default 'full'", Other),
        // A partial sync names the full one that it adds to.
        later("parent_sync_id", "text not null default ''", Other),
        // Pairs the two halves of a difference.
        later("linked_sync_id", "text not null default ''", Other),
        // 1 when expansion is done.
        later("supports_diff", "integer not null default 0", Other),
        // 1 when the grants' expansion column is filled; 0 makes each reader rewrite every grant.
        later("grants_backfilled", "integer not null default 0", Other),
        // JSON with the counts; NULL makes readers count.
        later("stats", "text", Other),
        // Marks of other writers about checks they made; '' means none.
        later(
            "ingest_invariant_generation",
            "text not null default ''",
            Other,
        ),
        later(
            "ingest_invariant_coverage",
            "text not null default ''",
            Other,
        ),
        later("ingest_invariant_mode", "text not null default ''", Other),
    ],
    indexes: &[unique("idx_sync_runs_sync_id_v1", &["sync_id"])],
};

/// Who holds which entitlement.
pub static GRANTS: TableDef = TableDef {
    name: "v1_grants",
    columns: &[
        ID,
        // The resource of the entitlement: data.entitlement.resource.id.
        column("resource_type_id", "text not null", Text),
        column("resource_id", "text not null", Text),
        // data.entitlement.id.
        column("entitlement_id", "text not null", Text),
        // The holder: data.principal.id.
        column("principal_resource_type_id", "text not null", Text),
        column("principal_resource_id", "text not null", Text),
        // `<entitlement id>:<principal type>:<principal id>`, never escaped.
        column("external_id", "text not null", Text),
        // c1.connector.v2.GrantExpandable when holders of other entitlements inherit this one.
        later("expansion", "blob", OptionalBlob),
        // 1 for every expandable grant, also after expansion.
        later(
            "needs_expansion",
            "integer not null default 0",
            NeedsExpansion,
        ),
        // c1.connector.v2.Grant, without the GrantExpandable annotation.
        column("data", "blob not null", Blob),
        SYNC_ID,
        DISCOVERED_AT,
    ],
    indexes: &[
        index(
            "idx_grants_resource_type_id_resource_id_v1",
            &["resource_type_id", "resource_id"],
        ),
        index(
            "idx_grants_principal_id_v1",
            &["principal_resource_type_id", "principal_resource_id"],
        ),
        index(
            "idx_grants_entitlement_id_principal_id_v1",
            &[
                "entitlement_id",
                "principal_resource_type_id",
                "principal_resource_id",
            ],
        ),
        unique("idx_grants_external_sync_v1", &["external_id", "sync_id"]),
        index(
            "idx_grants_entitlement_sync_grant_v1",
            &["entitlement_id", "sync_id", "id"],
        ),
        partial(
            "idx_grants_sync_expansion_v1",
            &["sync_id"],
            Only::NotNull("expansion"),
        ),
        partial(
            "idx_grants_sync_needs_expansion_v1",
            &["sync_id"],
            Only::One("needs_expansion"),
        ),
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
    indexes: &[unique(
        "idx_assets_external_sync_v1",
        &["external_id", "sync_id"],
    )],
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
    indexes: &[unique("idx_session_store_sync_key_v1", &["sync_id", "key"])],
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
