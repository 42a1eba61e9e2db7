//! Reads a c1z file without the product's code: zstd, SQLite and protobuf JSON by other hands.
//!
//! Messages become canonical JSON through descriptors that are compiled from `proto/`, so what the
//! tests compare is what any protobuf tool would see.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;

use prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage};
use rusqlite::Connection;
use serde_json::Value;

static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| {
    let roots = [
        "c1/connector/v2/annotation.proto",
        "c1/connector/v2/connector.proto",
        "c1/connector/v2/grant.proto",
    ];
    let files = protox::compile(roots, ["proto"]).unwrap();
    DescriptorPool::decode(files.encode_to_vec().as_slice()).unwrap()
});

/// The JSON of an encoded `c1.connector.v2` message.
pub fn json(name: &str, bytes: &[u8]) -> Value {
    let message = POOL
        .get_message_by_name(&format!("c1.connector.v2.{name}"))
        .unwrap();
    let decoded = DynamicMessage::decode(message, bytes).unwrap();
    serde_json::to_value(decoded).unwrap()
}

/// A decoded c1z file.
pub struct File {
    pub database: Connection,
    _folder: tempfile::TempDir,
}

/// The records of one sync by id.
#[derive(Clone)]
pub struct Records {
    pub resource_types: BTreeMap<String, Value>,
    pub resources: BTreeMap<String, Value>,
    pub entitlements: BTreeMap<String, Value>,
    pub grants: BTreeMap<String, Value>,
    /// Grant id → `GrantExpandable`, for the grants that have one.
    pub expansions: BTreeMap<String, Value>,
}

impl File {
    pub fn open(path: &Path) -> Self {
        let bytes = std::fs::read(path).unwrap();
        assert_eq!(&bytes[..5], b"C1ZF\0", "magic");
        let database = zstd::decode_all(&bytes[5..]).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let plain = folder.path().join("db");
        std::fs::write(&plain, database).unwrap();
        let database = Connection::open(plain).unwrap();
        let check: String = database
            .query_row("pragma integrity_check", [], |row| row.get(0))
            .unwrap();
        assert_eq!(check, "ok");
        Self {
            database,
            _folder: folder,
        }
    }

    /// Ids of the finished syncs, the newest first.
    pub fn finished_syncs(&self) -> Vec<String> {
        let sql = "select sync_id from v1_sync_runs where ended_at is not null \
                   order by ended_at desc, sync_id desc";
        self.strings(sql)
    }

    pub fn strings(&self, sql: &str) -> Vec<String> {
        let mut statement = self.database.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.map(|row| row.unwrap()).collect()
    }

    /// A line for each column and for each column of an index, and the condition of each partial
    /// index. SQLite's own tables of statistics are left out.
    pub fn schema(&self) -> BTreeSet<String> {
        let columns =
            "select t.name || '.' || c.name || ' ' || lower(c.type) || ' not null ' || c.\"notnull\"
            || ' default ' || coalesce(c.dflt_value, '') || ' key ' || c.pk
            from sqlite_schema t, pragma_table_info(t.name) c
            where t.type = 'table' and t.name not like 'sqlite%'";
        let indexes = "select t.name || ' ' || i.name || ' unique ' || i.\"unique\" || ' column ' || c.seqno || ' ' || c.name
            from sqlite_schema t, pragma_index_list(t.name) i, pragma_index_info(i.name) c where t.type = 'table'";
        let conditions =
            "select name || ' where ' || trim(substr(lower(sql), instr(lower(sql), ' where ') + 7))
            from sqlite_schema where type = 'index' and lower(sql) like '% where %'";
        [columns, indexes, conditions]
            .iter()
            .flat_map(|sql| self.strings(sql))
            .collect()
    }

    /// A line for each row of each table, but for the cached counts of a sync.
    pub fn rows(&self) -> BTreeSet<String> {
        let lines = |table: &String| {
            let columns = format!(
                "select 'quote(' || name || ')' from pragma_table_info('{table}') where name != 'stats'"
            );
            let columns = self.strings(&columns).join(" || ', ' || ");
            self.strings(&format!("select '{table}: ' || {columns} from {table}"))
        };
        let tables =
            "select name from sqlite_schema where type = 'table' and name not like 'sqlite%'";
        self.strings(tables).iter().flat_map(lines).collect()
    }

    /// The cached counts of each sync, by its id.
    pub fn stats(&self) -> BTreeMap<String, Value> {
        let syncs = self.strings("select sync_id from v1_sync_runs");
        let stats = self.strings("select coalesce(stats, 'null') from v1_sync_runs");
        let stats = stats.iter().map(|text| serde_json::from_str(text).unwrap());
        syncs.into_iter().zip(stats).collect()
    }

    /// The records of the newest finished sync.
    pub fn newest(&self) -> Records {
        self.records(self.finished_syncs().first().expect("a finished sync"))
    }

    pub fn records(&self, sync_id: &str) -> Records {
        let table = |table: &str, message: &str, column: &str| {
            let sql = format!(
                "select external_id, {column} from {table} \
                 where sync_id = ?1 and {column} is not null"
            );
            let mut statement = self.database.prepare(&sql).unwrap();
            let rows = statement.query_map([sync_id], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?))
            });
            let rows = rows.unwrap().map(|row| row.unwrap());
            rows.map(|(id, data)| (id, json(message, &data))).collect()
        };
        Records {
            resource_types: table("v1_resource_types", "ResourceType", "data"),
            resources: table("v1_resources", "Resource", "data"),
            entitlements: table("v1_entitlements", "Entitlement", "data"),
            grants: table("v1_grants", "Grant", "data"),
            expansions: table("v1_grants", "GrantExpandable", "expansion"),
        }
    }
}
