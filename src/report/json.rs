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

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::{Value, json};

use crate::baton::ids::ResourceKind;
use crate::text::write_json;

use super::count::{Count, Listed};
use super::finding_rows::{self, Reach};
use super::json_parts::{Giving, Source, lists, named, sentences};
use super::model::{self, Pair, Principal, SignIn, Sort, Status, Tokens};
use super::snapshot::Snapshot;
use super::{Report, json_changes};

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
        let (s, f) = (self.snapshot, &self.findings);
        let users = || s.of_kind(ResourceKind::User).map(User);
        let projects = || s.of_kind(ResourceKind::Project).map(Project);
        let lists = |kind| s.coverage.lists(kind);
        let groups = || f.groups.rows.iter().map(Group::new);
        let vaults = || f.vaults.rows.iter().map(Vault::new);
        let access = || s.pairs().map(|pair| Access::new(s, &pair));
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("version", &VERSION)?;
        map.serialize_entry("made_at", &self.now.timestamp().to_string())?;
        map.serialize_entry("source", &Source::new(&s.source))?;
        map.serialize_entry("notices", &sentences(&s.notices))?;
        map.serialize_entry("warnings", &s.notices)?;
        map.serialize_entry("totals", &f.totals)?;
        map.serialize_entry("users", &List(users).if_known(lists(ResourceKind::User)))?;
        map.serialize_entry(
            "projects",
            &List(projects).if_known(lists(ResourceKind::Project)),
        )?;
        map.serialize_entry("groups", &List(groups).if_known(f.groups.all))?;
        map.serialize_entry("vaults", &List(vaults).if_known(f.vaults.all))?;
        map.serialize_entry("access", &List(access).if_known(s.coverage.access()))?;
        map.serialize_entry("findings", &findings(self))?;
        if let Some(changes) = &self.changes {
            map.serialize_entry("changes", &json_changes::value(changes))?;
        }
        map.end()
    }
}

/// Everything about a user.
#[derive(Serialize)]
struct User<'s>(#[serde(with = "WholeUser")] &'s Principal);

#[derive(Serialize)]
#[serde(remote = "Principal")]
struct WholeUser {
    email: String,
    id: String,
    #[serde(rename = "kind")]
    sort: Sort,
    #[serde(rename = "last_sign_in")]
    signed_in: SignIn,
    listed: bool,
    name: String,
    state: String,
    status: Status,
    user_type: String,
}

/// Everything about a project.
#[derive(Serialize)]
struct Project<'s>(#[serde(with = "WholeProject")] &'s Principal);

#[derive(Serialize)]
#[serde(remote = "Principal")]
struct WholeProject {
    #[serde(flatten)]
    tokens: Tokens,
    id: String,
    listed: bool,
    name: String,
    state: String,
}

#[derive(Serialize)]
struct Group<'s> {
    id: &'s str,
    listed: bool,
    managers: Option<Vec<&'s str>>,
    members: Option<Vec<&'s str>>,
    name: &'s str,
    state: &'s str,
    vaults: Count,
}

impl<'s> Group<'s> {
    fn new(row: &finding_rows::GroupRow<'s>) -> Self {
        let ids = |people: &Listed<&'s Principal>| {
            let ids = people.rows.iter().map(|one| &*one.id);
            people.all.then(|| ids.collect())
        };
        Self {
            id: &row.group.id,
            listed: row.group.listed,
            managers: ids(&row.managers),
            members: ids(&row.members),
            name: &row.group.name,
            state: &row.group.state,
            vaults: row.vaults,
        }
    }
}

#[derive(Serialize)]
struct Vault<'s> {
    created_at: Option<&'s str>,
    id: &'s str,
    items: Option<u64>,
    listed: bool,
    managers: Count,
    name: &'s str,
    projects: Count,
    reached_by: Reach,
    readers: Count,
    r#type: Option<&'s str>,
    updated_at: Option<&'s str>,
    users: Count,
}

impl<'s> Vault<'s> {
    fn new(row: &finding_rows::VaultRow<'s>) -> Self {
        let (vault, content) = (row.vault, &row.vault.content);
        Self {
            created_at: content.created_at.as_deref(),
            id: &vault.id,
            items: content.items,
            listed: vault.listed,
            managers: row.managers,
            name: &vault.name,
            projects: row.projects,
            reached_by: row.reach,
            readers: row.readers,
            r#type: content.kind.as_deref(),
            updated_at: content.updated_at.as_deref(),
            users: row.users,
        }
    }
}

#[derive(Serialize)]
struct Access<'s> {
    can: Option<Vec<&'static str>>,
    paths: Vec<Giving<'s>>,
    principal: &'s Principal,
    vault: &'s model::Vault,
}

impl<'s> Access<'s> {
    fn new(s: &'s Snapshot, pair: &Pair<'s>) -> Self {
        let read = pair.vault.read;
        let all_paths = pair.who.kind != ResourceKind::User || read.users;
        let known = all_paths && read.unread.is_empty();
        let paths = pair.paths.iter();
        let paths = paths.map(|one| Giving::new(&s.permissions, s.path(one), one.held));
        Self {
            can: known.then(|| s.permissions.abilities(pair.held()).words()),
            paths: paths.collect(),
            principal: pair.who,
            vault: pair.vault,
        }
    }
}

fn findings(report: &Report<'_>) -> Value {
    let f = &report.findings;
    let mut value = lists([
        named("risky_rights", &f.risks),
        named("suspended_with_access", &f.suspended),
        named("vaults_no_user_reaches", &f.reached(Reach::NoUser)),
        named(
            "vaults_only_suspended_reach",
            &f.reached(Reach::SuspendedOnly),
        ),
        named("vaults_no_user_reads", &f.reached(Reach::NoUserReads)),
        named("vaults_everybody_reaches", &f.reached(Reach::Everybody)),
        named("active_users_without_vault", &f.without_vault),
        named("idle_with_access", &f.idle),
        named("guests_with_much", &f.guests),
        named("machines_with_risky_rights", &f.machines),
        named("users_with_common_access_only", &f.only_common),
        named("users_of_other_domains", &f.domains.others),
        named("vaults_unchanged_for_a_year", &f.unchanged),
        named("tokens", &f.tokens),
    ]);
    let frequent = f.domains.frequent.iter().map(|(domain, _)| domain);
    value["decided_by"] = json!({
        "idle_days": f.idle_days,
        "frequent_domains": frequent.collect::<Vec<_>>(),
    });
    value
}
