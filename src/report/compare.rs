//! Compares two snapshots, as far as both syncs read.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

use crate::baton::ids::ResourceKind;
use crate::connector::permission::{MEMBER, Vocabulary};
use crate::notice::Notice;
use crate::text::plain;

use super::changes::{Arrival, Changes, Compared, Edit, Membership, NotKnown, Role};
use super::count::Listed;
use super::coverage::Coverage;
use super::joined::Joined;
use super::model::{Access, Path, Principal, Vault};
use super::numbered::Numbered;
use super::order;
use super::permissions::{Permissions, Set};
use super::shift::{self, Change};
use super::show::number;
use super::snapshot::Snapshot;

/// Everything that changed, by id.
pub(super) fn changes<'s>(old: &'s Snapshot, new: &'s Snapshot) -> Changes<'s> {
    let principals = Joined::new(&old.principals, &new.principals, |p| (p.kind, &p.id));
    let vaults = Joined::new(&old.vaults, &new.vaults, |v| &v.id);
    let mut permissions = new.permissions.clone();
    let mut others = Numbered::default();
    for other in &new.others {
        others.place(&**other);
    }
    let mut before = translate(old, &principals, &vaults, &mut permissions, &mut others);
    let compared = compared(old, new, &vaults, &mut permissions);
    let not = compared.not;
    let (arrivals, unknown_arrivals) = arrivals(&principals, &vaults, &compared);
    let (memberships, unknown_memberships) = memberships(old, new, &principals, &compared);
    let mut changes = Changes {
        old: &old.source,
        notices: notices(old, new, &compared, &permissions),
        arrivals,
        edits: Listed::new(edits(&principals, &vaults), compared.lists_all()),
        memberships,
        principals: principals.all().collect(),
        vaults: vaults.all().collect(),
        permissions,
        others: others.list,
        access: Listed::new([], false),
        not_known: NotKnown {
            arrivals: unknown_arrivals,
            memberships: unknown_memberships,
            access: 0,
        },
        compared,
    };
    let compares = |principal, vault| changes.compares(principal, vault);
    let either = before.iter().chain(&new.access);
    let uncompared =
        either.filter(|one| one.held.meets(not) || !compares(one.principal, one.vault));
    let uncompared: BTreeSet<_> = uncompared.map(|one| (one.principal, one.vault)).collect();
    before.retain_mut(|access| {
        access.held = access.held.without(not);
        !access.held.is_empty()
    });
    let shifts = shift::shifts(&before, &new.access, not, compares);
    let all = [old, new].iter().all(|one| one.coverage.access())
        && changes.compared.users.iter().all(|&known| known)
        && changes.compared.both_or_neither;
    changes.not_known.access = uncompared.len();
    changes.access = Listed::new(shifts, all && not.is_empty());
    sort(&mut changes);
    changes
}

/// By name: places of what is gone come after all others.
fn sort(changes: &mut Changes<'_>) {
    fn of(p: &Principal) -> impl Ord + use<'_> {
        (Reverse(p.kind), p.label.to_lowercase(), &p.id)
    }
    let (principals, vaults) = (&changes.principals, &changes.vaults);
    let access = &mut changes.access.rows;
    access.sort_by_cached_key(|shift| {
        let vault = vaults[shift.vault as usize];
        let vault = (vault.label.to_lowercase(), &vault.id);
        (of(principals[shift.principal as usize]), vault)
    });
    let memberships = &mut changes.memberships.rows;
    memberships.sort_by_cached_key(|m| (of(m.group), of(m.user), m.role));
    let arrivals = &mut changes.arrivals.rows;
    arrivals.sort_by_cached_key(|a| (a.change, a.kind, a.label.to_lowercase()));
}

fn compared(
    old: &Snapshot,
    new: &Snapshot,
    vaults: &Joined<'_, Vault>,
    permissions: &mut Permissions,
) -> Compared {
    let of_vaults = |known: fn(&Coverage, Option<&Vault>) -> bool| {
        let known = |pair: &(_, _)| known(&old.coverage, pair.0) && known(&new.coverage, pair.1);
        vaults.pairs.iter().map(known).collect()
    };
    let both = |kind: &ResourceKind| old.coverage.lists(*kind) && new.coverage.lists(*kind);
    let [before, now] = [old, new].map(|one| one.coverage.lists(ResourceKind::Project));
    Compared {
        users: of_vaults(Coverage::users),
        projects: of_vaults(Coverage::projects),
        not: uncompared(old, new, permissions),
        lists: ResourceKind::ALL.into_iter().filter(both).collect(),
        both_or_neither: before == now,
    }
}

/// What must be known of the older file and of what could not be compared.
fn notices(
    old: &Snapshot,
    new: &Snapshot,
    compared: &Compared,
    permissions: &Permissions,
) -> Vec<Notice> {
    let about_older = |notice: &Notice| Notice {
        sentence: format!("About the older file: {}", notice.sentence).into(),
        ..notice.clone()
    };
    let mut notices: Vec<Notice> = old.notices.iter().map(about_older).collect();
    let [before, now] = [old, new].map(|one| &one.source.account);
    if before.1 != now.1 {
        let [before, now] = [before, now].map(|(name, id)| format!("{name} ({id})"));
        let sentence = format!(
            "The two files are of different accounts: {} and {}.",
            plain(&before),
            plain(&now)
        );
        notices.push(Notice::warning("other-account", sentence));
    }
    if !compared.not.is_empty() && compared.users.contains(&true) {
        let slugs: Vec<&str> = permissions.slugs(compared.not).collect();
        let sentence = format!(
            "Only one of the two syncs read these permissions, so they are not compared: {}.",
            slugs.join(", ")
        );
        notices.push(Notice::gap("permissions-not-compared", sentence));
    }
    notices.extend(uncompared_access(&compared.users));
    if !compared.both_or_neither {
        notices.push(Notice::gap(
            "projects-not-compared",
            "Only one of the two files has projects: the other account has none, or its sync could not \
             read them. Projects are not compared.",
        ));
    }
    notices
}

fn uncompared_access(users: &[bool]) -> Option<Notice> {
    let sentence = match users.iter().filter(|&&known| !known).count() {
        0 => return None,
        all if all == users.len() => {
            "One of the two syncs did not read all access, so access is not compared.".to_owned()
        }
        some => format!(
            "One of the two syncs did not read all access, so that to {} is not compared.",
            number(some, "vault", "vaults")
        ),
    };
    Some(Notice::gap("access-not-compared", sentence))
}

/// Who and what is new or gone, and of whom and what that is not known.
fn arrivals<'s>(
    principals: &Joined<'s, Principal>,
    vaults: &Joined<'s, Vault>,
    compared: &Compared,
) -> (Listed<Arrival<'s>>, Vec<Arrival<'s>>) {
    let arrival = |id: &'s String, label: &'s String, kind, change| Arrival {
        id,
        label,
        kind,
        change,
    };
    let principals = principals.changed();
    let principals = principals.map(|(change, p)| arrival(&p.id, &p.label, p.kind, change));
    let vaults = vaults.changed();
    let vaults = vaults.map(|(change, v)| arrival(&v.id, &v.label, ResourceKind::Vault, change));
    let (known, unknown): (Vec<_>, Vec<_>) = principals
        .chain(vaults)
        .partition(|arrival| compared.lists.contains(&arrival.kind));
    (Listed::new(known, compared.lists_all()), unknown)
}

fn edits<'s>(principals: &Joined<'s, Principal>, vaults: &Joined<'s, Vault>) -> Vec<Edit<'s>> {
    let clean = |text: &str| plain(text).into_owned();
    let mut edits = Vec::new();
    let mut edit = |edit: Edit<'s>| {
        if edit.before != edit.after {
            edits.push(edit);
        }
    };
    // What is in grants only has neither name nor state.
    let kept = principals.kept();
    for (before, after) in kept.filter(|(before, after)| before.listed && after.listed) {
        let of = |what, before, after_text| Edit {
            after: after_text,
            before,
            id: &after.id,
            kind: after.kind,
            what,
            label: &after.label,
        };
        edit(of("name", clean(&before.name), clean(&after.name)));
        // Files of the Go connector have the status alone.
        let words = !before.state.is_empty() && !after.state.is_empty();
        if before.status != after.status || words {
            edit(of("state", before.status_text(), after.status_text()));
        }
    }
    let kept = vaults.kept();
    for (before, after) in kept.filter(|(before, after)| before.listed && after.listed) {
        edit(Edit {
            after: clean(&after.name),
            before: clean(&before.name),
            id: &after.id,
            kind: ResourceKind::Vault,
            what: "name",
            label: &after.label,
        });
    }
    edits
}

/// Who came into groups and left them, and of how many that is not known.
fn memberships<'s>(
    old: &'s Snapshot,
    new: &'s Snapshot,
    principals: &Joined<'s, Principal>,
    compared: &Compared,
) -> (Listed<Membership<'s>>, usize) {
    let known = |pair: &(_, _)| old.coverage.members(pair.0) && new.coverage.members(pair.1);
    let known: Vec<bool> = principals.pairs.iter().map(known).collect();
    let all: Vec<&Principal> = principals.all().collect();
    let (mut memberships, mut not_known) = (Vec::new(), 0);
    for (role, before, after) in [
        (Role::Member, &old.members, &new.members),
        (Role::Manager, &old.managers, &new.managers),
    ] {
        type Pairs = BTreeSet<(u32, u32)>;
        let compares = |(group, _): &(u32, u32)| known[*group as usize];
        let before = before.iter();
        let before = before.map(|&(group, user)| (principals.place(group), principals.place(user)));
        let (before, old): (Pairs, Pairs) = before.partition(compares);
        let (after, new): (Pairs, Pairs) = after.iter().partition(|pair| compares(pair));
        if role == Role::Member {
            not_known = old.union(&new).count();
        }
        let one = |change| {
            let all = &all;
            move |&(group, user): &(u32, u32)| Membership {
                role,
                change,
                group: all[group as usize],
                user: all[user as usize],
            }
        };
        memberships.extend(after.difference(&before).map(one(Change::Gained)));
        memberships.extend(before.difference(&after).map(one(Change::Lost)));
    }
    let mut groups = all.iter().zip(known);
    let known = groups.all(|(p, known)| p.kind != ResourceKind::Group || known);
    let lists = compared.lists.contains(&ResourceKind::Group);
    (Listed::new(memberships, known && lists), not_known)
}

/// The known permissions that only one of the syncs read. Others are there when somebody holds them.
pub(super) fn uncompared(old: &Snapshot, new: &Snapshot, permissions: &mut Permissions) -> Set {
    let known = [Vocabulary::Granular, Vocabulary::Basic]
        .map(|vocabulary| permissions.of_vocabulary(vocabulary));
    let known = permissions.intern(MEMBER).with(known[0]).with(known[1]);
    let [old, new] = [old, new].map(|one| known.without(one.offered()));
    old.without(new).with(new.without(old))
}

/// The older access in the places and bits of the newer sync, sorted.
pub(super) fn translate(
    old: &Snapshot,
    principals: &Joined<'_, Principal>,
    vaults: &Joined<'_, Vault>,
    permissions: &mut Permissions,
    others: &mut Numbered<String>,
) -> Vec<Access> {
    let mut sets: HashMap<Set, Set> = HashMap::new();
    let mut translated: Vec<Access> = old
        .access
        .iter()
        .map(|access| Access {
            principal: principals.place(access.principal),
            vault: vaults.place(access.vault),
            path: match access.path {
                Path::Group(group) => Path::Group(principals.place(group)),
                Path::Other(source) => Path::Other(others.place(&*old.others[source as usize])),
                Path::Direct => Path::Direct,
            },
            held: *sets.entry(access.held).or_insert_with(|| {
                let slugs = old.permissions.slugs(access.held);
                slugs.map(|slug| permissions.intern(slug)).collect()
            }),
        })
        .collect();
    translated.sort_unstable_by(order::by_place);
    translated
}
