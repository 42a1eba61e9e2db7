//! The page's data: who reaches what, packed so that millions of pairs fit into one page.
//!
//! Tenants repeat themselves: most people hold the same few combinations of paths and permissions.
//! Each different combination is written once, and a pair of user and vault is two numbers: how far
//! the vault is from the last one of the same user, and which combination it has. How a cell gets
//! its colour is in `page/cell-colours.js`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use indexmap::IndexSet;
use serde::Serialize;

use crate::baton::ids::ResourceKind;

use super::abilities::Abilities;
use super::finding_rows::GroupRow;
use super::matrix_changes::{MatrixChanges, Row, put_row, row};
use super::model::{PRINCIPALS, Pair, Path, Principal, Vault};
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
    changes: Option<MatrixChanges<'r>>,
    /// Path, set, path, set …
    combinations: Vec<Vec<usize>>,
    /// What users who are not known to be able to do it in a vault certainly cannot do.
    denials: u8,
    groups: Vec<Group<'r>>,
    lists: Lists,
    /// Each in words, with the id of its group.
    paths: Vec<(String, &'r str)>,
    /// Slugs, with what each lets one do.
    permissions: Vec<(&'r str, u8)>,
    rows: Vec<Row<'r>>,
    /// Permissions, by their places.
    sets: Vec<Vec<usize>>,
    vaults: Vec<Column<'r>>,
    whole: bool,
}

/// What the sync listed all of.
#[derive(Serialize)]
struct Lists {
    projects: bool,
    users: bool,
    vaults: bool,
}

fn column(vault: &Vault) -> Column<'_> {
    let read = vault.read;
    let [users, projects] = [read.users, read.projects].map(|known| u8::from(!known));
    let gaps = users + 2 * projects + 4 * u8::from(!read.unread.is_empty());
    let unread = Abilities::ALL.bits() & !read.can.bits();
    let changed = sections::day(vault.content.updated_at.as_deref());
    let (name, id) = (&vault.label, &vault.id);
    (name, id, gaps, unread, vault.items(), changed)
}

fn group<'r>(row: &GroupRow<'r>) -> Group<'r> {
    let (group, members) = (row.group, row.members.count().to_string());
    let managers = sections::names(&row.managers, "NONE", Principal::display_name);
    let (name, id) = (&group.label, &group.id);
    (name, id, group.status_text(), members, managers)
}

impl<'r> Matrix<'r> {
    pub(super) fn new(report: &'r Report<'_>) -> Self {
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
        let lists = Lists {
            projects: coverage.lists(ResourceKind::Project),
            users: coverage.lists(ResourceKind::User),
            vaults: coverage.lists(ResourceKind::Vault),
        };
        let permissions = snapshot.permissions.all();
        let changes = report.changes.as_ref();
        let (paths, sets) = (packer.paths.iter(), packer.sets.iter());
        Self {
            cells: STANDARD.encode(cells),
            changes: changes.map(|changes| MatrixChanges::new(snapshot, changes)),
            combinations: packer.combinations.into_iter().collect(),
            denials: coverage.denials().bits(),
            groups: report.findings.groups.rows.iter().map(group).collect(),
            whole: coverage.access() && lists.users && lists.projects && lists.vaults,
            lists,
            paths: paths.map(|path| path_name(snapshot, path)).collect(),
            permissions: permissions.map(|(slug, can)| (slug, can.bits())).collect(),
            rows: rows.map(row).collect(),
            sets: sets.map(|set| set.bits().collect()).collect(),
            vaults: snapshot.vaults.iter().map(column).collect(),
        }
    }
}

fn path_name<'s>(
    snapshot: &'s Snapshot,
    &(path, kind): &(Path, ResourceKind),
) -> (String, &'s str) {
    let parts = snapshot.path_of(path, kind);
    (parts.label(), parts.group.map_or("", |group| &group.id))
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
