//! Which older syncs stay in the file when a new one is added.

use crate::c1z::SyncType::{Full, Other, Partial, PartialDeletions, PartialUpserts, ResourcesOnly};
use crate::c1z::{Retention, SyncRun, SyncType};

impl Retention {
    /// The runs that stay when a sync of type `new` is added. Only finished ones are dropped, the
    /// lowest row id first, whatever the clock said; `runs` come in that order. Unknown types count
    /// as full.
    pub(crate) fn kept<'r>(&self, runs: &'r [SyncRun], new: &SyncType) -> Vec<&'r SyncRun> {
        let is_full = |kind: &SyncType| matches!(kind, Full | Other(_));
        let is_difference = |kind: &SyncType| matches!(kind, PartialUpserts | PartialDeletions);
        let finished = |is: &dyn Fn(&SyncType) -> bool| {
            let finished = runs.iter().filter(|run| run.is_finished());
            finished
                .filter(|run| is(&run.sync_type))
                .collect::<Vec<_>>()
        };
        let (full, differences) = (finished(&is_full), finished(&is_difference));
        let places = self.full_syncs.saturating_sub(usize::from(is_full(new)));
        let dropped = full[..full.len().saturating_sub(places)].last();
        let newest = differences.last().filter(|_| differences.len() > 2);
        let goes = |run: &SyncRun| match run.sync_type {
            Full | Other(_) => dropped.is_some_and(|dropped| run.id <= dropped.id),
            // From before the newest dropped full sync: nothing that they add to is left.
            Partial | ResourcesOnly => {
                let started = dropped.and_then(|dropped| dropped.started());
                let times = run.ended().zip(started);
                times.is_some_and(|(ended, started)| ended < started)
            }
            // When there are more than a pair, all but the newest and its other half.
            PartialUpserts | PartialDeletions => newest
                .is_some_and(|newest| run.id != newest.id && run.sync_id != newest.linked_sync_id),
        };
        let stays = |run: &&SyncRun| self.keep_all || !run.is_finished() || !goes(run);
        runs.iter().filter(stays).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One letter a run: F full, x unknown, P partial, R resources only, U and D differences; small
    /// letters f and p are unfinished. The n-th run starts at hour n and ends half an hour later.
    fn runs(letters: &str) -> Vec<SyncRun> {
        let run = |(hour, letter): (usize, char)| SyncRun {
            id: hour as i64,
            sync_id: format!("run{hour}"),
            started_at: format!("2026-11-23 {hour:02}:00:00"),
            ended_at: (!matches!(letter, 'f' | 'p')).then(|| format!("2026-11-23 {hour:02}:30:00")),
            sync_type: match letter.to_ascii_uppercase() {
                'F' => SyncType::Full,
                'P' => SyncType::Partial,
                'R' => SyncType::ResourcesOnly,
                'U' => SyncType::PartialUpserts,
                'D' => SyncType::PartialDeletions,
                other => SyncType::Other(other.to_string()),
            },
            parent_sync_id: String::new(),
            linked_sync_id: match letter {
                'D' => format!("run{}", hour - 1),
                _ => String::new(),
            },
            stats: None,
        };
        letters.chars().enumerate().map(run).collect()
    }

    fn kept(retention: Retention, letters: &str, new: SyncType) -> Vec<i64> {
        let runs = runs(letters);
        let kept = retention.kept(&runs, &new);
        kept.iter().map(|run| run.id).collect()
    }

    fn keep(full_syncs: usize) -> Retention {
        Retention {
            full_syncs,
            keep_all: false,
        }
    }

    /// `src/c1z/format.md`, Checklist 22
    #[test]
    fn full_syncs_are_kept_up_to_the_count_with_the_new_one() {
        assert_eq!(kept(keep(2), "FFF", SyncType::Full), [2]);
        assert_eq!(kept(keep(1), "FF", SyncType::Full), [] as [i64; 0]);
        assert_eq!(kept(keep(3), "FFF", SyncType::Full), [1, 2]);
        assert_eq!(kept(keep(2), "F", SyncType::Full), [0]);
        assert_eq!(kept(keep(2), "FFF", SyncType::Partial), [1, 2]);
        assert_eq!(
            kept(keep(2), "xxF", SyncType::Full),
            [2],
            "unknown counts as full"
        );
    }

    /// `src/c1z/format.md`, Checklist 22
    #[test]
    fn skipping_the_clean_up_keeps_everything() {
        let all = Retention {
            full_syncs: 1,
            keep_all: true,
        };
        assert_eq!(kept(all, "FPUDUDF", SyncType::Full), [0, 1, 2, 3, 4, 5, 6]);
    }

    /// `src/c1z/format.md`, Checklist 22, 32
    #[test]
    fn unfinished_syncs_are_never_dropped() {
        assert_eq!(kept(keep(1), "fFpFf", SyncType::Full), [0, 2, 4]);
    }

    #[test]
    fn partial_syncs_go_with_the_full_sync_that_outlives_them() {
        assert_eq!(kept(keep(2), "PFRFP", SyncType::Full), [2, 3, 4]);
        assert_eq!(
            kept(keep(2), "PF", SyncType::Full),
            [0, 1],
            "no full sync dropped"
        );
        assert_eq!(kept(keep(1), "RFPFP", SyncType::Full), [4]);
    }

    #[test]
    fn of_more_than_two_differences_the_newest_pair_stays() {
        assert_eq!(kept(keep(2), "UD", SyncType::Full), [0, 1]);
        assert_eq!(kept(keep(2), "UDFUD", SyncType::Full), [2, 3, 4]);
    }
}
