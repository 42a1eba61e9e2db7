//! A stand-in for `baton`, to see that the checks notice what a real one would show.
//!
//! It is a script that prints the answer kept for each subcommand. The answers are made from a c1z
//! file, and a test then replaces or spoils one.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::interop::damaged::wrapped;
use crate::interop::reader::copies::annotated;
use crate::interop::reader::{changes, full_syncs, principal};
use crate::support::golden::resource_id;
use crate::support::records::{File, Records};

const SCRIPT: &str = r#"#!/bin/sh
# Prints the answer kept for a subcommand, or copies it to --out, or to the file that the subcommand changes.
answers=${0%/*}/answers
name=
out=
while [ $# -gt 0 ]; do
  case $1 in
    -f) test -s "$2" || exit 1; file=$2; shift ;;
    -o | -t) shift ;;
    -r) name=$name-$2; shift ;;
    --out) out=$2; shift ;;
    --*) ;;
    *) name=${name:+$name-}$1 ;;
  esac
  shift
done
case $name in
  recalculate-stats) out=$file ;;
esac
case $(head -c 4 "$file") in
  C1Z3) name=converted-$name ;;
esac
if [ -n "$out" ]; then
  exec cp "$answers/$name" "$out"
fi
exec cat "$answers/$name"
"#;

/// The subcommands that write a copy of the file.
pub(crate) const COPIES: [&str; 3] = ["recalculate-stats", "export-c1z", "rollback-expansion"];

pub(crate) struct StandIn {
    folder: TempDir,
}

impl StandIn {
    /// Answers as a `baton` without fault gives them for the file.
    pub(crate) fn of(path: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let stand_in = Self { folder };
        std::fs::create_dir(stand_in.path("answers")).unwrap();
        std::fs::write(stand_in.program(), SCRIPT).unwrap();
        let executable = std::fs::Permissions::from_mode(0o700);
        std::fs::set_permissions(stand_in.program(), executable).unwrap();
        let file = File::open(path);
        for (name, answer) in answers(&file, &file.newest()) {
            stand_in.answer(&name, answer);
        }
        for name in COPIES {
            stand_in.answer(name, std::fs::read(path).unwrap());
        }
        stand_in.answer("to-pebble", "C1Z3");
        stand_in
    }

    pub(crate) fn program(&self) -> PathBuf {
        self.path("baton")
    }

    /// Replaces an answer.
    pub(crate) fn answer(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.path("answers").join(name), content).unwrap();
    }

    /// Changes an answer that is JSON.
    pub(crate) fn spoil(&self, name: &str, change: impl FnOnce(&mut Value)) {
        let text = std::fs::read(self.path("answers").join(name)).unwrap();
        let mut answer: Value = serde_json::from_slice(&text).unwrap();
        change(&mut answer);
        self.answer(name, answer.to_string());
    }

    /// Changes an answer that is a c1z file.
    pub(crate) fn spoil_copy(&self, name: &str, sql: &str) {
        let file = File::open(&self.path("answers").join(name));
        file.database.execute_batch(sql).unwrap();
        let database = std::fs::read(file.database.path().unwrap()).unwrap();
        self.answer(name, wrapped(&database));
    }

    /// Makes a subcommand fail.
    pub(crate) fn fail(&self, name: &str) {
        std::fs::remove_file(self.path("answers").join(name)).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// The answers by subcommand and, for `access`, user.
fn answers(file: &File, records: &Records) -> BTreeMap<String, String> {
    let full = full_syncs(file);
    let mut answers = BTreeMap::new();
    let mut put = |name: &str, answer: String| answers.insert(name.to_owned(), answer);
    for (name, answer) in listings(records) {
        put(name, answer);
    }
    let converted = Records {
        grants: annotated(records),
        ..records.clone()
    };
    for (name, answer) in listings(&converted) {
        put(&format!("converted-{name}"), answer);
    }
    put("principals", list("resources", principals(records)));
    put("stats", stats(records).to_string());
    let syncs = full
        .iter()
        .map(|id| json!({"id": id, "endedAt": "2026-11-23T10:00:00Z"}));
    put("syncs", list("syncs", syncs.collect()));
    put("export-csv", csv(records));
    put("export-xlsx", "PK\u{3}\u{4}".to_owned());
    for (id, user) in records
        .resources
        .iter()
        .filter(|(id, _)| id.starts_with("user:"))
    {
        let name = format!("access-{}", user["id"]["resource"].as_str().unwrap());
        put(&name, access(records, id).to_string());
    }
    if let [new, old, ..] = full.as_slice() {
        put(
            "diff",
            diff(&file.records(old), &file.records(new)).to_string(),
        );
    }
    answers
}

fn listings(records: &Records) -> [(&'static str, String); 4] {
    let listing = |name: &str, main: &str| list(name, rows(records, main));
    [
        ("resource-types", listing("resourceTypes", "resourceType")),
        ("resources", listing("resources", "resource")),
        ("entitlements", listing("entitlements", "entitlement")),
        ("grants", listing("grants", "grant")),
    ]
}

fn list(name: &str, rows: Vec<Value>) -> String {
    json!({name: rows}).to_string()
}

/// The records of a table, each with the records that it names beside it.
fn rows(records: &Records, main: &str) -> Vec<Value> {
    let table = match main {
        "resourceType" => &records.resource_types,
        "resource" => &records.resources,
        "entitlement" => &records.entitlements,
        _ => &records.grants,
    };
    table
        .values()
        .map(|record| row(records, main, record))
        .collect()
}

fn row(records: &Records, main: &str, record: &Value) -> Value {
    let mut row = json!({main: record});
    let resource = match main {
        "resourceType" => return row,
        "resource" => record,
        "entitlement" => &record["resource"],
        _ => {
            row["principal"] = find(records, &record["principal"]["id"]);
            row["entitlement"] =
                records.entitlements[record["entitlement"]["id"].as_str().unwrap()].clone();
            &record["entitlement"]["resource"]
        }
    };
    row["resource"] = find(records, &resource["id"]);
    row["resourceType"] =
        records.resource_types[resource["id"]["resourceType"].as_str().unwrap()].clone();
    if main == "resource" && record["parentResourceId"].is_object() {
        row["parent"] = find(records, &record["parentResourceId"]);
    }
    row
}

/// A resource by its id; nothing when the file does not hold it.
fn find(records: &Records, id: &Value) -> Value {
    records
        .resources
        .get(&resource_id(id))
        .cloned()
        .unwrap_or_default()
}

fn principals(records: &Records) -> Vec<Value> {
    let holders: BTreeSet<String> = records.grants.values().map(principal).collect();
    let known = holders.iter().filter_map(|id| records.resources.get(id));
    known
        .map(|resource| row(records, "resource", resource))
        .collect()
}

fn access(records: &Records, user: &str) -> Value {
    let mut access = BTreeMap::<String, Vec<Value>>::new();
    for grant in records
        .grants
        .values()
        .filter(|grant| principal(grant) == user)
    {
        let entitlement = &records.entitlements[grant["entitlement"]["id"].as_str().unwrap()];
        let on = resource_id(&entitlement["resource"]["id"]);
        access.entry(on).or_default().push(entitlement.clone());
    }
    let access = access.iter().map(|(on, entitlements)| json!({"resource": records.resources[on], "entitlements": entitlements}));
    json!({"principal": records.resources[user], "access": access.collect::<Vec<_>>()})
}

/// Totals, and a count for each resource type, as `baton` has them.
fn stats(records: &Records) -> Value {
    let mut stats = json!({
        "resource_types": records.resource_types.len(), "resources": records.resources.len(),
        "entitlements": records.entitlements.len(), "grants": records.grants.len(),
    });
    for kind in records.resource_types.keys() {
        let prefix = format!("{kind}:");
        stats[kind] = records
            .resources
            .keys()
            .filter(|id| id.starts_with(&prefix))
            .count()
            .into();
    }
    stats
}

fn diff(old: &Records, new: &Records) -> Value {
    let table = |old: &BTreeMap<String, Value>, new: &BTreeMap<String, Value>| {
        let lists = changes(old, new).map(|(change, ids)| {
            let rows = ids
                .iter()
                .map(|id| new.get(id).unwrap_or_else(|| &old[id]).clone());
            (change, rows.collect::<Vec<_>>())
        });
        json!(BTreeMap::from(lists))
    };
    json!({
        "resources": table(&old.resources, &new.resources),
        "entitlements": table(&old.entitlements, &new.entitlements),
        "grants": table(&old.grants, &new.grants),
    })
}

fn csv(records: &Records) -> String {
    let users = records
        .resources
        .keys()
        .filter(|id| id.starts_with("user:"));
    let to_users = records
        .grants
        .values()
        .filter(|grant| principal(grant).starts_with("user:"));
    ["Type,Last Name".to_owned()]
        .into_iter()
        .chain(users.map(|id| format!("Identity,{id}")))
        .chain(
            records
                .entitlements
                .keys()
                .map(|id| format!("Entitlement,{id}")),
        )
        .chain(to_users.map(|grant| format!("Grant,{}", grant["id"])))
        .collect::<Vec<_>>()
        .join("\n")
}
