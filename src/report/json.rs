//! The report as JSON, for programs. Its shape is stable within one `version`.
//!
//! | key | value |
//! |---|---|
//! | `source` | file, account, sync and its times: wall clock of the machine that wrote the file |
//! | `notices` | sentences about what the file does not say; read them before believing the rest |
//! | `totals` | counts |
//! | `users`, `projects`, `groups`, `vaults` | each with id and name; `listed` is false for those in grants only |
//! | `access` | for each principal and vault what one can do there, and each path with its permissions |
//! | `findings` | what stands out; `null` where the sync did not read enough to say |
//! | `changes` | with an older file: who is new or gone, memberships, and access gained and lost by path |

use std::io::{self, Write};

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Value, json};

use crate::baton::ids::ResourceKind;
use crate::text::write_json;

use super::findings::{Expiry, Reach};
use super::permissions::{Permissions, Set};
use super::snapshot::{Pair, PathParts, Principal, Snapshot, Source, Vault};
use super::{Report, json_changes};

/// The shape of this document; it grows when something that was there changes or goes.
pub const VERSION: u32 = 1;

/// Writes the whole report on one line.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(report: &Report<'_>, out: &mut impl Write) -> io::Result<()> {
    write_value(report, out)?;
    writeln!(out)
}

/// Writes a value with everything escaped that a terminal or an HTML page would act on.
pub(super) fn write_value(value: &impl Serialize, out: &mut impl Write) -> io::Result<()> {
    write_json(value, out, &['<', '>', '&'])
}

/// A list that is written item by item.
struct List<F>(F);

impl<I: Iterator<Item: Serialize>, F: Fn() -> I> Serialize for List<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0())
    }
}

impl Serialize for Report<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let s = self.snapshot;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("version", &VERSION)?;
        map.serialize_entry("made_at", &self.now.to_string())?;
        map.serialize_entry("source", &source(&s.source))?;
        map.serialize_entry("notices", &s.notices)?;
        map.serialize_entry("totals", &totals(self))?;
        map.serialize_entry("users", &List(|| of_kind(s, ResourceKind::User)))?;
        map.serialize_entry("projects", &List(|| of_kind(s, ResourceKind::Project)))?;
        map.serialize_entry("groups", &List(|| groups(self)))?;
        map.serialize_entry("vaults", &List(|| vaults(self)))?;
        map.serialize_entry("access", &List(|| s.pairs().map(|pair| access(s, &pair))))?;
        map.serialize_entry("findings", &findings(self))?;
        if let Some(changes) = &self.changes {
            map.serialize_entry("changes", &json_changes::value(changes))?;
        }
        map.end()
    }
}

pub(super) fn source(source: &Source) -> Value {
    let run = &source.sync;
    json!({
        "file": source.file,
        "account_id": source.account.1,
        "account_name": source.account.0,
        "sync_id": run.sync_id,
        "sync_type": run.sync_type.as_str(),
        "started_at_local": run.started_at,
        "ended_at_local": run.ended_at,
    })
}

fn totals(report: &Report<'_>) -> Value {
    let t = &report.findings.totals;
    json!({
        "users": t.users,
        "users_suspended": t.suspended,
        "groups": t.groups,
        "vaults": t.vaults,
        "projects": t.projects,
        "user_vault_pairs": t.user_vault_pairs,
        "user_vault_pairs_by_several_paths": t.several_paths,
        "project_vault_pairs": t.project_vault_pairs,
    })
}

fn of_kind(snapshot: &Snapshot, kind: ResourceKind) -> impl Iterator<Item = Value> {
    snapshot
        .of_kind(kind)
        .map(|(_, principal)| whole(principal))
}

/// Everything about a principal.
fn whole(p: &Principal) -> Value {
    let mut value = json!({ "id": p.id, "name": p.name, "listed": p.listed, "state": p.state });
    match p.kind {
        ResourceKind::User => {
            value["email"] = p.email.as_str().into();
            value["status"] = p.status.word().into();
            value["user_type"] = p.user_type.as_str().into();
        }
        ResourceKind::Project => {
            value["active_tokens"] = p.tokens.active.into();
            let expires = (!p.tokens.expires_at.is_empty()).then_some(p.tokens.expires_at.as_str());
            value["expires_at"] = expires.into();
        }
        _ => {}
    }
    value
}

fn groups(report: &Report<'_>) -> impl Iterator<Item = Value> {
    let s = report.snapshot;
    let id = |place: u32| s.principal(place).id.as_str();
    report.findings.groups.iter().map(move |row| {
        let mut value = whole(s.principal(row.group));
        let members = Snapshot::of_group(&s.members, row.group).map(id);
        value["members"] = members.collect();
        value["managers"] = row.managers.iter().map(|&place| id(place)).collect();
        value["vaults"] = row.vaults.into();
        value
    })
}

fn vaults(report: &Report<'_>) -> impl Iterator<Item = Value> {
    report.findings.vaults.iter().map(|row| {
        let vault = report.snapshot.vault(row.vault);
        json!({
            "id": vault.id,
            "name": vault.name,
            "listed": vault.listed,
            "reached_by": reach(row.reach),
            "users": row.users,
            "readers": row.readers,
            "managers": row.managers,
            "projects": row.projects,
        })
    })
}

fn reach(reach: Option<Reach>) -> &'static str {
    match reach {
        None => "unknown",
        Some(Reach::Nobody) => "nobody",
        Some(Reach::SuspendedOnly) => "suspended_only",
        Some(Reach::NobodyReads) => "nobody_reads",
        Some(Reach::Some) => "some",
        Some(Reach::Everybody) => "everybody",
    }
}

fn access(s: &Snapshot, pair: &Pair<'_>) -> Value {
    let paths = pair
        .paths
        .iter()
        .map(|access| path(&s.permissions, &s.path(access), access.held));
    json!({
        "principal": reference(s.principal(pair.principal)),
        "vault": vault_reference(s.vault(pair.vault)),
        "can": s.permissions.abilities(pair.held()).words(),
        "paths": paths.collect::<Value>(),
    })
}

pub(super) fn reference(p: &Principal) -> Value {
    json!({ "type": p.kind.as_str(), "id": p.id, "name": p.name })
}

pub(super) fn vault_reference(v: &Vault) -> Value {
    json!({ "id": v.id, "name": v.name })
}

pub(super) fn path(permissions: &Permissions, parts: &PathParts<'_>, held: Set) -> Value {
    let mut value = json!({ "type": parts.kind });
    if !parts.id.is_empty() {
        value["id"] = parts.id.into();
    }
    if let Some(group) = parts.group {
        value["name"] = group.name.as_str().into();
    }
    value["permissions"] = permissions.slugs(held).collect();
    value
}

fn findings(report: &Report<'_>) -> Value {
    let (s, f) = (report.snapshot, &report.findings);
    let who = |place: u32| reference(s.principal(place));
    let risks = f.risks.iter().map(|risk| {
        json!({
            "principal": who(risk.principal),
            "manages": risk.manages,
            "manages_without_reading": risk.manages_only,
            "exports": risk.exports,
            "shares": risk.shares,
        })
    });
    let suspended = f
        .suspended
        .iter()
        .map(|&(place, vaults)| json!({ "principal": who(place), "vaults": vaults }));
    let with = |wanted: Reach| {
        let rows = f.vaults.iter().filter(move |row| row.reach == Some(wanted));
        rows.map(|row| vault_reference(s.vault(row.vault)))
            .collect::<Value>()
    };
    let known = |value: Value| if s.holds.all() { value } else { Value::Null };
    let tokens = f.tokens.iter().map(|row| {
        json!({
            "project": who(row.project),
            "expires_at": s.principal(row.project).tokens.expires_at,
            "days_left": match row.expiry { Expiry::Days(days) => Some(days), _ => None },
            "vaults": row.vaults,
        })
    });
    let idle = f.idle.as_ref();
    json!({
        "risky_rights": risks.collect::<Value>(),
        "suspended_with_access": suspended.collect::<Value>(),
        "vaults_nobody_reaches": known(with(Reach::Nobody)),
        "vaults_only_suspended_reach": known(with(Reach::SuspendedOnly)),
        "vaults_nobody_reads": known(with(Reach::NobodyReads)),
        "vaults_everybody_reaches": known(with(Reach::Everybody)),
        "active_users_without_vault": idle.map(|idle| idle.iter().map(|&place| who(place)).collect::<Value>()),
        "tokens": tokens.collect::<Value>(),
    })
}
