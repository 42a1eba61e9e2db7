//! The rows of what stands out, as they are in JSON too: its keys stand in alphabetical order.

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use super::abilities::Ability;
use super::count::{Count, Listed};
use super::model::{Principal, Vault};
use super::snapshot::Snapshot;

#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(super) struct Totals {
    pub(super) groups: Count,
    pub(super) guests: Count,
    /// Project and vault with access between them.
    pub(super) project_vault_pairs: Count,
    pub(super) projects: Count,
    pub(super) service_accounts: Count,
    /// User and vault with access between them.
    pub(super) user_vault_pairs: Count,
    /// Those of them in which some permission comes by more than one path.
    #[serde(rename = "user_vault_pairs_by_several_paths")]
    pub(super) several_paths: Count,
    /// Suspended ones included.
    pub(super) users: Count,
    #[serde(rename = "users_suspended")]
    pub(super) suspended: Count,
    pub(super) vaults: Count,
}

/// On how many vaults a principal holds rights that can leak or give away what is in them.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Risk<'s> {
    pub(super) exports: Count,
    pub(super) manages: Count,
    /// Vaults that it manages and does not read: it could give itself the right to.
    #[serde(rename = "manages_without_reading")]
    pub(super) manages_only: Count,
    #[serde(rename = "principal")]
    pub(super) who: &'s Principal,
    pub(super) shares: Count,
    pub(super) vaults: Count,
}

impl Risk<'_> {
    pub(super) fn seen(&self) -> usize {
        self.manages.seen() + self.exports.seen() + self.shares.seen()
    }
}

/// A principal that reaches some vaults.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Reaching<'s> {
    /// Whole days since the last sign-in, for one who is idle.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) days: Option<i64>,
    #[serde(rename = "principal")]
    pub(super) who: &'s Principal,
    pub(super) vaults: Count,
}

/// A group with its people, by id in JSON.
#[derive(Clone, Debug, Serialize)]
pub(super) struct GroupRow<'s> {
    id: &'s str,
    listed: bool,
    #[serde(serialize_with = "ids")]
    pub(super) managers: Listed<&'s Principal>,
    #[serde(serialize_with = "ids")]
    pub(super) members: Listed<&'s Principal>,
    name: &'s str,
    state: &'s str,
    /// How many vaults it opens to its members.
    pub(super) vaults: Count,
    #[serde(skip)]
    pub(super) group: &'s Principal,
}

impl<'s> GroupRow<'s> {
    pub(super) fn new(snapshot: &'s Snapshot, group: &'s Principal, vaults: Count) -> Self {
        Self {
            id: &group.id,
            listed: group.listed,
            managers: snapshot.people_of(&snapshot.managers, group),
            members: snapshot.people_of(&snapshot.members, group),
            name: &group.name,
            state: &group.state,
            vaults,
            group,
        }
    }
}

/// `null` for a list that may lack somebody.
fn ids<S: Serializer>(people: &Listed<&Principal>, serializer: S) -> Result<S::Ok, S::Error> {
    match people.all {
        true => serializer.collect_seq(people.rows.iter().map(|one| &one.id)),
        false => serializer.serialize_none(),
    }
}

/// How far a vault is open to people. Projects are counted apart, since files seldom say whether
/// all of them are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Reach {
    /// The sync did not read enough to say.
    Unknown,
    NoUser,
    SuspendedOnly,
    /// Some users have access, but none reads what is in it.
    NoUserReads,
    Some,
    /// Every active member has access.
    Everybody,
}

/// A vault with what is in it and who reaches it.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct VaultRow<'s> {
    created_at: Option<&'s str>,
    id: &'s str,
    items: Option<u64>,
    listed: bool,
    pub(super) managers: Count,
    name: &'s str,
    pub(super) projects: Count,
    #[serde(rename = "reached_by")]
    pub(super) reach: Reach,
    pub(super) readers: Count,
    r#type: Option<&'s str>,
    updated_at: Option<&'s str>,
    /// Users with access, suspended ones included.
    pub(super) users: Count,
    #[serde(skip)]
    pub(super) suspended: usize,
    /// Users with access who are of everybody.
    #[serde(skip)]
    pub(super) everybody: usize,
    #[serde(skip)]
    pub(super) vault: &'s Vault,
}

impl<'s> VaultRow<'s> {
    /// One that nobody has been seen to reach.
    pub(super) fn new(vault: &'s Vault) -> Self {
        let (read, content) = (vault.read, &vault.content);
        let count = |ability| Count::new(0, read.users && read.can.has(ability));
        Self {
            created_at: content.created_at.as_deref(),
            id: &vault.id,
            items: content.items,
            listed: vault.listed,
            managers: count(Ability::Manages),
            name: &vault.name,
            projects: Count::new(0, read.projects),
            reach: Reach::Unknown,
            readers: count(Ability::Reads),
            r#type: content.kind.as_deref(),
            updated_at: content.updated_at.as_deref(),
            users: Count::new(0, read.users),
            suspended: 0,
            everybody: 0,
            vault,
        }
    }
}

/// When a project's earliest token ends; in JSON the days, or `null`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(super) enum Expiry {
    /// In so many whole days from now; below 0 it has ended.
    Days(i64),
    /// No token ends.
    Never,
    /// The file has a time that cannot be read.
    Unreadable,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct TokenRow<'s> {
    /// When the earliest ends.
    #[serde(rename = "days_left")]
    pub(super) expiry: Expiry,
    /// The same, as the file has it.
    pub(super) expires_at: &'s str,
    pub(super) project: &'s Principal,
    pub(super) vaults: Count,
}

/// A vault that nobody has changed for long.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Unchanged<'s> {
    pub(super) days: i64,
    #[serde(flatten)]
    pub(super) vault: &'s Vault,
    #[serde(skip)]
    pub(super) users: Count,
}

/// Whole days from one time to another.
pub(super) fn days(from: Timestamp, to: Timestamp) -> i64 {
    const DAY: i64 = 24 * 60 * 60;
    (to.as_second() - from.as_second()).div_euclid(DAY)
}
