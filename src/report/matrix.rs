//! The page's data: who reaches what, packed so that millions of pairs fit into one page.
//!
//! Tenants repeat themselves: most people hold the same few combinations of paths and permissions.
//! Each different combination is written once, and a pair of user and vault is two numbers: how far
//! the vault is from the last one of the same user, and which combination it has. How a cell gets
//! its colour is in `page/cell-colours.js`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use indexmap::IndexSet;
use serde::Serialize;

use crate::baton::ids::ResourceKind;
use crate::text::plain;

use super::changes::{Changes, Shift};
use super::findings::GroupRow;
use super::html_tables::Rest;
use super::model::{PRINCIPALS, Pair, Path, Resource, Sort, Status};
use super::permissions::Set;
use super::snapshot::Snapshot;
use super::{Report, sections};

/// Name, id, what is not known of it (1 the users who reach it, 2 the projects, 4 some
/// permissions), the abilities that were not read, items, last change.
type Column<'r> = (&'r str, &'r str, u8, u8, String, String);

/// Name, id, state, how many members, managers.
type Group<'r> = (&'r str, &'r str, String, String, String);

/// Users and projects as rows, vaults as columns, and what is where they cross.
#[derive(Serialize)]
pub(super) struct Matrix<'r> {
    /// The rows, packed: see [`put_row`]. What the groups hold comes after them, in the order of
    /// `groups`.
    cells: String,
    changes: Option<Changed<'r>>,
    /// Path, set, path, set …
    combinations: Vec<Vec<usize>>,
    /// What users who are not known to be able to do it in a vault certainly cannot do.
    denials: u8,
    groups: Vec<Group<'r>>,
    /// What the sync listed all of.
    lists: BTreeMap<&'static str, bool>,
    /// Each in words, with the id of its group.
    paths: Vec<(String, &'r str)>,
    /// Slugs, with what each lets one do.
    permissions: Vec<(&'r str, u8)>,
    rows: Vec<Row<'r>>,
    /// Permissions, by their places.
    sets: Vec<Vec<usize>>,
    vaults: Vec<Column<'r>>,
    whole: bool,
    /// The rows of tables that the page begins without.
    rest: Rest<'r>,
}

fn column(vault: &Resource) -> Column<'_> {
    let read = vault.read;
    let [users, projects] = [read.users, read.projects].map(|known| u8::from(!known));
    let gaps = users + 2 * projects + 4 * u8::from(!read.unread.is_empty());
    let unread = read.can.complement().bits();
    let changed = sections::day(vault.updated_at.as_deref());
    let (name, id) = (&vault.label, &vault.id);
    (name, id, gaps, unread, vault.items(), changed)
}

fn group<'r>(row: &GroupRow<'r>) -> Group<'r> {
    let (group, members) = (row.group, row.members.count().to_string());
    let managers = sections::names(&row.managers, "NONE", Resource::display_name);
    let (name, id) = (&group.label, &group.id);
    (name, id, group.status_text(), members, managers)
}

impl<'r> Matrix<'r> {
    pub(super) fn new(report: &'r Report<'_>, rest: Rest<'r>) -> Self {
        let snapshot = report.snapshot;
        let (mut cells, mut packer) = (Vec::new(), Packer::default());
        for kind in PRINCIPALS {
            for who in snapshot.of_kind(kind) {
                let pairs: Vec<Pair<'_>> = snapshot.pairs_of(who).collect();
                let row = pairs.iter();
                let row = row.map(|pair| (pair.vault.place, packer.combination(pair)));
                put_row(&mut cells, row);
            }
        }
        let users = snapshot.of_kind(ResourceKind::User);
        let rows = users.chain(snapshot.of_kind(ResourceKind::Project));
        let coverage = &snapshot.coverage;
        let lists = [
            ("projects", ResourceKind::Project),
            ("users", ResourceKind::User),
            ("vaults", ResourceKind::Vault),
        ];
        let lists = lists.map(|(name, kind)| (name, coverage.lists(kind)));
        let permissions = snapshot.permissions.all();
        let changes = report.changes.as_ref();
        let (paths, sets) = (packer.paths.iter(), packer.sets.iter());
        let named = |&(path, kind): &(Path, ResourceKind)| {
            let parts = snapshot.path_of(path, kind);
            (parts.label(), parts.group.map_or("", |group| &group.id))
        };
        Self {
            cells: STANDARD.encode(cells),
            changes: changes.map(|changes| Changed::new(snapshot, changes)),
            combinations: packer.combinations.into_iter().collect(),
            denials: coverage.denials().bits(),
            groups: report.groups().rows.iter().map(group).collect(),
            whole: coverage.access() && lists.iter().all(|(_, all)| *all),
            lists: lists.into(),
            paths: paths.map(named).collect(),
            permissions: permissions.map(|(slug, can)| (slug, can.bits())).collect(),
            rows: rows.map(row).collect(),
            sets: sets.map(|set| set.places().collect()).collect(),
            vaults: snapshot.vaults.iter().map(column).collect(),
            rest,
        }
    }
}

/// Numbers paths, sets and combinations in order of appearance.
#[derive(Default)]
struct Packer {
    /// To a project, or to anybody else.
    paths: IndexSet<(Path, ResourceKind)>,
    sets: IndexSet<Set>,
    combinations: IndexSet<Vec<usize>>,
}

impl Packer {
    fn combination(&mut self, pair: &Pair<'_>) -> usize {
        let mut key = Vec::with_capacity(2 * pair.paths.len());
        for access in pair.paths {
            // What is direct has a word of its own for projects.
            let kind = match (access.path, pair.who.kind) {
                (Path::Direct, kind @ ResourceKind::Project) => kind,
                _ => ResourceKind::User,
            };
            key.push(self.paths.insert_full((access.path, kind)).0);
            key.push(self.sets.insert_full(access.held).0);
        }
        self.combinations.insert_full(key).0
    }
}

/// The kinds of rows, in their order.
const ROWS: [ResourceKind; 2] = [ResourceKind::User, ResourceKind::Project];

/// What changed since an older sync, packed like the access itself. Whoever is only in the older
/// file has a row after all others, and a vault that is only there a column.
#[derive(Serialize)]
struct Changed<'r> {
    cells: String,
    /// Gained, lost; then path, gained, lost for each path: all as places of texts.
    combinations: Vec<Vec<usize>>,
    /// Some permissions were not compared.
    partly: bool,
    rows: Vec<Row<'r>>,
    /// The first is nothing.
    texts: Vec<String>,
    /// What of a vault was not read by both syncs: 1 its users, 2 its projects.
    uncompared: Vec<u8>,
    /// Name, id, and what the newer sync may lack of it: as `uncompared`.
    vaults: Vec<(&'r str, &'r str, u8)>,
    /// All access was compared.
    whole: bool,
}

impl<'r> Changed<'r> {
    fn new(snapshot: &'r Snapshot, changes: &'r Changes<'_>) -> Self {
        let gone = (0..)
            .zip(&changes.principals)
            .skip(snapshot.principals.len());
        let gone: Vec<(u32, _)> = gone.filter(|(_, one)| ROWS.contains(&one.kind)).collect();
        let present = ROWS.iter().flat_map(|&kind| snapshot.of_kind(kind));
        let places = present
            .map(|one| one.place)
            .chain(gone.iter().map(|(place, _)| *place));
        let mut packer = ChangePacker {
            changes,
            texts: IndexSet::from([String::new()]),
            combinations: IndexSet::new(),
        };
        let shifts = changes.access.rows.iter();
        let by_place: BTreeMap<(u32, u32), usize> = shifts
            .map(|shift| (shift.at, packer.combination(shift)))
            .collect();
        let mut cells = Vec::new();
        for place in places {
            let row = by_place.range((place, 0)..=(place, u32::MAX));
            let row: Vec<_> = row.map(|(&(_, vault), &change)| (vault, change)).collect();
            put_row(&mut cells, row.into_iter());
        }
        let [users, projects] = snapshot.coverage.holders(None);
        let unread = u8::from(!users) + 2 * u8::from(!projects);
        let gone_vaults = changes.vaults.iter().skip(snapshot.vaults.len());
        let compared = |vault| ROWS.map(|kind| u8::from(!changes.compared.has(kind, vault)));
        let vaults = (0..).zip(&changes.vaults).map(|(vault, _)| compared(vault));
        Self {
            cells: STANDARD.encode(cells),
            combinations: packer.combinations.into_iter().collect(),
            partly: !changes.compared.not.is_empty(),
            rows: gone.iter().map(|(_, one)| row(one)).collect(),
            texts: packer.texts.into_iter().collect(),
            uncompared: vaults
                .map(|[users, projects]| users + 2 * projects)
                .collect(),
            vaults: gone_vaults
                .map(|one| (&*one.label, &*one.id, unread))
                .collect(),
            whole: changes.access.all,
        }
    }
}

/// Numbers texts and kinds of change in order of appearance.
struct ChangePacker<'c> {
    changes: &'c Changes<'c>,
    texts: IndexSet<String>,
    combinations: IndexSet<Vec<usize>>,
}

impl ChangePacker<'_> {
    fn combination(&mut self, shift: &Shift<'_>) -> usize {
        let mut key = vec![self.set(shift.all.gained), self.set(shift.all.lost)];
        for (path, delta) in &shift.paths {
            key.push(self.texts.insert_full(path.label()).0);
            key.push(self.set(delta.gained));
            key.push(self.set(delta.lost));
        }
        self.combinations.insert_full(key).0
    }

    fn set(&mut self, set: Set) -> usize {
        let text = match set.is_empty() {
            true => String::new(),
            false => self.changes.permissions.summary(set, Set::default()),
        };
        self.texts.insert_full(text).0
    }
}

/// Name, id, e-mail, status, state, kind, and the day of the last sign-in.
type Row<'r> = (&'r str, &'r str, Cow<'r, str>, Status, String, Sort, String);

fn row(who: &Resource) -> Row<'_> {
    (
        &who.label,
        &who.id,
        plain(&who.email),
        who.status,
        who.status_text(),
        who.sort,
        who.sign_in(""),
    )
}

/// Adds a row: how many cells, then for each how far it is from the last vault, and its
/// combination.
fn put_row(bytes: &mut Vec<u8>, cells: impl ExactSizeIterator<Item = (u32, usize)>) {
    put(bytes, cells.len());
    let mut next = 0;
    for (vault, combination) in cells {
        put(bytes, vault as usize - next);
        put(bytes, combination);
        next = vault as usize + 1;
    }
}

/// Seven bits a byte, the lowest first; the top bit says that more follow.
fn put(bytes: &mut Vec<u8>, mut number: usize) {
    loop {
        let low = (number & 0x7f) as u8;
        number >>= 7;
        if number == 0 {
            bytes.push(low);
            return;
        }
        bytes.push(low | 0x80);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_take_as_few_bytes_as_they_need() {
        let mut bytes = Vec::new();
        for number in [0, 127, 128, 300, 1 << 21] {
            put(&mut bytes, number);
        }
        assert_eq!(bytes, [0, 0x7f, 0x80, 1, 0xac, 2, 0x80, 0x80, 0x80, 1]);
    }
}
