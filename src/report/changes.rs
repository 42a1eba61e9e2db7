//! What changed between two syncs: who came and went, who was put into groups, who gained and lost what.

use std::collections::BTreeSet;

use crate::baton::ids::ResourceKind;

use super::compare::{self, Joined};
use super::permissions::{Permissions, Set};
use super::snapshot::{Holds, Path, PathParts, Principal, Snapshot, Source, Vault};

/// One path of a [`Shift`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathShift {
    /// The path, its group a place in [`Changes::principals`].
    pub path: Path,
    /// What it gives now and did not.
    pub gained: Set,
    /// What it gave and does not any more.
    pub lost: Set,
}

/// A changed access between a principal and a vault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shift {
    /// Place in [`Changes::principals`].
    pub principal: u32,
    /// Place in [`Changes::vaults`].
    pub vault: u32,
    /// What all paths together give now and did not.
    pub gained: Set,
    /// What all paths together gave and do not any more.
    pub lost: Set,
    /// The paths that changed. When nothing was gained or lost, only the paths did.
    pub paths: Vec<PathShift>,
}

/// A changed membership.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// Place of the group in [`Changes::principals`].
    pub group: u32,
    /// Place of the user.
    pub user: u32,
    /// Whether the user manages the group, not only belongs to it.
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
    pub notices: Vec<String>,
    /// Everybody of the newer sync at the same place, then those only in the older one.
    pub principals: Vec<Principal>,
    /// The same for vaults.
    pub vaults: Vec<Vault>,
    /// What the bits of the sets here mean; for the newer sync's sets too.
    pub permissions: Permissions,
    /// Entitlements that a [`Path::Other`] names.
    pub others: Vec<String>,
    /// What is new or gone.
    pub arrivals: Vec<Arrival>,
    /// What was renamed or changed state.
    pub edits: Vec<Edit>,
    /// Who was put into groups or taken out.
    pub memberships: Vec<Membership>,
    /// Who gained and lost what; None when one of the syncs did not read enough to say.
    pub access: Option<Vec<Shift>>,
}

impl Shift {
    /// The paths that brought (or took) what was gained (or lost) in all.
    pub fn causes(&self, gained: bool) -> impl Iterator<Item = &PathShift> {
        self.paths.iter().filter(move |path| match gained {
            true => path.gained.meets(self.gained),
            false => path.lost.meets(self.lost),
        })
    }
}

impl Changes {
    /// Compares by id.
    pub fn new(old: &Snapshot, new: &Snapshot) -> Self {
        let principals = Joined::new(&old.principals, &new.principals, |p| (p.kind, p.id.clone()));
        let vaults = Joined::new(&old.vaults, &new.vaults, |v| v.id.clone());
        let mut permissions = new.permissions.clone();
        let mut notices: Vec<String> = old
            .notices
            .iter()
            .map(|notice| format!("About the older file: {notice}"))
            .collect();
        notices.extend(other_account(old, new));
        let mut others = new.others.clone();
        let mut translated =
            compare::translate(old, &principals, &vaults, &mut permissions, &mut others);
        let uncompared = compare::uncompared(old, new, &mut permissions);
        if !uncompared.is_empty() {
            let slugs: Vec<&str> = permissions.slugs(uncompared).collect();
            notices.push(format!(
                "Only one of the two syncs read these permissions, so they are not compared: {}.",
                slugs.join(", ")
            ));
        }
        let comparable = old.holds.all() && new.holds.all();
        if !comparable {
            notices.push(
                "One of the two syncs did not read all access, so access is not compared."
                    .to_owned(),
            );
        }
        translated.retain_mut(|access| {
            access.held = access.held.without(uncompared);
            !access.held.is_empty()
        });
        let access = comparable.then(|| compare::shifts(&translated, &new.access, uncompared));
        let mut changes = Self {
            old: old.source.clone(),
            notices,
            arrivals: arrivals(&principals, &vaults, old.holds, new.holds),
            edits: edits(old, new, &principals, &vaults),
            memberships: memberships(old, new, &principals),
            principals: principals.all,
            vaults: vaults.all,
            permissions,
            others,
            access,
        };
        changes.sort();
        changes
    }

    /// Whether nothing changed, as far as it could be compared.
    pub fn is_empty(&self) -> bool {
        self.arrivals.is_empty()
            && self.edits.is_empty()
            && self.memberships.is_empty()
            && self.access.as_ref().is_none_or(Vec::is_empty)
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
        if let Some(access) = &mut self.access {
            access.sort_by_cached_key(|shift| (principal(shift.principal), vault(shift.vault)));
        }
        self.memberships
            .sort_by_cached_key(|m| (principal(m.group), principal(m.user), m.manager));
        self.arrivals
            .sort_by_cached_key(|a| (!a.gained, a.kind, a.label.to_lowercase()));
    }
}

fn other_account(old: &Snapshot, new: &Snapshot) -> Option<String> {
    let (old, new) = (&old.source.account, &new.source.account);
    (old.1 != new.1).then(|| {
        let name = |(name, id): &(String, String)| {
            crate::text::plain(&format!("{name} ({id})")).into_owned()
        };
        format!(
            "The two files are of different accounts: {} and {}.",
            name(old),
            name(new)
        )
    })
}

fn arrivals(
    principals: &Joined<Principal>,
    vaults: &Joined<Vault>,
    old: Holds,
    new: Holds,
) -> Vec<Arrival> {
    let read = |kind| match kind {
        ResourceKind::User => old.users && new.users,
        ResourceKind::Group => old.groups && new.groups,
        ResourceKind::Vault => old.vaults && new.vaults,
        _ => true,
    };
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
    principals
        .chain(vaults)
        .filter(|arrival| read(arrival.kind))
        .collect()
}

fn edits(
    old: &Snapshot,
    new: &Snapshot,
    principals: &Joined<Principal>,
    vaults: &Joined<Vault>,
) -> Vec<Edit> {
    let clean = |text: &str| crate::text::plain(text).into_owned();
    let mut edits = Vec::new();
    let known = principals.old.iter().zip(&old.principals);
    for (before, after) in
        known.filter_map(|(&place, p)| Some((p, new.principals.get(place as usize)?)))
    {
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
        if before.name != after.name {
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
    edits
}

fn memberships(old: &Snapshot, new: &Snapshot, principals: &Joined<Principal>) -> Vec<Membership> {
    let mut memberships = Vec::new();
    let reads = |holds: Holds| holds.users && holds.groups && holds.grants;
    if !reads(old.holds) || !reads(new.holds) {
        return memberships;
    }
    for (manager, before, after) in [
        (false, &old.members, &new.members),
        (true, &old.managers, &new.managers),
    ] {
        let place = |old: u32| principals.old[old as usize];
        let before: BTreeSet<(u32, u32)> = before
            .iter()
            .map(|&(group, user)| (place(group), place(user)))
            .collect();
        let after: BTreeSet<(u32, u32)> = after.iter().copied().collect();
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
    memberships
}
