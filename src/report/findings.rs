//! What stands out: risky rights, suspended people with access, unreached vaults, ending tokens.

use jiff::Timestamp;

use crate::baton::ids::ResourceKind;

use super::abilities::{Abilities, Ability};
use super::snapshot::{Pair, Snapshot, Status};

/// Numbers about the whole account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Users, suspended ones included.
    pub users: u32,
    /// Users that are suspended.
    pub suspended: u32,
    /// Groups.
    pub groups: u32,
    /// Vaults.
    pub vaults: u32,
    /// Projects.
    pub projects: u32,
    /// User and vault with access between them.
    pub user_vault_pairs: u32,
    /// Project and vault with access between them.
    pub project_vault_pairs: u32,
    /// Those user-vault pairs in which some permission comes by more than one path.
    pub several_paths: u32,
}

/// On how many vaults a user or project holds rights that can leak or give away what is in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Risk {
    /// Place of the user or project.
    pub principal: u32,
    /// Vaults it manages.
    pub manages: u32,
    /// Those of them that it does not read: it could give itself the right to.
    pub manages_only: u32,
    /// Vaults it can export.
    pub exports: u32,
    /// Vaults it can share items from.
    pub shares: u32,
}

/// A group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupRow {
    /// Its place.
    pub group: u32,
    /// How many users are in it.
    pub members: u32,
    /// Places of its managers.
    pub managers: Vec<u32>,
    /// How many vaults it opens to its members.
    pub vaults: u32,
}

/// How far a vault is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// No user and no project has any access.
    Nobody,
    /// Only suspended users have access.
    SuspendedOnly,
    /// Somebody has access, but nobody reads what is in it.
    NobodyReads,
    /// Some have access.
    Some,
    /// Every active member has access.
    Everybody,
}

/// A vault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VaultRow {
    /// Its place.
    pub vault: u32,
    /// Users with access, suspended ones included.
    pub users: u32,
    /// Users that read it.
    pub readers: u32,
    /// Users that manage it.
    pub managers: u32,
    /// Projects with access.
    pub projects: u32,
    /// How far it is open; None when the sync did not read enough to say.
    pub reach: Option<Reach>,
}

/// When a project's earliest token ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// In so many whole days from now; below 0 it has ended.
    Days(i64),
    /// No token ends.
    Never,
    /// The file has a time that cannot be read.
    Unreadable,
}

/// A project's tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRow {
    /// Its place.
    pub project: u32,
    /// When the earliest ends.
    pub expiry: Expiry,
    /// Vaults it reaches.
    pub vaults: u32,
}

impl TokenRow {
    /// Whether a token ends within 30 days or has ended.
    pub fn is_urgent(&self) -> bool {
        matches!(self.expiry, Expiry::Days(days) if days < 30)
    }
}

/// Everything that stands out.
#[derive(Clone, Debug)]
pub struct Findings {
    /// Numbers about the whole account.
    pub totals: Totals,
    /// Users and projects with risky rights, those with most first.
    pub risks: Vec<Risk>,
    /// All groups, by name.
    pub groups: Vec<GroupRow>,
    /// All vaults, by name.
    pub vaults: Vec<VaultRow>,
    /// Suspended users with access, and to how many vaults.
    pub suspended: Vec<(u32, u32)>,
    /// Active users that reach no vault; None when the sync did not read enough to say.
    pub idle: Option<Vec<u32>>,
    /// Projects with tokens, those that end first first.
    pub tokens: Vec<TokenRow>,
}

impl Findings {
    /// Draws them in one pass over the pairs.
    pub fn new(snapshot: &Snapshot, now: Timestamp) -> Self {
        let mut tally = Tally::new(snapshot);
        for pair in snapshot.pairs() {
            tally.add(snapshot, &pair);
        }
        let vaults_of = |place: u32| tally.vaults_of[place as usize];
        let users = || snapshot.of_kind(ResourceKind::User);
        let suspended = users()
            .filter(|&(place, user)| user.status == Status::Suspended && vaults_of(place) > 0);
        let idle =
            users().filter(|&(place, user)| user.status == Status::Active && vaults_of(place) == 0);
        let mut risks: Vec<Risk> = tally.risks.iter().flatten().copied().collect();
        risks.sort_by_key(|risk| std::cmp::Reverse(risk.manages + risk.exports + risk.shares));
        Self {
            totals: tally.totals,
            risks,
            groups: groups(snapshot, &tally),
            vaults: tally.vault_rows(snapshot),
            suspended: suspended
                .map(|(place, _)| (place, vaults_of(place)))
                .collect(),
            idle: snapshot
                .holds
                .all()
                .then(|| idle.map(|(place, _)| place).collect()),
            tokens: tokens(snapshot, &tally, now),
        }
    }
}

/// Counts that grow pair by pair.
struct Tally {
    totals: Totals,
    risks: Vec<Option<Risk>>,
    vaults_of: Vec<u32>,
    vaults: Vec<VaultTally>,
    /// Users that "everybody" means.
    everybody: Vec<bool>,
}

#[derive(Clone, Default)]
struct VaultTally {
    users: u32,
    suspended: u32,
    readers: u32,
    managers: u32,
    projects: u32,
    project_readers: u32,
    everybody: u32,
}

impl Tally {
    fn new(snapshot: &Snapshot) -> Self {
        let n = |kind| u32::try_from(snapshot.of_kind(kind).count()).unwrap_or(u32::MAX);
        let users = snapshot.of_kind(ResourceKind::User);
        let suspended = users.filter(|(_, user)| user.status == Status::Suspended);
        let totals = Totals {
            users: n(ResourceKind::User),
            suspended: u32::try_from(suspended.count()).unwrap_or(u32::MAX),
            groups: n(ResourceKind::Group),
            vaults: u32::try_from(snapshot.vaults.len()).unwrap_or(u32::MAX),
            projects: n(ResourceKind::Project),
            ..Totals::default()
        };
        // Guests and service accounts are given single vaults, so they do not count as missing.
        let everybody = snapshot.principals.iter().map(|p| {
            p.kind == ResourceKind::User
                && p.status == Status::Active
                && !["GUEST", "SERVICE_ACCOUNT"].contains(&p.user_type.as_str())
        });
        Self {
            totals,
            risks: vec![None; snapshot.principals.len()],
            vaults_of: vec![0; snapshot.principals.len()],
            vaults: vec![VaultTally::default(); snapshot.vaults.len()],
            everybody: everybody.collect(),
        }
    }

    fn add(&mut self, snapshot: &Snapshot, pair: &Pair<'_>) {
        let place = pair.principal as usize;
        let principal = snapshot.principal(pair.principal);
        self.vaults_of[place] += 1;
        let can = snapshot.permissions.abilities(pair.held());
        let vault = &mut self.vaults[pair.vault as usize];
        match principal.kind {
            ResourceKind::User => {
                self.totals.user_vault_pairs += 1;
                self.totals.several_paths += u32::from(several_paths(snapshot, pair));
                vault.users += 1;
                vault.suspended += u32::from(principal.status == Status::Suspended);
                vault.readers += u32::from(can.has(Ability::Reads));
                vault.managers += u32::from(can.has(Ability::Manages));
                vault.everybody += u32::from(self.everybody[place]);
            }
            ResourceKind::Project => {
                self.totals.project_vault_pairs += 1;
                vault.projects += 1;
                vault.project_readers += u32::from(can.has(Ability::Reads));
            }
            // A group's access counts when its members use it.
            _ => return,
        }
        add_risk(&mut self.risks[place], pair.principal, can);
    }

    fn vault_rows(&self, snapshot: &Snapshot) -> Vec<VaultRow> {
        let everybody = self.everybody.iter().filter(|&&counts| counts).count();
        let row = |(vault, tally): (u32, &VaultTally)| VaultRow {
            vault,
            users: tally.users,
            readers: tally.readers,
            managers: tally.managers,
            projects: tally.projects,
            reach: snapshot
                .holds
                .all()
                .then(|| tally.reach(everybody, knows_readers(snapshot))),
        };
        (0..).zip(&self.vaults).map(row).collect()
    }
}

impl VaultTally {
    fn reach(&self, everybody: usize, knows_readers: bool) -> Reach {
        if self.users == 0 && self.projects == 0 {
            Reach::Nobody
        } else if self.users == self.suspended && self.projects == 0 {
            Reach::SuspendedOnly
        } else if knows_readers && self.readers == 0 && self.project_readers == 0 {
            Reach::NobodyReads
        } else if everybody > 1 && self.everybody as usize == everybody {
            Reach::Everybody
        } else {
            Reach::Some
        }
    }
}

/// Whether the sync read the permissions that let one read.
fn knows_readers(snapshot: &Snapshot) -> bool {
    let can = snapshot.permissions.abilities(snapshot.offered);
    can.has(Ability::Reads)
}

/// Whether some permission comes by two paths at least; being listed on the vault is none.
pub(super) fn several_paths(snapshot: &Snapshot, pair: &Pair<'_>) -> bool {
    let rights = |held| snapshot.permissions.rights(held).len();
    let each: u32 = pair.paths.iter().map(|access| rights(access.held)).sum();
    each > rights(pair.held())
}

fn add_risk(risk: &mut Option<Risk>, principal: u32, can: Abilities) {
    let [manages, exports, shares] =
        [Ability::Manages, Ability::Exports, Ability::Shares].map(|ability| can.has(ability));
    if !(manages || exports || shares) {
        return;
    }
    let risk = risk.get_or_insert(Risk {
        principal,
        manages: 0,
        manages_only: 0,
        exports: 0,
        shares: 0,
    });
    risk.manages += u32::from(manages);
    risk.manages_only += u32::from(manages && !can.has(Ability::Reads));
    risk.exports += u32::from(exports);
    risk.shares += u32::from(shares);
}

fn groups(snapshot: &Snapshot, tally: &Tally) -> Vec<GroupRow> {
    let row = |(group, _)| GroupRow {
        group,
        members: u32::try_from(Snapshot::of_group(&snapshot.members, group).count())
            .unwrap_or(u32::MAX),
        managers: Snapshot::of_group(&snapshot.managers, group).collect(),
        vaults: tally.vaults_of[group as usize],
    };
    snapshot.of_kind(ResourceKind::Group).map(row).collect()
}

/// Projects that have working tokens, or reach a vault, or name an expiry.
fn tokens(snapshot: &Snapshot, tally: &Tally, now: Timestamp) -> Vec<TokenRow> {
    let mut rows: Vec<TokenRow> = snapshot
        .of_kind(ResourceKind::Project)
        .map(|(project, row)| TokenRow {
            project,
            expiry: expiry(&row.tokens.expires_at, now),
            vaults: tally.vaults_of[project as usize],
        })
        .filter(|row| {
            let active = snapshot.principal(row.project).tokens.active;
            row.vaults > 0 || row.expiry != Expiry::Never || active.is_some_and(|n| n > 0)
        })
        .collect();
    rows.sort_by_key(|row| match row.expiry {
        Expiry::Unreadable => (0, 0),
        Expiry::Days(days) => (1, days),
        Expiry::Never => (2, 0),
    });
    rows
}

fn expiry(text: &str, now: Timestamp) -> Expiry {
    const DAY: i64 = 24 * 60 * 60;
    if text.is_empty() {
        return Expiry::Never;
    }
    match text.parse::<Timestamp>() {
        Ok(at) => Expiry::Days((at.as_second() - now.as_second()).div_euclid(DAY)),
        Err(_) => Expiry::Unreadable,
    }
}
