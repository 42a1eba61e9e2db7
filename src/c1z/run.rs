//! A sync in a file: its kind, its state, and which of several is the one to show.

use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};
use rusqlite::types::ValueRef;

use crate::c1z::schema::{Column, SYNC_RUNS};
use crate::c1z::{Error, ksuid, timestamp};
use crate::text::{self, plain};

/// Most bytes of a time that is none, as it is shown.
pub(crate) const LONGEST_TIME: usize = 100;
/// An end so far ahead of the clock is wrong: beyond what wrongly read zones explain.
const FUTURE: SignedDuration = SignedDuration::from_hours(24);

/// Kinds of syncs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SyncType {
    /// Everything.
    #[default]
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

/// One sync of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SyncRun {
    /// Row number; the order of age for retention.
    pub id: i64,
    /// KSUID.
    pub sync_id: String,
    /// Text without a zone, as stored: see [`SyncRun::started`].
    pub started_at: String,
    /// The same; None while unfinished.
    pub ended_at: Option<String>,
    /// Its kind.
    pub sync_type: SyncType,
    /// The full sync that a partial one adds to; empty when there is none.
    pub parent_sync_id: String,
    /// The other half of a difference; empty when there is none.
    pub linked_sync_id: String,
    /// JSON with the counts of its rows, if its writer counted.
    pub stats: Option<String>,
}

impl SyncRun {
    /// A sync that starts now, with an id of random bytes.
    pub fn new(sync_type: SyncType) -> Result<Self, Error> {
        let mut random = [0; 16];
        aws_lc_rs::rand::fill(&mut random).map_err(|_| Error::NoRandomness)?;
        Ok(Self::at(Timestamp::now(), random, sync_type))
    }

    /// A sync that starts at a moment; `random` is the other part of its id.
    pub fn at(started: Timestamp, random: [u8; 16], sync_type: SyncType) -> Self {
        Self {
            sync_id: ksuid::new(started, random),
            started_at: timestamp::text(started),
            sync_type,
            ..Self::default()
        }
    }

    /// Whether the sync came to its end.
    pub fn is_finished(&self) -> bool {
        self.ended_at.is_some()
    }

    /// When it started. Older writers noted the wall clock of their machine; the id tells its zone.
    pub fn started(&self) -> Option<Timestamp> {
        timestamp::instant(&self.started_at, self.clock_ahead())
    }

    /// When it ended; None while unfinished, and when the text is no time.
    pub fn ended(&self) -> Option<Timestamp> {
        timestamp::instant(self.ended_at.as_deref()?, self.clock_ahead())
    }

    /// Its start for people.
    pub(crate) fn start_text(&self) -> String {
        let start = self.started().map(|start| timestamp::text(start) + " UTC");
        start.unwrap_or_else(|| text::start(&plain(&self.started_at), LONGEST_TIME).into_owned())
    }

    /// Seconds that its writer's clock was ahead of UTC.
    fn clock_ahead(&self) -> i64 {
        let moment = ksuid::moment(&self.sync_id);
        let ahead = moment.and_then(|moment| timestamp::offset(&self.started_at, moment));
        ahead.unwrap_or_default()
    }

    /// The row that a new sync adds, without its number.
    pub(crate) fn row(&self, is_expanded: bool) -> Vec<ValueRef<'_>> {
        let value = |column: &Column| match column.name {
            "id" => ValueRef::Null,
            "sync_id" => self.sync_id.as_str().into(),
            "started_at" => self.started_at.as_str().into(),
            "ended_at" => self.ended_at.as_deref().into(),
            // Nothing reads the token of a finished sync; this is the shortest that all take.
            "sync_token" => r#"{"version":1}"#.into(),
            "sync_type" => self.sync_type.as_str().into(),
            "parent_sync_id" => self.parent_sync_id.as_str().into(),
            "supports_diff" => ValueRef::Integer(i64::from(is_expanded)),
            "grants_backfilled" => ValueRef::Integer(1),
            "stats" => self.stats.as_deref().into(),
            _ => "".into(),
        };
        SYNC_RUNS.columns.iter().map(value).collect()
    }
}

/// One sync on its way into a file: what every step of writing needs to know.
pub(crate) struct Job {
    /// The new sync: its id and its start are constant of its rows.
    pub(crate) run: SyncRun,
    /// The ids of all syncs of the file, sorted. An index sorts by their places in this list.
    pub(crate) syncs: Vec<String>,
    /// Folder for working files; nothing in it may outlive the job.
    pub(crate) folder: PathBuf,
    /// The c1z, for messages.
    pub(crate) path: PathBuf,
}

/// The sync that stands for the file: the latest finished full one.
pub(crate) fn latest_finished_full(runs: &[SyncRun], now: Timestamp) -> Option<&SyncRun> {
    let full = runs.iter().filter(|run| run.sync_type == SyncType::Full);
    latest(full, now)
}

/// The finished one of `runs` that ended last, then with the greatest id. Once one of them ends in
/// the future or at no time at all, ends tell nothing, and the order of the rows counts.
pub(crate) fn latest<'r>(
    runs: impl Iterator<Item = &'r SyncRun>,
    now: Timestamp,
) -> Option<&'r SyncRun> {
    let finished: Vec<&SyncRun> = runs.filter(|run| run.is_finished()).collect();
    let limit = now.checked_add(FUTURE).unwrap_or(Timestamp::MAX);
    let is_sound = |run: &&SyncRun| run.ended().is_some_and(|ended| ended <= limit);
    let are_sound = finished.iter().all(is_sound);
    let finished = finished.into_iter();
    finished.max_by_key(|run| (are_sound.then(|| (run.ended(), &run.sync_id)), run.id))
}
