//! Reads a [`Snapshot`] from the rows of a sync, in the order resources, entitlements, grants.

use std::collections::HashMap;

use indexmap::IndexMap;
use jiff::ZonedDateTime;

use crate::baton::ids::ResourceId;
use crate::baton::ids::ResourceKind::{self, Account, Group, User, Vault};
use crate::baton::pb::v2::{self, Entitlement, Grant, ResourceType};
use crate::c1z::{Abort, Error, Limits, Reader};
use crate::connector::gaps::Gaps;
use crate::text;

use super::model::{Access, PRINCIPALS, Path, Resource};
use super::notices::{self, Oddities};
use super::order;
use super::permissions::Set;
use super::snapshot::Snapshot;

impl Snapshot {
    /// Reads the sync that stands for the file at `path`.
    ///
    /// # Errors
    /// No c1z v1 file, a damaged one, one without a finished sync, or `abort` asked for the stop.
    pub fn read(
        path: &std::path::Path,
        limits: &Limits,
        now: &ZonedDateTime,
        abort: &Abort,
    ) -> Result<Self, Error> {
        let reader = Reader::open(path, limits).map_err(|error| missing(path, error))?;
        let (run, stands_in) = reader.choose(now.timestamp())?;
        let odd = reader.check(run)?;
        let mut builder = Builder::default();
        let source = &mut builder.snapshot.source;
        source.file = text::path(path);
        source.digest = reader.sha256()?;
        source.sync = run.clone();
        let on = || Error::stopped(abort);
        reader.each(run, |row| on().map(|()| builder.resource_type(&row)))?;
        reader.each(run, |row| on().map(|()| builder.resource(&row)))?;
        reader.each(run, |row| on().map(|()| builder.entitlement(&row)))?;
        reader.each(run, |row| on().map(|()| builder.grant(&row)))?;
        let mut snapshot = builder.finish();
        let later = notices::of_later(run, reader.syncs(), now);
        let of_file = stands_in.into_iter().chain(later).chain(odd);
        snapshot.notices.splice(0..0, of_file);
        Ok(snapshot)
    }
}

/// Says what to do about a file that is not there.
fn missing(path: &std::path::Path, error: Error) -> Error {
    match error {
        Error::Io(_, _, ref cause) if cause.kind() == std::io::ErrorKind::NotFound => {
            let next = "there is no such file. Run a sync into it first, or name another file";
            Error::not_a_file(path, next)
        }
        error => error,
    }
}

/// What an entitlement is about: a permission on a vault, or a role in a group, by their places.
#[derive(Clone, Copy)]
enum Target {
    Vault(u32, Set),
    Member(u32),
    Manager(u32),
}

/// A snapshot in the making; places are in order of appearance until the end.
#[derive(Default)]
struct Builder {
    snapshot: Snapshot,
    all: IndexMap<ResourceId, Resource>,
    /// None for what is not shown, such as membership of the account.
    targets: HashMap<String, Option<Target>>,
    /// What a principal holds on a vault by a path, one permission after the other.
    held: HashMap<(u32, u32, Path), Set>,
    oddities: Oddities,
}

impl Builder {
    fn resource_type(&mut self, kind: &ResourceType) {
        let kind = kind.id.parse::<ResourceKind>();
        self.snapshot.coverage.types.extend(kind);
    }

    fn resource(&mut self, resource: &v2::Resource) {
        let id = resource.id.as_ref();
        match id.and_then(|id| ResourceId::from_message(id).ok()) {
            Some(id) if id.kind == Account => {
                let (gaps, coverage) = (Gaps::of_account(resource), &mut self.snapshot.coverage);
                coverage.lists_projects = gaps.is_some();
                coverage.gaps = gaps.unwrap_or_default();
                let name = resource.display_name.clone();
                self.snapshot.source.account = (name, id.id);
            }
            Some(id) => {
                let place = self.place(id.clone());
                self.all[place as usize] = Resource::new(&id, place, Some(resource));
            }
            None => {}
        }
    }

    fn entitlement(&mut self, entitlement: &Entitlement) {
        let resource = entitlement.resource.as_ref().and_then(|r| r.id.as_ref());
        let Some(id) = resource else { return };
        match self.target(&entitlement.id, id) {
            Some(Target::Vault(vault, set)) => self.all[vault as usize].offered |= set,
            Some(Target::Member(group)) => self.all[group as usize].members_read = true,
            Some(Target::Manager(_)) | None => {}
        }
    }

    fn grant(&mut self, grant: &Grant) {
        self.snapshot.coverage.grants = true;
        let ids = || {
            let entitlement = grant.entitlement.as_ref()?;
            let resource = entitlement.resource.as_ref()?.id.as_ref()?;
            let principal = grant.principal.as_ref()?.id.as_ref()?;
            Some((&entitlement.id, resource, principal))
        };
        let Some((entitlement, resource, principal)) = ids() else {
            self.oddities.incomplete_grants += 1;
            return;
        };
        let Some(target) = self.target(entitlement, resource) else {
            return;
        };
        let is_holder = |one: &ResourceId| PRINCIPALS.contains(&one.kind) && !one.id.is_empty();
        let holder = ResourceId::from_message(principal).ok();
        let Some(holder) = holder.filter(is_holder) else {
            self.oddities.strange_holders += 1;
            return;
        };
        let kind = holder.kind;
        let principal = self.place(holder);
        match target {
            Target::Vault(vault, held) => {
                for path in self.paths(grant, entitlement) {
                    *self.held.entry((principal, vault, path)).or_default() |= held;
                }
            }
            _ if kind != User => self.oddities.strange_holders += 1,
            Target::Member(group) => self.snapshot.members.extend([(group, principal)]),
            Target::Manager(group) => self.snapshot.managers.extend([(group, principal)]),
        }
    }

    /// One path a source (`src/sync/mapping.md`, Inherited access): no source and the own
    /// entitlement mean direct.
    fn paths(&mut self, grant: &Grant, own: &str) -> Vec<Path> {
        let sources = grant.sources.iter().flat_map(|all| all.sources.keys());
        let mut paths: Vec<Path> = sources.map(|source| self.path(source, own)).collect();
        if paths.is_empty() {
            paths.push(Path::Direct);
        }
        paths
    }

    fn path(&mut self, source: &str, own: &str) -> Path {
        let group = source.strip_prefix("group:");
        match group.and_then(|rest| rest.strip_suffix(":member")) {
            _ if source == own => Path::Direct,
            Some(group) => Path::Group(self.place(ResourceId::new(Group, group))),
            None => {
                let (place, _) = self.snapshot.others.insert_full(source.to_owned());
                Path::Other(order::place(place))
            }
        }
    }

    fn target(&mut self, entitlement_id: &str, resource: &v2::ResourceId) -> Option<Target> {
        if let Some(&known) = self.targets.get(entitlement_id) {
            return known;
        }
        let owner = ResourceId::from_message(resource).ok()?;
        let slug = owner.slug(entitlement_id).unwrap_or_default();
        let target = match (owner.kind, slug) {
            (Vault, _) => {
                let permission = self.snapshot.permissions.intern(slug);
                Some(Target::Vault(self.place(owner), permission))
            }
            (Group, "member") => Some(Target::Member(self.place(owner))),
            (Group, "manager") => Some(Target::Manager(self.place(owner))),
            _ => None,
        };
        self.targets.insert(entitlement_id.to_owned(), target);
        target
    }

    /// The place of the one with this id; a new one comes to the end.
    fn place(&mut self, id: ResourceId) -> u32 {
        let entry = self.all.entry(id);
        let place = order::place(entry.index());
        entry.or_insert_with_key(|id| Resource::new(id, place, None));
        place
    }

    /// Adds what members inherit, and puts everything in its final order.
    fn finish(mut self) -> Snapshot {
        self.oddities.not_expanded = self.expand();
        let mut snapshot = self.snapshot;
        order(&mut snapshot, self.all.into_values().collect(), self.held);
        let kind = &snapshot.source.sync.sync_type;
        let listed = (&mut *snapshot.principals, &mut *snapshot.vaults);
        let (access, permissions) = (&snapshot.access, &snapshot.permissions);
        snapshot.coverage.finish(kind, listed, access, permissions);
        snapshot.notices = notices::of_content(&snapshot, &self.oddities);
        snapshot
    }

    /// Gives members what their groups hold, and counts what the file had not given them: a sync
    /// may have been asked not to expand groups, and that must not look like no access.
    fn expand(&mut self) -> usize {
        let each = self.held.iter().map(|(&at, &held)| (at, held));
        let of_groups = each.filter(|(at, _)| self.all[at.0 as usize].kind == Group);
        let mut added = 0;
        for ((group, vault, _), held) in of_groups.collect::<Vec<_>>() {
            for member in Snapshot::of_group(&self.snapshot.members, group) {
                let at = (member, vault, Path::Group(group));
                let own = self.held.entry(at).or_default();
                added += held.difference(*own).len();
                *own |= held;
            }
        }
        added
    }
}

/// Sorts and labels principals and vaults by name, and whatever names them by place.
fn order(s: &mut Snapshot, mut all: Vec<Resource>, held: HashMap<(u32, u32, Path), Set>) {
    let places = order::by_name(&mut all);
    let new = |place: u32| places[place as usize];
    s.vaults = all.split_off(all.partition_point(|one| one.kind != Vault));
    s.principals = all;
    let access = held
        .into_iter()
        .map(|((principal, vault, path), held)| Access {
            principal: new(principal),
            vault: new(vault),
            path: match path {
                Path::Group(group) => Path::Group(new(group)),
                path => path,
            },
            held,
        });
    s.access = access.collect();
    s.access.sort_unstable();
    for pairs in [&mut s.members, &mut s.managers] {
        let moved = pairs.iter().map(|&(one, other)| (new(one), new(other)));
        *pairs = moved.collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connector::gaps::Gap;

    fn account(gaps: Option<&Gaps>) -> v2::Resource {
        v2::Resource {
            id: Some(ResourceId::new(Account, "A").to_message()),
            profile: gaps.map(Gaps::profile),
            ..v2::Resource::default()
        }
    }

    /// A foreign file may hold several accounts. What the last one leaves open is not known,
    /// whatever the ones before it say.
    #[test]
    fn the_last_account_says_what_was_not_read() {
        let mut gaps = Gaps::default();
        gaps.add(Gap::Members("g".to_owned()), "refused");
        for (accounts, known) in [
            ([None, Some(&gaps)], Some(&gaps)),
            ([Some(&gaps), None], None),
        ] {
            let mut builder = Builder::default();
            for kind in ResourceKind::ALL {
                builder.resource_type(&ResourceType {
                    id: kind.to_string(),
                    ..ResourceType::default()
                });
            }
            for gaps in accounts {
                builder.resource(&account(gaps));
            }
            let coverage = builder.finish().coverage;
            assert_eq!(coverage.lists_projects, known.is_some());
            assert_eq!(coverage.gaps, known.cloned().unwrap_or_default());
        }
    }
}
