//! One vault: its resource, entitlements and grants, inherited ones included
//! (`src/sync/mapping.md`, Inherited access).

use std::collections::{BTreeMap, BTreeSet};

use crate::baton::grant::{EntitlementStub, Origin, PrincipalStub};
use crate::baton::ids::{ResourceId, ResourceKind};
use crate::connector::gaps::Gap;
use crate::connector::permission::{MEMBER, Vocabulary, is_automatic, slug};
use crate::connector::place::vault_resource;
use crate::op::types::{Group, Listing, User, Vault};

use super::records::{GroupRecord, PersonNumber, Records};
use super::report::Warning;

/// Who holds one slug of a vault.
#[derive(Default)]
struct Holders {
    users: Vec<PersonNumber>,
    /// Places in the vault's list of groups.
    groups: Vec<usize>,
    projects: BTreeSet<String>,
}

/// The slugs of a vault and their holders, sorted by slug.
type Slugs = BTreeMap<String, Holders>;

impl Records<'_> {
    /// Writes a vault. A group that was not written before becomes a resource without members.
    pub(super) fn vault(
        &mut self,
        row: &Vault,
        users: Option<Listing<User>>,
        groups: Option<Listing<Group>>,
    ) {
        let resource = vault_resource(row, &self.account);
        let full = [&*row.name, &row.description];
        let id = self.resource(ResourceKind::Vault, &row.id, &resource, full);
        if self.plan.skip_entitlements_and_grants {
            return;
        }
        let mut slugs = self.known_slugs();
        self.add_users(&mut slugs, &row.id, users);
        let groups = self.add_groups(&mut slugs, &row.id, groups);
        self.add_projects(&mut slugs, &row.id);
        self.entitlements(&id, &resource, slugs.keys().map(String::as_str));
        self.grants(&id, &mut slugs, &groups);
    }

    /// Every vault has the full set, held or not.
    fn known_slugs(&self) -> Slugs {
        // Where the account's kind is not known, only what is held tells of permissions.
        let possible = Vocabulary::possible(&self.directory.account.kind);
        let known = possible.iter().filter(|_| possible.len() == 1);
        let ids = known.flat_map(|one| one.ids()).map(slug);
        let all = std::iter::once(MEMBER.to_owned()).chain(ids);
        let allowed = all.filter(|slug| self.plan.allows(slug));
        allowed.map(|slug| (slug, Holders::default())).collect()
    }

    fn add_users(&mut self, slugs: &mut Slugs, vault: &str, listing: Option<Listing<User>>) {
        let gap = Gap::VaultUsers(vault.to_owned());
        let users = self.rows_of(&gap, listing);
        let (mut seen, rows) = (BTreeSet::new(), users.len());
        for mut user in users {
            let permissions = self.held(&gap, &user.id, user.permissions.take());
            let person = self.person(user);
            seen.insert(person);
            self.each_slug(slugs, &permissions, |holders| holders.users.push(person));
        }
        self.note_repeated(rows - seen.len(), &gap);
    }

    /// Adds the groups and returns their ids, in the order of their member entitlements.
    fn add_groups(
        &mut self,
        slugs: &mut Slugs,
        vault: &str,
        listing: Option<Listing<Group>>,
    ) -> Vec<String> {
        let gap = Gap::VaultGroups(vault.to_owned());
        let groups = self.rows_of(&gap, listing);
        let rows = groups.len();
        let mut permissions: BTreeMap<String, (String, Vec<String>)> = BTreeMap::new();
        for mut group in groups {
            let held = self.held(&gap, &group.id, group.permissions.take());
            if !self.groups.contains_key(&group.id) {
                self.bare_group(&group);
            }
            let key = ResourceId::new(ResourceKind::Group, &group.id).entitlement(MEMBER);
            let row = permissions.entry(key);
            let (_, permissions) = row.or_insert_with(|| (group.id, Vec::new()));
            permissions.extend(held);
        }
        self.note_repeated(rows - permissions.len(), &gap);
        let mut ids = Vec::with_capacity(permissions.len());
        for (place, (id, permissions)) in permissions.into_values().enumerate() {
            self.each_slug(slugs, &permissions, |holders| holders.groups.push(place));
            ids.push(id);
        }
        ids
    }

    /// Adds the projects whose tokens reach this vault, which these name in upper case
    /// (`src/op/op-cli.md`, Connect).
    fn add_projects(&mut self, slugs: &mut Slugs, vault: &str) {
        if !self.plan.grants_to(ResourceKind::Project) {
            return;
        }
        let directory = self.directory;
        let key = vault.to_lowercase();
        for project in directory.project_list() {
            if let Some(vault) = project.access.get(&key) {
                self.each_slug(slugs, &vault.acl, |holders| {
                    holders.projects.insert(project.server.id.clone());
                });
            }
        }
    }

    /// Calls `add` for `member` and for each permission that the plan lets through; permissions
    /// outside the table get a slug of their own (`src/sync/mapping.md`, Odd permissions).
    fn each_slug(
        &mut self,
        slugs: &mut Slugs,
        permissions: &[String],
        mut add: impl FnMut(&mut Holders),
    ) {
        if let Some(member) = slugs.get_mut(MEMBER) {
            add(member);
        }
        for permission in permissions {
            let slug = slug(permission);
            let is_odd = slug == MEMBER || slug.is_empty();
            let mut vocabularies = Vocabulary::possible(&self.directory.account.kind).iter();
            let is_known =
                vocabularies.any(|one| one.knows(permission)) || is_automatic(permission);
            if !is_known && self.unknown.insert(permission.clone()) {
                let quote = if is_odd { "'" } else { "" };
                let example = format!("{quote}{permission}{quote}");
                self.warnings.add(Warning::UnknownPermission, example);
            }
            if !is_odd && self.plan.allows(&slug) {
                add(slugs.entry(slug).or_default());
            }
        }
    }

    /// What groups and projects hold, and what users hold themselves or inherit.
    fn grants(&mut self, vault: &ResourceId, slugs: &mut Slugs, ids: &[String]) {
        let groups: Vec<&GroupRecord> = ids.iter().map(|id| &self.groups[id]).collect();
        // Without users in the file nobody could inherit (`src/sync/mapping.md`, Inherited access).
        let expandable = self.plan.has(ResourceKind::User);
        let rows = &mut self.rows;
        let mut held = Vec::with_capacity(slugs.len());
        for (slug, holders) in slugs {
            holders.users.sort_unstable();
            holders.groups.dedup();
            let entitlement = EntitlementStub::new(vault, slug);
            for &place in &holders.groups {
                let group = groups[place];
                let expansion = if expandable { &*group.expansion } else { &[] };
                rows.grant(vault, &entitlement, &group.stub, expansion, Origin::Direct);
            }
            for server in &holders.projects {
                let stub = PrincipalStub::new(&ResourceId::new(ResourceKind::Project, server));
                rows.grant(vault, &entitlement, &stub, &[], Origin::Direct);
            }
            held.push((entitlement, &*holders));
        }
        let feeding = if self.plan.expands() { &*groups } else { &[] };
        let mut sources: Vec<&str> = Vec::new();
        for (places, people) in by_groups(&held, feeding) {
            for (entitlement, holders) in &held {
                let feeds = |place: &&usize| holders.groups.binary_search(place).is_ok();
                let feeds = places.iter().filter(feeds).map(|&place| groups[place]);
                sources.clear();
                sources.extend(feeds.map(|group| &*group.member_entitlement));
                let inherited = sources.len();
                // `vault:…` sorts behind every `group:…`.
                sources.push(&entitlement.id);
                for &person in &people {
                    let origin = match (holders.users.binary_search(&person), inherited) {
                        (Ok(_), 0) => Origin::Direct,
                        (Ok(_), _) => Origin::Both(&sources),
                        (Err(_), 0) => continue,
                        (Err(_), _) => Origin::Inherited(&sources[..inherited]),
                    };
                    let user = &self.stubs[person as usize];
                    rows.grant(vault, entitlement, user, &[], origin);
                }
            }
        }
    }
}

/// All holders and members of the groups, by those of the vault's groups that they are in, sorted:
/// rows that follow each other then have nearly the same sources, which makes the file smaller.
fn by_groups(
    held: &[(EntitlementStub, &Holders)],
    groups: &[&GroupRecord],
) -> BTreeMap<Vec<usize>, Vec<PersonNumber>> {
    let mut of_person: BTreeMap<PersonNumber, Vec<usize>> = BTreeMap::new();
    for person in held.iter().flat_map(|(_, holders)| &holders.users) {
        of_person.entry(*person).or_default();
    }
    for (place, group) in groups.iter().enumerate() {
        for person in &group.members {
            of_person.entry(*person).or_default().push(place);
        }
    }
    let mut by_groups: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (person, places) in of_person {
        by_groups.entry(places).or_default().push(person);
    }
    by_groups
}
