//! What a sync read, as far as its file tells. Every figure asks here how far it can be trusted.
//!
//! A file does not say with which options it was made. It does say which resource types were asked
//! for and whether the sync was of all resources, and it holds entitlements for each vault and group
//! whose access was read.

use crate::baton::ids::ResourceKind::{self, Group, Project, User, Vault as AVault};
use crate::c1z::SyncType;
use crate::connector::gaps::{Gap, Gaps};

use super::abilities::{Abilities, Ability};
use super::model::{Access, Principal, Vault};
use super::permissions::{Permissions, Set};

/// What one sync read.
#[derive(Clone, Debug)]
pub struct Coverage {
    types: Vec<ResourceKind>,
    whole: bool,
    grants: bool,
    lists_projects: bool,
    lists_vaults: bool,
    gaps: Gaps,
    states: bool,
    /// By place of the group.
    members: Vec<bool>,
    members_at_all: bool,
    vaults: Vec<OfVault>,
    /// What every vault tells.
    everywhere: OfVault,
}

/// What was read of one vault.
#[derive(Clone, Copy, Debug)]
struct OfVault {
    /// Who is on it: users and groups.
    holders: bool,
    /// All users who reach it, through groups too.
    users: bool,
    projects: bool,
    /// What the permissions that were read let one do.
    can: Abilities,
    /// Permissions that were not read.
    unread: Set,
    /// Projects alone reach it, so that it may be a vault that the sync could not list.
    hidden: bool,
}

impl Coverage {
    /// From the rows of a sync: resource types, its kind, whether it holds any grant, and the rest in
    /// its final order.
    pub(super) fn new(
        types: &[String],
        kind: &SyncType,
        any_grants: bool,
        (principals, vaults): (&[Principal], &[Vault]),
        access: &[Access],
        permissions: &Permissions,
        gaps: Option<Gaps>,
    ) -> Self {
        let tells = gaps.is_some();
        let gaps = gaps.unwrap_or_default();
        let types: Vec<ResourceKind> = types.iter().filter_map(|id| id.parse().ok()).collect();
        let has = |kinds: &[ResourceKind]| kinds.iter().all(|kind| types.contains(kind));
        let whole = [SyncType::Full, SyncType::ResourcesOnly].contains(kind);
        // Every account has a grant, its owner's: without any, none were read.
        let grants = any_grants && *kind != SyncType::ResourcesOnly;
        let members_at_all = grants && has(&[User, Group]);
        let members: Vec<bool> = principals
            .iter()
            .map(|group| {
                let unread = || gaps.has(&Gap::Members(group.id.clone()));
                members_at_all && group.members_read && !unread()
            })
            .collect();
        // In a file that does not tell, a refusal to list projects and an account without any look the same.
        let project = |p: &Principal| p.kind == Project && p.listed;
        let any_project = || principals.iter().any(project);
        let lists_projects =
            whole && has(&[Project]) && !gaps.has(&Gap::Projects) && (tells || any_project());
        let mut coverage = Self {
            types: types.clone(),
            whole,
            grants,
            lists_projects,
            lists_vaults: !gaps.has(&Gap::ManagedVaults),
            states: principals.iter().all(|p| p.kind != User || p.listed),
            members,
            members_at_all,
            gaps: Gaps::default(),
            vaults: Vec::new(),
            everywhere: OfVault {
                holders: grants,
                users: members_at_all,
                projects: grants && lists_projects,
                can: Abilities::ALL,
                unread: Set::default(),
                hidden: false,
            },
        };
        let mut people = vec![Holders::default(); vaults.len()];
        for one in access {
            let holders = &mut people[one.vault as usize];
            match principals[one.principal as usize].kind {
                Project => holders.projects = true,
                Group => {
                    holders.people = true;
                    holders.unread_group |= !coverage.members[one.principal as usize];
                }
                _ => holders.people = true,
            }
        }
        for (vault, found) in vaults.iter().zip(people) {
            let unread_users = gaps.has(&Gap::VaultUsers(vault.id.clone()));
            let unread_groups = gaps.has(&Gap::VaultGroups(vault.id.clone()));
            let is_read = !unread_users && !unread_groups;
            let holders =
                grants && is_read && has(&[AVault]) && permissions.tells_holders(vault.offered);
            let unread = permissions.unread(vault.offered);
            let hidden = found.projects && !found.people;
            coverage.add(OfVault {
                holders: holders && !hidden,
                users: holders && members_at_all && !found.unread_group && !hidden,
                projects: grants
                    && has(&[AVault])
                    && permissions.tells_holders(vault.offered)
                    && lists_projects,
                can: permissions.abilities(vault.offered),
                unread,
                hidden,
            });
        }
        coverage.gaps = gaps;
        coverage
    }

    /// What the sync says that it did not read.
    pub fn gaps(&self) -> &Gaps {
        &self.gaps
    }

    fn add(&mut self, vault: OfVault) {
        self.vaults.push(vault);
        let all = &mut self.everywhere;
        all.holders &= vault.holders;
        all.users &= vault.users;
        all.projects &= vault.projects;
        all.can = all.can.in_both(vault.can);
        all.unread = all.unread.with(vault.unread);
    }

    /// Whether all resources of a kind are in the file.
    pub fn lists(&self, kind: ResourceKind) -> bool {
        match kind {
            Project => self.lists_projects,
            AVault => self.lists_vaults && self.whole && self.asked_for(AVault),
            kind => self.whole && self.asked_for(kind),
        }
    }

    /// Whether resources of a kind were asked for.
    pub fn asked_for(&self, kind: ResourceKind) -> bool {
        self.types.contains(&kind)
    }

    /// Whether the sync read grants at all.
    pub fn grants(&self) -> bool {
        self.grants
    }

    /// Whether projects alone reach a vault, so that it may be one that the sync could not list.
    pub fn is_hidden(&self, vault: u32) -> bool {
        self.of(vault).hidden
    }

    /// Whether the state of everybody in the file is there: some may be known from grants alone.
    pub fn states(&self) -> bool {
        self.states && self.lists(User)
    }

    /// Whether it is known who is in a group and who manages it; None for a group that is not in the
    /// file.
    pub fn members(&self, group: Option<u32>) -> bool {
        match group {
            Some(group) => self.members[group as usize],
            None => self.members_at_all && self.lists(Group),
        }
    }

    /// Whether it is known which users reach a vault; None for a vault that is not in the file.
    pub fn users(&self, vault: Option<u32>) -> bool {
        match vault {
            Some(vault) => self.of(vault).users,
            None => self.members_at_all && self.lists(AVault),
        }
    }

    /// The same for projects.
    pub fn projects(&self, vault: Option<u32>) -> bool {
        match vault {
            Some(vault) => self.of(vault).projects,
            None => self.grants && self.lists_projects && self.lists(AVault),
        }
    }

    /// Whether it is known who can do this in a vault, among those who are known to reach it.
    pub fn can(&self, vault: u32, ability: Ability) -> bool {
        self.of(vault).can.has(ability)
    }

    /// The permissions on a vault of which it is not known who holds them.
    pub fn unread(&self, vault: u32) -> Set {
        self.of(vault).unread
    }

    /// Whether it is known for every user which vaults they reach.
    pub fn all_of_users(&self) -> bool {
        self.lists(AVault) && self.everywhere.users
    }

    /// The same for projects.
    pub fn all_of_projects(&self) -> bool {
        self.lists(AVault) && self.everywhere.projects
    }

    /// The same for groups.
    pub fn all_of_groups(&self) -> bool {
        self.lists(AVault) && self.lists(Group) && self.everywhere.holders
    }

    /// What users who are not known to be able to do it in a vault certainly cannot do.
    pub(super) fn denials(&self) -> Abilities {
        match self.all_of_users() {
            true => self.everywhere.can,
            false => Abilities::default(),
        }
    }

    /// Whether it is known for every vault who can do this in it, as far as permissions go.
    pub fn all_can(&self, ability: Ability) -> bool {
        self.everywhere.can.has(ability)
    }

    /// The same for all that can leak or give away what is in a vault.
    pub fn all_risky(&self) -> bool {
        let risky = [Ability::Manages, Ability::Exports, Ability::Shares];
        risky.iter().all(|&one| self.all_can(one))
    }

    /// Whether all permissions on all vaults were read.
    pub fn all_permissions(&self) -> bool {
        self.everywhere.unread.is_empty()
    }

    /// Whether all access is known of everybody in the file. Projects that are not in it are told of
    /// apart: most accounts have none.
    pub fn access(&self) -> bool {
        let projects = self.all_of_projects() || !self.lists_projects;
        self.all_of_users() && self.all_of_groups() && projects && self.all_permissions()
    }

    fn of(&self, vault: u32) -> OfVault {
        self.vaults[vault as usize]
    }
}

/// Who was seen on a vault.
#[derive(Clone, Default)]
struct Holders {
    people: bool,
    projects: bool,
    /// One of the groups may have any members.
    unread_group: bool,
}
