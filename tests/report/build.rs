//! Builds c1z files row by row, in forms that no single tool writes, without the product's writer.

use std::collections::BTreeMap;
use std::path::Path;

use baton_1password::baton::pb::v2::{
    Entitlement, Grant, GrantSources, Resource, ResourceId, ResourceType, Status, UserTrait,
    grant_sources,
};
use prost::{Message, Name};
use prost_types::{Any, Struct, Value, value::Kind};
use rusqlite::Connection;

/// The slugs of a Business account's vaults.
pub const GRANULAR: [&str; 13] = [
    "member",
    "view items",
    "create items",
    "edit items",
    "archive items",
    "delete items",
    "view and copy passwords",
    "view item history",
    "import items",
    "export items",
    "copy and share items",
    "print items",
    "manage vault",
];

/// The slugs of other accounts' vaults.
pub const BASIC: [&str; 4] = ["member", "allow viewing", "allow editing", "allow managing"];

/// A file in the making: rows go to the sync that was begun last.
pub struct C1z {
    database: Connection,
    sync: String,
    /// Leave entitlement and principal out of the bytes of grants.
    pub slim: bool,
}

impl C1z {
    /// An empty file.
    pub fn new() -> Self {
        let database = Connection::open_in_memory().unwrap();
        database
            .execute_batch(
                "create table v1_resource_types (id integer primary key, external_id text not null,
                    data blob not null, sync_id text not null, discovered_at datetime not null);
                 create table v1_resources (id integer primary key, resource_type_id text not null,
                    external_id text not null, parent_resource_type_id text, parent_resource_id text,
                    data blob not null, sync_id text not null, discovered_at datetime not null);
                 create table v1_entitlements (id integer primary key, resource_type_id text not null,
                    resource_id text not null, external_id text not null, data blob not null,
                    sync_id text not null, discovered_at datetime not null);
                 create table v1_grants (id integer primary key, resource_type_id text not null,
                    resource_id text not null, entitlement_id text not null,
                    principal_resource_type_id text not null, principal_resource_id text not null,
                    external_id text not null, expansion blob, needs_expansion integer not null default 0,
                    data blob not null, sync_id text not null, discovered_at datetime not null);
                 create table v1_sync_runs (id integer primary key, sync_id text not null,
                    started_at datetime not null, ended_at datetime, sync_token text not null,
                    sync_type text not null default 'full', parent_sync_id text not null default '',
                    supports_diff integer not null default 0, grants_backfilled integer not null default 1);",
            )
            .unwrap();
        Self {
            database,
            sync: String::new(),
            slim: false,
        }
    }

    /// A file with one finished full sync of all types.
    pub fn full() -> Self {
        Self::new_account("A1", "Kestrel Instruments")
    }

    /// The same for another account.
    pub fn new_account(id: &str, name: &str) -> Self {
        let mut file = Self::new();
        file.sync("full", "2026-11-01 10:00:00", Some("2026-11-01 10:05:00"));
        file.types(&["account", "group", "project", "user", "vault"]);
        file.resource(("account", id), name, &[], None);
        file
    }

    /// Begins a sync.
    pub fn sync(&mut self, kind: &str, started: &str, ended: Option<&str>) {
        let count: i64 = self
            .database
            .query_row("select count(*) from v1_sync_runs", [], |row| row.get(0))
            .unwrap();
        self.sync = format!("{count:027}");
        self.database
            .execute(
                "insert into v1_sync_runs (sync_id, started_at, ended_at, sync_token, sync_type)
                 values (?1, ?2, ?3, '', ?4)",
                (&self.sync, started, ended, kind),
            )
            .unwrap();
    }

    /// Resource types of the sync.
    pub fn types(&self, ids: &[&str]) {
        for id in ids {
            let data = ResourceType {
                id: (*id).to_owned(),
                ..Default::default()
            };
            let sql = "insert into v1_resource_types (external_id, data, sync_id, discovered_at)
                       values (?1, ?2, ?3, '2026-11-01 10:00:00')";
            self.database
                .execute(sql, (id, data.encode_to_vec(), &self.sync))
                .unwrap();
        }
    }

    /// A resource with profile strings and a status.
    pub fn resource(
        &self,
        (kind, id): (&str, &str),
        name: &str,
        profile: &[(&str, &str)],
        status: Option<i32>,
    ) {
        self.add(resource((kind, id), name, profile, status));
    }

    /// An active person with an e-mail address, of a type, who last signed in so many days ago;
    /// below 0 is never, None unknown.
    pub fn person(&self, id: &str, email: &str, user_type: &str, days_ago: Option<i64>) {
        let mut profile = vec![
            ("login", email),
            ("state", "ACTIVE"),
            ("user_type", user_type),
        ];
        if days_ago.is_some_and(|days| days < 0) {
            profile.push(("last_sign_in", "never"));
        }
        let now = jiff::Timestamp::now().as_second();
        let user_trait = UserTrait {
            last_login: days_ago
                .filter(|days| *days >= 0)
                .map(|days| prost_types::Timestamp {
                    seconds: now - days * 86_400 - 3_600,
                    nanos: 0,
                }),
            ..Default::default()
        };
        self.add(Resource {
            annotations: vec![Any {
                type_url: UserTrait::type_url(),
                value: user_trait.encode_to_vec(),
            }],
            ..resource(("user", id), id, &profile, Some(1))
        });
    }

    /// A user whose account type alone says that it is a machine.
    pub fn service_trait(&self, id: &str) {
        let user_trait = UserTrait {
            account_type: 2,
            ..Default::default()
        };
        self.add(Resource {
            annotations: vec![Any {
                type_url: UserTrait::type_url(),
                value: user_trait.encode_to_vec(),
            }],
            ..resource(("user", id), id, &[], Some(1))
        });
    }

    /// A vault with so many items, last changed so many days ago.
    pub fn filled_vault(&self, id: &str, items: f64, days_ago: i64) {
        let at = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(24 * days_ago + 1);
        let at = at.to_string();
        let profile = [
            ("updated_at", at.as_str()),
            ("type", "USER_CREATED"),
            ("created_at", "2020-01-02T03:04:05Z"),
        ];
        let mut vault = resource(("vault", id), id, &profile, None);
        let items = Value {
            kind: Some(Kind::NumberValue(items)),
        };
        vault
            .profile
            .as_mut()
            .unwrap()
            .fields
            .insert("items".to_owned(), items);
        self.add(vault);
        self.entitlements("vault", id, &GRANULAR);
    }

    /// A row for a resource.
    fn add(&self, data: Resource) {
        let own = data.id.clone().unwrap();
        let (kind, id) = (own.resource_type, own.resource);
        let sql =
            "insert into v1_resources (resource_type_id, external_id, data, sync_id, discovered_at)
                   values (?1, ?2, ?3, ?4, '2026-11-01 10:00:00')";
        let row = (
            &kind,
            format!("{kind}:{id}"),
            data.encode_to_vec(),
            &self.sync,
        );
        self.database.execute(sql, row).unwrap();
    }

    /// An active user.
    pub fn user(&self, id: &str, name: &str) {
        let email = format!("{}@kestrel.example", id.to_lowercase());
        let profile = [
            ("login", email.as_str()),
            ("state", "ACTIVE"),
            ("user_type", "MEMBER"),
        ];
        self.resource(("user", id), name, &profile, Some(1));
    }

    /// A suspended user.
    pub fn suspended(&self, id: &str, name: &str) {
        self.resource(
            ("user", id),
            name,
            &[("login", "s@kestrel.example")],
            Some(2),
        );
    }

    /// A group, as a sync writes it that reads its members.
    pub fn group(&self, id: &str, name: &str) {
        self.bare_group(id, name);
        self.entitlements("group", id, &["member", "manager"]);
    }

    /// A group whose members were not read.
    pub fn bare_group(&self, id: &str, name: &str) {
        self.resource(("group", id), name, &[("group_id", id)], None);
    }

    /// A project with its earliest expiry.
    pub fn project(&self, id: &str, name: &str, expires_at: &str) {
        let profile = [
            ("state", "ACTIVE"),
            ("active_tokens", "1"),
            ("expires_at", expires_at),
        ];
        self.resource(("project", id), name, &profile, None);
    }

    /// A vault with entitlements.
    pub fn vault(&self, id: &str, name: &str, slugs: &[&str]) {
        self.resource(("vault", id), name, &[], None);
        self.entitlements("vault", id, slugs);
    }

    fn entitlements(&self, kind: &str, id: &str, slugs: &[&str]) {
        for slug in slugs {
            let data = entitlement(kind, id, slug);
            let sql = "insert into v1_entitlements
                       (resource_type_id, resource_id, external_id, data, sync_id, discovered_at)
                       values (?1, ?2, ?3, ?4, ?5, '2026-11-01 10:00:00')";
            let row = (kind, id, &data.id, data.encode_to_vec(), &self.sync);
            self.database.execute(sql, row).unwrap();
        }
    }

    /// A grant of `kind:id:slug` to a principal, with its sources.
    pub fn grant(
        &self,
        (kind, id, slug): (&str, &str, &str),
        (principal_kind, principal_id): (&str, &str),
        sources: &[&str],
    ) {
        let entitlement = entitlement(kind, id, slug);
        let grant_id = format!("{}:{principal_kind}:{principal_id}", entitlement.id);
        let entitlement_id = entitlement.id.clone();
        let principal = Resource {
            id: Some(resource_id(principal_kind, principal_id)),
            ..Default::default()
        };
        let direct = grant_sources::GrantSource { is_direct: true };
        let map: BTreeMap<_, _> = sources
            .iter()
            .map(|id| ((*id).to_owned(), direct))
            .collect();
        let data = Grant {
            id: grant_id.clone(),
            entitlement: (!self.slim).then_some(entitlement),
            principal: (!self.slim).then_some(principal),
            sources: (!map.is_empty()).then_some(GrantSources { sources: map }),
            ..Default::default()
        };
        let sql = "insert into v1_grants (resource_type_id, resource_id, entitlement_id,
                       principal_resource_type_id, principal_resource_id, external_id, data, sync_id,
                       discovered_at)
                   values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, '2026-11-01 10:00:00')";
        self.database
            .prepare(sql)
            .unwrap()
            .execute((
                kind,
                id,
                entitlement_id,
                principal_kind,
                principal_id,
                grant_id,
                data.encode_to_vec(),
                &self.sync,
            ))
            .unwrap();
    }

    /// Direct permissions on a vault, with the listing that goes with them.
    pub fn on_vault(&self, vault: &str, principal: (&str, &str), slugs: &[&str]) {
        for slug in ["member"].iter().chain(slugs) {
            self.grant(("vault", vault, slug), principal, &[]);
        }
    }

    /// What `members` inherit from a group on a vault, as expansion writes it.
    pub fn inherited(&self, vault: &str, group: &str, members: &[&str], slugs: &[&str]) {
        let source = format!("group:{group}:member");
        for member in members {
            for slug in ["member"].iter().chain(slugs) {
                self.grant(("vault", vault, slug), ("user", member), &[&source]);
            }
        }
    }

    /// Puts users into a group.
    pub fn members(&self, group: &str, members: &[&str]) {
        for member in members {
            self.grant(("group", group, "member"), ("user", member), &[]);
        }
    }

    /// Changes rows by SQL.
    pub fn execute(&self, sql: &str) -> usize {
        self.database.execute(sql, []).unwrap()
    }

    /// Writes the file.
    pub fn write(&self, path: &Path) {
        let folder = tempfile::tempdir().unwrap();
        let plain = folder.path().join("db");
        self.database
            .execute("vacuum into ?1", [plain.to_str().unwrap()])
            .unwrap();
        let mut bytes = b"C1ZF\0".to_vec();
        bytes.extend(zstd::encode_all(std::fs::read(plain).unwrap().as_slice(), 1).unwrap());
        std::fs::write(path, bytes).unwrap();
    }
}

fn resource(
    (kind, id): (&str, &str),
    name: &str,
    profile: &[(&str, &str)],
    status: Option<i32>,
) -> Resource {
    let value = |text: &str| Value {
        kind: Some(Kind::StringValue(text.to_owned())),
    };
    let fields = profile
        .iter()
        .map(|(key, text)| ((*key).to_owned(), value(text)));
    Resource {
        id: Some(resource_id(kind, id)),
        display_name: name.to_owned(),
        profile: Some(Struct {
            fields: fields.collect(),
        }),
        status: status.map(|status| Status {
            status,
            details: String::new(),
        }),
        ..Default::default()
    }
}

fn resource_id(kind: &str, id: &str) -> ResourceId {
    ResourceId {
        resource_type: kind.to_owned(),
        resource: id.to_owned(),
    }
}

fn entitlement(kind: &str, id: &str, slug: &str) -> Entitlement {
    Entitlement {
        id: format!("{kind}:{id}:{slug}"),
        resource: Some(Resource {
            id: Some(resource_id(kind, id)),
            ..Default::default()
        }),
        ..Default::default()
    }
}
