//! Compares two snapshots, as far as both syncs read.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

use indexmap::{IndexMap, IndexSet};

use crate::baton::ids::ResourceKind::{Group, Project, User, Vault};
use crate::notice::Notice;
use crate::text::plain;

use super::changes::{Change, Changes, Compared, Edit, Membership, Shift, Total};
use super::count::{Listed, number};
use super::model::{Path, PathParts, Resource};
use super::order;
use super::permissions::{Permissions, Set};
use super::snapshot::Snapshot;

/// Two lists in one: the newer at its own places, then what only the older has.
struct Joined<'s> {
    /// What the older and the newer list have at a place; never neither.
    pairs: Vec<(Option<&'s Resource>, Option<&'s Resource>)>,
    /// Each as the newer list has it, else the older.
    all: Vec<&'s Resource>,
    /// Where the older ones went.
    old: Vec<u32>,
}

impl<'s> Joined<'s> {
    fn new(old: &'s [Resource], new: &'s [Resource]) -> Self {
        let key = |one: &'s Resource| (one.kind, &*one.id);
        let new = new.iter().map(|one| (key(one), (None, Some(one))));
        let mut pairs: IndexMap<_, (Option<&Resource>, _)> = new.collect();
        let place = |one| {
            let pair = pairs.entry(key(one));
            let place = order::place(pair.index());
            pair.or_default().0 = Some(one);
            place
        };
        let old = old.iter().map(place).collect();
        let pairs: Vec<_> = pairs.into_values().collect();
        let all = pairs.iter().filter_map(|&(old, new)| new.or(old)).collect();
        Self { pairs, all, old }
    }

    fn place(&self, old: u32) -> u32 {
        self.old[old as usize]
    }
}

pub(super) fn changes<'s>(old: &'s Snapshot, new: &'s Snapshot) -> Changes<'s> {
    let principals = Joined::new(&old.principals, &new.principals);
    let vaults = Joined::new(&old.vaults, &new.vaults);
    let all = &principals.all;
    let compared = compared([old, new], &vaults);
    let mut permissions = new.permissions.clone();
    let mut others: IndexSet<&str> = new.others.iter().map(|id| &**id).collect();
    let places = (&principals, &vaults);
    let ways = ways([old, new], places, &mut permissions, &mut others);
    let (mut shifts, mut unknown) = (Vec::new(), 0);
    for ways in ways.chunk_by(|a, b| a.0.0 == b.0.0) {
        let at = ways[0].0.0;
        let (who, vault) = (all[at.0 as usize], vaults.all[at.1 as usize]);
        let path = |path| {
            let other = |place| others[place as usize];
            PathParts::new(path, who.kind, |place| all[place as usize], other)
        };
        let mut held = ways.iter().flat_map(|(_, held)| held);
        let known = held.all(|held| compared.compares(who.kind, at.1, *held));
        unknown += usize::from(!known);
        if compared.compares(who.kind, at.1, Set::empty()) {
            shifts.extend(shift((who, vault), ways, compared.not, path));
        }
    }
    shifts.sort_by_cached_key(|one| (by_name(one.who), by_name(one.vault)));
    let access = Listed::new(shifts, compared.is_whole());
    let changed = access.rows.iter().flat_map(|shift| {
        let both = [Change::Gained, Change::Lost].into_iter();
        both.filter(|change| !shift.of(*change).is_empty())
    });
    let of_access = Total::new("access", changed, unknown, access.all);
    let (arrivals, mut totals) = arrivals(&principals, &vaults, &compared);
    let (memberships, of_memberships) = memberships(&principals, &compared);
    totals.extend([of_memberships, of_access]);
    Changes {
        old: &old.source,
        notices: notices(&compared, &permissions),
        arrivals,
        edits: Listed::new(edits(&principals, &vaults), compared.lists_all()),
        memberships,
        access,
        totals,
        principals: principals.all,
        vaults: vaults.all,
        permissions,
        compared,
    }
}

fn by_name(one: &Resource) -> impl Ord + use<'_> {
    (Reverse(one.kind), one.label.to_lowercase(), &one.id)
}

fn compared<'s>(both: [&'s Snapshot; 2], vaults: &Joined<'_>) -> Compared<'s> {
    let [old, new] = both.map(|one| &one.coverage);
    let holders = vaults.pairs.iter().map(|&(before, now)| {
        let [before, now] = [old.holders(before), new.holders(now)];
        [before[0] && now[0], before[1] && now[1]]
    });
    let [was_unread, unread] = both.map(|one| Set::all().difference(one.offered()));
    Compared {
        both,
        holders: holders.collect(),
        not: was_unread.symmetric_difference(unread),
    }
}

/// What must be known of the older file and of what could not be compared.
fn notices(compared: &Compared<'_>, permissions: &Permissions) -> Vec<Notice> {
    let [old, new] = compared.both;
    let mut notices = old.notices.clone();
    for notice in &mut notices {
        notice.sentence = format!("About the older file: {}", notice.sentence).into();
    }
    let [before, now] = [old, new].map(|one| &one.source.account);
    if before.1 != now.1 {
        let named = |(name, id): &(String, String)| plain(&format!("{name} ({id})")).into_owned();
        let (before, now) = (named(before), named(now));
        let sentence = format!("The two files are of different accounts: {before} and {now}.");
        notices.push(Notice::warning("other-account", sentence));
    }
    let unread = compared.holders.iter().filter(|[users, _]| !users).count();
    if !compared.not.is_empty() && unread < compared.holders.len() {
        let slugs: Vec<&str> = permissions.slugs(compared.not).collect();
        let sentence = format!(
            "Only one of the two syncs read these permissions, so they are not compared: {}.",
            slugs.join(", ")
        );
        notices.push(Notice::gap("permissions-not-compared", sentence));
    }
    if unread > 0 {
        let so = match unread == compared.holders.len() {
            true => "so access".to_owned(),
            false => format!("so that to {}", number(unread, "vault", "vaults")),
        };
        let sentence =
            format!("One of the two syncs did not read all access, {so} is not compared.");
        notices.push(Notice::gap("access-not-compared", sentence));
    }
    if !compared.both_or_neither() {
        notices.push(Notice::gap(
            "projects-not-compared",
            "Only one of the two files has projects: the other account has none, or its sync could not \
             read them. Projects are not compared.",
        ));
    }
    notices
}

/// Who and what is new or gone, as far as that is known, and how many of each kind.
fn arrivals<'s>(
    principals: &Joined<'s>,
    vaults: &Joined<'s>,
    compared: &Compared<'_>,
) -> (Listed<(Change, &'s Resource)>, Vec<Total>) {
    let pairs = principals.pairs.iter().chain(&vaults.pairs);
    let changed = pairs.filter_map(|&pair| match pair {
        (None, Some(one)) => Some((Change::Gained, one)),
        (Some(one), None) => Some((Change::Lost, one)),
        _ => None,
    });
    let (mut known, unknown): (Vec<_>, Vec<_>) =
        changed.partition(|(_, one)| compared.lists(one.kind));
    known.sort_by_cached_key(|(change, one)| (*change, one.kind, one.label.to_lowercase()));
    let totals = [
        ("users", User),
        ("groups", Group),
        ("projects", Project),
        ("vaults", Vault),
    ];
    let totals = totals.map(|(what, kind)| {
        let of_kind = |(change, one): &(Change, &Resource)| (one.kind == kind).then_some(*change);
        let unknown = unknown.iter().filter_map(of_kind).count();
        let changes = known.iter().filter_map(of_kind);
        Total::new(what, changes, unknown, compared.lists(kind))
    });
    (Listed::new(known, compared.lists_all()), totals.into())
}

/// New names and states of what both files list, in the older order.
fn edits<'s>(principals: &Joined<'s>, vaults: &Joined<'s>) -> Vec<Edit<'s>> {
    let mut edits = Vec::new();
    let pairs = [principals, vaults].into_iter().flat_map(|list| {
        let places = list.old.iter();
        places.map(|&place| list.pairs[place as usize])
    });
    let both = pairs.filter_map(|(old, new)| old.zip(new));
    for (before, after) in both.filter(|(before, after)| before.listed && after.listed) {
        let mut edit = |what, texts: [&str; 2]| {
            let [was, is] = texts.map(|text| plain(text).into_owned());
            if was != is {
                edits.push(Edit {
                    after: is,
                    before: was,
                    id: &after.id,
                    kind: after.kind,
                    what,
                    label: &after.label,
                });
            }
        };
        edit("name", [&before.name, &after.name]);
        // Files of the Go connector have the status alone.
        let words = !before.state.is_empty() && !after.state.is_empty();
        if before.status != after.status || words {
            edit("state", [&before.status_text(), &after.status_text()]);
        }
    }
    edits
}

/// Who came into groups and left them, as far as that is known, and how many.
fn memberships<'s>(
    principals: &Joined<'s>,
    compared: &Compared<'_>,
) -> (Listed<Membership<'s>>, Total) {
    let ([old, new], all) = (compared.both, &principals.all);
    let known = |pair: &(_, _)| old.coverage.members(pair.0) && new.coverage.members(pair.1);
    let known: Vec<bool> = principals.pairs.iter().map(known).collect();
    let moved = |&(group, user): &_| (principals.place(group), principals.place(user));
    let (mut memberships, mut unknown) = (Vec::new(), 0);
    for (role, before, after) in [
        ("member", &old.members, &new.members),
        ("manager", &old.managers, &new.managers),
    ] {
        let before: BTreeSet<(u32, u32)> = before.iter().map(moved).collect();
        // Managers are members, whether they manage or not.
        if role == "member" {
            let either = before.union(after);
            unknown = either.filter(|at| !known[at.0 as usize]).count();
        }
        let changed = before.symmetric_difference(after);
        let changed = changed.filter(|at| known[at.0 as usize]);
        memberships.extend(changed.map(|at| Membership {
            role,
            change: match after.contains(at) {
                true => Change::Gained,
                false => Change::Lost,
            },
            group: all[at.0 as usize],
            user: all[at.1 as usize],
        }));
    }
    memberships.sort_by_cached_key(|one| (by_name(one.group), by_name(one.user)));
    let mut groups = all.iter().zip(known);
    let known = groups.all(|(p, known)| p.kind != Group || known);
    let memberships = Listed::new(memberships, known && compared.lists(Group));
    let members = memberships.rows.iter().filter(|one| one.role == "member");
    let members = members.map(|one| one.change);
    let total = Total::new("memberships", members, unknown, memberships.all);
    (memberships, total)
}

/// A principal and a vault by their places, a path between them, and what it gave and gives.
type Way = (((u32, u32), Path), [Set; 2]);

/// The access of both in the places and bits of the newer sync, sorted.
fn ways<'s>(
    [old, new]: [&'s Snapshot; 2],
    (principals, vaults): (&Joined<'_>, &Joined<'_>),
    permissions: &mut Permissions,
    others: &mut IndexSet<&'s str>,
) -> Vec<Way> {
    let mut sets: HashMap<Set, Set> = HashMap::new();
    let mut ways: HashMap<_, [Set; 2]> = HashMap::new();
    for access in &old.access {
        let (principal, vault) = (access.principal, access.vault);
        let at = (principals.place(principal), vaults.place(vault));
        let path = match access.path {
            Path::Group(group) => Path::Group(principals.place(group)),
            Path::Other(source) => {
                let (place, _) = others.insert_full(&old.others[source as usize]);
                Path::Other(order::place(place))
            }
            Path::Direct => Path::Direct,
        };
        let held = sets.entry(access.held).or_insert_with(|| {
            let slugs = old.permissions.slugs(access.held);
            slugs.map(|slug| permissions.intern(slug)).collect()
        });
        ways.entry((at, path)).or_default()[0] |= *held;
    }
    for access in &new.access {
        let at = (access.principal, access.vault);
        ways.entry((at, access.path)).or_default()[1] |= access.held;
    }
    let mut ways: Vec<Way> = ways.into_iter().collect();
    ways.sort_unstable();
    ways
}

/// The difference between what was and what is, if there is one besides what is `uncompared`.
fn shift<'s>(
    (who, vault): (&'s Resource, &'s Resource),
    ways: &[Way],
    uncompared: Set,
    path: impl Fn(Path) -> PathParts<'s>,
) -> Option<Shift<'s>> {
    let (mut before, mut after) = (Set::default(), Set::default());
    let (mut paths, mut now) = (Vec::new(), Vec::new());
    for &((_, one), held) in ways {
        let [was, is] = held.map(|held| held.difference(uncompared));
        (before, after) = (before.union(was), after.union(is));
        let changed = [
            (Change::Gained, is.difference(was)),
            (Change::Lost, was.difference(is)),
        ];
        let changed = changed.into_iter().filter(|(_, held)| !held.is_empty());
        paths.extend(changed.map(|(change, held)| (path(one), change, held)));
        now.extend((!held[1].is_empty()).then(|| (path(one), held[1])));
    }
    (!paths.is_empty()).then(|| Shift {
        who,
        vault,
        at: ways[0].0.0,
        gained: after.difference(before),
        lost: before.difference(after),
        paths,
        now,
    })
}
