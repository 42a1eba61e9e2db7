//! Counts access pair by pair, and says of each count whether the sync read all that it counts.

use serde::Serialize;

use crate::baton::ids::ResourceKind::{Group, Project, User, Vault};

use super::count::{Count, Listed};
use super::coverage::Coverage;
use super::model::{Resource, Sort, Status};
use super::permissions::Abilities;
use super::snapshot::Snapshot;

/// Whether "everybody" means them: guests and service accounts are given single vaults.
pub(super) fn is_of_everybody(who: &Resource) -> bool {
    who.kind == User
        && who.status == Status::Active
        && !matches!(who.sort, Sort::Guest | Sort::ServiceAccount)
}

/// Goes through all pairs once. Risks are by place of the principal, vaults by their own.
pub(super) fn count(snapshot: &Snapshot) -> (Totals, Vec<Risk<'_>>, Listed<VaultRow<'_>>) {
    let (coverage, principals) = (&snapshot.coverage, &snapshot.principals);
    let mut totals = totals(snapshot);
    let risks = principals.iter().map(|who| Risk::new(who, coverage));
    let mut risks: Vec<Risk<'_>> = risks.collect();
    let vaults = snapshot.vaults.iter().map(VaultRow::new);
    let mut vaults = Listed::new(vaults, coverage.lists(Vault));
    // How many on each vault are suspended, and how many are of everybody.
    let mut apart = vec![[0; 2]; vaults.rows.len()];
    for pair in snapshot.pairs() {
        let can = snapshot.permissions.abilities(pair.held());
        let user = pair.who.kind == User;
        let project = pair.who.kind == Project;
        totals.user_vault_pairs += user;
        // Being listed on the vault is no permission.
        let each = pair.paths.iter().map(|access| access.held.rights().len());
        totals.several_paths += user && each.sum::<usize>() > pair.held().rights().len();
        totals.project_vault_pairs += project;
        risks[pair.who.place as usize].add(can);
        let vault = &mut vaults.rows[pair.vault.place as usize];
        vault.projects += project;
        // A group's access counts when its members use it.
        if user {
            vault.users += true;
            vault.readers += can.contains(Abilities::READS);
            vault.managers += can.contains(Abilities::MANAGES);
            let [suspended, everybody] = &mut apart[pair.vault.place as usize];
            *suspended += usize::from(pair.who.status == Status::Suspended);
            *everybody += usize::from(is_of_everybody(pair.who));
        }
    }
    let everybody = principals.iter().filter(|who| is_of_everybody(who)).count();
    for (row, apart) in vaults.rows.iter_mut().zip(apart) {
        row.reach = row.reach(apart, everybody, coverage.states);
    }
    (totals, risks, vaults)
}

#[derive(Debug, Serialize)]
pub(super) struct Totals {
    pub(super) groups: Count,
    pub(super) guests: Count,
    pub(super) project_vault_pairs: Count,
    pub(super) projects: Count,
    pub(super) service_accounts: Count,
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
    pub(super) who: &'s Resource,
    pub(super) shares: Count,
    pub(super) vaults: Count,
}

/// Numbers about the whole account, those of pairs still to be counted.
fn totals(snapshot: &Snapshot) -> Totals {
    let coverage = &snapshot.coverage;
    let listed = |kind| Count::new(snapshot.of_kind(kind).count(), coverage.lists(kind));
    let users = || snapshot.of_kind(User);
    let sorts = coverage.lists(User) && users().all(|one| one.sort != Sort::Unknown);
    let sort = |sort| Count::new(users().filter(|one| one.sort == sort).count(), sorts);
    let suspended = users().filter(|one| one.status == Status::Suspended);
    let of_users = coverage.all_of(User);
    Totals {
        users: listed(User),
        suspended: Count::new(suspended.count(), coverage.states),
        guests: sort(Sort::Guest),
        service_accounts: sort(Sort::ServiceAccount),
        groups: listed(Group),
        vaults: Count::new(snapshot.vaults.len(), coverage.lists(Vault)),
        projects: listed(Project),
        user_vault_pairs: Count::new(0, of_users),
        project_vault_pairs: Count::new(0, coverage.all_of(Project)),
        several_paths: Count::new(0, of_users && coverage.everywhere.unread.is_empty()),
    }
}

impl<'s> Risk<'s> {
    pub(super) fn seen(&self) -> usize {
        self.manages.seen() + self.exports.seen() + self.shares.seen()
    }

    fn new(who: &'s Resource, coverage: &Coverage) -> Self {
        let all = coverage.all_of(who.kind);
        let count = |ability| Count::new(0, all && coverage.everywhere.can.contains(ability));
        Self {
            who,
            vaults: Count::new(0, all),
            manages: count(Abilities::MANAGES),
            manages_only: count(Abilities::MANAGES | Abilities::READS),
            exports: count(Abilities::EXPORTS),
            shares: count(Abilities::SHARES),
        }
    }

    fn add(&mut self, can: Abilities) {
        let manages = can.contains(Abilities::MANAGES);
        // What was not read may be the right to read.
        let reads = can.contains(Abilities::READS) || self.manages_only.known().is_none();
        self.vaults += true;
        self.manages += manages;
        self.manages_only += manages && !reads;
        self.exports += can.contains(Abilities::EXPORTS);
        self.shares += can.contains(Abilities::SHARES);
    }
}

/// How far a vault is open to people. Files seldom say whether all projects are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Reach {
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
    #[serde(flatten, serialize_with = "Resource::whole")]
    pub(super) vault: &'s Resource,
    pub(super) managers: Count,
    pub(super) projects: Count,
    #[serde(rename = "reached_by")]
    pub(super) reach: Reach,
    pub(super) readers: Count,
    /// Users with access, suspended ones included.
    pub(super) users: Count,
}

impl<'s> VaultRow<'s> {
    fn new(vault: &'s Resource) -> Self {
        let read = vault.read;
        let count = |ability| Count::new(0, read.users && read.can.contains(ability));
        Self {
            vault,
            managers: count(Abilities::MANAGES),
            projects: Count::new(0, read.projects),
            reach: Reach::Unknown,
            readers: count(Abilities::READS),
            users: Count::new(0, read.users),
        }
    }

    /// How far it is open, with so many who are everybody; `states` when that is known.
    fn reach(&self, [suspended, here]: [usize; 2], everybody: usize, states: bool) -> Reach {
        match self.users.known() {
            None => Reach::Unknown,
            Some(0) => Reach::NoUser,
            Some(users) if users == suspended => Reach::SuspendedOnly,
            Some(_) if self.readers.known() == Some(0) => Reach::NoUserReads,
            Some(_) if here < everybody => Reach::Some,
            Some(_) if !states => Reach::Unknown,
            Some(_) if everybody > 1 => Reach::Everybody,
            Some(_) => Reach::Some,
        }
    }
}
