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

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::{Value, json};

use crate::baton::ids::ResourceKind;
use crate::notice::Notice;
use crate::text::write_json;

use super::Report;
use super::changes::{Change, Changes, Shift};
use super::count::Listed;
use super::model::{Pair, PathParts, Resource};
use super::permissions::{Permissions, Set};
use super::snapshot::{Snapshot, Source};
use super::tally::Reach;

/// The shape of this document; it grows when something that was there changes or goes.
const VERSION: u32 = 1;

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

/// A long list, written one by one: it is never there as a whole.
pub(super) struct Each<F>(pub(super) F);

impl<I: Iterator<Item: Serialize>, F: Fn() -> I> Serialize for Each<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((self.0)())
    }
}

impl Serialize for Report<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let s = self.snapshot;
        let each = |kind| Listed::new(s.of_kind(kind).map(Whole), s.coverage.lists(kind));
        let known = s.coverage.access() || !s.access.is_empty();
        let access = || s.pairs().map(|pair| access(s, &pair));
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("version", &VERSION)?;
        map.serialize_entry("made_at", &self.now.timestamp().to_string())?;
        map.serialize_entry("source", &source(&s.source))?;
        map.serialize_entry("notices", &sentences(&s.notices))?;
        map.serialize_entry("warnings", &s.notices)?;
        map.serialize_entry("totals", &self.totals)?;
        map.serialize_entry("users", &each(ResourceKind::User))?;
        map.serialize_entry("projects", &each(ResourceKind::Project))?;
        map.serialize_entry("groups", &self.groups())?;
        map.serialize_entry("vaults", &self.vaults)?;
        map.serialize_entry("access", &known.then_some(Each(access)))?;
        map.serialize_entry("findings", &findings(self))?;
        if let Some(changes) = &self.changes {
            map.serialize_entry("changes", &changes_value(changes))?;
        }
        map.end()
    }
}

/// A row of what the file says of it.
#[derive(Serialize)]
struct Whole<'s>(#[serde(serialize_with = "Resource::whole")] &'s Resource);

fn access(s: &Snapshot, pair: &Pair<'_>) -> Value {
    let read = pair.vault.read;
    let all_paths = pair.who.kind != ResourceKind::User || read.users;
    let known = all_paths && read.unread.is_empty();
    let paths = pair.paths.iter();
    let paths = paths.map(|one| giving(&s.permissions, &s.path(one), one.held));
    json!({
        "can": known.then(|| s.permissions.abilities(pair.held()).words()),
        "paths": paths.collect::<Vec<_>>(),
        "principal": pair.who,
        "vault": pair.vault,
    })
}

fn findings(report: &Report<'_>) -> Value {
    let ((idle, _), (frequent, others)) = (report.idle(), report.domains());
    let reached = |name, reach| named(name, &report.reached(reach));
    let mut value = lists([
        named("risky_rights", &report.risks()),
        named("suspended_with_access", &report.suspended()),
        reached("vaults_no_user_reaches", Reach::NoUser),
        reached("vaults_only_suspended_reach", Reach::SuspendedOnly),
        reached("vaults_no_user_reads", Reach::NoUserReads),
        reached("vaults_everybody_reaches", Reach::Everybody),
        named("active_users_without_vault", &report.without_vault()),
        named("idle_with_access", &idle),
        named("guests_with_much", &report.guests()),
        named("machines_with_risky_rights", &report.machines()),
        named("users_with_common_access_only", &report.only_common()),
        named("users_of_other_domains", &others),
        named("vaults_unchanged_for_a_year", &report.unchanged()),
        named("tokens", &report.tokens()),
    ]);
    let frequent = frequent.iter().map(|(domain, _)| domain);
    value["decided_by"] = json!({
        "idle_days": report.idle_days,
        "frequent_domains": frequent.collect::<Vec<_>>(),
    });
    value
}

fn changes_value(changes: &Changes<'_>) -> Value {
    let arrivals = |change| {
        let some = changes.arrivals.rows.iter();
        let some = some.filter(|(own, _)| *own == change);
        let some = some.map(|(_, one)| json!({"id": one.id, "name": one.label, "type": one.kind}));
        Listed::new(some, changes.arrivals.all)
    };
    let access = changes.access.rows.iter();
    let access = access.map(|shift| access_change(&changes.permissions, shift));
    let access = Listed::new(access, changes.access.all);
    let mut value = lists([
        named("new", &arrivals(Change::Gained)),
        named("gone", &arrivals(Change::Lost)),
        named("edits", &changes.edits),
        named("memberships", &changes.memberships),
        named("access", &access),
    ]);
    let totals = changes.totals.iter().map(|one| (one.kind, one));
    value["totals"] = json!(totals.collect::<BTreeMap<_, _>>());
    value["before"] = source(changes.old);
    value["notices"] = json!(sentences(&changes.notices));
    value["warnings"] = json!(changes.notices);
    value
}

fn access_change(permissions: &Permissions, shift: &Shift<'_>) -> Value {
    let slugs = |held| permissions.slugs(held).collect::<Vec<_>>();
    let paths = |change| {
        let paths = shift.paths.iter().filter(|(_, own, _)| *own == change);
        let paths = paths.map(|(path, _, held)| giving(permissions, path, *held));
        paths.collect::<Vec<_>>()
    };
    let now = shift.now.iter();
    let now = now.map(|(path, held)| giving(permissions, path, *held));
    json!({
        "gained": slugs(shift.gained),
        "lost": slugs(shift.lost),
        "paths_gained": paths(Change::Gained),
        "paths_lost": paths(Change::Lost),
        "paths_now": now.collect::<Vec<_>>(),
        "principal": shift.who,
        "vault": shift.vault,
    })
}

/// A path with what it gives; what is direct has no id, and only a group a name.
fn giving(permissions: &Permissions, path: &PathParts<'_>, held: Set) -> Value {
    let slugs = permissions.slugs(held).collect::<Vec<_>>();
    let mut value = json!({"permissions": slugs, "type": path.kind});
    if !path.id.is_empty() {
        value["id"] = json!(path.id);
    }
    if let Some(group) = path.group {
        value["name"] = json!(group.name);
    }
    value
}

fn sentences(notices: &[Notice]) -> Vec<String> {
    notices.iter().map(Notice::line).collect()
}

fn source(source: &Source) -> Value {
    let run = &source.sync;
    json!({
        "account_id": source.account.1,
        "account_name": source.account.0,
        "ended_at": run.ended().map(|time| time.to_string()),
        "file": source.file,
        "started_at": run.started().map(|time| time.to_string()),
        "sync_id": run.sync_id,
        "sync_type": run.sync_type.as_str(),
    })
}

type NamedList = (&'static str, bool, Value);

fn named<T: Serialize>(name: &'static str, list: &Listed<T>) -> NamedList {
    (name, list.all, json!(list))
}

/// An object of lists, `null` where nothing is known, and in `incomplete` the names of those that
/// may lack something.
fn lists(lists: impl IntoIterator<Item = NamedList>) -> Value {
    let (mut value, mut incomplete) = (json!({}), Vec::new());
    for (name, all, list) in lists {
        value[name] = list;
        incomplete.extend((!all).then_some(name));
    }
    value["incomplete"] = json!(incomplete);
    value
}
