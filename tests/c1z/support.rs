//! A small tenant, and ways to write it, to look into a file without the reader, and to rebuild a
//! file.

use std::fs;
use std::path::{Path, PathBuf};

use baton_1password::baton::grant::{self, EntitlementStub, Origin, PrincipalStub};
use baton_1password::baton::ids::{ResourceId, ResourceKind};
use baton_1password::baton::pb::v2;
use baton_1password::baton::resource::resource;
use baton_1password::c1z::{
    Batch, Error, Limits, Reader, Record, SyncRun, SyncType, Table, Target, TargetOptions, Writer,
    Written,
};
use prost::Message;
use rusqlite::Connection;
use tempfile::TempDir;

pub(crate) const MAGIC: &[u8] = b"C1ZF\0";

/// A folder of its own for a test.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// All names in the folder, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path()).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

/// A sync that starts e.g. at `2026-11-23T10:00:00+01:00`.
pub(crate) fn sync_at(moment: &str, random: u8, sync_type: SyncType) -> SyncRun {
    SyncRun::at(moment.parse().unwrap(), [random; 16], sync_type)
}

/// A sync at a minute of 2026-11-23, 10 o'clock, with an id made from it.
pub(crate) fn new_sync(sync_type: SyncType, minute: u8) -> SyncRun {
    let moment = format!("2026-11-23T10:{minute:02}:00.25Z");
    sync_at(&moment, minute, sync_type)
}

pub(crate) fn full(minute: u8) -> SyncRun {
    new_sync(SyncType::Full, minute)
}

/// The rows of a tenant with one vault of so many users, each with one grant; the group can expand.
pub(crate) fn tenant(users: usize) -> Vec<Batch> {
    let account = ResourceId::new(ResourceKind::Account, "A1");
    let vault = ResourceId::new(ResourceKind::Vault, "V1");
    let group = ResourceId::new(ResourceKind::Group, "G1");
    let users: Vec<ResourceId> = (0..users)
        .map(|n| ResourceId::new(ResourceKind::User, format!("U{n:05}")))
        .collect();

    let mut types = Batch::new(Table::ResourceTypes);
    for kind in ["account", "group", "user", "vault"] {
        let message = v2::ResourceType {
            id: kind.to_owned(),
            display_name: kind.to_uppercase(),
            ..Default::default()
        };
        types.field(kind.as_bytes());
        types.field(&message.encode_to_vec());
    }

    let mut resources = Batch::new(Table::Resources);
    push_resource(&mut resources, &account, None);
    for id in [&vault, &group].into_iter().chain(&users) {
        push_resource(&mut resources, id, Some(&account));
    }

    let mut entitlements = Batch::new(Table::Entitlements);
    push_entitlement(&mut entitlements, &vault, "view items");
    push_entitlement(&mut entitlements, &group, "member");

    let mut grants = Batch::new(Table::Grants);
    let view = EntitlementStub::new(&vault, "view items");
    let source = group.entitlement("member");
    let to_group = (&group, Origin::Direct, grant::expansion(&group));
    let to_users = users.iter().enumerate().map(|(n, user)| {
        let inherited = n % 2 == 0;
        (user, inherited, Vec::new())
    });
    push_grant(
        &mut grants,
        &vault,
        &view,
        to_group.0,
        to_group.1,
        &to_group.2,
    );
    for (user, inherited, expansion) in to_users {
        let sources = [source.as_str()];
        let origin = if inherited {
            Origin::Inherited(&sources)
        } else {
            Origin::Direct
        };
        push_grant(&mut grants, &vault, &view, user, origin, &expansion);
    }
    vec![types, resources, entitlements, grants]
}

fn push_resource(batch: &mut Batch, id: &ResourceId, parent: Option<&ResourceId>) {
    let message = resource(id.kind, &id.id, parent, &format!("The {id}"));
    batch.field(id.kind.as_str().as_bytes());
    batch.field(id.to_string().as_bytes());
    batch.field(parent.map_or("", |parent| parent.kind.as_str()).as_bytes());
    batch.field(parent.map_or("", |parent| &parent.id).as_bytes());
    batch.field_with(|out| message.encode(out).unwrap());
}

fn push_entitlement(batch: &mut Batch, on: &ResourceId, slug: &str) {
    let message = v2::Entitlement {
        id: on.entitlement(slug),
        slug: slug.to_owned(),
        resource: Some(resource(on.kind, &on.id, None, "")),
        ..Default::default()
    };
    batch.field(on.kind.as_str().as_bytes());
    batch.field(on.id.as_bytes());
    batch.field(message.id.as_bytes());
    batch.field(&message.encode_to_vec());
}

fn push_grant(
    batch: &mut Batch,
    on: &ResourceId,
    entitlement: &EntitlementStub,
    principal: &ResourceId,
    origin: Origin<'_>,
    expansion: &[u8],
) {
    batch.field(on.kind.as_str().as_bytes());
    batch.field(on.id.as_bytes());
    batch.field(entitlement.id.as_bytes());
    batch.field(principal.kind.as_str().as_bytes());
    batch.field(principal.id.as_bytes());
    batch.field(format!("{}:{principal}", entitlement.id).as_bytes());
    batch.field(expansion);
    let principal = PrincipalStub::new(principal);
    batch.field_with(|out| grant::encode(out, entitlement, &principal, origin));
}

/// Writes a tenant of so many users into `path`.
pub(crate) fn sync(path: &Path, new: SyncRun, users: usize) -> Result<Written, Error> {
    sync_with(path, TargetOptions::default(), new, users)
}

pub(crate) fn sync_with(
    path: &Path,
    options: TargetOptions,
    new: SyncRun,
    users: usize,
) -> Result<Written, Error> {
    write(Target::open(path, options)?, new, users)
}

/// Writes a tenant of so many users in no time at all.
pub(crate) fn write(target: Target, new: SyncRun, users: usize) -> Result<Written, Error> {
    let now = new.started().unwrap();
    let is_expanded = new.sync_type == SyncType::Full;
    let mut writer = Writer::begin(target, new, is_expanded)?;
    for batch in tenant(users) {
        writer.push(&batch)?;
    }
    writer.finish(now)
}

pub(crate) fn read(path: &Path) -> Result<Reader, Error> {
    Reader::open(path, &Limits::default())
}

/// All records of one kind, in the order in which the sync has them.
pub(crate) fn all<M: Record>(reader: &Reader, sync: &SyncRun) -> Result<Vec<M>, Error> {
    let mut all = Vec::new();
    reader.each(sync, |record| {
        all.push(record);
        Ok(())
    })?;
    Ok(all)
}

/// The database in a file, unpacked by zstd alone, for looking into with SQLite alone.
pub(crate) fn database(folder: &Folder, path: &Path) -> Connection {
    let bytes = fs::read(path).unwrap();
    assert_eq!(&bytes[..5], MAGIC);
    let unpacked = folder.file("unpacked.db");
    fs::write(&unpacked, zstd::decode_all(&bytes[5..]).unwrap()).unwrap();
    Connection::open(&unpacked).unwrap()
}

/// Changes the database in a file with SQL.
pub(crate) fn edit(folder: &Folder, path: &Path, sql: &str) {
    let connection = database(folder, path);
    connection.execute_batch(sql).unwrap();
    connection.close().unwrap();
    let unpacked = folder.file("unpacked.db");
    pack(path, &fs::read(&unpacked).unwrap());
    fs::remove_file(unpacked).unwrap();
}

/// Makes a file around the bytes of a database.
pub(crate) fn pack(path: &Path, database: &[u8]) {
    let mut bytes = MAGIC.to_vec();
    bytes.extend(zstd::encode_all(database, 3).unwrap());
    fs::write(path, bytes).unwrap();
}

/// All rows of a query of text columns, `-` for NULL, columns joined with `|`.
pub(crate) fn rows(connection: &Connection, sql: &str) -> Vec<String> {
    let mut statement = connection.prepare(sql).unwrap();
    let columns = statement.column_count();
    let row = |row: &rusqlite::Row<'_>| {
        let texts = (0..columns).map(|column| match row.get_ref(column).unwrap() {
            rusqlite::types::ValueRef::Null => "-".to_owned(),
            rusqlite::types::ValueRef::Integer(n) => n.to_string(),
            value => String::from_utf8_lossy(value.as_bytes().unwrap()).into_owned(),
        });
        Ok(texts.collect::<Vec<_>>().join("|"))
    };
    statement
        .query_map([], row)
        .unwrap()
        .map(Result::unwrap)
        .collect()
}
