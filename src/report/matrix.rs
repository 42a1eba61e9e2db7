//! The page's data: who reaches what, packed so that millions of pairs fit into one page.
//!
//! Tenants repeat themselves: most people hold the same few combinations of paths and permissions.
//! Each different combination is written once, and a pair of user and vault is two numbers: how far
//! the vault is from the last one of the same user, and which combination it has.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::baton::ids::ResourceKind;

use super::abilities::Ability;
use super::coverage::Coverage;
use super::findings::GroupRow;
use super::matrix_data::{put, row};
use super::permissions::Set;
use super::snapshot::{Pair, Path, Snapshot, Vault};
use super::{Report, matrix_changes, sections};

/// Users and projects as rows, vaults as columns, and what is where they cross. What the groups hold
/// comes after the rows, in the order of `groups`.
pub(super) fn value(report: &Report<'_>) -> Value {
    let snapshot = report.snapshot;
    let mut packer = Packer::new(snapshot);
    let mut rows = Vec::new();
    let mut cells = Vec::new();
    for kind in [
        ResourceKind::User,
        ResourceKind::Project,
        ResourceKind::Group,
    ] {
        let of_kind = |pair: &Pair<'_>| snapshot.principal(pair.principal).kind == kind;
        let mut pairs = snapshot.pairs().filter(of_kind).peekable();
        for (place, principal) in snapshot.of_kind(kind) {
            let mut of_one = Vec::new();
            while let Some(pair) = pairs.next_if(|pair| pair.principal == place) {
                of_one.push(pair);
            }
            if kind != ResourceKind::Group {
                rows.push(row(principal));
            }
            packer.row(&of_one, &mut cells);
        }
    }
    let coverage = &snapshot.coverage;
    let [users, projects, vaults] = [
        ResourceKind::User,
        ResourceKind::Project,
        ResourceKind::Vault,
    ]
    .map(|kind| coverage.lists(kind));
    let permissions = snapshot.permissions.all();
    let permissions = permissions.map(|(slug, can)| json!([slug, can.bits()]));
    let changes = report.changes.as_ref();
    json!({
        "changes": changes.map(|changes| matrix_changes::value(snapshot, changes)),
        "rows": rows,
        "groups": report.findings.groups.rows.iter().map(|row| group(snapshot, row)).collect::<Value>(),
        "vaults": (0..).zip(&snapshot.vaults).map(|(place, one)| vault(coverage, place, one)).collect::<Value>(),
        "denials": coverage.denials().bits(),
        "whole": coverage.access() && users && projects && vaults,
        "lists": {"users": users, "projects": projects, "vaults": vaults},
        "permissions": permissions.collect::<Value>(),
        "paths": packer.path_values,
        "sets": packer.set_values,
        "combinations": packer.combination_values,
        "cells": STANDARD.encode(cells),
    })
}

/// Name, id, what is not known of it, the abilities that were not read, items, last change.
fn vault(coverage: &Coverage, place: u32, vault: &Vault) -> Value {
    let abilities = Ability::ALL.into_iter();
    let unread = abilities.filter(|&ability| !coverage.can(place, ability));
    json!([
        vault.label,
        vault.id,
        gaps(coverage, place),
        unread.fold(0, |bits, ability| bits | ability as u8),
        sections::items(vault),
        sections::day(&vault.content.updated_at),
    ])
}

/// What is not known of a vault: 1 the users who reach it, 2 the projects, 4 some permissions.
fn gaps(coverage: &Coverage, vault: u32) -> u32 {
    let users = !coverage.users(Some(vault));
    let projects = !coverage.projects(Some(vault));
    let permissions = !coverage.unread(vault).is_empty();
    u32::from(users) + 2 * u32::from(projects) + 4 * u32::from(permissions)
}

/// Name, id, state, how many members, managers.
fn group(snapshot: &Snapshot, row: &GroupRow) -> Value {
    let group = snapshot.principal(row.group);
    json!([
        group.label,
        group.id,
        group.status_text(),
        row.members.count().to_string(),
        sections::managers(snapshot, &row.managers),
    ])
}

/// Numbers paths, sets and combinations in order of appearance.
struct Packer<'s> {
    snapshot: &'s Snapshot,
    paths: HashMap<(Path, bool), usize>,
    path_values: Vec<Value>,
    sets: HashMap<Set, usize>,
    set_values: Vec<Vec<usize>>,
    combinations: HashMap<Vec<usize>, usize>,
    combination_values: Vec<Vec<usize>>,
}

impl<'s> Packer<'s> {
    fn new(snapshot: &'s Snapshot) -> Self {
        Self {
            snapshot,
            paths: HashMap::new(),
            path_values: Vec::new(),
            sets: HashMap::new(),
            set_values: Vec::new(),
            combinations: HashMap::new(),
            combination_values: Vec::new(),
        }
    }

    /// How many cells, then for each how far from the last vault, and its combination.
    fn row(&mut self, pairs: &[Pair<'_>], cells: &mut Vec<u8>) {
        put(cells, pairs.len());
        let mut next = 0;
        for pair in pairs {
            let vault = pair.vault as usize;
            put(cells, vault - next);
            next = vault + 1;
            let combination = self.combination(pair);
            put(cells, combination);
        }
    }

    /// Path, set, path, set …
    fn combination(&mut self, pair: &Pair<'_>) -> usize {
        let mut key = Vec::with_capacity(2 * pair.paths.len());
        for access in pair.paths {
            let parts = self.snapshot.path(access);
            let project = parts.kind == "project";
            let values = &mut self.path_values;
            let path = *self
                .paths
                .entry((access.path.clone(), project))
                .or_insert_with(|| {
                    let id = parts.group.map_or("", |group| &group.id);
                    values.push(json!([parts.label(), id]));
                    values.len() - 1
                });
            let values = &mut self.set_values;
            let set = *self.sets.entry(access.held).or_insert_with(|| {
                values.push(self.snapshot.permissions.positions(access.held));
                values.len() - 1
            });
            key.extend([path, set]);
        }
        if let Some(&known) = self.combinations.get(&key) {
            return known;
        }
        let new = self.combination_values.len();
        self.combination_values.push(key.clone());
        self.combinations.insert(key, new);
        new
    }
}
