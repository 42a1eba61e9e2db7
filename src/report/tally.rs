//! Counts access pair by pair, and says of each count whether the sync read all that it counts.

use crate::baton::ids::ResourceKind;

use super::abilities::{Abilities, Ability};
use super::count::{Count, Listed};
use super::finding_rows::{Reach, Risk, Totals, VaultRow};
use super::snapshot::{Pair, Principal, Snapshot, Sort, Status};

/// What was counted.
pub(super) struct Tally<'s> {
    snapshot: &'s Snapshot,
    user_vault_pairs: u32,
    project_vault_pairs: u32,
    several_paths: u32,
    risks: Vec<OfHolder>,
    vaults: Vec<OfVault>,
    /// Users that "everybody" means.
    everybody: Vec<bool>,
}

/// On how many vaults a principal has or can do something.
#[derive(Clone, Default)]
struct OfHolder {
    vaults: u32,
    manages: u32,
    manages_only: u32,
    exports: u32,
    shares: u32,
}

/// How many can do something on a vault.
#[derive(Clone, Default)]
struct OfVault {
    users: u32,
    suspended: u32,
    readers: u32,
    managers: u32,
    projects: u32,
    everybody: u32,
}

impl<'s> Tally<'s> {
    /// Goes through all pairs once.
    pub(super) fn new(snapshot: &'s Snapshot) -> Self {
        // Guests and service accounts are given single vaults, so they do not count as missing.
        let everybody = snapshot.principals.iter().map(|p| {
            p.kind == ResourceKind::User
                && p.status == Status::Active
                && !matches!(p.sort, Sort::Guest | Sort::ServiceAccount)
        });
        let mut tally = Self {
            snapshot,
            user_vault_pairs: 0,
            project_vault_pairs: 0,
            several_paths: 0,
            risks: vec![OfHolder::default(); snapshot.principals.len()],
            vaults: vec![OfVault::default(); snapshot.vaults.len()],
            everybody: everybody.collect(),
        };
        for pair in snapshot.pairs() {
            tally.add(&pair);
        }
        tally
    }

    fn add(&mut self, pair: &Pair<'_>) {
        let place = pair.principal as usize;
        let principal = self.snapshot.principal(pair.principal);
        let can = self.snapshot.permissions.abilities(pair.held());
        let vault = &mut self.vaults[pair.vault as usize];
        match principal.kind {
            ResourceKind::User => {
                self.user_vault_pairs += 1;
                self.several_paths += u32::from(several_paths(self.snapshot, pair));
                vault.users += 1;
                vault.suspended += u32::from(principal.status == Status::Suspended);
                vault.readers += u32::from(can.has(Ability::Reads));
                vault.managers += u32::from(can.has(Ability::Manages));
                vault.everybody += u32::from(self.everybody[place]);
            }
            ResourceKind::Project => {
                self.project_vault_pairs += 1;
                vault.projects += 1;
            }
            // A group's access counts when its members use it.
            _ => {}
        }
        self.risks[place].add(can);
    }

    /// Numbers about the whole account.
    pub(super) fn totals(&self) -> Totals {
        let coverage = &self.snapshot.coverage;
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let listed = |kind| {
            let n = self.snapshot.of_kind(kind).count();
            Count::new(number(n), coverage.lists(kind))
        };
        let users = |fits: &dyn Fn(&Principal) -> bool| {
            let users = self.snapshot.of_kind(ResourceKind::User);
            number(users.filter(|(_, user)| fits(user)).count())
        };
        let sorts = coverage.lists(ResourceKind::User) && users(&|p| p.sort == Sort::Unknown) == 0;
        let sort = |sort| Count::new(users(&|p| p.sort == sort), sorts);
        let vaults = number(self.snapshot.vaults.len());
        let of_users = coverage.all_of_users();
        Totals {
            users: listed(ResourceKind::User),
            suspended: Count::new(users(&|p| p.status == Status::Suspended), coverage.states()),
            guests: sort(Sort::Guest),
            service_accounts: sort(Sort::ServiceAccount),
            groups: listed(ResourceKind::Group),
            vaults: Count::new(vaults, coverage.lists(ResourceKind::Vault)),
            projects: listed(ResourceKind::Project),
            user_vault_pairs: Count::new(self.user_vault_pairs, of_users),
            project_vault_pairs: Count::new(self.project_vault_pairs, coverage.all_of_projects()),
            several_paths: Count::new(self.several_paths, of_users && coverage.all_permissions()),
        }
    }

    /// How many vaults a principal reaches.
    pub(super) fn vaults_of(&self, place: u32) -> Count {
        let vaults = self.risks[place as usize].vaults;
        Count::new(vaults, self.knows_all_of(self.snapshot.principal(place)))
    }

    fn knows_all_of(&self, principal: &Principal) -> bool {
        let coverage = &self.snapshot.coverage;
        match principal.kind {
            ResourceKind::User => coverage.all_of_users(),
            ResourceKind::Project => coverage.all_of_projects(),
            _ => coverage.all_of_groups(),
        }
    }

    /// On how many vaults a user or project has risky rights.
    pub(super) fn risk(&self, place: u32) -> Risk {
        let (coverage, held) = (&self.snapshot.coverage, &self.risks[place as usize]);
        let all = self.knows_all_of(self.snapshot.principal(place));
        let count = |seen, ability| Count::new(seen, all && coverage.all_can(ability));
        let manages = count(held.manages, Ability::Manages);
        let reads = all && coverage.all_can(Ability::Reads);
        Risk {
            principal: place,
            vaults: self.vaults_of(place),
            manages,
            // What was not read may be the right to read.
            manages_only: match manages.known() {
                Some(_) if reads => Count::new(held.manages_only, true),
                _ => Count::UNKNOWN,
            },
            exports: count(held.exports, Ability::Exports),
            shares: count(held.shares, Ability::Shares),
        }
    }

    /// All users and projects, by name.
    pub(super) fn holders(&self) -> Listed<Risk> {
        let coverage = &self.snapshot.coverage;
        let all = (0..).zip(&self.snapshot.principals);
        let holders = all.filter(|(_, one)| one.kind != ResourceKind::Group);
        let listed = [ResourceKind::User, ResourceKind::Project];
        Listed::new(
            holders.map(|(place, _)| self.risk(place)),
            listed.iter().all(|&kind| coverage.lists(kind)),
        )
    }

    /// Users and projects with risky rights, those with most first.
    pub(super) fn risks(&self) -> Listed<Risk> {
        let coverage = &self.snapshot.coverage;
        let mut risks = self.holders().rows;
        risks.retain(Risk::any);
        risks.sort_by_key(|risk| std::cmp::Reverse(self.risks[risk.principal as usize].risky()));
        let of_projects = coverage.all_of_projects() || !coverage.lists(ResourceKind::Project);
        let all = coverage.all_of_users() && of_projects;
        Listed::new(risks, all && coverage.all_risky())
    }

    /// Whether somebody is one of those whom "everybody" means.
    pub(super) fn is_of_everybody(&self, place: u32) -> bool {
        self.everybody[place as usize]
    }

    /// All vaults, by name.
    pub(super) fn vaults(&self) -> Listed<VaultRow> {
        let coverage = &self.snapshot.coverage;
        let everybody = self.everybody.iter().filter(|&&counts| counts).count();
        let row = |(vault, tally): (u32, &OfVault)| {
            let users = coverage.users(Some(vault));
            let count = |seen, ability| Count::new(seen, users && coverage.can(vault, ability));
            let mut row = VaultRow {
                vault,
                users: Count::new(tally.users, users),
                readers: count(tally.readers, Ability::Reads),
                managers: count(tally.managers, Ability::Manages),
                projects: Count::new(tally.projects, coverage.projects(Some(vault))),
                reach: None,
            };
            row.reach = self.reach(&row, tally, everybody);
            row
        };
        let rows = (0..).zip(&self.vaults).map(row);
        Listed::new(rows, coverage.lists(ResourceKind::Vault))
    }

    /// None when the sync did not read enough to say.
    fn reach(&self, row: &VaultRow, tally: &OfVault, everybody: usize) -> Option<Reach> {
        let users = row.users.known()?;
        if users == 0 {
            Some(Reach::NoUser)
        } else if users == tally.suspended {
            Some(Reach::SuspendedOnly)
        } else if row.readers.known() == Some(0) {
            Some(Reach::NoUserReads)
        } else if (tally.everybody as usize) < everybody {
            Some(Reach::Some)
        } else if !self.snapshot.coverage.states() {
            None
        } else if everybody > 1 {
            Some(Reach::Everybody)
        } else {
            Some(Reach::Some)
        }
    }
}

impl OfHolder {
    fn add(&mut self, can: Abilities) {
        let manages = can.has(Ability::Manages);
        self.vaults += 1;
        self.manages += u32::from(manages);
        self.manages_only += u32::from(manages && !can.has(Ability::Reads));
        self.exports += u32::from(can.has(Ability::Exports));
        self.shares += u32::from(can.has(Ability::Shares));
    }

    fn risky(&self) -> u32 {
        self.manages + self.exports + self.shares
    }
}

/// Whether some permission comes by two paths at least; being listed on the vault is none.
fn several_paths(snapshot: &Snapshot, pair: &Pair<'_>) -> bool {
    let rights = |held| snapshot.permissions.rights(held).len();
    let each: u32 = pair.paths.iter().map(|access| rights(access.held)).sum();
    each > rights(pair.held())
}
