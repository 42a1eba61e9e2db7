//! Reads a [`Snapshot`] from the rows of a sync, in the order resources, entitlements, grants.

use std::collections::HashMap;

use jiff::ZonedDateTime;

use crate::baton::ids;
use crate::baton::ids::ResourceKind::{self, Account, Group, User, Vault};
use crate::baton::pb::v2::{self, Entitlement, Grant, ResourceId, ResourceType};
use crate::c1z::{Abort, Error, Limits, Reader};
use crate::connector::gaps::Gaps;
use crate::text;

use super::model::{Access, PRINCIPALS, Path, Resource};
use super::notices::{self, Oddities};
use super::order;
use super::permissions::Set;
use super::snapshot::Snapshot;

/// Entries that may wait to be merged with the ones before them: 24 bytes each.
const PENDING: usize = 1 << 19;

impl Snapshot {
    /// Reads the sync that stands for the file at `path`.
    ///
    /// # Errors
    /// No c1z v1 file, a damaged one, one without a finished sync, or the stop that `abort` asked
    /// for.
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
        let on = || abort.check();
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
        Error::Io { ref cause, .. } if cause.kind() == std::io::ErrorKind::NotFound => {
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
    places: HashMap<ResourceKind, HashMap<String, u32>>,
    /// None for what is not shown, such as membership of the account.
    targets: HashMap<String, Option<Target>>,
    oddities: Oddities,
}

impl Builder {
    fn resource_type(&mut self, kind: &ResourceType) {
        let kind = kind.id.parse::<ResourceKind>();
        self.snapshot.coverage.types.extend(kind);
    }

    fn resource(&mut self, resource: &v2::Resource) {
        let Some(id) = &resource.id else { return };
        match kind_of(id) {
            Some(Account) => {
                let (gaps, coverage) = (Gaps::of_account(resource), &mut self.snapshot.coverage);
                coverage.lists_projects = gaps.is_some();
                coverage.gaps = gaps.unwrap_or_default();
                let name = resource.display_name.clone();
                self.snapshot.source.account = (name, id.resource.clone());
            }
            Some(kind) => {
                let place = self.place(kind, &id.resource);
                let listed = Resource::new(kind, &id.resource, place, Some(resource));
                list(&mut self.snapshot, kind)[place as usize] = listed;
            }
            None => {}
        }
    }

    fn entitlement(&mut self, entitlement: &Entitlement) {
        let resource = entitlement.resource.as_ref().and_then(|r| r.id.as_ref());
        let Some(id) = resource else { return };
        match self.target(&entitlement.id, id) {
            Some(Target::Vault(vault, permission)) => {
                self.snapshot.vaults[vault as usize].offered |= permission;
            }
            Some(Target::Member(group)) => {
                self.snapshot.principals[group as usize].members_read = true;
            }
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
        let kind = kind_of(principal).filter(|kind| PRINCIPALS.contains(kind));
        let Some(kind) = kind.filter(|_| !principal.resource.is_empty()) else {
            self.oddities.strange_holders += 1;
            return;
        };
        let principal = self.place(kind, &principal.resource);
        match target {
            Target::Vault(vault, held) => {
                for path in self.paths(grant, entitlement) {
                    let access = Access {
                        principal,
                        vault,
                        path,
                        held,
                    };
                    add(&mut self.snapshot.access, access);
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
        let paths: Vec<Path> = sources.map(|source| self.path(source, own)).collect();
        match paths.is_empty() {
            true => vec![Path::Direct],
            false => paths,
        }
    }

    fn path(&mut self, source: &str, own: &str) -> Path {
        let group = source.strip_prefix("group:");
        match group.and_then(|rest| rest.strip_suffix(":member")) {
            _ if source == own => Path::Direct,
            Some(group) => Path::Group(self.place(Group, group)),
            None => {
                let (place, _) = self.snapshot.others.insert_full(source.to_owned());
                Path::Other(order::place(place))
            }
        }
    }

    fn target(&mut self, entitlement_id: &str, resource: &ResourceId) -> Option<Target> {
        if let Some(&known) = self.targets.get(entitlement_id) {
            return known;
        }
        let owner = ids::ResourceId::from_message(resource).ok()?;
        let slug = owner.slug(entitlement_id).unwrap_or_default();
        let target = match (owner.kind, slug) {
            (Vault, _) => {
                let permission = self.snapshot.permissions.intern(slug);
                Some(Target::Vault(self.place(Vault, &owner.id), permission))
            }
            (Group, "member") => Some(Target::Member(self.place(Group, &owner.id))),
            (Group, "manager") => Some(Target::Manager(self.place(Group, &owner.id))),
            _ => None,
        };
        self.targets.insert(entitlement_id.to_owned(), target);
        target
    }

    /// The place of the one with this id; a new one comes to the end.
    fn place(&mut self, kind: ResourceKind, id: &str) -> u32 {
        let places = self.places.entry(kind).or_default();
        if let Some(&known) = places.get(id) {
            return known;
        }
        let list = list(&mut self.snapshot, kind);
        let place = order::place(list.len());
        list.push(Resource::new(kind, id, place, None));
        places.insert(id.to_owned(), place);
        place
    }

    /// Puts everything in its final order, names it, and adds what members inherit.
    fn finish(mut self) -> Snapshot {
        order(&mut self.snapshot);
        self.oddities.not_expanded = self.expand();
        let mut snapshot = self.snapshot;
        let kind = &snapshot.source.sync.sync_type;
        let listed = (&mut *snapshot.principals, &mut *snapshot.vaults);
        let (access, permissions) = (&snapshot.access, &snapshot.permissions);
        snapshot.coverage.finish(kind, listed, access, permissions);
        snapshot.notices = notices::of_content(&snapshot, &self.oddities);
        snapshot
    }

    /// Gives members what their groups hold, and says how many permissions the file had not given
    /// them: a sync may have been asked not to expand groups, and that must not look like no
    /// access.
    fn expand(&mut self) -> usize {
        let held = |all: &[Access]| all.iter().map(|one| one.held.len() as usize).sum::<usize>();
        let before = held(&self.snapshot.access);
        let kind = |one: &Access| self.snapshot.principal(one.principal).kind;
        let is_group = |one: &&Access| kind(one) == Group;
        let of_groups = self.snapshot.access.iter().filter(is_group).cloned();
        for access in of_groups.collect::<Vec<_>>() {
            for member in Snapshot::of_group(&self.snapshot.members, access.principal) {
                let inherited = Access {
                    principal: member,
                    path: Path::Group(access.principal),
                    ..access
                };
                add(&mut self.snapshot.access, inherited);
            }
        }
        merge(&mut self.snapshot.access);
        held(&self.snapshot.access) - before
    }
}

fn list(s: &mut Snapshot, kind: ResourceKind) -> &mut Vec<Resource> {
    match kind {
        Vault => &mut s.vaults,
        _ => &mut s.principals,
    }
}

/// Keeps the entries few while they arrive one permission at a time.
fn add(all: &mut Vec<Access>, access: Access) {
    if all.len() == all.capacity() {
        merge(all);
        all.reserve_exact(PENDING);
    }
    all.push(access);
}

/// Sorts principals and vaults by name, and everything that names them by place.
fn order(s: &mut Snapshot) {
    let principals = order::by_name(&mut s.principals);
    let vaults = order::by_name(&mut s.vaults);
    let new = |place: u32| principals[place as usize];
    for access in &mut s.access {
        access.principal = new(access.principal);
        access.vault = vaults[access.vault as usize];
        if let Path::Group(group) = &mut access.path {
            *group = new(*group);
        }
    }
    merge(&mut s.access);
    for pairs in [&mut s.members, &mut s.managers] {
        let moved = pairs
            .iter()
            .map(|&(group, member)| (new(group), new(member)));
        *pairs = moved.collect();
    }
}

/// One entry a principal, vault and path.
fn merge(access: &mut Vec<Access>) {
    access.sort_unstable();
    access.dedup_by(|next, kept| {
        let key = |one: &Access| (one.principal, one.vault, one.path);
        let same = key(next) == key(kept);
        if same {
            kept.held |= next.held;
        }
        same
    });
}

fn kind_of(id: &ResourceId) -> Option<ResourceKind> {
    id.resource_type.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connector::gaps::Gap;

    fn account(gaps: Option<&Gaps>) -> v2::Resource {
        v2::Resource {
            id: Some(ids::ResourceId::new(Account, "A").to_message()),
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
