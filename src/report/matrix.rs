//! The page's data: who reaches what, packed so that millions of pairs fit into one page. Most
//! people hold the same few combinations of paths and permissions, so each combination is written
//! once, and a pair of user and vault is two numbers: see [`put_row`]. How a cell gets its colour
//! is in `page/cell-colours.js`.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use indexmap::IndexSet;
use prost::encoding::encode_varint;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::{Value, json};

use crate::baton::ids::ResourceKind::{self, Project, User, Vault};
use crate::text::plain;

use super::changes::Changes;
use super::findings::GroupRow;
use super::html_tables;
use super::json::Each;
use super::model::{PRINCIPALS, Pair, Resource};
use super::permissions::Set;
use super::section::Section;
use super::snapshot::Snapshot;
use super::{Report, sections};

/// Users and projects as rows, vaults as columns, and what is where they cross; and the sections
/// whose tables the page begins with the start of.
pub(super) struct Matrix<'r>(pub(super) &'r Report<'r>, pub(super) Vec<&'r Section>);

impl Serialize for Matrix<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(report, tables) = self;
        let snapshot = report.snapshot;
        let packer = Packer::of(snapshot);
        let coverage = &snapshot.coverage;
        let lists = [Project, User, Vault].map(|kind| (format!("{kind}s"), coverage.lists(kind)));
        let whole = coverage.access() && lists.iter().all(|(_, all)| *all);
        let denials = match coverage.all_of(User) {
            true => coverage.everywhere.can.bits(),
            false => 0,
        };
        let groups = report.groups();
        let changes = report.changes.as_ref();
        let changes = changes.map(|changes| changed(snapshot, changes));
        let permissions = snapshot.permissions.all();
        let permissions = permissions.map(|(slug, can)| (slug, can.bits()));
        let sets = || packer.sets.iter().map(|set| Vec::from_iter(set.places()));
        let mut map = serializer.serialize_map(None)?;
        // What the groups hold comes after the rows, in the order of `groups`.
        map.serialize_entry("cells", &STANDARD.encode(&packer.cells))?;
        map.serialize_entry("changes", &changes)?;
        // Path, set, path, set …
        map.serialize_entry("combinations", &Each(|| packer.combinations.iter()))?;
        // What users who are not known to be able to do it in a vault certainly cannot do.
        map.serialize_entry("denials", &denials)?;
        map.serialize_entry("groups", &Each(|| groups.rows.iter().map(group)))?;
        map.serialize_entry("lists", &BTreeMap::from(lists))?;
        map.serialize_entry("paths", &Each(|| packer.paths.iter()))?;
        // Slugs, with what each lets one do; sets are of their places.
        map.serialize_entry("permissions", &Vec::from_iter(permissions))?;
        map.serialize_entry("rest", &html_tables::rest(tables))?;
        map.serialize_entry("rows", &Each(|| present(snapshot).map(row)))?;
        map.serialize_entry("sets", &Each(sets))?;
        map.serialize_entry("vaults", &Each(|| snapshot.vaults.iter().map(column)))?;
        map.serialize_entry("whole", &whole)?;
        map.end()
    }
}

/// Name, id, what is not known of it (1 the users who reach it, 2 the projects, 4 some
/// permissions), the abilities that were not read, items, last change.
fn column(vault: &Resource) -> impl Serialize {
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

/// Name, id, state, how many members, managers.
fn group<'r>(row: &GroupRow<'r>) -> impl Serialize + use<'r> {
    let (group, members) = (row.group, row.members.count().to_string());
    let managers = sections::names(&row.managers, "NONE", Resource::display_name);
    let (name, id) = (&group.label, &group.id);
    (name, id, group.status_text(), members, managers)
}

/// Numbers paths, sets and combinations in order of appearance.
#[derive(Default)]
struct Packer<'s> {
    cells: Vec<u8>,
    /// Each in words, with the id of its group.
    paths: IndexSet<(String, &'s str)>,
    sets: IndexSet<Set>,
    combinations: IndexSet<Vec<usize>>,
}

impl<'s> Packer<'s> {
    fn of(snapshot: &'s Snapshot) -> Self {
        let mut packer = Self::default();
        for who in PRINCIPALS.iter().flat_map(|&kind| snapshot.of_kind(kind)) {
            let row = snapshot.pairs_of(who);
            let row = row.map(|pair| (pair.vault.place, packer.combination(snapshot, &pair)));
            let row = Vec::from_iter(row);
            put_row(&mut packer.cells, &row);
        }
        packer
    }

    fn combination(&mut self, snapshot: &'s Snapshot, pair: &Pair<'_>) -> usize {
        let mut key = Vec::with_capacity(2 * pair.paths.len());
        for access in pair.paths {
            let path = snapshot.path(access);
            let named = (path.label(), path.group.map_or("", |group| &group.id));
            key.push(self.paths.insert_full(named).0);
            key.push(self.sets.insert_full(access.held).0);
        }
        self.combinations.insert_full(key).0
    }
}

/// The kinds of rows, in their order.
const ROWS: [ResourceKind; 2] = [User, Project];

fn present(snapshot: &Snapshot) -> impl Iterator<Item = &Resource> {
    ROWS.iter().flat_map(|&kind| snapshot.of_kind(kind))
}

/// What changed since an older sync, packed like the access. Whoever is only in the older file has
/// a row after all others, and a vault that is only there a column.
fn changed(snapshot: &Snapshot, changes: &Changes<'_>) -> Value {
    let mut combinations = IndexSet::new();
    let shifts = changes.access.rows.iter().map(|shift| {
        let paths = shift.paths.iter();
        let paths = paths.map(|(path, is, held)| (path.label(), *is, changes.summary(*held)));
        let both = [shift.gained, shift.lost].map(|held| changes.summary(held));
        let (combination, _) = combinations.insert_full((both, Vec::from_iter(paths)));
        (shift.at, combination)
    });
    let by_place: BTreeMap<(u32, u32), usize> = shifts.collect();
    let all = (0..).zip(&changes.principals);
    let gone = all.skip(snapshot.principals.len());
    let gone: Vec<(u32, _)> = gone.filter(|(_, one)| ROWS.contains(&one.kind)).collect();
    let places = present(snapshot).map(|one| one.place);
    let mut cells = Vec::new();
    for place in places.chain(gone.iter().map(|(place, _)| *place)) {
        let cells_of = by_place.range((place, 0)..=(place, u32::MAX));
        let cells_of: Vec<_> = cells_of.map(|(&(_, vault), &is)| (vault, is)).collect();
        put_row(&mut cells, &cells_of);
    }
    let older = unread(snapshot.coverage.holders(None));
    let vaults = changes.vaults.iter().skip(snapshot.vaults.len());
    let vaults = vaults.map(|one| (&one.label, &one.id, older));
    let uncompared = changes.compared.holders.iter();
    json!({
        "cells": STANDARD.encode(cells),
        // What was gained and lost; then each path with what became of what by it.
        "combinations": Vec::from_iter(combinations),
        // Some permissions were not compared.
        "partly": !changes.compared.not.is_empty(),
        "rows": gone.iter().map(|(_, one)| row(one)).collect::<Vec<_>>(),
        // What of a vault was not read by both syncs: see `unread`.
        "uncompared": uncompared.map(|&known| unread(known)).collect::<Vec<_>>(),
        // Name, id, and what the newer sync may lack of it: as `uncompared`.
        "vaults": vaults.collect::<Vec<_>>(),
        // All access was compared.
        "whole": changes.access.all,
    })
}

/// Name, id, e-mail, status, state, kind, and the day of the last sign-in.
fn row(who: &Resource) -> impl Serialize {
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
