//! One sync, small enough to hold a million grants: ids are numbers, permissions are bits.

use std::collections::HashSet;

use crate::baton::ids::ResourceKind;
use crate::c1z::SyncRun;
use crate::notice::Notice;

use super::count::Count;
use super::coverage::Coverage;
use super::permissions::{Permissions, Set};

pub use super::model::{
    Access, Content, Pair, Path, PathParts, Principal, SignIn, Sort, Status, Tokens, Vault,
};

/// Which sync of which file is shown.
#[derive(Clone, Debug)]
pub struct Source {
    /// The file.
    pub file: String,
    /// SHA-256 of its bytes, in hexadecimal.
    pub digest: String,
    /// The sync, its kind and its times.
    pub sync: SyncRun,
    /// The account's name and id; empty when the file has none.
    pub account: (String, String),
}

/// One sync.
#[derive(Debug)]
pub struct Snapshot {
    /// Where it comes from.
    pub source: Source,
    /// Groups, then projects, then users, each by name.
    pub principals: Vec<Principal>,
    /// By name.
    pub vaults: Vec<Vault>,
    /// What the bits of a [`Set`] mean.
    pub permissions: Permissions,
    /// Who reaches what, sorted by principal, vault and path.
    pub access: Vec<Access>,
    /// Group and member, sorted.
    pub members: Vec<(u32, u32)>,
    /// Group and manager, sorted.
    pub managers: Vec<(u32, u32)>,
    /// Entitlements that a [`Path::Other`] names.
    pub others: Vec<String>,
    /// What the sync read.
    pub coverage: Coverage,
    /// Whole sentences about what the file does not say, and what was made of it.
    pub notices: Vec<Notice>,
}

impl Snapshot {
    /// The permissions that some vault offers in the file.
    pub fn offered(&self) -> Set {
        let each = self.vaults.iter().map(|vault| vault.offered);
        each.fold(Set::default(), Set::with)
    }

    /// The principals of a kind, with their places.
    pub fn of_kind(&self, kind: ResourceKind) -> impl Iterator<Item = (u32, &Principal)> {
        let all = (0..).zip(&self.principals);
        all.filter(move |(_, principal)| principal.kind == kind)
    }

    /// Every principal and vault between which there is access, by principal, then vault.
    pub fn pairs(&self) -> impl Iterator<Item = Pair<'_>> {
        let same = |a: &Access, b: &Access| (a.principal, a.vault) == (b.principal, b.vault);
        self.access.chunk_by(same).filter_map(|paths| {
            let first = paths.first()?;
            Some(Pair {
                principal: first.principal,
                vault: first.vault,
                paths,
            })
        })
    }

    /// The principal at a place.
    pub fn principal(&self, place: u32) -> &Principal {
        &self.principals[place as usize]
    }

    /// The vault at a place.
    pub fn vault(&self, place: u32) -> &Vault {
        &self.vaults[place as usize]
    }

    /// The path of an access.
    pub fn path<'s>(&'s self, access: &'s Access) -> PathParts<'s> {
        PathParts::new(
            &access.path,
            access.principal,
            &self.principals,
            &self.others,
        )
    }

    /// The second halves of the sorted pairs whose first half is `group`.
    pub fn of_group(pairs: &[(u32, u32)], group: u32) -> impl Iterator<Item = u32> {
        let start = pairs.partition_point(|&(first, _)| first < group);
        let run = pairs[start..]
            .iter()
            .take_while(move |&&(first, _)| first == group);
        run.map(|&(_, second)| second)
    }

    /// How many people are in the groups of these ids, each once.
    pub fn people_in(&self, is_meant: impl Fn(&str) -> bool) -> Count {
        let (mut people, mut all) = (HashSet::new(), true);
        let groups = self.of_kind(ResourceKind::Group);
        for (group, _) in groups.filter(|(_, group)| is_meant(&group.id)) {
            people.extend(Self::of_group(&self.members, group));
            all &= self.coverage.members(Some(group));
        }
        Count::new(u32::try_from(people.len()).unwrap_or(u32::MAX), all)
    }
}
