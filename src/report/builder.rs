//! Builds a [`Snapshot`] from the rows of a sync, in the order resources, entitlements, grants.

use std::collections::HashMap;

use indexmap::IndexSet;

use crate::baton::ids::ResourceKind;
use crate::baton::pb::v2::{Entitlement, Grant, Resource, ResourceId, ResourceType};
use crate::connector::gaps::Gaps;

use super::coverage::Coverage;
use super::model::{Access, PRINCIPALS, Path, Principal, Vault};
use super::notices::{self, Oddities};
use super::order;
use super::permissions::{Permissions, Set};
use super::resources;
use super::snapshot::{Snapshot, Source};

/// Entries that may wait to be merged with the ones before them: 24 bytes each.
const PENDING: usize = 1 << 19;

/// What an entitlement is about.
#[derive(Clone, Copy)]
enum Target {
    /// A permission on the vault at this place.
    Vault(u32, Set),
    /// Membership of the group at this place.
    Member(u32),
    /// Management of the group at this place.
    Manager(u32),
}

/// A snapshot in the making; places are in order of appearance until the end.
pub(super) struct Builder {
    snapshot: Snapshot,
    places: HashMap<ResourceKind, HashMap<String, u32>>,
    /// None for what is not shown, such as membership of the account.
    targets: HashMap<String, Option<Target>>,
    /// How many entries the last merge left.
    merged: usize,
    /// Whether the last account names what the sync did not read.
    names_gaps: bool,
    oddities: Oddities,
}

impl Builder {
    pub(super) fn new(source: Source) -> Self {
        let snapshot = Snapshot {
            source,
            principals: Vec::new(),
            vaults: Vec::new(),
            permissions: Permissions::default(),
            access: Vec::new(),
            members: Vec::new(),
            managers: Vec::new(),
            others: IndexSet::new(),
            coverage: Coverage::default(),
            notices: Vec::new(),
        };
        Self {
            snapshot,
            places: HashMap::new(),
            targets: HashMap::new(),
            merged: 0,
            names_gaps: false,
            oddities: Oddities::default(),
        }
    }

    pub(super) fn resource_type(&mut self, kind: &ResourceType) {
        self.snapshot
            .coverage
            .types
            .extend(kind.id.parse::<ResourceKind>());
    }

    pub(super) fn resource(&mut self, resource: Resource) {
        let Some(id) = &resource.id else { return };
        match kind_of(id) {
            Some(ResourceKind::Account) => {
                let gaps = Gaps::of_account(&resource);
                self.names_gaps = gaps.is_some();
                self.snapshot.coverage.gaps = gaps.unwrap_or_default();
                self.snapshot.source.account = (resource.display_name, id.resource.clone());
            }
            Some(ResourceKind::Vault) => {
                let place = self.vault(&id.resource) as usize;
                let vault = &mut self.snapshot.vaults[place];
                vault.content = resources::content(&resource);
                vault.name = resource.display_name;
                vault.listed = true;
            }
            Some(kind) => {
                let place = self.principal(kind, &id.resource) as usize;
                let principal = &mut self.snapshot.principals[place];
                *principal = resources::listed(principal, &resource);
                self.snapshot.coverage.lists_projects |= kind == ResourceKind::Project;
            }
            None => {}
        }
    }

    pub(super) fn entitlement(&mut self, entitlement: &Entitlement) {
        let resource = entitlement.resource.as_ref().and_then(|r| r.id.as_ref());
        let Some(id) = resource else { return };
        match self.target(&entitlement.id, id) {
            Some(Target::Vault(vault, permission)) => {
                let vault = &mut self.snapshot.vaults[vault as usize];
                vault.offered = vault.offered.with(permission);
            }
            Some(Target::Member(group)) => {
                self.snapshot.principals[group as usize].members_read = true;
            }
            Some(Target::Manager(_)) | None => {}
        }
    }

    pub(super) fn grant(&mut self, grant: &Grant) {
        self.snapshot.coverage.grants = true;
        let entitlement = grant.entitlement.as_ref();
        let resource = entitlement.and_then(|e| e.resource.as_ref()?.id.as_ref());
        let principal = grant.principal.as_ref().and_then(|p| p.id.as_ref());
        let (Some(entitlement), Some(resource), Some(principal)) =
            (entitlement, resource, principal)
        else {
            self.oddities.incomplete_grants += 1;
            return;
        };
        let Some(target) = self.target(&entitlement.id, resource) else {
            return;
        };
        let kind = kind_of(principal).filter(|kind| PRINCIPALS.contains(kind));
        let Some(kind) = kind.filter(|_| !principal.resource.is_empty()) else {
            self.oddities.strange_holders += 1;
            return;
        };
        let holder = self.principal(kind, &principal.resource);
        match target {
            Target::Vault(vault, held) => {
                self.sources(grant, &entitlement.id, |path| Access {
                    principal: holder,
                    vault,
                    path,
                    held,
                });
                self.merge_if_many();
            }
            _ if kind != ResourceKind::User => self.oddities.strange_holders += 1,
            Target::Member(group) => self.snapshot.members.push((group, holder)),
            Target::Manager(group) => self.snapshot.managers.push((group, holder)),
        }
    }

    /// Adds one entry a source (`src/sync/mapping.md`, Inherited access): no source and the own
    /// entitlement mean direct.
    fn sources(&mut self, grant: &Grant, entitlement_id: &str, access: impl Fn(Path) -> Access) {
        let sources = grant.sources.as_ref().map(|s| &s.sources);
        let Some(sources) = sources.filter(|sources| !sources.is_empty()) else {
            self.snapshot.access.push(access(Path::Direct));
            return;
        };
        for source in sources.keys() {
            let path = if source == entitlement_id {
                Path::Direct
            } else {
                self.path(source)
            };
            self.snapshot.access.push(access(path));
        }
    }

    fn path(&mut self, source: &str) -> Path {
        let group = source.strip_prefix("group:");
        if let Some(group) = group.and_then(|rest| rest.strip_suffix(":member")) {
            return Path::Group(self.principal(ResourceKind::Group, group));
        }
        let (place, _) = self.snapshot.others.insert_full(source.to_owned());
        Path::Other(order::place(place))
    }

    /// Keeps the entries few while they arrive one permission at a time.
    fn merge_if_many(&mut self) {
        let access = &mut self.snapshot.access;
        if access.len() >= self.merged + PENDING {
            merge(access);
            self.merged = access.len();
        }
    }

    fn target(&mut self, entitlement_id: &str, resource: &ResourceId) -> Option<Target> {
        if let Some(&known) = self.targets.get(entitlement_id) {
            return known;
        }
        // Ids are joined without escaping, so the slug is what follows the resource's own id.
        let id = &resource.resource;
        let owner = format!("{}:{id}:", resource.resource_type);
        let slug = entitlement_id.strip_prefix(&owner).unwrap_or_default();
        let target = match (kind_of(resource), slug) {
            (Some(ResourceKind::Vault), slug) => {
                let permission = self.snapshot.permissions.intern(slug);
                Some(Target::Vault(self.vault(id), permission))
            }
            (Some(kind @ ResourceKind::Group), "member") => {
                Some(Target::Member(self.principal(kind, id)))
            }
            (Some(kind @ ResourceKind::Group), "manager") => {
                Some(Target::Manager(self.principal(kind, id)))
            }
            _ => None,
        };
        self.targets.insert(entitlement_id.to_owned(), target);
        target
    }

    fn vault(&mut self, id: &str) -> u32 {
        let places = self.places.entry(ResourceKind::Vault).or_default();
        let new = |place| Vault::unlisted(id, place);
        place(places, &mut self.snapshot.vaults, id, new)
    }

    fn principal(&mut self, kind: ResourceKind, id: &str) -> u32 {
        let places = self.places.entry(kind).or_default();
        let new = |place| Principal::unlisted(kind, id, place);
        place(places, &mut self.snapshot.principals, id, new)
    }

    /// Adds what members inherit, puts everything in its final order and names it.
    pub(super) fn finish(mut self) -> Snapshot {
        for pairs in [&mut self.snapshot.members, &mut self.snapshot.managers] {
            pairs.sort_unstable();
            pairs.dedup();
        }
        merge(&mut self.snapshot.access);
        self.oddities.not_expanded = self.expand();
        let mut snapshot = self.snapshot;
        order(&mut snapshot);
        snapshot.coverage.lists_projects |= self.names_gaps;
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
        let is_group = |one: &&Access| {
            let who = self.snapshot.principal(one.principal);
            who.kind == ResourceKind::Group
        };
        let of_groups = self.snapshot.access.iter().filter(is_group).cloned();
        for access in of_groups.collect::<Vec<_>>() {
            for member in Snapshot::of_group(&self.snapshot.members, access.principal) {
                self.snapshot.access.push(Access {
                    principal: member,
                    path: Path::Group(access.principal),
                    ..access
                });
            }
            self.merge_if_many();
        }
        merge(&mut self.snapshot.access);
        held(&self.snapshot.access) - before
    }
}

/// Sorts principals and vaults by name, and everything that names them by place.
fn order(s: &mut Snapshot) {
    let principals = order::by_key(&mut s.principals, |p| {
        (p.kind, p.name.to_lowercase(), p.id.clone())
    });
    let vaults = order::by_key(&mut s.vaults, |v| (v.name.to_lowercase(), v.id.clone()));
    for access in &mut s.access {
        access.principal = principals[access.principal as usize];
        access.vault = vaults[access.vault as usize];
        if let Path::Group(group) = &mut access.path {
            *group = principals[*group as usize];
        }
    }
    s.access.sort_unstable_by(order::by_place);
    for pairs in [&mut s.members, &mut s.managers] {
        for (group, member) in pairs.iter_mut() {
            *group = principals[*group as usize];
            *member = principals[*member as usize];
        }
        pairs.sort_unstable();
    }
    let named = s.principals.iter();
    let labels = order::labels(named.map(|p| (p.kind, &*p.name, &*p.id, &*p.email)));
    for ((place, label), one) in (0..).zip(labels).zip(&mut s.principals) {
        (one.place, one.label) = (place, label);
    }
    let named = s.vaults.iter();
    let labels = order::labels(named.map(|v| (ResourceKind::Vault, &*v.name, &*v.id, "")));
    for ((place, label), one) in (0..).zip(labels).zip(&mut s.vaults) {
        (one.place, one.label) = (place, label);
    }
}

/// The place of the one with this id; a new one comes to the end.
fn place<T>(
    places: &mut HashMap<String, u32>,
    list: &mut Vec<T>,
    id: &str,
    new: impl FnOnce(u32) -> T,
) -> u32 {
    if let Some(&known) = places.get(id) {
        return known;
    }
    let place = order::place(list.len());
    places.insert(id.to_owned(), place);
    list.push(new(place));
    place
}

/// One entry a principal, vault and path.
fn merge(access: &mut Vec<Access>) {
    access.sort_unstable_by(order::by_place);
    access.dedup_by(|next, kept| {
        let same = order::by_place(next, kept).is_eq();
        if same {
            kept.held = kept.held.with(next.held);
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
    use crate::baton::ids;
    use crate::c1z::{SyncRun, SyncType};
    use crate::connector::gaps::Gap;

    fn account(gaps: Option<&Gaps>) -> Resource {
        Resource {
            id: Some(ids::ResourceId::new(ResourceKind::Account, "A").to_message()),
            profile: gaps.map(Gaps::profile),
            ..Resource::default()
        }
    }

    /// A foreign file may hold several accounts. What the last one leaves open is not known, whatever
    /// the ones before it say.
    #[test]
    fn the_last_account_says_what_was_not_read() {
        let mut gaps = Gaps::default();
        gaps.add(Gap::Members("g".to_owned()), "refused");
        for (accounts, known) in [
            ([None, Some(&gaps)], Some(&gaps)),
            ([Some(&gaps), None], None),
        ] {
            let mut builder = Builder::new(Source {
                file: String::new(),
                digest: String::new(),
                sync: SyncRun {
                    id: 1,
                    sync_id: String::new(),
                    started_at: String::new(),
                    ended_at: None,
                    sync_type: SyncType::Full,
                    parent_sync_id: String::new(),
                    linked_sync_id: String::new(),
                    stats: None,
                },
                account: Default::default(),
            });
            for kind in ResourceKind::ALL {
                builder.resource_type(&ResourceType {
                    id: kind.to_string(),
                    ..ResourceType::default()
                });
            }
            for gaps in accounts {
                builder.resource(account(gaps));
            }
            let coverage = builder.finish().coverage;
            assert_eq!(coverage.lists_projects, known.is_some());
            assert_eq!(coverage.gaps, known.cloned().unwrap_or_default());
        }
    }
}
