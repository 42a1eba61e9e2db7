//! What changed between two syncs: who came and went, who was put into groups, who gained and lost what.

use std::collections::BTreeSet;

use crate::baton::ids::ResourceKind;
use crate::notice::Notice;

use super::compare::{self, Joined};
use super::count::Listed;
use super::coverage::Coverage;
use super::not_known::{self, NotKnown};
use super::order::Texts;
use super::permissions::{Permissions, Set};
use super::snapshot::{Access, Path, PathParts, Principal, Snapshot, Source, Vault};

pub use super::shift::{PathShift, Shift};

/// What can be new or gone.
const KINDS: [ResourceKind; 4] = [
    ResourceKind::User,
    ResourceKind::Group,
    ResourceKind::Project,
    ResourceKind::Vault,
];

/// A changed membership.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// Place of the group in [`Changes::principals`].
    pub group: u32,
    /// Place of the user.
    pub user: u32,
    /// True: that the user manages the group. False: that the user belongs to it.
    pub manager: bool,
    /// True: it is so now. False: it was so.
    pub gained: bool,
}

/// A user, group, project or vault whose name or state changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// `user`, `group`, `project` or `vault`.
    pub kind: ResourceKind,
    /// Its id.
    pub id: String,
    /// Its name as shown, now.
    pub label: String,
    /// `name` or `state`.
    pub what: &'static str,
    /// As it was.
    pub before: String,
    /// As it is.
    pub after: String,
}

/// A user, group, project or vault that is new or gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// `user`, `group`, `project` or `vault`.
    pub kind: ResourceKind,
    /// Its id.
    pub id: String,
    /// Its name as shown.
    pub label: String,
    /// True: it is new. False: it is gone.
    pub gained: bool,
}

/// Everything that changed.
#[derive(Debug)]
pub struct Changes {
    /// The older sync.
    pub old: Source,
    /// Whole sentences about the older file, and about what could not be compared.
    pub notices: Vec<Notice>,
    /// Everybody of the newer sync at the same place, then those only in the older one.
    pub principals: Vec<Principal>,
    /// The same for vaults.
    pub vaults: Vec<Vault>,
    /// What the bits of the sets here mean; for the newer sync's sets too.
    pub permissions: Permissions,
    /// Entitlements that a [`Path::Other`] names.
    pub others: Vec<String>,
    /// What is new or gone.
    pub arrivals: Listed<Arrival>,
    /// What was renamed or changed state.
    pub edits: Listed<Edit>,
    /// Who was put into groups or taken out.
    pub memberships: Listed<Membership>,
    /// Who gained and lost what.
    pub access: Listed<Shift>,
    pub(super) not_known: NotKnown,
    compared: Compared,
}

/// What both syncs read.
#[derive(Debug)]
struct Compared {
    /// By place of the vault: the users, and the projects, that reach it.
    users: Vec<bool>,
    projects: Vec<bool>,
    /// Permissions that only one of them read.
    not: Set,
    /// What both list.
    lists: Vec<ResourceKind>,
}

impl Compared {
    /// Whether both read who of this kind reaches the vault.
    fn has(&self, kind: ResourceKind, vault: u32) -> bool {
        let vaults = match kind {
            ResourceKind::Project => &self.projects,
            _ => &self.users,
        };
        vaults[vault as usize]
    }
}

impl Shift {
    /// The paths that brought (or took) what was gained (or lost) in all.
    pub fn causes(&self, gained: bool) -> impl Iterator<Item = &PathShift> {
        self.paths.iter().filter(move |path| match gained {
            true => path.gained.meets(self.gained),
            false => path.lost.meets(self.lost),
        })
    }

    /// The paths of the newer sync that give something of a set.
    pub fn giving(&self, held: Set) -> impl Iterator<Item = &Path> {
        let paths = self.now.iter().filter(move |(_, own)| own.meets(held));
        paths.map(|(path, _)| path)
    }
}

impl Changes {
    /// Compares by id.
    pub fn new(old: &Snapshot, new: &Snapshot) -> Self {
        let principals = Joined::new(&old.principals, &new.principals, |p| (p.kind, p.id.clone()));
        let vaults = Joined::new(&old.vaults, &new.vaults, |v| v.id.clone());
        let mut permissions = new.permissions.clone();
        let mut notices: Vec<Notice> = old.notices.iter().map(about_older).collect();
        notices.extend(other_account(old, new));
        let mut others: Texts = new.others.iter().collect();
        let mut translated =
            compare::translate(old, &principals, &vaults, &mut permissions, &mut others);
        let uncompared = compare::uncompared(old, new, &mut permissions);
        let of_vaults = |known: fn(&Coverage, Option<u32>) -> bool| {
            let [old, new] = [old, new].map(|one| move |vault| known(&one.coverage, vault));
            vaults.known_to_both(old, new)
        };
        let compared = Compared {
            users: of_vaults(Coverage::users),
            projects: of_vaults(Coverage::projects),
            not: uncompared,
            lists: KINDS
                .into_iter()
                .filter(|&kind| both_list(old, new, kind))
                .collect(),
        };
        if !uncompared.is_empty() && compared.users.contains(&true) {
            let slugs: Vec<&str> = permissions.slugs(uncompared).collect();
            let sentence = format!(
                "Only one of the two syncs read these permissions, so they are not compared: {}.",
                slugs.join(", ")
            );
            notices.push(Notice::gap("permissions-not-compared", sentence));
        }
        notices.extend(uncompared_access(&compared.users));
        notices.extend(uncompared_projects(old, new));
        let mut not_known = NotKnown::default();
        let (arrivals, memberships) = (
            arrivals(&principals, &vaults, old, new, &mut not_known),
            memberships(old, new, &principals, &mut not_known),
        );
        let compares = |principal: u32, vault: u32| {
            compared.has(principals.all[principal as usize].kind, vault)
        };
        let either = translated.iter().chain(&new.access);
        not_known.access = not_known::uncompared_pairs(either, uncompared, compares);
        translated.retain_mut(|access| {
            access.held = access.held.without(uncompared);
            !access.held.is_empty()
        });
        let mut changes = Self {
            old: old.source.clone(),
            notices,
            arrivals,
            edits: edits(old, new, &principals, &vaults),
            memberships,
            principals: principals.all,
            vaults: vaults.all,
            permissions,
            others: others.into_list(),
            access: Listed::new([], false),
            not_known,
            compared,
        };
        let compares = |principal, vault| changes.compares(principal, vault);
        let shifts = compare::shifts(&translated, &new.access, uncompared, compares);
        let all = [old, new].iter().all(|one| one.coverage.access())
            && changes.compared.users.iter().all(|&known| known)
            && both_or_neither(old, new);
        changes.access = Listed::new(shifts, all && uncompared.is_empty());
        changes.sort();
        changes
    }

    /// Whether both syncs read what the principal has to do with the vault.
    fn compares(&self, principal: u32, vault: u32) -> bool {
        self.compares_kind(self.principal(principal).kind, vault)
    }

    /// The same for all principals of a kind.
    pub(super) fn compares_kind(&self, kind: ResourceKind, vault: u32) -> bool {
        self.compared.has(kind, vault)
    }

    /// Whether both syncs list all of a kind.
    pub(super) fn lists(&self, kind: ResourceKind) -> bool {
        self.compared.lists.contains(&kind)
    }

    /// Whether both syncs read the same permissions.
    pub(super) fn compares_all_permissions(&self) -> bool {
        self.compared.not.is_empty()
    }

    /// Whether both syncs read if the principal holds the permission on the vault.
    pub(super) fn compares_slug(&self, principal: u32, vault: u32, slug: &str) -> bool {
        let mut not = self.permissions.slugs(self.compared.not);
        self.compares(principal, vault) && !not.any(|other| other == slug)
    }

    /// The same for all that an access of the newer sync holds.
    pub(super) fn compares_set(&self, access: &Access) -> bool {
        self.compares(access.principal, access.vault) && !access.held.meets(self.compared.not)
    }

    /// A sentence for when it is certain that nothing changed.
    pub fn nothing(&self) -> Option<&'static str> {
        let nothing = self.arrivals.is_none()
            && self.edits.is_none()
            && self.memberships.is_none()
            && self.access.is_none();
        nothing.then_some(match self.lists(ResourceKind::Project) {
            true => "Nothing changed.",
            false => {
                "Nothing changed. No projects are in either file: there are none, or they were not \
                 read."
            }
        })
    }

    /// The principal at a place.
    pub fn principal(&self, place: u32) -> &Principal {
        &self.principals[place as usize]
    }

    /// A path of a [`Shift`].
    pub fn path<'s>(&'s self, shift: &Shift, path: &Path) -> PathParts<'s> {
        PathParts::new(path, shift.principal, &self.principals, &self.others)
    }

    /// The vault at a place.
    pub fn vault(&self, place: u32) -> &Vault {
        &self.vaults[place as usize]
    }

    /// By name: places of what is gone come after all others.
    fn sort(&mut self) {
        let (principals, vaults) = (&self.principals, &self.vaults);
        let principal = |place: u32| {
            let p = &principals[place as usize];
            (
                std::cmp::Reverse(p.kind),
                p.label.to_lowercase(),
                p.id.clone(),
            )
        };
        let vault = |place: u32| {
            let v = &vaults[place as usize];
            (v.label.to_lowercase(), v.id.clone())
        };
        let access = &mut self.access.rows;
        access.sort_by_cached_key(|shift| (principal(shift.principal), vault(shift.vault)));
        self.memberships
            .rows
            .sort_by_cached_key(|m| (principal(m.group), principal(m.user), m.manager));
        self.arrivals
            .rows
            .sort_by_cached_key(|a| (!a.gained, a.kind, a.label.to_lowercase()));
    }
}

fn about_older(notice: &Notice) -> Notice {
    Notice {
        sentence: format!("About the older file: {}", notice.sentence).into(),
        ..notice.clone()
    }
}

fn other_account(old: &Snapshot, new: &Snapshot) -> Option<Notice> {
    let (old, new) = (&old.source.account, &new.source.account);
    (old.1 != new.1).then(|| {
        let name = |(name, id): &(String, String)| {
            crate::text::plain(&format!("{name} ({id})")).into_owned()
        };
        let sentence = format!(
            "The two files are of different accounts: {} and {}.",
            name(old),
            name(new)
        );
        Notice::warning("other-account", sentence)
    })
}

fn both_list(old: &Snapshot, new: &Snapshot, kind: ResourceKind) -> bool {
    old.coverage.lists(kind) && new.coverage.lists(kind)
}

/// Whether projects are in both files, or in neither: most accounts have none.
fn both_or_neither(old: &Snapshot, new: &Snapshot) -> bool {
    let [old, new] = [old, new].map(|one| one.coverage.lists(ResourceKind::Project));
    old == new
}

/// Whether both files have all that can be new, gone, renamed or in another state.
fn both_list_all(old: &Snapshot, new: &Snapshot) -> bool {
    let kinds = [ResourceKind::User, ResourceKind::Group, ResourceKind::Vault];
    kinds.iter().all(|&kind| both_list(old, new, kind)) && both_or_neither(old, new)
}

fn uncompared_access(users: &[bool]) -> Option<Notice> {
    let vaults = u32::try_from(users.iter().filter(|&&known| !known).count()).unwrap_or(u32::MAX);
    let sentence = match vaults as usize {
        0 => return None,
        all if all == users.len() => {
            "One of the two syncs did not read all access, so access is not compared.".to_owned()
        }
        _ => format!(
            "One of the two syncs did not read all access, so that to {} is not compared.",
            super::show::count(vaults, "vault", "vaults")
        ),
    };
    Some(Notice::gap("access-not-compared", sentence))
}

fn uncompared_projects(old: &Snapshot, new: &Snapshot) -> Option<Notice> {
    (!both_or_neither(old, new)).then(|| {
        Notice::gap(
            "projects-not-compared",
            "Only one of the two files has projects: the other account has none, or its sync could not \
             read them. Projects are not compared.",
        )
    })
}

fn arrivals(
    principals: &Joined<Principal>,
    vaults: &Joined<Vault>,
    old: &Snapshot,
    new: &Snapshot,
    not_known: &mut NotKnown,
) -> Listed<Arrival> {
    let principals = principals.changed().map(|(gained, p)| Arrival {
        kind: p.kind,
        id: p.id.clone(),
        label: p.label.clone(),
        gained,
    });
    let vaults = vaults.changed().map(|(gained, v)| Arrival {
        kind: ResourceKind::Vault,
        id: v.id.clone(),
        label: v.label.clone(),
        gained,
    });
    let (known, unknown): (Vec<_>, Vec<_>) = principals
        .chain(vaults)
        .partition(|arrival| both_list(old, new, arrival.kind));
    unknown
        .iter()
        .for_each(|arrival| not_known.add(arrival.kind));
    Listed::new(known, both_list_all(old, new))
}

fn edits(
    old: &Snapshot,
    new: &Snapshot,
    principals: &Joined<Principal>,
    vaults: &Joined<Vault>,
) -> Listed<Edit> {
    let clean = |text: &str| crate::text::plain(text).into_owned();
    let mut edits = Vec::new();
    let known = principals.old.iter().zip(&old.principals);
    let known = known.filter_map(|(&place, p)| Some((p, new.principals.get(place as usize)?)));
    // What is in grants only has neither name nor state.
    for (before, after) in known.filter(|(before, after)| before.listed && after.listed) {
        let mut edit = |what, before: String, after_text: String| {
            if before != after_text {
                edits.push(Edit {
                    kind: after.kind,
                    id: after.id.clone(),
                    label: after.label.clone(),
                    what,
                    before,
                    after: after_text,
                });
            }
        };
        edit("name", clean(&before.name), clean(&after.name));
        // Files of the Go connector have the status alone.
        let words = !before.state.is_empty() && !after.state.is_empty();
        if before.status != after.status || words {
            edit("state", before.status_text(), after.status_text());
        }
    }
    let known = vaults.old.iter().zip(&old.vaults);
    for (before, after) in
        known.filter_map(|(&place, v)| Some((v, new.vaults.get(place as usize)?)))
    {
        if before.listed && after.listed && before.name != after.name {
            edits.push(Edit {
                kind: ResourceKind::Vault,
                id: after.id.clone(),
                label: after.label.clone(),
                what: "name",
                before: clean(&before.name),
                after: clean(&after.name),
            });
        }
    }
    Listed::new(edits, both_list_all(old, new))
}

fn memberships(
    old: &Snapshot,
    new: &Snapshot,
    principals: &Joined<Principal>,
    not_known: &mut NotKnown,
) -> Listed<Membership> {
    let [knows_old, knows_new] = [old, new].map(|one| |group| one.coverage.members(group));
    let known = principals.known_to_both(knows_old, knows_new);
    let mut memberships = Vec::new();
    for (manager, before, after) in [
        (false, &old.members, &new.members),
        (true, &old.managers, &new.managers),
    ] {
        let place = |old: u32| principals.old[old as usize];
        let compares = |(group, _): &(u32, u32)| known[*group as usize];
        let before = before
            .iter()
            .map(|&(group, user)| (place(group), place(user)));
        type Pairs = BTreeSet<(u32, u32)>;
        let (before, old): (Pairs, Pairs) = before.partition(compares);
        let (after, new): (Pairs, Pairs) = after.iter().partition(|pair| compares(pair));
        if !manager {
            let unknown = old.union(&new).count();
            not_known.memberships = u32::try_from(unknown).unwrap_or(u32::MAX);
        }
        let one = |gained| {
            move |&(group, user): &(u32, u32)| Membership {
                group,
                user,
                manager,
                gained,
            }
        };
        memberships.extend(after.difference(&before).map(one(true)));
        memberships.extend(before.difference(&after).map(one(false)));
    }
    let mut groups = principals.all.iter().zip(known);
    let all = groups.all(|(p, known)| p.kind != ResourceKind::Group || known);
    Listed::new(memberships, all && both_list(old, new, ResourceKind::Group))
}
