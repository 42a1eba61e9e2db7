//! What changed since an older sync, for the page's matrix: packed like the access itself.
//!
//! Whoever is only in the older file has a row after all others, and a vault that is only there a column.

use std::collections::{BTreeMap, HashMap};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use crate::baton::ids::ResourceKind;

use super::changes::Changes;
use super::matrix_data::{Row, put};
use super::model::Principal;
use super::numbered::Numbered;
use super::permissions::Set;
use super::shift::Shift;
use super::snapshot::Snapshot;

/// The kinds of rows, in their order.
const ROWS: [ResourceKind; 2] = [ResourceKind::User, ResourceKind::Project];

#[derive(Serialize)]
pub(super) struct MatrixChanges<'r> {
    cells: String,
    /// Gained, lost; then path, gained, lost for each path: all as places of texts.
    combinations: Vec<Vec<u32>>,
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

impl<'r> MatrixChanges<'r> {
    pub(super) fn new(snapshot: &'r Snapshot, changes: &'r Changes<'_>) -> Self {
        let gone = changes.principals.iter().enumerate();
        let gone = gone.skip(snapshot.principals.len());
        let gone: Vec<(usize, &Principal)> = gone
            .filter(|(_, one)| ROWS.contains(&one.kind))
            .map(|(place, one)| (place, *one))
            .collect();
        let present = ROWS.iter().flat_map(|&kind| snapshot.of_kind(kind));
        let present = present.map(|one| one.place as usize);
        let mut packer = Packer::new(changes);
        let mut of_rows: HashMap<usize, BTreeMap<u32, u32>> = HashMap::new();
        for shift in &changes.access.rows {
            let combination = packer.combination(shift);
            let of_row = of_rows.entry(shift.principal as usize).or_default();
            of_row.insert(shift.vault, combination);
        }
        let mut cells = Vec::new();
        for place in present.chain(gone.iter().map(|(place, _)| *place)) {
            let of_row = of_rows.remove(&place).unwrap_or_default();
            put(&mut cells, of_row.len());
            let mut next = 0;
            for (vault, combination) in of_row {
                put(&mut cells, vault as usize - next);
                put(&mut cells, combination as usize);
                next = vault as usize + 1;
            }
        }
        let coverage = &snapshot.coverage;
        let unread = u8::from(!coverage.users(None)) + 2 * u8::from(!coverage.projects(None));
        let gone_vaults = changes.vaults.iter().skip(snapshot.vaults.len());
        let compared = |vault| ROWS.map(|kind| u8::from(!changes.compares_kind(kind, vault)));
        let vaults = (0..).zip(&changes.vaults).map(|(vault, _)| compared(vault));
        Self {
            cells: STANDARD.encode(cells),
            combinations: packer.combinations.list,
            partly: !changes.compares_all_permissions(),
            rows: gone.iter().map(|(_, one)| Row::new(one)).collect(),
            texts: packer.texts.list,
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
struct Packer<'c> {
    changes: &'c Changes<'c>,
    texts: Numbered<String>,
    combinations: Numbered<Vec<u32>>,
}

impl<'c> Packer<'c> {
    fn new(changes: &'c Changes<'_>) -> Self {
        let mut texts = Numbered::default();
        texts.place("");
        Self {
            changes,
            texts,
            combinations: Numbered::default(),
        }
    }

    fn combination(&mut self, shift: &Shift) -> u32 {
        let mut key = vec![self.set(shift.gained), self.set(shift.lost)];
        for path in &shift.paths {
            let label = self.changes.path(shift, path.path).label();
            key.push(self.texts.place(&*label));
            key.push(self.set(path.gained));
            key.push(self.set(path.lost));
        }
        self.combinations.place(&*key)
    }

    fn set(&mut self, set: Set) -> u32 {
        match set.is_empty() {
            true => 0,
            false => {
                let summary = self.changes.permissions.summary(set, Set::default());
                self.texts.place(&*summary)
            }
        }
    }
}
