//! One sync, small enough to hold a million grants: ids are numbers, permissions are bits.

use std::collections::{BTreeSet, HashSet};

use indexmap::IndexSet;
use jiff::{Timestamp, ZonedDateTime};

use crate::baton::ids::ResourceKind;
use crate::c1z::SyncRun;
use crate::notice::Notice;
use crate::text::plain;

use super::count::{Count, Listed};
use super::coverage::Coverage;
use super::model::{Access, Pair, PathParts, Resource};
use super::permissions::{Permissions, Set};

/// Which sync of which file is shown.
#[derive(Clone, Debug, Default)]
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
#[derive(Debug, Default)]
pub struct Snapshot {
    /// Where it comes from.
    pub source: Source,
    /// Groups, then projects, then users, each by name.
    pub(super) principals: Vec<Resource>,
    /// By name.
    pub(super) vaults: Vec<Resource>,
    /// What the bits of a [`Set`] mean.
    pub(super) permissions: Permissions,
    /// Who reaches what, sorted by principal, vault and path.
    pub(super) access: Vec<Access>,
    /// Group and member.
    pub(super) members: BTreeSet<(u32, u32)>,
    /// Group and manager.
    pub(super) managers: BTreeSet<(u32, u32)>,
    /// Entitlements that a [`super::model::Path::Other`] names.
    pub(super) others: IndexSet<String>,
    pub(super) coverage: Coverage,
    /// Whole sentences about what the file does not say, and what was made of it.
    pub(super) notices: Vec<Notice>,
}

impl Snapshot {
    /// The permissions that some vault offers in the file.
    pub(super) fn offered(&self) -> Set {
        self.vaults.iter().map(|vault| vault.offered).collect()
    }

    pub(super) fn of_kind(&self, kind: ResourceKind) -> impl Iterator<Item = &Resource> + Clone {
        let all = self.principals.iter();
        all.filter(move |principal| principal.kind == kind)
    }

    /// Every principal and vault between which there is access, by principal, then vault.
    pub(super) fn pairs(&self) -> impl Iterator<Item = Pair<'_>> {
        self.pairs_in(&self.access)
    }

    pub(super) fn pairs_of(&self, who: &Resource) -> impl Iterator<Item = Pair<'_>> {
        let start = self.access.partition_point(|one| one.principal < who.place);
        let after = &self.access[start..];
        let end = after.partition_point(|one| one.principal == who.place);
        self.pairs_in(&after[..end])
    }

    fn pairs_in<'s>(&'s self, access: &'s [Access]) -> impl Iterator<Item = Pair<'s>> {
        let same = |a: &Access, b: &Access| (a.principal, a.vault) == (b.principal, b.vault);
        access.chunk_by(same).map(|paths| Pair {
            who: self.principal(paths[0].principal),
            vault: self.vault(paths[0].vault),
            paths,
        })
    }

    pub(super) fn principal(&self, place: u32) -> &Resource {
        &self.principals[place as usize]
    }

    pub(super) fn vault(&self, place: u32) -> &Resource {
        &self.vaults[place as usize]
    }

    pub(super) fn path(&self, access: &Access) -> PathParts<'_> {
        let kind = self.principal(access.principal).kind;
        let other = |place| &*self.others[place as usize];
        PathParts::new(access.path, kind, |place| self.principal(place), other)
    }

    /// The second halves of the pairs whose first half is `group`.
    pub(super) fn of_group(pairs: &BTreeSet<(u32, u32)>, group: u32) -> impl Iterator<Item = u32> {
        let of_one = pairs.range((group, 0)..=(group, u32::MAX));
        of_one.map(|&(_, second)| second)
    }

    /// The members, or managers, of a group.
    pub(super) fn people_of<'s>(
        &'s self,
        pairs: &BTreeSet<(u32, u32)>,
        group: &Resource,
    ) -> Listed<&'s Resource> {
        let people = Self::of_group(pairs, group.place).map(|place| self.principal(place));
        Listed::new(people, group.members_read)
    }

    /// How many people are in the groups of these ids, each once.
    pub fn people_in(&self, is_meant: impl Fn(&str) -> bool) -> Count {
        let (mut people, mut all) = (HashSet::new(), true);
        let groups = self.of_kind(ResourceKind::Group);
        for group in groups.filter(|group| is_meant(&group.id)) {
            people.extend(Self::of_group(&self.members, group.place));
            all &= group.members_read;
        }
        Count::new(people.len(), all)
    }
}

/// How a local time is written: its zone is part of it.
pub(super) const LOCAL: &str = "%Y-%m-%d %H:%M local time (UTC%:z)";

/// A time of a file, to the minute, in the zone of `now`; the text as stored where it is no time.
pub(super) fn local_time(time: Option<Timestamp>, stored: &str, now: &ZonedDateTime) -> String {
    let Some(time) = time else {
        return plain(stored).into_owned();
    };
    let local = time.to_zoned_datetime(now.time_zone().clone());
    local.strftime(LOCAL).to_string()
}
