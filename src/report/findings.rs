//! What stands out: risky rights, suspended people with access, unreached vaults, ending tokens.

use jiff::Timestamp;

use crate::baton::ids::ResourceKind;

use super::count::{Count, Listed};
use super::finding_rows::days;
use super::people::People;
use super::snapshot::{Snapshot, Status};
use super::tally::Tally;

pub use super::finding_rows::{
    Expiry, GroupRow, Reach, Risk, TokenRow, Totals, Unchanged, VaultRow,
};

/// Days without a change after which a vault stands out.
const A_YEAR: i64 = 365;

/// Everything that stands out.
#[derive(Clone, Debug)]
pub struct Findings {
    /// Numbers about the whole account.
    pub totals: Totals,
    /// Users and projects, by name.
    pub holders: Listed<Risk>,
    /// Those with risky rights, those with most first.
    pub risks: Listed<Risk>,
    /// Groups, by name.
    pub groups: Listed<GroupRow>,
    /// Vaults, by name.
    pub vaults: Listed<VaultRow>,
    /// Suspended users with access, and to how many vaults; those who reach most first.
    pub suspended: Listed<(u32, Count)>,
    /// Active users that reach no vault.
    pub without_vault: Listed<u32>,
    /// Vaults that were not changed for a year, those longest unchanged first.
    pub unchanged: Listed<Unchanged>,
    /// What stands out about people and machines.
    pub people: People,
    /// Projects with tokens, those that end first first.
    pub tokens: Listed<TokenRow>,
}

impl Findings {
    /// Draws them; people who have not signed in for `idle_days` are idle.
    pub fn new(snapshot: &Snapshot, now: Timestamp, idle_days: u32) -> Self {
        let coverage = &snapshot.coverage;
        let tally = Tally::new(snapshot);
        let all = coverage.all_of_users();
        let users = || {
            let users = snapshot.of_kind(ResourceKind::User);
            users.map(|(place, user)| (place, user, tally.vaults_of(place)))
        };
        // Whoever is in grants only may be active or suspended.
        let knows = |reaches: bool| {
            let mut unlisted = users().filter(|(_, user, _)| !user.listed);
            let none = unlisted.all(|(_, _, vaults)| (vaults.seen() > 0) != reaches);
            all && none && coverage.lists(ResourceKind::User)
        };
        let suspended = || users().filter(|(_, user, _)| user.status == Status::Suspended);
        let with_access = suspended()
            .filter(|(.., vaults)| vaults.seen() > 0)
            .map(|(place, _, vaults)| (place, vaults));
        // With everybody who is suspended in the list already, what was not read adds nobody.
        let whole = coverage.states() && suspended().all(|(.., vaults)| vaults.seen() > 0);
        let suspended = Listed::new(with_access, whole || knows(true));
        // Whoever reaches nothing that was read may reach what was not.
        let without_vault = users()
            .filter(|(_, user, vaults)| user.status == Status::Active && vaults.known() == Some(0))
            .map(|(place, ..)| place);
        let vaults = tally.vaults();
        Self {
            totals: tally.totals(),
            holders: tally.holders(),
            risks: tally.risks(),
            groups: groups(snapshot, &tally),
            suspended: suspended.most_first(|(_, vaults)| vaults.seen()),
            without_vault: Listed::new(without_vault, knows(false)),
            unchanged: unchanged(snapshot, now),
            people: People::new(snapshot, &tally, &vaults, now, idle_days),
            vaults,
            tokens: tokens(snapshot, &tally, now),
        }
    }

    /// The vaults that are open so far.
    pub fn reached(&self, wanted: Reach) -> Listed<u32> {
        let rows = self.vaults.rows.iter();
        let fitting = rows.clone().filter(|row| row.reach == Some(wanted));
        // With nobody known to read or not, a vault counts as reached by some.
        let told = |row: &VaultRow| match row.reach {
            Some(Reach::Some | Reach::Everybody) if wanted == Reach::NoUserReads => {
                row.readers.known().is_some()
            }
            reach => reach.is_some(),
        };
        let all = self.vaults.all && rows.clone().all(told);
        Listed::new(fitting.map(|row| row.vault), all)
    }
}

fn groups(snapshot: &Snapshot, tally: &Tally<'_>) -> Listed<GroupRow> {
    let coverage = &snapshot.coverage;
    let row = |(group, _)| {
        let known = coverage.members(Some(group));
        GroupRow {
            group,
            members: Listed::new(Snapshot::of_group(&snapshot.members, group), known),
            managers: Listed::new(Snapshot::of_group(&snapshot.managers, group), known),
            vaults: tally.vaults_of(group),
        }
    };
    let all = snapshot.of_kind(ResourceKind::Group).map(row);
    Listed::new(all, coverage.lists(ResourceKind::Group))
}

/// Projects that have (or may have) working tokens, or reach a vault, or name an expiry.
fn tokens(snapshot: &Snapshot, tally: &Tally<'_>, now: Timestamp) -> Listed<TokenRow> {
    let mut rows: Vec<TokenRow> = snapshot
        .of_kind(ResourceKind::Project)
        .map(|(project, row)| TokenRow {
            project,
            expiry: expiry(&row.tokens.expires_at, now),
            vaults: tally.vaults_of(project),
        })
        .filter(|row| {
            let active = snapshot.principal(row.project).tokens.active;
            row.vaults.seen() > 0 || row.expiry != Expiry::Never || active != Some(0)
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
fn unchanged(snapshot: &Snapshot, now: Timestamp) -> Listed<Unchanged> {
    let mut all = snapshot.coverage.lists(ResourceKind::Vault);
    let mut rows = Vec::new();
    for (vault, one) in (0..).zip(&snapshot.vaults) {
        match one.content.updated_at.parse() {
            Ok(at) => rows.push(Unchanged {
                vault,
                days: days(at, now),
            }),
            Err(_) => all = false,
        }
    }
    rows.retain(|row| row.days >= A_YEAR);
    rows.sort_by_key(|row| std::cmp::Reverse(row.days));
    Listed::new(rows, all)
}

fn expiry(text: &str, now: Timestamp) -> Expiry {
    if text.is_empty() {
        return Expiry::Never;
    }
    match text.parse::<Timestamp>() {
        Ok(at) => Expiry::Days(days(now, at)),
        Err(_) => Expiry::Unreadable,
    }
}
