//! What a sync tells of itself, and zstd's checksum cannot: one that has fewer rows than its
//! statistics say is damaged. Grants of a finished full sync whose entitlement or resource is not
//! there are odd, but nothing is lost: that is said.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use rusqlite::types::ValueRef;

use crate::c1z::record::text;
use crate::c1z::{Stats, SyncRun, SyncType, Table};
use crate::notice::Notice;
use crate::text::start;

const INCOMPLETE: &str = "grants in the file are of entitlements or resources that it does not hold: something of it may \
                          be missing";

/// Checks the rows of some syncs as they come, table by table as the file has them.
pub(crate) struct Audit<'r> {
    syncs: Vec<(&'r SyncRun, Seen)>,
    /// The place of the last row's sync.
    at: usize,
    hasher: RandomState,
    /// Grants of what is not there, and the first of them.
    odd: Notice,
}

/// What was seen of one sync.
#[derive(Default)]
struct Seen {
    stats: Stats,
    /// Hashes of the ids of resources and entitlements.
    known: HashSet<u64>,
    /// Resource and entitlement of the last grant, which the next one often shares, and whether
    /// they are there.
    last: (Vec<u8>, Vec<u8>, bool),
}

impl<'r> Audit<'r> {
    pub(crate) fn new(runs: &[&'r SyncRun]) -> Self {
        Self {
            syncs: runs.iter().map(|run| (*run, Seen::default())).collect(),
            at: 0,
            hasher: RandomState::new(),
            odd: Notice {
                count: 0,
                ..Notice::gap("file-incomplete", INCOMPLETE)
            },
        }
    }

    /// Takes the next row, which ends with its sync and when it was seen.
    pub(crate) fn row(&mut self, table: Table, row: &[ValueRef<'_>]) {
        let [.., sync, _] = row else { return };
        let is_of = |(run, _): &(&SyncRun, Seen)| run.sync_id.as_bytes() == text(sync);
        if !is_of(&self.syncs[self.at]) {
            self.at = self.syncs.iter().position(is_of).unwrap_or(self.at);
        }
        let (hasher, (run, seen)) = (&self.hasher, &mut self.syncs[self.at]);
        *seen.stats.total(table) += 1;
        match (table, row) {
            (Table::Resources, [_, _, id, ..]) => {
                seen.known.insert(hasher.hash_one(text(id)));
            }
            (Table::Entitlements, [_, kind, resource, id, ..]) => {
                let on = [text(kind), text(resource)];
                if seen.known.contains(&hasher.hash_one(&*on.join(&b':'))) {
                    seen.known.insert(hasher.hash_one((on[0], on[1], text(id))));
                }
            }
            (Table::Grants, [_, kind, resource, entitlement, _, _, id, ..]) => {
                let on = (text(kind), text(resource), text(entitlement));
                if seen.last.1 != on.2 || seen.last.0 != on.1 {
                    let are_there = seen.known.contains(&hasher.hash_one(on));
                    seen.last = (on.1.to_vec(), on.2.to_vec(), are_there);
                }
                let must_be_there = run.is_finished() && run.sync_type == SyncType::Full;
                if must_be_there && !seen.last.2 {
                    self.odd.count += 1;
                    if self.odd.count == 1 {
                        let id = String::from_utf8_lossy(text(id));
                        self.odd.examples.push(start(&id, 300).into_owned());
                    }
                }
            }
            _ => {}
        }
    }

    /// A notice when grants are odd, or which rows are missing, going by the statistics.
    pub(crate) fn finish(self) -> Result<Option<Notice>, String> {
        for (run, mut seen) in self.syncs {
            let stats = run.stats.as_deref();
            let stats = stats.and_then(|json| serde_json::from_str::<Stats>(json).ok());
            let Some(mut said) = stats else { continue };
            for table in Table::ALL {
                let (said, left) = (*said.total(table), *seen.stats.total(table));
                if left < said {
                    let (start, noun) = (run.start_text(), table.noun());
                    return Err(format!(
                        "its sync of {start} had {said} {noun}s, of which {left} are left"
                    ));
                }
            }
        }
        Ok(Some(self.odd).filter(|odd| odd.count > 0))
    }
}
