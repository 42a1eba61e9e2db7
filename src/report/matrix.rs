//! The page's data: who reaches what, packed so that millions of pairs fit into one page.
//!
//! Tenants repeat themselves: most people hold the same few combinations of paths and permissions.
//! Each different combination is written once, and a pair of user and vault is two numbers: how far
//! the vault is from the last one of the same user, and which combination it has. How a cell gets its
//! colour is in `page/cell-colours.js`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use crate::baton::ids::ResourceKind;

use super::abilities::Abilities;
use super::finding_rows::GroupRow;
use super::matrix_changes::{MatrixChanges, Row, put, row};
use super::model::{Pair, Path, Principal, Vault};
use super::numbered::Numbered;
use super::permissions::Set;
use super::snapshot::Snapshot;
use super::{Report, sections};

/// Name, id, what is not known of it (1 the users who reach it, 2 the projects, 4 some permissions),
/// the abilities that were not read, items, last change.
type Column<'r> = (&'r str, &'r str, u8, u8, String, String);

/// Name, id, state, how many members, managers.
type Group<'r> = (&'r str, &'r str, String, String, String);

/// Users and projects as rows, vaults as columns, and what is where they cross.
#[derive(Serialize)]
pub(super) struct Matrix<'r> {
    /// The rows, packed: see [`Packer::row`]. What the groups hold comes after them, in the order of
    /// `groups`.
    cells: String,
    changes: Option<MatrixChanges<'r>>,
    /// Path, set, path, set …
    combinations: Vec<Vec<u32>>,
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
    let managers = sections::names(&row.managers, "NONE", Principal::shown);
    let (name, id) = (&group.label, &group.id);
    (name, id, group.status_text(), members, managers)
}

impl<'r> Matrix<'r> {
    pub(super) fn new(report: &'r Report<'_>) -> Self {
        let snapshot = report.snapshot;
        let mut packer = Packer::default();
        for kind in [
            ResourceKind::User,
            ResourceKind::Project,
            ResourceKind::Group,
        ] {
            for who in snapshot.of_kind(kind) {
                packer.row(snapshot.pairs_of(who).collect());
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
        let paths = packer.paths.list.iter();
        let sets = packer.sets.list.iter();
        Self {
            cells: STANDARD.encode(packer.cells),
            changes: changes.map(|changes| MatrixChanges::new(snapshot, changes)),
            combinations: packer.combinations.list,
            denials: coverage.denials().bits(),
            groups: report.findings.groups.rows.iter().map(group).collect(),
            whole: coverage.access() && lists.users && lists.projects && lists.vaults,
            lists,
            paths: paths
                .map(|&(path, kind)| told(snapshot, path, kind))
                .collect(),
            permissions: permissions.map(|(slug, can)| (slug, can.bits())).collect(),
            rows: rows.map(row).collect(),
            sets: sets
                .map(|&set| snapshot.permissions.positions(set))
                .collect(),
            vaults: snapshot.vaults.iter().map(column).collect(),
        }
    }
}

fn told(snapshot: &Snapshot, path: Path, kind: ResourceKind) -> (String, &str) {
    let parts = snapshot.path_of(path, kind);
    (parts.label(), parts.group.map_or("", |group| &group.id))
}

/// Numbers paths, sets and combinations in order of appearance.
#[derive(Default)]
struct Packer {
    cells: Vec<u8>,
    /// To a project, or to anybody else.
    paths: Numbered<(Path, ResourceKind)>,
    sets: Numbered<Set>,
    combinations: Numbered<Vec<u32>>,
}

impl Packer {
    /// How many cells, then for each how far from the last vault, and its combination.
    fn row(&mut self, pairs: Vec<Pair<'_>>) {
        put(&mut self.cells, pairs.len());
        let mut next = 0;
        for pair in pairs {
            let vault = pair.vault.place as usize;
            put(&mut self.cells, vault - next);
            next = vault + 1;
            let combination = self.combination(&pair);
            put(&mut self.cells, combination as usize);
        }
    }

    fn combination(&mut self, pair: &Pair<'_>) -> u32 {
        let mut key = Vec::with_capacity(2 * pair.paths.len());
        for access in pair.paths {
            // What is direct has a word of its own for projects.
            let kind = match access.path {
                Path::Direct => pair.who.kind,
                _ => ResourceKind::User,
            };
            let kind = Some(kind).filter(|kind| *kind == ResourceKind::Project);
            key.push(
                self.paths
                    .place(&(access.path, kind.unwrap_or(ResourceKind::User))),
            );
            key.push(self.sets.place(&access.held));
        }
        self.combinations.place(&*key)
    }
}
