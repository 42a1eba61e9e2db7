//! A sync in a file: its kind, its state, and which of several is the one to show (contract c1z §4).

use std::fmt;

use jiff::{ToSpan, ZonedDateTime};
use rusqlite::types::Value;

use crate::c1z::schema::{Column, SYNC_RUNS};
use crate::c1z::timestamp;

/// Kinds of syncs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SyncType {
    /// Everything.
    Full,
    /// Chosen resources only.
    Partial,
    /// Resources without entitlements and grants.
    ResourcesOnly,
    /// Half of a difference: what is new or changed.
    PartialUpserts,
    /// Half of a difference: what is gone.
    PartialDeletions,
    /// A kind of a later tool.
    Other(String),
}

impl SyncType {
    /// The word in the file.
    pub fn as_str(&self) -> &str {
        match self {
            SyncType::Full => "full",
            SyncType::Partial => "partial",
            SyncType::ResourcesOnly => "resources_only",
            SyncType::PartialUpserts => "partial_upserts",
            SyncType::PartialDeletions => "partial_deletions",
            SyncType::Other(word) => word,
        }
    }
}

impl From<String> for SyncType {
    fn from(word: String) -> Self {
        match word.as_str() {
            "full" => SyncType::Full,
            "partial" => SyncType::Partial,
            "resources_only" => SyncType::ResourcesOnly,
            "partial_upserts" => SyncType::PartialUpserts,
            "partial_deletions" => SyncType::PartialDeletions,
            _ => SyncType::Other(word),
        }
    }
}

impl fmt::Display for SyncType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One sync of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncRun {
    /// Row number; the order of age for retention.
    pub id: i64,
    /// KSUID.
    pub sync_id: String,
    /// Local wall clock without a zone, as text.
    pub started_at: String,
    /// The same; None while unfinished.
    pub ended_at: Option<String>,
    /// Its kind.
    pub sync_type: SyncType,
    /// The full sync that a partial one adds to; empty when there is none.
    pub parent_sync_id: String,
    /// The other half of a difference; empty when there is none.
    pub linked_sync_id: String,
}

impl SyncRun {
    /// Whether the sync came to its end.
    pub fn is_finished(&self) -> bool {
        self.ended_at.is_some()
    }

    /// Whether the sync is unfinished and so old (over 7 days) that no tool goes on with it.
    pub fn is_abandoned(&self, now: &ZonedDateTime) -> bool {
        let limit = now
            .checked_sub(7.days())
            .map(|limit| timestamp::text(&limit));
        !self.is_finished() && limit.is_ok_and(|limit| self.started_at < limit)
    }
}

/// The sync that stands for the file: the finished full one with the greatest end, then id.
pub(crate) fn latest_finished_full(runs: &[SyncRun]) -> Option<&SyncRun> {
    latest(runs.iter().filter(|run| run.sync_type == SyncType::Full))
}

/// The finished one of `runs` with the greatest end, then id, both compared as text.
pub(crate) fn latest<'r>(runs: impl Iterator<Item = &'r SyncRun>) -> Option<&'r SyncRun> {
    runs.filter(|run| run.is_finished())
        .max_by_key(|run| (&run.ended_at, &run.sync_id))
}

/// The row that a finished sync adds (contract c1z §4.3).
#[derive(Clone, Debug)]
pub(crate) struct RunRow {
    pub(crate) sync_id: String,
    pub(crate) started_at: String,
    pub(crate) ended_at: String,
    pub(crate) sync_type: SyncType,
    pub(crate) is_expanded: bool,
    pub(crate) parent_sync_id: String,
    /// JSON.
    pub(crate) stats: String,
}

impl RunRow {
    /// Name and value of every column but the row id, in the order of the table.
    pub(crate) fn columns(&self) -> Vec<(&'static str, Value)> {
        let text = |text: &str| Value::Text(text.to_owned());
        let value = |column: &Column| match column.name {
            "sync_id" => text(&self.sync_id),
            "started_at" => text(&self.started_at),
            "ended_at" => text(&self.ended_at),
            // Nothing reads the token of a finished sync; this is the shortest that all tools accept.
            "sync_token" => text(r#"{"version":1}"#),
            "sync_type" => text(self.sync_type.as_str()),
            "parent_sync_id" => text(&self.parent_sync_id),
            "supports_diff" => Value::Integer(i64::from(self.is_expanded)),
            "grants_backfilled" => Value::Integer(1),
            "stats" => text(&self.stats),
            _ => text(""),
        };
        let columns = SYNC_RUNS.columns[1..].iter();
        columns.map(|column| (column.name, value(column))).collect()
    }
}
