//! Counts access pair by pair, and says of each count whether the sync read all that it counts.

use std::cmp::Reverse;

use crate::baton::ids::ResourceKind;

use super::abilities::{Abilities, Ability};
use super::count::{Count, Listed};
use super::coverage::Coverage;
use super::finding_rows::{Reach, Risk, Totals, VaultRow};
use super::model::{Pair, Principal, Sort, Status};
use super::snapshot::Snapshot;

/// What was counted.
pub(super) struct Tally<'s> {
    snapshot: &'s Snapshot,
    pub(super) totals: Totals,
    /// By place of the principal.
    risks: Vec<Risk<'s>>,
    /// By place, and so by name.
    pub(super) vaults: Listed<VaultRow<'s>>,
}

/// Whether somebody is one of those whom "everybody" means. Guests and service accounts are given
/// single vaults, so they do not count as missing.
pub(super) fn is_of_everybody(who: &Principal) -> bool {
    who.kind == ResourceKind::User
        && who.status == Status::Active
        && !matches!(who.sort, Sort::Guest | Sort::ServiceAccount)
}

impl<'s> Tally<'s> {
    /// Goes through all pairs once.
    pub(super) fn new(snapshot: &'s Snapshot) -> Self {
        let coverage = &snapshot.coverage;
        let principals = snapshot.principals.iter();
        let mut totals = totals(snapshot);
        let mut risks: Vec<Risk<'s>> = principals.map(|who| Risk::new(who, coverage)).collect();
        let vaults = snapshot.vaults.iter().map(VaultRow::new);
        let mut vaults = Listed::new(vaults, coverage.lists(ResourceKind::Vault));
        for pair in snapshot.pairs() {
            let can = snapshot.permissions.abilities(pair.held());
            let user = pair.who.kind == ResourceKind::User;
            let project = pair.who.kind == ResourceKind::Project;
            totals.user_vault_pairs += user;
            totals.several_paths += user && several_paths(&pair);
            totals.project_vault_pairs += project;
            risks[pair.who.place as usize].add(can);
            let vault = &mut vaults.rows[pair.vault.place as usize];
            vault.projects += project;
            // A group's access counts when its members use it.
            if user {
                vault.add(pair.who, can);
            }
        }
        let everybody = snapshot
            .principals
            .iter()
            .filter(|who| is_of_everybody(who));
        let everybody = everybody.count();
        for row in &mut vaults.rows {
            row.reach = row.reach(everybody, coverage.states());
        }
        Self {
            snapshot,
            totals,
            risks,
            vaults,
        }
    }

    /// On how many vaults a principal has risky rights.
    pub(super) fn risk(&self, who: &Principal) -> Risk<'s> {
        self.risks[who.place as usize]
    }

    /// How many vaults a principal reaches.
    pub(super) fn vaults_of(&self, who: &Principal) -> Count {
        self.risk(who).vaults
    }

    /// All users and projects, by name.
    pub(super) fn holders(&self) -> Listed<Risk<'s>> {
        let lists = |kind| self.snapshot.coverage.lists(kind);
        let all = self.risks.iter();
        let holders = all.filter(|one| one.who.kind != ResourceKind::Group);
        let all = lists(ResourceKind::User) && lists(ResourceKind::Project);
        Listed::new(holders.copied(), all)
    }

    /// Users and projects with risky rights, those with most first.
    pub(super) fn risks(&self) -> Listed<Risk<'s>> {
        let coverage = &self.snapshot.coverage;
        let mut risks = self.holders();
        risks.rows.retain(|risk| risk.seen() > 0);
        risks.rows.sort_by_key(|risk| Reverse(risk.seen()));
        let projects = ResourceKind::Project;
        let of_projects = coverage.all_of(projects) || !coverage.lists(projects);
        risks.all = coverage.all_of(ResourceKind::User) && of_projects && coverage.all_risky();
        risks
    }
}

/// Numbers about the whole account, those of pairs still to be counted.
fn totals(snapshot: &Snapshot) -> Totals {
    let coverage = &snapshot.coverage;
    let listed = |kind| Count::new(snapshot.of_kind(kind).count(), coverage.lists(kind));
    let users = |fits: &dyn Fn(&Principal) -> bool| {
        let users = snapshot.of_kind(ResourceKind::User);
        users.filter(|user| fits(user)).count()
    };
    let sorts = coverage.lists(ResourceKind::User) && users(&|p| p.sort == Sort::Unknown) == 0;
    let sort = |sort| Count::new(users(&|p| p.sort == sort), sorts);
    let suspended = users(&|p| p.status == Status::Suspended);
    let of_users = coverage.all_of(ResourceKind::User);
    Totals {
        users: listed(ResourceKind::User),
        suspended: Count::new(suspended, coverage.states()),
        guests: sort(Sort::Guest),
        service_accounts: sort(Sort::ServiceAccount),
        groups: listed(ResourceKind::Group),
        vaults: Count::new(snapshot.vaults.len(), coverage.lists(ResourceKind::Vault)),
        projects: listed(ResourceKind::Project),
        user_vault_pairs: Count::new(0, of_users),
        project_vault_pairs: Count::new(0, coverage.all_of(ResourceKind::Project)),
        several_paths: Count::new(0, of_users && coverage.all_permissions()),
    }
}

impl<'s> Risk<'s> {
    fn new(who: &'s Principal, coverage: &Coverage) -> Self {
        let all = coverage.all_of(who.kind);
        let count = |ability| Count::new(0, all && coverage.all_can(ability));
        let (manages, reads) = (count(Ability::Manages), count(Ability::Reads));
        Self {
            who,
            vaults: Count::new(0, all),
            manages,
            manages_only: Count::new(0, manages.known().and(reads.known()).is_some()),
            exports: count(Ability::Exports),
            shares: count(Ability::Shares),
        }
    }

    fn add(&mut self, can: Abilities) {
        let manages = can.has(Ability::Manages);
        self.vaults += true;
        self.manages += manages;
        // What was not read may be the right to read.
        let reads = can.has(Ability::Reads) || self.manages_only.known().is_none();
        self.manages_only += manages && !reads;
        self.exports += can.has(Ability::Exports);
        self.shares += can.has(Ability::Shares);
    }
}

impl VaultRow<'_> {
    fn add(&mut self, user: &Principal, can: Abilities) {
        self.users += true;
        self.readers += can.has(Ability::Reads);
        self.managers += can.has(Ability::Manages);
        self.suspended += usize::from(user.status == Status::Suspended);
        self.everybody += usize::from(is_of_everybody(user));
    }

    /// How far it is open, with so many who are everybody; `states` when that is known.
    fn reach(&self, everybody: usize, states: bool) -> Reach {
        match self.users.known() {
            None => Reach::Unknown,
            Some(0) => Reach::NoUser,
            Some(users) if users == self.suspended => Reach::SuspendedOnly,
            Some(_) if self.readers.known() == Some(0) => Reach::NoUserReads,
            Some(_) if self.everybody < everybody => Reach::Some,
            Some(_) if !states => Reach::Unknown,
            Some(_) if everybody > 1 => Reach::Everybody,
            Some(_) => Reach::Some,
        }
    }
}

/// Whether some permission comes by two paths at least; being listed on the vault is none.
fn several_paths(pair: &Pair<'_>) -> bool {
    let each = pair.paths.iter().map(|access| access.held.rights().len());
    each.sum::<u32>() > pair.held().rights().len()
}
