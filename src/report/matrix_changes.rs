//! What changed since an older sync, for the page's matrix: packed like the access itself.
//!
//! Whoever is only in the older file has a row after all others, and a vault that is only there a
//! column.

use std::borrow::Cow;
use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use indexmap::IndexSet;
use serde::Serialize;

use crate::baton::ids::ResourceKind;
use crate::text::plain;

use super::changes::Changes;
use super::model::Principal;
use super::permissions::Set;
use super::shift::Shift;
use super::snapshot::Snapshot;

/// The kinds of rows, in their order.
const ROWS: [ResourceKind; 2] = [ResourceKind::User, ResourceKind::Project];

#[derive(Serialize)]
pub(super) struct MatrixChanges<'r> {
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

impl<'r> MatrixChanges<'r> {
    pub(super) fn new(snapshot: &'r Snapshot, changes: &'r Changes<'_>) -> Self {
        let gone = (0..)
            .zip(&changes.principals)
            .skip(snapshot.principals.len());
        let gone: Vec<(u32, _)> = gone.filter(|(_, one)| ROWS.contains(&one.kind)).collect();
        let present = ROWS.iter().flat_map(|&kind| snapshot.of_kind(kind));
        let places = present
            .map(|one| one.place)
            .chain(gone.iter().map(|(place, _)| *place));
        let mut packer = Packer {
            changes,
            texts: IndexSet::from([String::new()]),
            combinations: IndexSet::new(),
        };
        let shifts = changes.access.rows.iter();
        let by_place: BTreeMap<(u32, u32), usize> = shifts
            .map(|shift| ((shift.principal, shift.vault), packer.combination(shift)))
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
struct Packer<'c> {
    changes: &'c Changes<'c>,
    texts: IndexSet<String>,
    combinations: IndexSet<Vec<usize>>,
}

impl Packer<'_> {
    fn combination(&mut self, shift: &Shift) -> usize {
        let mut key = vec![self.set(shift.all.gained), self.set(shift.all.lost)];
        for (path, delta) in &shift.paths {
            let label = self.changes.path(shift, *path).label();
            key.push(self.texts.insert_full(label).0);
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
pub(super) type Row<'r> = [Cow<'r, str>; 7];

pub(super) fn row(who: &Principal) -> Row<'_> {
    [
        (&*who.label).into(),
        (&*who.id).into(),
        plain(&who.email),
        who.status.word().into(),
        who.status_text().into(),
        who.sort.word().into(),
        who.signed_in.day("").into(),
    ]
}

/// Adds a row: how many cells, then for each how far it is from the last vault, and its
/// combination.
pub(super) fn put_row(bytes: &mut Vec<u8>, cells: impl ExactSizeIterator<Item = (u32, usize)>) {
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
