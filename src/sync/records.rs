//! From directory and access rows to encoded records, in the order in which they are written.
//!
//! This is where a vault meets the members of its groups: inherited grants are computed one vault
//! at a time (`src/sync/mapping.md`, Inherited access), so no more than one vault's grants are ever
//! in memory.

use std::collections::{BTreeSet, HashMap};

use crate::baton::grant::{EntitlementStub, Origin, PrincipalStub, expansion};
use crate::baton::ids::{ResourceId, ResourceKind};
use crate::baton::pb::v2;
use crate::connector::capabilities::resource_type;
use crate::connector::gaps::{Gap, Gaps};
use crate::connector::permission::MEMBER;
use crate::connector::{account, group, user};
use crate::op::types::{Group, Listing, User, UserDetails};

use super::directory::Directory;
use super::plan::Plan;
use super::report::{Warning, Warnings};
use super::rows::Rows;

/// Users whose records are made before the writer takes them.
const PEOPLE_AT_ONCE: usize = 1000;

/// A principal of which grants are written: its number stands for it.
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
    /// What the file remembers as not read.
    pub(super) gaps: Gaps,
    pub(super) rows: Rows,
    people: HashMap<String, PersonNumber>,
    /// The first of them are those of `user list`; what they are is written last.
    listed: Vec<User>,
    /// Those whom `user list` does not have, with what rows have told of them so far.
    unlisted: Vec<User>,
    pub(super) stubs: Vec<PrincipalStub>,
    pub(super) groups: HashMap<String, GroupRecord>,
    /// Permissions outside the tables, on any vault so far.
    pub(super) unknown: BTreeSet<String>,
}

impl<'a> Records<'a> {
    pub(super) fn new(plan: &'a Plan, directory: &'a Directory, warnings: Warnings) -> Self {
        let account = ResourceId::new(ResourceKind::Account, &directory.account.id);
        Self {
            gaps: directory.gaps.clone(),
            plan,
            directory,
            account,
            warnings,
            rows: Rows::new(),
            people: HashMap::new(),
            listed: Vec::new(),
            unlisted: Vec::new(),
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
            for user in &users {
                self.number(&user.id);
            }
            self.listed = users;
        }
        if plan.has(ResourceKind::Project) {
            for project in directory.project_list() {
                let id = ResourceId::new(ResourceKind::Project, &project.server.id);
                let resource = project.resource(&self.account);
                self.resource(&id, &resource, [&project.server.name, ""]);
            }
        }
        if plan.has(ResourceKind::Vault) && plan.targets.is_empty() {
            for vault in directory.vaults_of_tokens() {
                self.vault(&vault, None, None);
            }
        }
        if plan.reads(ResourceKind::Account) {
            self.account_entitlement(&account::account_resource(&directory.account));
        }
    }

    /// The account, when all is known that its file must remember.
    pub(super) fn account_resource(&mut self) {
        let account = &self.directory.account;
        let resource = v2::Resource {
            profile: Some(self.gaps.profile()),
            ..account::account_resource(account)
        };
        let id = self.account.clone();
        self.resource(&id, &resource, [&account.name, ""]);
    }

    fn account_entitlement(&mut self, resource: &v2::Resource) {
        let id = self.account.clone();
        self.entitlements(&id, &account::entitlements(&id, resource));
        if self.plan.grants_to(ResourceKind::User) {
            let member = EntitlementStub::new(&id, MEMBER);
            for user in &self.stubs {
                self.rows.grant(&id, &member, user, &[], Origin::Direct);
            }
        }
    }

    /// A group: its resource, entitlements and members.
    pub(super) fn group(&mut self, group: &Group, members: Option<Listing<User>>) {
        let (id, resource) = self.group_resource(group);
        self.entitlements(&id, &group::entitlements(&id, &resource));
        let (members, managers) = self.members(&group.id, members);
        for (slug, holders) in [(group::MANAGER, &managers), (MEMBER, &members)] {
            let entitlement = EntitlementStub::new(&id, slug);
            for &person in holders {
                let user = &self.stubs[person as usize];
                self.rows
                    .grant(&id, &entitlement, user, &[], Origin::Direct);
            }
        }
        self.remember_group(&id, members);
    }

    /// A group that vaults name but nothing more is known of: only its resource.
    pub(super) fn bare_group(&mut self, group: &Group) {
        let (id, _) = self.group_resource(group);
        self.remember_group(&id, Vec::new());
    }

    fn group_resource(&mut self, group: &Group) -> (ResourceId, v2::Resource) {
        let id = ResourceId::new(ResourceKind::Group, &group.id);
        let resource = group::group_resource(group, &self.account);
        self.resource(&id, &resource, [&group.name, &group.description]);
        (id, resource)
    }

    fn remember_group(&mut self, id: &ResourceId, members: Vec<PersonNumber>) {
        let record = GroupRecord {
            stub: PrincipalStub::new(id),
            member_entitlement: id.entitlement(MEMBER),
            expansion: expansion(id),
            members,
        };
        self.groups.insert(id.id.clone(), record);
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
            let manager = group::is_manager(&row);
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
        if permissions.is_none() {
            let example = format!("{}: {id}", gap.command());
            self.unstated(Warning::PermissionsUnread, gap, example);
        }
        permissions.unwrap_or_default()
    }

    /// The number of a user. One whom `user list` does not have becomes a resource as well, for
    /// everybody with access has one (`src/sync/mapping.md`, Unlisted members), but only when all
    /// rows are read.
    pub(super) fn person(&mut self, user: User) -> PersonNumber {
        if let Some(&number) = self.people.get(&user.id) {
            let place = (number as usize).checked_sub(self.listed.len());
            if let Some(known) = place.and_then(|place| self.unlisted.get_mut(place)) {
                complete(known, user);
            }
            return number;
        }
        let number = self.number(&user.id);
        self.unlisted.push(user);
        number
    }

    fn number(&mut self, id: &str) -> PersonNumber {
        let number = PersonNumber::try_from(self.stubs.len()).unwrap_or(PersonNumber::MAX);
        self.stubs
            .push(PrincipalStub::new(&ResourceId::new(ResourceKind::User, id)));
        self.people.insert(id.to_owned(), number);
        number
    }

    /// Writes the users that `user list` has, with what is known of them beside; a part of them, so
    /// that the writer is never far behind. False when all are written.
    pub(super) fn listed_people(&mut self, details: &HashMap<String, UserDetails>) -> bool {
        let rest = self.listed.len().saturating_sub(PEOPLE_AT_ONCE);
        for user in self.listed.split_off(rest) {
            self.user(&user, details.get(&user.id));
        }
        rest > 0
    }

    /// Writes the users that rows have named and `user list` has not.
    pub(super) fn unlisted_people(&mut self) {
        for user in std::mem::take(&mut self.unlisted) {
            self.user(&user, None);
            if self.plan.targets.is_empty() {
                let name = format!("{} ({})", user::label(&user), user.id);
                self.warnings.add(Warning::UserUnlisted, name);
            }
        }
    }

    fn user(&mut self, user: &User, details: Option<&UserDetails>) {
        let resource = user::user_resource(user, details, &self.account);
        let id = ResourceId::new(ResourceKind::User, &user.id);
        self.resource(&id, &resource, [user::label(user), ""]);
    }

    /// A group that vaults name and whose members cannot be read.
    pub(super) fn unreadable(&mut self, group: &Group, error: &crate::op::Error) {
        let Group { name, id, .. } = group;
        self.gaps.add(Gap::Members(id.clone()), &error.to_string());
        self.warnings
            .add(Warning::GroupUnreadable, format!("{name} ({id}): {error}"));
    }

    /// A listing that was refused.
    pub(super) fn refused(&mut self, gap: Gap, error: &crate::op::Error) {
        let why = error.to_string();
        self.gaps.add(gap, &why);
        self.warnings.add(Warning::ListingRefused, why);
    }

    /// An answer that leaves something open: a warning, and a gap that the file remembers.
    fn unstated(&mut self, warning: Warning, gap: &Gap, example: String) {
        self.warnings.add(warning, example);
        self.gaps.add(gap.clone(), &warning.notice().sentence);
    }

    pub(super) fn note_repeated(&mut self, repeated: usize, gap: &Gap) {
        self.warnings
            .add_all(Warning::RowRepeated, gap.command(), repeated);
    }

    /// Writes a resource; `full` are its name and its description before they were cut.
    pub(super) fn resource(&mut self, id: &ResourceId, resource: &v2::Resource, full: [&str; 2]) {
        let kept = [&resource.display_name, &resource.description];
        for (kept, full) in kept.into_iter().zip(full) {
            if kept.len() < full.len() {
                let text: String = kept.chars().take(40).collect();
                let length = kept.len();
                self.warnings
                    .add(Warning::TextCut, format!("{id} ({text}…, {length} bytes)"));
            }
        }
        let parent = Some(&self.account).filter(|&parent| parent != id);
        self.rows.resource(id, parent, resource);
    }

    /// Writes the entitlements of a resource, unless the plan leaves them out.
    pub(super) fn entitlements(&mut self, id: &ResourceId, entitlements: &[v2::Entitlement]) {
        if !self.plan.skip_entitlements_and_grants {
            for entitlement in entitlements {
                self.rows.entitlement(id, entitlement);
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
