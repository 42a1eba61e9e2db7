//! The report as JSON, for programs. Its shape is stable within one `version`.
//!
//! | key | value |
//! |---|---|
//! | `source` | file, account, sync and its times: wall clock of the machine that wrote the file |
//! | `notices` | sentences about what the file does not say; read them before believing the rest |
//! | `warnings` | the same, each with `code`, `level` (`gap`: something was not read) and `text` |
//! | `totals` | counts |
//! | `users`, `projects`, `groups`, `vaults` | each with id and name; `listed` is false for those in grants only |
//! | `access` | for each principal and vault what one can do there, and each path with its permissions |
//! | `findings` | what stands out; `incomplete` names the lists that may lack something, `decided_by` says what is idle and which e-mail domains are frequent |
//! | `changes` | with an older file: `totals` of each kind, who is new or gone, memberships, and access gained and lost by path (`paths_now` is what is left); `incomplete` as above |
//!
//! What the sync did not read is `null`, never 0 or an empty list.

use std::io::{self, Write};

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Value, json};

use crate::baton::ids::ResourceKind;
use crate::text::write_json;

use super::count::{Count, Listed};
use super::findings::{Expiry, Reach, Risk, TokenRow, Unchanged};
use super::json_parts::{lists, path, reference, sentences, source, vault_reference};
use super::people::Idle;
use super::snapshot::{Pair, Principal, SignIn, Snapshot};
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

impl<I: Iterator, F: Fn() -> I> List<F> {
    /// `null` in place of an empty list that may lack something.
    fn if_known(self, known: bool) -> Option<Self> {
        (known || (self.0)().next().is_some()).then_some(self)
    }
}

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
        map.serialize_entry("made_at", &self.now.timestamp().to_string())?;
        map.serialize_entry("source", &source(&s.source))?;
        map.serialize_entry("notices", &sentences(&s.notices))?;
        map.serialize_entry("warnings", &s.notices)?;
        map.serialize_entry("totals", &totals(self))?;
        for (name, kind) in [
            ("users", ResourceKind::User),
            ("projects", ResourceKind::Project),
        ] {
            let known = s.coverage.lists(kind);
            map.serialize_entry(name, &List(|| of_kind(s, kind)).if_known(known))?;
        }
        let (f, access) = (&self.findings, || s.pairs().map(|pair| access(s, &pair)));
        map.serialize_entry("groups", &List(|| groups(self)).if_known(f.groups.all))?;
        map.serialize_entry("vaults", &List(|| vaults(self)).if_known(f.vaults.all))?;
        map.serialize_entry("access", &List(access).if_known(s.coverage.access()))?;
        map.serialize_entry("findings", &findings(self))?;
        if let Some(changes) = &self.changes {
            map.serialize_entry("changes", &json_changes::value(changes))?;
        }
        map.end()
    }
}

fn totals(report: &Report<'_>) -> Value {
    let t = &report.findings.totals;
    json!({
        "users": t.users.known(),
        "users_suspended": t.suspended.known(),
        "guests": t.guests.known(),
        "service_accounts": t.service_accounts.known(),
        "groups": t.groups.known(),
        "vaults": t.vaults.known(),
        "projects": t.projects.known(),
        "user_vault_pairs": t.user_vault_pairs.known(),
        "user_vault_pairs_by_several_paths": t.several_paths.known(),
        "project_vault_pairs": t.project_vault_pairs.known(),
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
            value["kind"] = p.sort.word().into();
            value["last_sign_in"] = match p.signed_in {
                SignIn::Unknown => Value::Null,
                SignIn::Never => "never".into(),
                SignIn::At(at) => at.to_string().into(),
            };
        }
        ResourceKind::Project => {
            value["active_tokens"] = p.tokens.active.into();
            value["expires_at"] = non_empty(&p.tokens.expires_at).into();
        }
        _ => {}
    }
    value
}

fn groups(report: &Report<'_>) -> impl Iterator<Item = Value> {
    let s = report.snapshot;
    let id = |place: u32| s.principal(place).id.as_str();
    let ids = move |places: &Listed<u32>| {
        let places = places.all.then_some(&places.rows)?;
        Some(places.iter().map(|&place| id(place)).collect::<Value>())
    };
    report.findings.groups.rows.iter().map(move |row| {
        let mut value = whole(s.principal(row.group));
        value["members"] = ids(&row.members).into();
        value["managers"] = ids(&row.managers).into();
        value["vaults"] = row.vaults.known().into();
        value
    })
}

fn vaults(report: &Report<'_>) -> impl Iterator<Item = Value> {
    report.findings.vaults.rows.iter().map(|row| {
        let vault = report.snapshot.vault(row.vault);
        json!({
            "id": vault.id,
            "name": vault.name,
            "listed": vault.listed,
            "reached_by": reach(row.reach),
            "users": row.users.known(),
            "readers": row.readers.known(),
            "managers": row.managers.known(),
            "projects": row.projects.known(),
            "items": vault.content.items,
            "updated_at": non_empty(&vault.content.updated_at),
            "created_at": non_empty(&vault.content.created_at),
            "type": non_empty(&vault.content.kind),
        })
    })
}

/// A text; null where the file has none.
fn non_empty(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

fn reach(reach: Option<Reach>) -> &'static str {
    match reach {
        None => "unknown",
        Some(Reach::NoUser) => "no_user",
        Some(Reach::SuspendedOnly) => "suspended_only",
        Some(Reach::NoUserReads) => "no_user_reads",
        Some(Reach::Some) => "some",
        Some(Reach::Everybody) => "everybody",
    }
}

fn access(s: &Snapshot, pair: &Pair<'_>) -> Value {
    let paths = pair
        .paths
        .iter()
        .map(|access| path(&s.permissions, &s.path(access), access.held));
    let principal = s.principal(pair.principal);
    let all_paths = principal.kind != ResourceKind::User || s.coverage.users(Some(pair.vault));
    let known = all_paths && s.coverage.unread(pair.vault).is_empty();
    let can = known.then(|| s.permissions.abilities(pair.held()).words());
    json!({
        "principal": reference(principal),
        "vault": vault_reference(s.vault(pair.vault)),
        "can": can,
        "paths": paths.collect::<Value>(),
    })
}

fn findings(report: &Report<'_>) -> Value {
    let (s, f) = (report.snapshot, &report.findings);
    let who = |place: u32| reference(s.principal(place));
    let reached = |wanted| {
        let vaults = f.reached(wanted);
        vaults.map(|&place| vault_reference(s.vault(place)))
    };
    let risk = |risk: &Risk| {
        json!({
            "principal": who(risk.principal),
            "vaults": risk.vaults.known(),
            "manages": risk.manages.known(),
            "manages_without_reading": risk.manages_only.known(),
            "exports": risk.exports.known(),
            "shares": risk.shares.known(),
        })
    };
    let suspended = |&(place, vaults): &(u32, Count)| json!({ "principal": who(place), "vaults": vaults.known() });
    let token = |row: &TokenRow| {
        json!({
            "project": who(row.project),
            "expires_at": s.principal(row.project).tokens.expires_at,
            "days_left": match row.expiry { Expiry::Days(days) => Some(days), _ => None },
            "vaults": row.vaults.known(),
        })
    };
    let idle = |row: &Idle| json!({ "principal": who(row.user), "days": row.days, "vaults": row.vaults.known() });
    let unchanged = |row: &Unchanged| {
        let mut value = vault_reference(s.vault(row.vault));
        value["days"] = row.days.into();
        value
    };
    let mut value = lists([
        ("risky_rights", f.risks.map(risk)),
        ("suspended_with_access", f.suspended.map(suspended)),
        ("vaults_no_user_reaches", reached(Reach::NoUser)),
        ("vaults_only_suspended_reach", reached(Reach::SuspendedOnly)),
        ("vaults_no_user_reads", reached(Reach::NoUserReads)),
        ("vaults_everybody_reaches", reached(Reach::Everybody)),
        (
            "active_users_without_vault",
            f.without_vault.map(|&place| who(place)),
        ),
        ("idle_with_access", f.people.idle.map(idle)),
        ("guests_with_much", f.people.guests.map(risk)),
        ("machines_with_risky_rights", f.people.machines.map(risk)),
        (
            "users_with_common_access_only",
            f.people.only_common.map(|&place| who(place)),
        ),
        (
            "users_of_other_domains",
            f.people.domains.others.map(|&place| who(place)),
        ),
        ("vaults_unchanged_for_a_year", f.unchanged.map(unchanged)),
        ("tokens", f.tokens.map(token)),
    ]);
    let frequent = f.people.domains.frequent.iter();
    value["decided_by"] = json!({
        "idle_days": f.people.idle_days,
        "frequent_domains": frequent.map(|(domain, _)| domain.as_str()).collect::<Value>(),
    });
    value
}
