//! From directory and access rows to encoded records, in the order in which they are written.
//! Inherited grants are computed one vault at a time (`src/sync/mapping.md`, Inherited access), so
//! that no more than one vault's grants are ever in memory.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::baton::grant::{EntitlementStub, Origin, PrincipalStub, expansion};
use crate::baton::ids::{ResourceId, ResourceKind};
use crate::baton::pb::v2;
use crate::connector::capabilities::resource_type;
use crate::connector::gaps::Gap;
use crate::connector::permission::MEMBER;
use crate::connector::place::{self, MANAGER, entitlement};
use crate::connector::user;
use crate::op::types::{Group, Listing, User, UserDetails, Vault};

use super::directory::Directory;
use super::plan::Plan;
use super::report::{Warning, Warnings};
use super::rows::Rows;

/// A user's place among those that are known.
pub(super) type PersonNumber = u32;

/// A group as vaults need it.
pub(super) struct GroupRecord {
    pub(super) stub: PrincipalStub,
    /// The id of its `member` entitlement: the source of what its members inherit.
    pub(super) member_entitlement: String,
    /// What makes a vault grant to it expandable.
    pub(super) expansion: Vec<u8>,
    /// Sorted, each once.
    pub(super) members: Vec<PersonNumber>,
}

/// Turns rows into records; remembers principals and group members on the way.
pub(super) struct Records<'a> {
    pub(super) plan: &'a Plan,
    pub(super) directory: &'a Directory,
    pub(super) account: ResourceId,
    pub(super) warnings: Warnings,
    pub(super) rows: Rows,
    people: HashMap<String, PersonNumber>,
    /// In the order of their numbers: those of `user list`, then those whom it does not have, with
    /// what rows have told of them so far. They are written last.
    pub(super) users: Vec<User>,
    /// How many `user list` has.
    listed: usize,
    pub(super) stubs: Vec<PrincipalStub>,
    pub(super) groups: HashMap<String, GroupRecord>,
    /// Permissions outside the tables, on any vault so far.
    pub(super) unknown: BTreeSet<String>,
}

impl<'a> Records<'a> {
    pub(super) fn new(plan: &'a Plan, directory: &'a Directory, warnings: Warnings) -> Self {
        let account = ResourceId::new(ResourceKind::Account, &directory.account.id);
        Self {
            plan,
            directory,
            account,
            warnings,
            rows: Rows::new(),
            people: HashMap::new(),
            users: Vec::new(),
            listed: 0,
            stubs: Vec::new(),
            groups: HashMap::new(),
            unknown: BTreeSet::new(),
        }
    }

    /// Resource types, the account, its `users` and projects.
    pub(super) fn directory(&mut self, users: Vec<User>) {
        let (plan, directory) = (self.plan, self.directory);
        for kind in plan.types() {
            self.rows.resource_type(&resource_type(kind));
        }
        if plan.has(ResourceKind::User) {
            self.listed = users.len();
            for user in users {
                self.person(user);
            }
        }
        if plan.has(ResourceKind::Project) {
            for project in directory.project_list() {
                let resource = project.resource(&self.account);
                let (id, full) = (&project.server.id, [&*project.server.name, ""]);
                self.resource(ResourceKind::Project, id, &resource, full);
            }
        }
        if plan.has(ResourceKind::Vault) && plan.targets.is_empty() {
            self.vaults_of_tokens();
        }
        if plan.reads(ResourceKind::Account) {
            self.account_entitlement();
        }
    }

    /// Vaults that only Connect tokens tell of. One with a name is shown with what they may do.
    fn vaults_of_tokens(&mut self) {
        let vaults = self.directory.vaults.iter();
        let listed: HashSet<String> = vaults.map(|vault| vault.id.to_lowercase()).collect();
        let mut named = BTreeMap::new();
        for project in self.directory.project_list() {
            let reached = project.access.iter();
            for (id, vault) in reached.filter(|(id, _)| !listed.contains(*id)) {
                let example = format!("{id} (project {})", project.server.name);
                self.warnings.add(Warning::ProjectVaultUnlisted, example);
                if !id.is_empty() && !vault.name.is_empty() {
                    named.insert(id, &vault.name);
                }
            }
        }
        for (id, name) in named {
            let vault = Vault {
                id: id.clone(),
                name: name.clone(),
                ..Vault::default()
            };
            self.vault(&vault, None, None);
        }
    }

    /// The account, when all is known that its file must remember.
    pub(super) fn account_resource(&mut self) {
        let account = &self.directory.account;
        let resource = v2::Resource {
            profile: Some(self.warnings.gaps.profile()),
            ..place::account_resource(account)
        };
        let full = [&*account.name, ""];
        self.resource(ResourceKind::Account, &account.id, &resource, full);
    }

    fn account_entitlement(&mut self) {
        let id = self.account.clone();
        let resource = place::account_resource(&self.directory.account);
        self.entitlements(&id, &resource, [MEMBER]);
        if self.plan.grants_to(ResourceKind::User) {
            let member = EntitlementStub::new(&id, MEMBER);
            for user in &self.stubs {
                self.rows.grant(&id, &member, user, &[], Origin::Direct);
            }
        }
    }

    /// A group: its resource, entitlements and members.
    pub(super) fn group(&mut self, group: &Group, members: Option<Listing<User>>) {
        let (id, resource) = self.bare_group(group);
        self.entitlements(&id, &resource, [MANAGER, MEMBER]);
        let (members, managers) = self.members(&group.id, members);
        for (slug, holders) in [(MANAGER, &managers), (MEMBER, &members)] {
            let entitlement = EntitlementStub::new(&id, slug);
            for &person in holders {
                let (rows, user) = (&mut self.rows, &self.stubs[person as usize]);
                rows.grant(&id, &entitlement, user, &[], Origin::Direct);
            }
        }
        if let Some(record) = self.groups.get_mut(&group.id) {
            record.members = members;
        }
    }

    /// A group that vaults name but nothing more is known of: only its resource.
    pub(super) fn bare_group(&mut self, group: &Group) -> (ResourceId, v2::Resource) {
        let resource = place::group_resource(group, &self.account);
        let full = [&*group.name, &group.description];
        let id = self.resource(ResourceKind::Group, &group.id, &resource, full);
        let record = GroupRecord {
            stub: PrincipalStub::new(&id),
            member_entitlement: id.entitlement(MEMBER),
            expansion: expansion(&id),
            members: Vec::new(),
        };
        self.groups.insert(group.id.clone(), record);
        (id, resource)
    }

    /// All members and, among them, the managers; each sorted, each person once.
    fn members(
        &mut self,
        group_id: &str,
        listing: Option<Listing<User>>,
    ) -> (Vec<PersonNumber>, Vec<PersonNumber>) {
        let (mut members, mut managers) = (Vec::new(), Vec::new());
        let gap = Gap::Members(group_id.to_owned());
        for row in self.rows_of(&gap, listing) {
            if row.role.is_empty() {
                self.unstated(Warning::RoleUntold, &gap, gap.command());
            }
            let manager = place::is_manager(&row);
            let person = self.person(row);
            members.push(person);
            if manager {
                managers.push(person);
            }
        }
        let rows = members.len();
        for list in [&mut members, &mut managers] {
            list.sort_unstable();
            list.dedup();
        }
        self.note_repeated(rows - members.len(), &gap);
        (members, managers)
    }

    /// The rows of a listing, none if it was not asked for. Says what it leaves open.
    pub(super) fn rows_of<T>(&mut self, gap: &Gap, listing: Option<Listing<T>>) -> Vec<T> {
        let Some(listing) = listing else {
            return Vec::new();
        };
        self.warnings
            .add_all(Warning::RowSkipped, gap.command(), listing.skipped);
        if listing.null {
            self.unstated(Warning::MembersUnread, gap, gap.command());
        }
        listing.rows
    }

    /// The permissions in the row of this id on a vault, none if it does not say.
    pub(super) fn held(
        &mut self,
        gap: &Gap,
        id: &str,
        permissions: Option<Vec<String>>,
    ) -> Vec<String> {
        permissions.unwrap_or_else(|| {
            let example = format!("{}: {id}", gap.command());
            self.unstated(Warning::PermissionsUnread, gap, example);
            Vec::new()
        })
    }

    /// The number of a user. One whom `user list` does not have becomes a resource too, when all
    /// rows are read (`src/sync/mapping.md`, Unlisted members).
    pub(super) fn person(&mut self, user: User) -> PersonNumber {
        if let Some(&number) = self.people.get(&user.id) {
            if number as usize >= self.listed {
                complete(&mut self.users[number as usize], user);
            }
            return number;
        }
        let number = PersonNumber::try_from(self.users.len()).unwrap_or(PersonNumber::MAX);
        let id = ResourceId::new(ResourceKind::User, &user.id);
        self.stubs.push(PrincipalStub::new(&id));
        self.people.insert(user.id.clone(), number);
        self.users.push(user);
        number
    }

    /// Writes a user, with what is known of it beside.
    pub(super) fn user(&mut self, number: usize, user: &User, details: Option<&UserDetails>) {
        let resource = user::user_resource(user, details, &self.account);
        let full = [user::label(user), ""];
        self.resource(ResourceKind::User, &user.id, &resource, full);
        if number >= self.listed && self.plan.targets.is_empty() {
            let name = format!("{} ({})", user::label(user), user.id);
            self.warnings.add(Warning::UserUnlisted, name);
        }
    }

    /// A group that vaults name and whose members cannot be read.
    pub(super) fn unreadable(&mut self, group: &Group, error: &crate::op::Error) {
        let Group { name, id, .. } = group;
        let (gap, example) = (Gap::Members(id.clone()), format!("{name} ({id}): {error}"));
        let warnings = &mut self.warnings;
        warnings.add_gap(Warning::GroupUnreadable, gap, &error.to_string(), example);
    }

    pub(super) fn refused(&mut self, gap: Gap, error: &crate::op::Error) {
        let why = error.to_string();
        let warnings = &mut self.warnings;
        warnings.add_gap(Warning::ListingRefused, gap, &why, &*why);
    }

    /// An answer that leaves something open: a warning, and a gap that the file remembers.
    fn unstated(&mut self, warning: Warning, gap: &Gap, example: String) {
        let sentence = warning.notice().0.sentence;
        let warnings = &mut self.warnings;
        warnings.add_gap(warning, gap.clone(), &sentence, example);
    }

    pub(super) fn note_repeated(&mut self, repeated: usize, gap: &Gap) {
        self.warnings
            .add_all(Warning::RowRepeated, gap.command(), repeated);
    }

    /// Writes a resource; `full` are its name and its description before they were cut.
    pub(super) fn resource(
        &mut self,
        kind: ResourceKind,
        id: &str,
        resource: &v2::Resource,
        full: [&str; 2],
    ) -> ResourceId {
        let id = ResourceId::new(kind, id);
        let kept = [&resource.display_name, &resource.description];
        for (kept, full) in kept.into_iter().zip(full) {
            if kept.len() < full.len() {
                let text: String = kept.chars().take(40).collect();
                let example = format!("{id} ({text}…, {} bytes)", kept.len());
                self.warnings.add(Warning::TextCut, example);
            }
        }
        self.rows.resource(&id, resource);
        id
    }

    /// Writes the entitlements of a resource, unless the plan leaves them out.
    pub(super) fn entitlements<'s>(
        &mut self,
        id: &ResourceId,
        resource: &v2::Resource,
        slugs: impl IntoIterator<Item = &'s str>,
    ) {
        if !self.plan.skip_entitlements_and_grants {
            for slug in slugs {
                self.rows.entitlement(id, &entitlement(id, resource, slug));
            }
        }
    }
}

/// Adds what a later row tells of a user; what it leaves open stays.
fn complete(known: &mut User, row: User) {
    for (known, new) in [
        (&mut known.name, row.name),
        (&mut known.email, row.email),
        (&mut known.kind, row.kind),
        (&mut known.state, row.state),
    ] {
        if !new.is_empty() {
            *known = new;
        }
    }
}
