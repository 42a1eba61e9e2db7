//! Compares two snapshots, as far as both syncs read.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

use indexmap::IndexSet;

use crate::baton::ids::ResourceKind;
use crate::connector::permission::{MEMBER, Vocabulary};
use crate::notice::Notice;
use crate::text::plain;

use super::changes::{Arrival, Changes, Compared, Edit, Membership, Role};
use super::count::Listed;
use super::joined::Joined;
use super::model::{Access, Path, Principal, Vault};
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
    let mut others = new.others.clone();
    let mut before = translate(old, &principals, &vaults, &mut permissions, &mut others);
    let compared = compared(old, new, &vaults, &mut permissions);
    let all: Vec<&Principal> = principals.all().collect();
    let (not, is_whole) = (compared.not, compared.is_whole([old, new]));
    let compares = |p: u32, vault: u32| compared.has(all[p as usize].kind, vault);
    let either = before.iter().chain(&new.access);
    let unknown =
        either.filter(|one| one.held.overlaps(not) || !compares(one.principal, one.vault));
    let unknown: BTreeSet<_> = unknown.map(|one| (one.principal, one.vault)).collect();
    before.retain_mut(|access| {
        access.held = access.held.without(not);
        !access.held.is_empty()
    });
    let mut shifts = shift::shifts(&before, &new.access, not, compares);
    let (arrivals, unknown_arrivals) = arrivals(&principals, &vaults, &compared);
    let (memberships, unknown_memberships) = memberships([old, new], &principals, &all, &compared);
    let vaults_by_place: Vec<&Vault> = vaults.all().collect();
    // Places of what is gone come after all others.
    shifts.sort_by_cached_key(|shift| {
        let vault = vaults_by_place[shift.vault as usize];
        let vault = (vault.label.to_lowercase(), &vault.id);
        (by_name(all[shift.principal as usize]), vault)
    });
    Changes {
        old: &old.source,
        notices: notices(old, new, &compared, &permissions),
        arrivals,
        unknown_arrivals,
        edits: Listed::new(edits(&principals, &vaults), compared.lists_all()),
        memberships,
        unknown_memberships,
        access: Listed::new(shifts, is_whole),
        unknown_access: unknown.len(),
        principals: all,
        vaults: vaults_by_place,
        permissions,
        others,
        compared,
    }
}

fn by_name(p: &Principal) -> impl Ord + use<'_> {
    (Reverse(p.kind), p.label.to_lowercase(), &p.id)
}

fn compared(
    old: &Snapshot,
    new: &Snapshot,
    vaults: &Joined<'_, Vault>,
    permissions: &mut Permissions,
) -> Compared {
    let holders = vaults.pairs.iter().map(|&(before, now)| {
        let [before, now] = [old.coverage.holders(before), new.coverage.holders(now)];
        [before[0] && now[0], before[1] && now[1]]
    });
    let both = |kind: &ResourceKind| old.coverage.lists(*kind) && new.coverage.lists(*kind);
    let [before, now] = [old, new].map(|one| one.coverage.lists(ResourceKind::Project));
    Compared {
        holders: holders.collect(),
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
    if !compared.not.is_empty() && compared.holders.iter().any(|[users, _]| *users) {
        let slugs: Vec<&str> = permissions.slugs(compared.not).collect();
        let sentence = format!(
            "Only one of the two syncs read these permissions, so they are not compared: {}.",
            slugs.join(", ")
        );
        notices.push(Notice::gap("permissions-not-compared", sentence));
    }
    notices.extend(uncompared_access(&compared.holders));
    if !compared.both_or_neither {
        notices.push(Notice::gap(
            "projects-not-compared",
            "Only one of the two files has projects: the other account has none, or its sync could not \
             read them. Projects are not compared.",
        ));
    }
    notices
}

fn uncompared_access(vaults: &[[bool; 2]]) -> Option<Notice> {
    let sentence = match vaults.iter().filter(|[users, _]| !users).count() {
        0 => return None,
        all if all == vaults.len() => {
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
    let mut all: Vec<Arrival<'s>> = principals.chain(vaults).collect();
    all.sort_by_cached_key(|one| (one.change, one.kind, one.label.to_lowercase()));
    let known = |arrival: &Arrival<'_>| compared.lists(arrival.kind);
    let (known, unknown): (Vec<_>, Vec<_>) = all.into_iter().partition(known);
    (Listed::new(known, compared.lists_all()), unknown)
}

/// What is in both files and has another name or state; what is in grants only has neither.
fn edits<'s>(principals: &Joined<'s, Principal>, vaults: &Joined<'s, Vault>) -> Vec<Edit<'s>> {
    let mut edits = Vec::new();
    let mut edit = |kind, id: &'s str, label: &'s str, what, texts: [&str; 2]| {
        let [before, after] = texts.map(|text| plain(text).into_owned());
        if before != after {
            edits.push(Edit {
                after,
                before,
                id,
                kind,
                what,
                label,
            });
        }
    };
    let kept = principals.kept();
    for (before, after) in kept.filter(|(before, after)| before.listed && after.listed) {
        let mut edit =
            |what, texts: [&str; 2]| edit(after.kind, &after.id, &after.label, what, texts);
        edit("name", [&before.name, &after.name]);
        // Files of the Go connector have the status alone.
        let words = !before.state.is_empty() && !after.state.is_empty();
        if before.status != after.status || words {
            edit("state", [&before.status_text(), &after.status_text()]);
        }
    }
    let kept = vaults.kept();
    for (before, after) in kept.filter(|(before, after)| before.listed && after.listed) {
        let names = [&*before.name, &after.name];
        edit(ResourceKind::Vault, &after.id, &after.label, "name", names);
    }
    edits
}

/// Who came into groups and left them, and of how many that is not known.
fn memberships<'s>(
    [old, new]: [&Snapshot; 2],
    principals: &Joined<'s, Principal>,
    all: &[&'s Principal],
    compared: &Compared,
) -> (Listed<Membership<'s>>, usize) {
    let known = |pair: &(_, _)| old.coverage.members(pair.0) && new.coverage.members(pair.1);
    let known: Vec<bool> = principals.pairs.iter().map(known).collect();
    let (mut memberships, mut not_known) = (Vec::new(), 0);
    for (role, before, after) in [
        (Role::Member, &old.members, &new.members),
        (Role::Manager, &old.managers, &new.managers),
    ] {
        let before = before.iter();
        let before = before.map(|&(group, user)| (principals.place(group), principals.place(user)));
        let before: BTreeSet<(u32, u32)> = before.collect();
        let after: BTreeSet<(u32, u32)> = after.iter().copied().collect();
        let compares = |(group, _): (u32, u32)| known[group as usize];
        if role == Role::Member {
            not_known = before
                .union(&after)
                .filter(|pair| !compares(**pair))
                .count();
        }
        let gained = after
            .difference(&before)
            .map(|&pair| (pair, Change::Gained));
        let lost = before.difference(&after).map(|&pair| (pair, Change::Lost));
        let changed = gained.chain(lost).filter(|(pair, _)| compares(*pair));
        memberships.extend(changed.map(|((group, user), change)| Membership {
            role,
            change,
            group: all[group as usize],
            user: all[user as usize],
        }));
    }
    memberships.sort_by_cached_key(|m| (by_name(m.group), by_name(m.user), m.role));
    let mut groups = all.iter().zip(known);
    let known = groups.all(|(p, known)| p.kind != ResourceKind::Group || known);
    let lists = compared.lists(ResourceKind::Group);
    (Listed::new(memberships, known && lists), not_known)
}

/// The known permissions that only one of the syncs read. Others are there when somebody holds
/// them.
fn uncompared(old: &Snapshot, new: &Snapshot, permissions: &mut Permissions) -> Set {
    let known = [Vocabulary::Granular, Vocabulary::Basic]
        .map(|vocabulary| permissions.of_vocabulary(vocabulary));
    let known = permissions.intern(MEMBER).with(known[0]).with(known[1]);
    let [old, new] = [old, new].map(|one| known.without(one.offered()));
    old.without(new).with(new.without(old))
}

/// The older access in the places and bits of the newer sync, sorted.
fn translate(
    old: &Snapshot,
    principals: &Joined<'_, Principal>,
    vaults: &Joined<'_, Vault>,
    permissions: &mut Permissions,
    others: &mut IndexSet<String>,
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
                Path::Other(source) => {
                    let source = old.others[source as usize].clone();
                    Path::Other(order::place(others.insert_full(source).0))
                }
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
