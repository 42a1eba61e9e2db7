//! What stands out: risky rights, suspended people with access, unreached vaults, ending tokens.

use std::cmp::Reverse;

use jiff::Timestamp;

use crate::baton::ids::ResourceKind;

use super::count::{Count, Listed};
use super::finding_rows::{
    Expiry, GroupRow, Reach, Reaching, Risk, TokenRow, Totals, Unchanged, VaultRow, days,
};
use super::model::{Principal, Status, Vault};
use super::people::{self, Domains};
use super::snapshot::Snapshot;
use super::tally::Tally;

/// Days without a change after which a vault stands out.
const A_YEAR: i64 = 365;

#[derive(Clone, Debug)]
pub(super) struct Findings<'s> {
    pub(super) totals: Totals,
    /// Users and projects, by name.
    pub(super) holders: Listed<Risk<'s>>,
    /// Those with risky rights, those with most first.
    pub(super) risks: Listed<Risk<'s>>,
    /// By name.
    pub(super) groups: Listed<GroupRow<'s>>,
    /// By name.
    pub(super) vaults: Listed<VaultRow<'s>>,
    /// Suspended users with access; those who reach most first.
    pub(super) suspended: Listed<Reaching<'s>>,
    /// Active users that reach no vault.
    pub(super) without_vault: Listed<&'s Principal>,
    /// Vaults that were not changed for a year, those longest unchanged first.
    pub(super) unchanged: Listed<Unchanged<'s>>,
    /// Days without a sign-in after which somebody is idle.
    pub(super) idle_days: u32,
    /// Idle people, those who reach most first. Who is suspended cannot sign in, and has a list of
    /// their own.
    pub(super) idle: Listed<Reaching<'s>>,
    /// People who reach something and never signed in: how long ago that is, nobody can say.
    pub(super) never: Count,
    /// Guests with more than one vault or with risky rights, those who reach most first.
    pub(super) guests: Listed<Risk<'s>>,
    /// Service accounts and projects with risky rights, those with most first.
    pub(super) machines: Listed<Risk<'s>>,
    /// Active members who reach something, but only what everybody reaches.
    pub(super) only_common: Listed<&'s Principal>,
    /// Whose address is from elsewhere.
    pub(super) domains: Domains<'s>,
    /// Projects with tokens, those that end first first.
    pub(super) tokens: Listed<TokenRow<'s>>,
}

impl<'s> Findings<'s> {
    /// Draws them; people who have not signed in for `idle_days` are idle.
    pub(super) fn new(snapshot: &'s Snapshot, now: Timestamp, idle_days: u32) -> Self {
        let coverage = &snapshot.coverage;
        let tally = Tally::new(snapshot);
        let users = || snapshot.of_kind(ResourceKind::User);
        let reaching = |who| Reaching {
            days: None,
            who,
            vaults: tally.vaults_of(who),
        };
        // Whoever is in grants only may be active or suspended.
        let knows = |reaches: bool| {
            let mut unlisted = users().filter(|user| !user.listed);
            let none = unlisted.all(|user| (tally.vaults_of(user).seen() > 0) != reaches);
            coverage.all_of(ResourceKind::User) && none && coverage.lists(ResourceKind::User)
        };
        let suspended = users().filter(|user| user.status == Status::Suspended);
        let suspended: Vec<_> = suspended.map(reaching).collect();
        let reaches = |one: &Reaching<'_>| one.vaults.seen() > 0;
        // With everybody who is suspended in the list already, what was not read adds nobody.
        let whole = coverage.states() && suspended.iter().all(reaches);
        let suspended = suspended.into_iter().filter(reaches);
        let suspended = Listed::new(suspended, whole || knows(true));
        // Whoever reaches nothing that was read may reach what was not.
        let without_vault = users().filter(|user| {
            user.status == Status::Active && tally.vaults_of(user).known() == Some(0)
        });
        let risks = tally.risks();
        let (idle, never) = people::idle(snapshot, &tally, now, idle_days);
        Self {
            totals: tally.totals,
            holders: tally.holders(),
            groups: groups(snapshot, &tally),
            suspended: suspended.most_first(|one| one.vaults),
            without_vault: Listed::new(without_vault, knows(false)),
            unchanged: unchanged(&tally.vaults, now),
            idle_days,
            idle,
            never,
            guests: people::guests(snapshot, &tally),
            machines: people::machines(snapshot, &risks),
            risks,
            only_common: people::only_common(snapshot, &tally),
            domains: people::domains(snapshot),
            tokens: tokens(snapshot, &tally, now),
            vaults: tally.vaults,
        }
    }

    /// The vaults that are open so far.
    pub(super) fn reached(&self, wanted: Reach) -> Listed<&'s Vault> {
        let rows = self.vaults.rows.iter();
        let fitting = rows.clone().filter(|row| row.reach == wanted);
        // With nobody known to read or not, a vault counts as reached by some.
        let is_known = |row: &VaultRow<'_>| match row.reach {
            Reach::Some | Reach::Everybody if wanted == Reach::NoUserReads => {
                row.readers.known().is_some()
            }
            reach => reach != Reach::Unknown,
        };
        let all = self.vaults.all && rows.clone().all(is_known);
        Listed::new(fitting.map(|row| row.vault), all)
    }
}

fn groups<'s>(snapshot: &'s Snapshot, tally: &Tally<'s>) -> Listed<GroupRow<'s>> {
    let row = |group| GroupRow::new(snapshot, group, tally.vaults_of(group));
    let kind = ResourceKind::Group;
    Listed::new(
        snapshot.of_kind(kind).map(row),
        snapshot.coverage.lists(kind),
    )
}

/// Projects that have (or may have) working tokens, or reach a vault, or name an expiry.
fn tokens<'s>(snapshot: &'s Snapshot, tally: &Tally<'s>, now: Timestamp) -> Listed<TokenRow<'s>> {
    let mut rows: Vec<TokenRow<'_>> = snapshot
        .of_kind(ResourceKind::Project)
        .map(|project| TokenRow {
            project,
            expiry: expiry(project.tokens.expires_at.as_deref(), now),
            expires_at: project.tokens.expires_at.as_deref().unwrap_or_default(),
            vaults: tally.vaults_of(project),
        })
        .filter(|row| {
            let has_none = row.project.tokens.active == Some(0);
            row.vaults.seen() > 0 || row.expiry != Expiry::Never || !has_none
        })
        .collect();
    rows.sort_by_key(|row| match row.expiry {
        Expiry::Unreadable => (0, 0),
        Expiry::Days(days) => (1, days),
        Expiry::Never => (2, 0),
    });
    Listed::new(rows, snapshot.coverage.lists(ResourceKind::Project))
}

/// A vault whose last change is not known is none that was unchanged, and leaves the list open.
fn unchanged<'s>(vaults: &Listed<VaultRow<'s>>, now: Timestamp) -> Listed<Unchanged<'s>> {
    let row = |row: &VaultRow<'s>| {
        Some(Unchanged {
            days: days(row.vault.content.changed()?, now),
            vault: row.vault,
            users: row.users,
        })
    };
    let mut rows: Vec<Unchanged<'s>> = vaults.rows.iter().filter_map(row).collect();
    let all = vaults.all && rows.len() == vaults.rows.len();
    rows.retain(|row| row.days >= A_YEAR);
    rows.sort_by_key(|row| Reverse(row.days));
    Listed::new(rows, all)
}

fn expiry(text: Option<&str>, now: Timestamp) -> Expiry {
    match text.map(str::parse) {
        None => Expiry::Never,
        Some(Ok(at)) => Expiry::Days(days(now, at)),
        Some(Err(_)) => Expiry::Unreadable,
    }
}
