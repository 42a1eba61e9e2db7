//! What changed since an older sync, for the page's matrix: packed like the access itself.
//!
//! Whoever is only in the older file has a row after all others, and a vault that is only there a column.

use std::collections::{BTreeMap, HashMap};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::baton::ids::ResourceKind;

use super::changes::{Changes, Shift};
use super::matrix_data::{put, row};
use super::permissions::Set;
use super::snapshot::Snapshot;

/// The kinds of rows, in their order.
const ROWS: [ResourceKind; 2] = [ResourceKind::User, ResourceKind::Project];

pub(super) fn value(snapshot: &Snapshot, changes: &Changes) -> Value {
    let gone = || {
        (0..)
            .zip(&changes.principals)
            .skip(snapshot.principals.len())
    };
    let gone = gone().filter(|(_, one)| ROWS.contains(&one.kind));
    let gone: Vec<u32> = gone.map(|(place, _)| place).collect();
    let present = ROWS.iter().flat_map(|&kind| snapshot.of_kind(kind));
    let order = present.map(|(place, _)| place).chain(gone.iter().copied());
    let mut packer = Packer::new(changes);
    let mut of_rows: BTreeMap<u32, BTreeMap<u32, usize>> = BTreeMap::new();
    for shift in &changes.access.rows {
        let combination = packer.combination(shift);
        let of_row = of_rows.entry(shift.principal).or_default();
        of_row.insert(shift.vault, combination);
    }
    let mut cells = Vec::new();
    for place in order {
        let of_row = of_rows.remove(&place).unwrap_or_default();
        put(&mut cells, of_row.len());
        let mut next = 0;
        for (vault, combination) in of_row {
            put(&mut cells, vault as usize - next);
            put(&mut cells, combination);
            next = vault as usize + 1;
        }
    }
    let coverage = &snapshot.coverage;
    let unread = u32::from(!coverage.users(None)) + 2 * u32::from(!coverage.projects(None));
    let gone_vaults = changes.vaults.iter().skip(snapshot.vaults.len());
    json!({
        "rows": gone.iter().map(|&place| row(changes.principal(place))).collect::<Value>(),
        "vaults": gone_vaults.map(|one| json!([one.label, one.id, unread])).collect::<Value>(),
        "uncompared": (0..).zip(&changes.vaults).map(|(vault, _)| uncompared(changes, vault)).collect::<Value>(),
        "whole": changes.access.all,
        "partly": !changes.compares_all_permissions(),
        "texts": packer.texts,
        "combinations": packer.values,
        "cells": STANDARD.encode(cells),
    })
}

/// What of a vault was not read by both syncs: 1 its users, 2 its projects.
fn uncompared(changes: &Changes, vault: u32) -> u32 {
    let [users, projects] = ROWS.map(|kind| u32::from(!changes.compares_kind(kind, vault)));
    users + 2 * projects
}

/// Numbers texts and kinds of change in order of appearance.
struct Packer<'c> {
    changes: &'c Changes,
    texts: Vec<String>,
    places: HashMap<String, usize>,
    values: Vec<Vec<usize>>,
    combinations: HashMap<Vec<usize>, usize>,
}

impl<'c> Packer<'c> {
    fn new(changes: &'c Changes) -> Self {
        Self {
            changes,
            texts: vec![String::new()],
            places: HashMap::from([(String::new(), 0)]),
            values: Vec::new(),
            combinations: HashMap::new(),
        }
    }

    /// Gained, lost; then path, gained, lost for each path: all as texts, the first of which is nothing.
    fn combination(&mut self, shift: &Shift) -> usize {
        let mut key = vec![self.set(shift.gained), self.set(shift.lost)];
        for path in &shift.paths {
            let label = self.changes.path(shift, &path.path).label();
            key.push(self.text(label));
            key.push(self.set(path.gained));
            key.push(self.set(path.lost));
        }
        let new = self.values.len();
        let place = *self.combinations.entry(key.clone()).or_insert(new);
        if place == new {
            self.values.push(key);
        }
        place
    }

    fn set(&mut self, set: Set) -> usize {
        match set.is_empty() {
            true => 0,
            false => self.text(self.changes.permissions.summary(set, Set::default())),
        }
    }

    fn text(&mut self, text: String) -> usize {
        let new = self.texts.len();
        let place = *self.places.entry(text.clone()).or_insert(new);
        if place == new {
            self.texts.push(text);
        }
        place
    }
}
