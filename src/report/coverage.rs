//! What a sync read, as far as its file says. Every figure asks here how far it can be trusted.
//!
//! A file does not say with which options it was made, but which resource types were asked for and
//! whether the sync was of all resources; it has entitlements of what access was read to.

use crate::baton::ids::ResourceKind::{self, Group, Project, User, Vault};
use crate::c1z::SyncType;
use crate::connector::gaps::{Gap, Gaps};

use super::model::{Access, Read, Resource};
use super::permissions::{Abilities, Permissions, Set};

/// What one sync read. What it read of one vault or group stands with that.
#[derive(Clone, Debug, Default)]
pub(super) struct Coverage {
    pub(super) types: Vec<ResourceKind>,
    whole: bool,
    /// Whether the state of everybody in the file is there: some may be known from grants alone.
    pub(super) states: bool,
    /// Whether the sync read grants at all.
    pub(super) grants: bool,
    /// Whether all projects are in the file. In one that does not say what it lacks, a refusal to
    /// list projects and an account without any look the same.
    pub(super) lists_projects: bool,
    /// What the sync says that it did not read.
    pub(super) gaps: Gaps,
    members_at_all: bool,
    /// What is known of every vault.
    pub(super) everywhere: Read,
}

impl Coverage {
    /// Draws what was read from the rows of a sync, and notes it with each group and vault.
    pub(super) fn finish(
        &mut self,
        kind: &SyncType,
        (principals, vaults): (&mut [Resource], &mut [Resource]),
        access: &[Access],
        permissions: &Permissions,
    ) {
        self.whole = [SyncType::Full, SyncType::ResourcesOnly].contains(kind);
        // Every account has a grant, its owner's: without any, none were read.
        self.grants &= *kind != SyncType::ResourcesOnly;
        let projects = self.whole && self.asked_for(Project) && !self.gaps.has(&Gap::Projects);
        let is_listed = |one: &Resource| one.kind == Project && one.listed;
        self.lists_projects = projects && (self.lists_projects || principals.iter().any(is_listed));
        let listed = principals.iter().all(|one| one.kind != User || one.listed);
        self.states = listed && self.lists(User);
        self.members_at_all = self.grants && self.asked_for(User) && self.asked_for(Group);
        self.everywhere = Read {
            can: Abilities::all(),
            holders: self.grants,
            users: self.members_at_all,
            projects: self.grants && self.lists_projects,
            ..Read::default()
        };
        for one in &mut *principals {
            let is_read = one.members_read && !self.gaps.has(&Gap::Members(one.id.clone()));
            one.members_read = self.members_at_all && is_read;
        }
        // Who was seen on each vault: people, projects, and a group that may have any members.
        let mut seen = vec![[false; 3]; vaults.len()];
        for one in access {
            let who = &principals[one.principal as usize];
            let [people, projects, unread_group] = &mut seen[one.vault as usize];
            *people |= who.kind != Project;
            *projects |= who.kind == Project;
            *unread_group |= who.kind == Group && !who.members_read;
        }
        for (vault, seen) in vaults.iter_mut().zip(seen) {
            let read = self.of(vault, seen, permissions);
            vault.read = read;
            let all = &mut self.everywhere;
            all.holders &= read.holders;
            all.users &= read.users;
            all.projects &= read.projects;
            all.can &= read.can;
            all.unread |= read.unread;
        }
    }

    fn of(
        &self,
        vault: &Resource,
        [people, projects, unread_group]: [bool; 3],
        permissions: &Permissions,
    ) -> Read {
        let is_unread = |gap: fn(String) -> Gap| self.gaps.has(&gap(vault.id.clone()));
        let is_unread = is_unread(Gap::VaultUsers) || is_unread(Gap::VaultGroups);
        let is_listed =
            self.grants && self.asked_for(Vault) && vault.offered.contains(Set::MEMBERSHIP);
        let hidden = projects && !people;
        let holders = is_listed && !is_unread && !hidden;
        Read {
            holders,
            users: holders && self.members_at_all && !unread_group,
            projects: is_listed && self.lists_projects,
            can: permissions.abilities(vault.offered),
            unread: vault.offered.unread(),
            hidden,
        }
    }

    /// Whether all resources of a kind are in the file.
    pub(super) fn lists(&self, kind: ResourceKind) -> bool {
        match kind {
            Project => self.lists_projects,
            Vault if self.gaps.has(&Gap::ManagedVaults) => false,
            kind => self.whole && self.asked_for(kind),
        }
    }

    pub(super) fn asked_for(&self, kind: ResourceKind) -> bool {
        self.types.contains(&kind)
    }

    /// Whether a group's members and managers are known; None for one that is not in the file.
    pub(super) fn members(&self, group: Option<&Resource>) -> bool {
        let elsewhere = self.members_at_all && self.lists(Group);
        group.map_or(elsewhere, |group| group.members_read)
    }

    /// Whether a vault's users and projects are known; None for one that is not in the file.
    pub(super) fn holders(&self, vault: Option<&Resource>) -> [bool; 2] {
        let projects = self.grants && self.lists_projects;
        let elsewhere = [self.members_at_all, projects].map(|known| known && self.lists(Vault));
        vault.map_or(elsewhere, |vault| [vault.read.users, vault.read.projects])
    }

    /// Whether it is known for every principal of a kind which vaults they reach.
    pub(super) fn all_of(&self, kind: ResourceKind) -> bool {
        let all = self.everywhere;
        self.lists(Vault)
            && match kind {
                User => all.users,
                Project => all.projects,
                _ => self.lists(Group) && all.holders,
            }
    }

    /// Whether all access is known of everybody in the file. Projects that are not in it are
    /// counted apart: most accounts have none.
    pub(super) fn access(&self) -> bool {
        let projects = self.all_of(Project) || !self.lists_projects;
        self.all_of(User) && self.all_of(Group) && projects && self.everywhere.unread.is_empty()
    }
}
