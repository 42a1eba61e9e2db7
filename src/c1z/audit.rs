//! What a sync tells of itself: whether rows were lost, and whether what grants name is there.
//!
//! zstd's checksum finds flipped bits; this finds what happened before a file was packed. Rows must be
//! as many as the statistics of the sync say, and the entitlement and the resource of every grant of a
//! finished full sync must be there: else somebody's access could vanish without a word.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use rusqlite::types::ValueRef;

use crate::c1z::{Stats, SyncRun, SyncType, Table};

/// Checks the rows of some syncs as they come, table by table as the file has them.
pub(crate) struct Audit<'r> {
    syncs: Vec<Seen<'r>>,
    /// The place of the last row's sync.
    last: usize,
    hasher: RandomState,
}

/// What was seen of one sync.
struct Seen<'r> {
    run: &'r SyncRun,
    stats: Stats,
    /// Hashes of the ids of resources and entitlements.
    known: HashSet<u64>,
    /// What the last grant is on, which the next one often shares.
    last: u64,
}

impl<'r> Audit<'r> {
    pub(crate) fn new(runs: &[&'r SyncRun]) -> Self {
        let seen = |run: &&'r SyncRun| Seen {
            run,
            stats: Stats::default(),
            known: HashSet::new(),
            last: 0,
        };
        Self {
            syncs: runs.iter().map(seen).collect(),
            last: 0,
            hasher: RandomState::new(),
        }
    }

    /// Takes the next row.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn row(&mut self, table: Table, row: &[ValueRef<'_>]) -> Result<(), String> {
        match (table, row) {
            (Table::ResourceTypes, [_, _, _, sync, ..]) => {
                self.of(sync).stats.resource_types += 1;
            }
            (Table::Resources, [_, _, id, _, _, _, sync, ..]) => {
                let hash = self.hasher.hash_one(("", text(id)));
                let seen = self.of(sync);
                seen.stats.resources += 1;
                seen.known.insert(hash);
            }
            (Table::Entitlements, [_, kind, resource, id, _, sync, ..]) => {
                let hash = self.hasher.hash_one((text(kind), text(resource), text(id)));
                let seen = self.of(sync);
                seen.stats.entitlements += 1;
                seen.known.insert(hash);
            }
            (Table::Grants, [_, kind, resource, entitlement, _, _, id, _, _, _, sync, ..]) => {
                let on = (text(kind), text(resource), text(entitlement));
                let hash = self.hasher.hash_one(on);
                let seen = self.of(sync);
                seen.stats.grants += 1;
                let must_be_there = seen.run.is_finished() && seen.run.sync_type == SyncType::Full;
                if must_be_there && seen.last != hash && !seen.known.contains(&hash) {
                    let [id, on] = [id, entitlement].map(|id| String::from_utf8_lossy(text(id)));
                    return Err(format!(
                        "the grant {id:?} is of {on:?}, which it does not hold"
                    ));
                }
                seen.last = hash;
            }
            _ => {}
        }
        Ok(())
    }

    /// Compares what came with the statistics.
    ///
    /// # Errors
    /// Which rows are missing.
    pub(crate) fn finish(self) -> Result<(), String> {
        for Seen {
            run, stats: seen, ..
        } in self.syncs
        {
            let stats = run
                .stats
                .as_deref()
                .and_then(|json| serde_json::from_str(json).ok());
            let Some(said): Option<Stats> = stats else {
                continue;
            };
            for (noun, said, seen) in [
                ("resource types", said.resource_types, seen.resource_types),
                ("resources", said.resources, seen.resources),
                ("entitlements", said.entitlements, seen.entitlements),
                ("grants", said.grants, seen.grants),
            ] {
                if seen < said {
                    let start = run.start_text();
                    return Err(format!(
                        "its sync of {start} had {said} {noun}, of which {seen} are left"
                    ));
                }
            }
        }
        Ok(())
    }

    fn of(&mut self, sync: &ValueRef<'_>) -> &mut Seen<'r> {
        let is_it = |seen: &Seen<'_>| seen.run.sync_id.as_bytes() == text(sync);
        if !is_it(&self.syncs[self.last]) {
            self.last = self.syncs.iter().position(is_it).unwrap_or(self.last);
        }
        &mut self.syncs[self.last]
    }
}

fn text<'v>(value: &ValueRef<'v>) -> &'v [u8] {
    match value {
        ValueRef::Text(bytes) => bytes,
        _ => &[],
    }
}
