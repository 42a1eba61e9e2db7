//! Compares two snapshots, as far as both syncs read.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

use indexmap::{IndexMap, IndexSet};

use crate::baton::ids::ResourceKind;
use crate::notice::Notice;
use crate::text::plain;

use super::changes::{Arrival, Change, Changes, Compared, Edit, Membership, Shift, pairs};
use super::count::{Listed, number};
use super::model::{Access, Path, PathParts, Resource};
use super::order;
use super::permissions::{Permissions, Set};
use super::snapshot::Snapshot;

/// Two lists in one: the newer at its own places, then what only the older has.
struct Joined<'s> {
    /// What the older and the newer list have at a place; never neither.
    pairs: Vec<(Option<&'s Resource>, Option<&'s Resource>)>,
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
        let pairs = pairs.into_values().collect();
        Self { pairs, old }
    }

    /// Each as the newer list has it, else the older.
    fn all(&self) -> Vec<&'s Resource> {
        let all = self.pairs.iter().filter_map(|&(old, new)| new.or(old));
        all.collect()
    }

    fn place(&self, old: u32) -> u32 {
        self.old[old as usize]
    }

    fn changed(&self) -> impl Iterator<Item = (Change, &'s Resource)> {
        self.pairs.iter().filter_map(|&pair| match pair {
            (None, Some(one)) => Some((Change::Gained, one)),
            (Some(one), None) => Some((Change::Lost, one)),
            _ => None,
        })
    }

    /// Those that both list, as they were and are, in the older order.
    fn kept(&self) -> impl Iterator<Item = (&'s Resource, &'s Resource)> {
        let pairs = self.old.iter().map(|&place| self.pairs[place as usize]);
        let both = pairs.filter_map(|(old, new)| old.zip(new));
        both.filter(|(before, after)| before.listed && after.listed)
    }
}

pub(super) fn changes<'s>(old: &'s Snapshot, new: &'s Snapshot) -> Changes<'s> {
    let principals = Joined::new(&old.principals, &new.principals);
    let vaults = Joined::new(&old.vaults, &new.vaults);
    let (all, all_vaults) = (principals.all(), vaults.all());
    let compared = compared(old, new, &vaults);
    let mut permissions = new.permissions.clone();
    let mut others: IndexSet<&str> = new.others.iter().map(|id| &**id).collect();
    let before = translate(old, &principals, &vaults, &mut permissions, &mut others);
    let (mut shifts, mut unknown_access) = (Vec::new(), 0);
    for (at, both) in pairs([&before, &new.access]) {
        let (who, vault) = (all[at.0 as usize], all_vaults[at.1 as usize]);
        let path = |path| {
            let other = |place| others[place as usize];
            PathParts::new(path, who.kind, |place| all[place as usize], other)
        };
        let mut held = both.iter().copied().flatten().map(|one| one.held);
        let known = held.all(|held| compared.compares(who.kind, at.1, held));
        unknown_access += usize::from(!known);
        if compared.has(who.kind, at.1) {
            shifts.extend(Shift::new((who, vault), at, both, compared.not, path));
        }
    }
    shifts.sort_by_cached_key(|one| (by_name(one.who), by_name(one.vault)));
    let (arrivals, unknown_arrivals) = arrivals(&principals, &vaults, &compared);
    let (memberships, unknown_memberships) = memberships([old, new], &principals, &all, &compared);
    Changes {
        old: &old.source,
        notices: notices(old, new, &compared, &permissions),
        arrivals,
        unknown_arrivals,
        edits: Listed::new(edits(&principals, &vaults), compared.lists_all()),
        memberships,
        unknown_memberships,
        access: Listed::new(shifts, compared.is_whole([old, new])),
        unknown_access,
        principals: all,
        vaults: all_vaults,
        permissions,
        compared,
    }
}

fn by_name(one: &Resource) -> impl Ord + use<'_> {
    (Reverse(one.kind), one.label.to_lowercase(), &one.id)
}

fn compared(old: &Snapshot, new: &Snapshot, vaults: &Joined<'_>) -> Compared {
    let holders = vaults.pairs.iter().map(|&(before, now)| {
        let [before, now] = [old.coverage.holders(before), new.coverage.holders(now)];
        [before[0] && now[0], before[1] && now[1]]
    });
    let both = |kind: &ResourceKind| old.coverage.lists(*kind) && new.coverage.lists(*kind);
    let [before, now] = [old, new].map(|one| one.coverage.lists(ResourceKind::Project));
    let [was_unread, unread] = [old, new].map(|one| Set::all().difference(one.offered()));
    Compared {
        holders: holders.collect(),
        not: was_unread.symmetric_difference(unread),
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
    if !compared.both_or_neither {
        notices.push(Notice::gap(
            "projects-not-compared",
            "Only one of the two files has projects: the other account has none, or its sync could not \
             read them. Projects are not compared.",
        ));
    }
    notices
}

/// Who and what is new or gone, and of whom and what that is not known.
fn arrivals<'s>(
    principals: &Joined<'s>,
    vaults: &Joined<'s>,
    compared: &Compared,
) -> (Listed<Arrival<'s>>, Vec<Arrival<'s>>) {
    let changed = principals.changed().chain(vaults.changed());
    let mut all: Vec<Arrival<'s>> = changed
        .map(|(change, one)| Arrival {
            id: &one.id,
            label: &one.label,
            kind: one.kind,
            change,
        })
        .collect();
    all.sort_by_cached_key(|one| (one.change, one.kind, one.label.to_lowercase()));
    let known = |arrival: &Arrival<'_>| compared.lists(arrival.kind);
    let (known, unknown): (Vec<_>, Vec<_>) = all.into_iter().partition(known);
    (Listed::new(known, compared.lists_all()), unknown)
}

/// What is in both files and has another name or state; what is in grants only has neither.
fn edits<'s>(principals: &Joined<'s>, vaults: &Joined<'s>) -> Vec<Edit<'s>> {
    let mut edits = Vec::new();
    for (before, after) in principals.kept().chain(vaults.kept()) {
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

/// Who came into groups and left them, and of how many that is not known.
fn memberships<'s>(
    [old, new]: [&Snapshot; 2],
    principals: &Joined<'s>,
    all: &[&'s Resource],
    compared: &Compared,
) -> (Listed<Membership<'s>>, usize) {
    let known = |pair: &(_, _)| old.coverage.members(pair.0) && new.coverage.members(pair.1);
    let known: Vec<bool> = principals.pairs.iter().map(known).collect();
    let compares = |(group, _): (u32, u32)| known[group as usize];
    let (mut memberships, mut not_known) = (Vec::new(), 0);
    for (role, before, after) in [
        ("member", &old.members, &new.members),
        ("manager", &old.managers, &new.managers),
    ] {
        let before = before.iter();
        let before = before.map(|&(group, user)| (principals.place(group), principals.place(user)));
        let before: BTreeSet<(u32, u32)> = before.collect();
        let after: BTreeSet<(u32, u32)> = after.iter().copied().collect();
        // Managers are members, whether they manage or not.
        if role == "member" {
            let either = before.union(&after);
            not_known = either.filter(|pair| !compares(**pair)).count();
        }
        let gained = after.difference(&before).map(|pair| (pair, Change::Gained));
        let lost = before.difference(&after).map(|pair| (pair, Change::Lost));
        let changed = gained.chain(lost).filter(|(pair, _)| compares(**pair));
        memberships.extend(changed.map(|(&(group, user), change)| Membership {
            role,
            change,
            group: all[group as usize],
            user: all[user as usize],
        }));
    }
    memberships.sort_by_cached_key(|one| (by_name(one.group), by_name(one.user)));
    let mut groups = all.iter().zip(known);
    let known = groups.all(|(p, known)| p.kind != ResourceKind::Group || known);
    let lists = compared.lists(ResourceKind::Group);
    (Listed::new(memberships, known && lists), not_known)
}

/// The older access in the places and bits of the newer sync, sorted.
fn translate<'s>(
    old: &'s Snapshot,
    principals: &Joined<'_>,
    vaults: &Joined<'_>,
    permissions: &mut Permissions,
    others: &mut IndexSet<&'s str>,
) -> Vec<Access> {
    let mut sets: HashMap<Set, Set> = HashMap::new();
    let access = old.access.iter().map(|access| Access {
        principal: principals.place(access.principal),
        vault: vaults.place(access.vault),
        path: match access.path {
            Path::Group(group) => Path::Group(principals.place(group)),
            Path::Other(source) => {
                let (place, _) = others.insert_full(&old.others[source as usize]);
                Path::Other(order::place(place))
            }
            Path::Direct => Path::Direct,
        },
        held: *sets.entry(access.held).or_insert_with(|| {
            let slugs = old.permissions.slugs(access.held);
            slugs.map(|slug| permissions.intern(slug)).collect()
        }),
    });
    let mut translated: Vec<Access> = access.collect();
    translated.sort_unstable();
    translated
}
