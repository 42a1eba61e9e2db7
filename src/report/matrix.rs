//! The page's data: who reaches what, packed so that millions of pairs fit into one page. Most
//! people hold the same few combinations of paths and permissions, so each combination is written
//! once, and a pair of user and vault is two numbers: see [`put_row`]. How a cell gets its colour
//! is in `page/cell-colours.js`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use indexmap::IndexSet;
use prost::encoding::encode_varint;
use serde::Serialize;

use crate::baton::ids::ResourceKind;
use crate::text::plain;

use super::changes::{Change, Changes};
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
    let gaps = unread([read.users, read.projects]) + 4 * u8::from(!read.unread.is_empty());
    let cannot = read.can.complement().bits();
    let changed = sections::day(vault.updated_at.as_deref());
    let (name, id) = (&vault.label, &vault.id);
    (name, id, gaps, cannot, vault.items(), changed)
}

/// As the page takes it: 1 the users were not read, 2 the projects.
fn unread([users, projects]: [bool; 2]) -> u8 {
    u8::from(!users) + 2 * u8::from(!projects)
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
        for who in PRINCIPALS.iter().flat_map(|&kind| snapshot.of_kind(kind)) {
            let row = snapshot.pairs_of(who);
            let row = row.map(|pair| (pair.vault.place, packer.combination(&pair)));
            put_row(&mut cells, &row.collect::<Vec<_>>());
        }
        let coverage = &snapshot.coverage;
        let lists = [
            ("projects", ResourceKind::Project),
            ("users", ResourceKind::User),
            ("vaults", ResourceKind::Vault),
        ];
        let lists = lists.map(|(name, kind)| (name, coverage.lists(kind)));
        let (all, can) = (coverage.all_of(ResourceKind::User), coverage.everywhere.can);
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
            denials: if all { can.bits() } else { 0 },
            groups: report.groups().rows.iter().map(group).collect(),
            whole: coverage.access() && lists.iter().all(|(_, all)| *all),
            lists: lists.into(),
            paths: paths.map(named).collect(),
            permissions: permissions.map(|(slug, can)| (slug, can.bits())).collect(),
            rows: present(snapshot).map(row).collect(),
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

fn present(snapshot: &Snapshot) -> impl Iterator<Item = &Resource> {
    ROWS.iter().flat_map(|&kind| snapshot.of_kind(kind))
}

/// What changed since an older sync, packed like the access. Whoever is only in the older file has
/// a row after all others, and a vault that is only there a column.
#[derive(Serialize)]
struct Changed<'r> {
    cells: String,
    /// Gained, lost; then path, gained, lost for each change of a path: all as places of texts.
    combinations: Vec<Vec<usize>>,
    /// Some permissions were not compared.
    partly: bool,
    rows: Vec<Row<'r>>,
    /// The first is nothing.
    texts: Vec<String>,
    /// What of a vault was not read by both syncs: see [`unread`].
    uncompared: Vec<u8>,
    /// Name, id, and what the newer sync may lack of it: as `uncompared`.
    vaults: Vec<(&'r str, &'r str, u8)>,
    /// All access was compared.
    whole: bool,
}

impl<'r> Changed<'r> {
    fn new(snapshot: &'r Snapshot, changes: &'r Changes<'_>) -> Self {
        let (mut texts, mut combinations) = (IndexSet::from([String::new()]), IndexSet::new());
        let shifts = changes.access.rows.iter().map(|shift| {
            let mut key = vec![changes.summary(shift.gained), changes.summary(shift.lost)];
            for (path, change, held) in &shift.paths {
                let held = changes.summary(*held);
                key.extend(match change {
                    Change::Gained => [path.label(), held, String::new()],
                    Change::Lost => [path.label(), String::new(), held],
                });
            }
            let key = key.into_iter().map(|text| texts.insert_full(text).0);
            let combination = combinations.insert_full(key.collect::<Vec<_>>()).0;
            (shift.at, combination)
        });
        let by_place: BTreeMap<(u32, u32), usize> = shifts.collect();
        let gone = (0..)
            .zip(&changes.principals)
            .skip(snapshot.principals.len());
        let gone: Vec<(u32, _)> = gone.filter(|(_, one)| ROWS.contains(&one.kind)).collect();
        let places = present(snapshot).map(|one| one.place);
        let mut cells = Vec::new();
        for place in places.chain(gone.iter().map(|(place, _)| *place)) {
            let row = by_place.range((place, 0)..=(place, u32::MAX));
            let row: Vec<_> = row.map(|(&(_, vault), &change)| (vault, change)).collect();
            put_row(&mut cells, &row);
        }
        let older = unread(snapshot.coverage.holders(None));
        let gone_vaults = changes.vaults.iter().skip(snapshot.vaults.len());
        let uncompared = changes.compared.holders.iter();
        Self {
            cells: STANDARD.encode(cells),
            combinations: combinations.into_iter().collect(),
            partly: !changes.compared.not.is_empty(),
            rows: gone.iter().map(|(_, one)| row(one)).collect(),
            texts: texts.into_iter().collect(),
            uncompared: uncompared.map(|&known| unread(known)).collect(),
            vaults: gone_vaults
                .map(|one| (&*one.label, &*one.id, older))
                .collect(),
            whole: changes.access.all,
        }
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

/// Adds a row: how many cells, then for each how far its vault is from the last one, and which
/// combination it has. Numbers have seven bits a byte, the lowest first; the top bit says that more
/// follow.
fn put_row(bytes: &mut Vec<u8>, cells: &[(u32, usize)]) {
    encode_varint(cells.len() as u64, bytes);
    let mut next = 0;
    for &(vault, combination) in cells {
        encode_varint(u64::from(vault - next), bytes);
        encode_varint(combination as u64, bytes);
        next = vault + 1;
    }
}
