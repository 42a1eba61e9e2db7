//! Writes one sync into a target: rows in, a complete file out, or no trace.

use std::fs::File;
use std::io::Seek;
use std::path::PathBuf;

use jiff::Timestamp;

use crate::c1z::audit::Audit;
use crate::c1z::database::Database;
use crate::c1z::pages::Pages;
use crate::c1z::record::Check;
use crate::c1z::run::{Job, LONGEST_TIME, latest_finished_full};
use crate::c1z::schema::TABLES;
use crate::c1z::timestamp;
use crate::c1z::{Batch, Error, Limits, Stats, SyncRun, SyncType, Table, Target};
use crate::notice::Notice;
use crate::text::{self, start};

/// Owns the working copy. Dropped without [`Writer::finish`] it leaves the target as it was.
pub struct Writer {
    // Before the target, which removes the file that these hold.
    pages: Pages,
    target: Target,
    run: SyncRun,
    is_expanded: bool,
    /// The greatest end of any sync that is kept.
    greatest_end: Option<String>,
    stats: Stats,
    notices: Vec<Notice>,
}

impl Writer {
    /// Starts the new sync behind the kept syncs of the target, which are taken over at once, as
    /// they are or not at all. One that is expanded, inherited grants are part of it, can be
    /// compared with others.
    pub fn begin(mut target: Target, mut run: SyncRun, is_expanded: bool) -> Result<Self, Error> {
        // Also where nothing of the file will stay: damage shows at the ends of its frames,
        // unfinished syncs stay whatever the count, and a row tells whose file it is.
        let old = target.unpack()?;
        let runs = old.as_ref().map_or(Ok(Vec::new()), Database::runs)?;
        let full = latest_finished_full(&runs, run.started().unwrap_or(Timestamp::MAX));
        if let (Some(full), SyncType::Partial) = (full, &run.sync_type) {
            run.parent_sync_id = full.sync_id.clone();
        }
        let kept = target.options.retention.kept(&runs, &run.sync_type);
        // No newer sync could be told from one that ends at no time: it would hide them all.
        let (kept, endless): (Vec<&SyncRun>, Vec<&SyncRun>) = kept.into_iter().partition(|run| {
            let ended = run.ended_at.as_deref();
            ended.is_none_or(|ended| timestamp::above(ended).is_some())
        });
        let hides_full = full.is_some() && run.sync_type != SyncType::Full;
        let mut notices = notices_of_old(&target, &kept, &endless, hides_full);
        let ids = kept.iter().map(|run| &run.sync_id).chain([&run.sync_id]);
        let mut syncs: Vec<String> = ids.cloned().collect();
        syncs.sort();
        let job = Job {
            run: run.clone(),
            syncs,
            folder: target.folder.clone(),
            path: target.path.clone(),
        };
        let output = target.output.handle();
        let pages = output.and_then(|file| Pages::begin(job, file, &target.options.abort));
        let mut pages = pages.map_err(Error::saving(&target.path))?;
        if let Some(old) = old.filter(|_| !kept.is_empty()) {
            notices.extend(take_over(&old, &kept, &mut pages)?);
        }
        Ok(Self {
            pages,
            run,
            is_expanded,
            greatest_end: kept.iter().filter_map(|run| run.ended_at.clone()).max(),
            stats: Stats::default(),
            notices,
            target,
        })
    }

    /// Adds the rows of a batch. Within a sync no id may come twice.
    pub fn push(&mut self, batch: &Batch) -> Result<(), Error> {
        Error::stopped(&self.target.options.abort)?;
        let pushed = self.pages.push(batch);
        pushed.map_err(Error::saving(&self.target.path))?;
        self.count(batch);
        Ok(())
    }

    /// Rows of one resource type mostly come together, so each run of them is counted at once.
    fn count(&mut self, batch: &Batch) {
        let table = batch.table();
        let kinds = batch.fields().step_by(table.definition().fields());
        let kinds: Vec<&[u8]> = kinds.collect();
        for run in kinds.chunk_by(|a, b| a == b) {
            let kind = String::from_utf8_lossy(run[0]);
            self.stats.count(table, &kind, run.len() as u64);
        }
    }

    /// Ends the sync `now`, builds the indexes and puts the file in its place. After an error, also
    /// an id that came twice and a target that somebody else changed, the target is as it was, and
    /// nothing else is left.
    pub fn finish(mut self, now: Timestamp) -> Result<Written, Error> {
        let greatest = self.greatest_end.as_deref();
        self.run.ended_at = Some(timestamp::end(now, &self.run.started_at, greatest));
        self.run.stats = Some(self.stats.to_json());
        let path = self.target.path.clone();
        let run = self.run.row(self.is_expanded);
        let decoded = self.pages.finish(&run).map_err(Error::saving(&path))?;
        let mut notices = self.notices;
        notices.extend(oversize_notice(decoded));
        let mut file = self.target.publish()?;
        let length = file.rewind().and_then(|()| file.metadata());
        let length = length.map_err(Error::io("read", &path))?;
        Ok(Written {
            sync_id: self.run.sync_id,
            path,
            file,
            bytes: length.len(),
            stats: self.stats,
            notices,
        })
    }
}

/// Writes the rows of the `kept` syncs as they are, unless damage would change who has access or
/// something unknown would be lost. Rows that belong to no sync stay behind. Gives what the user
/// should know of them.
fn take_over(
    old: &Database,
    kept: &[&SyncRun],
    pages: &mut Pages,
) -> Result<Option<Notice>, Error> {
    old.check_known()?;
    let (mut audit, mut check) = (Audit::new(kept), Check::default());
    for (place, definition) in TABLES.into_iter().enumerate() {
        let table = Table::of(definition);
        old.each_row(definition, kept, |number, row| {
            if let Some(table) = table {
                audit.row(table, row);
                check.row(table, row).map_err(|cause| {
                    let row = format!("{} in row {number}", table.noun());
                    old.damaged(format!("{row} cannot be decoded ({cause})"))
                })?;
            }
            let pushed = pages.push_old(place, number, row);
            pushed.map_err(Error::saving(&old.path))
        })?;
    }
    audit.finish().map_err(|reason| old.damaged(reason))
}

/// A finished file.
#[derive(Debug)]
pub struct Written {
    /// The new sync's id.
    pub sync_id: String,
    /// Where the file is; for a temporary target the folder.
    pub path: PathBuf,
    /// The file itself, open for reading at its start. A temporary target lives as long as this.
    pub file: File,
    /// Its length.
    pub bytes: u64,
    /// What the new sync holds.
    pub stats: Stats,
    /// What the user should know of the file.
    pub notices: Vec<Notice>,
}

/// Cases that a notice names.
const EXAMPLES: usize = 5;
const REPLACED: &str = "a c1z v3 (Pebble) file, as the Go connector writes by default, was replaced; it held one sync, \
                        so `baton diff` has no older sync to compare with";
const UNFINISHED: &str =
    "the file also holds syncs that other runs left unfinished; they were kept, not continued";
const ENDLESS: &str = "syncs of the file that ended in the far future or at no time, after which none can come, were left \
                       out, else they would hide this one";
const HIDDEN: &str = "readers show the newest sync of a file, so the full one in it is hidden by these resources \
                      until the next full sync";

/// What becomes of the syncs of the file.
fn notices_of_old(
    target: &Target,
    kept: &[&SyncRun],
    endless: &[&SyncRun],
    hides_full: bool,
) -> Vec<Notice> {
    let replaced = target.replaces_v3.then(|| text::path(&target.path));
    let unfinished = kept.iter().filter(|run| !run.is_finished());
    let unfinished = unfinished.map(|run| format!("started {}", run.start_text()));
    let endless = endless.iter().map(|run| {
        let ended = start(run.ended_at.as_deref().unwrap_or_default(), LONGEST_TIME);
        format!("started {}, ended {ended:?}", run.start_text())
    });
    let hidden = hides_full.then(|| target.path.display().to_string());
    let notices = [
        ("full-sync-hidden", HIDDEN, Vec::from_iter(hidden)),
        ("file-replaced", REPLACED, Vec::from_iter(replaced)),
        ("file-sync-unfinished", UNFINISHED, unfinished.collect()),
        ("file-sync-endless", ENDLESS, endless.collect()),
    ];
    let notice = |(code, sentence, mut examples): (_, _, Vec<String>)| Notice {
        count: examples.len(),
        examples: examples.drain(..examples.len().min(EXAMPLES)).collect(),
        ..Notice::warning(code, sentence)
    };
    let notices = notices.into_iter().map(notice);
    notices.filter(|notice| notice.count > 0).collect()
}

fn oversize_notice(decoded: u64) -> Option<Notice> {
    let limit = Limits::default().decoded_bytes;
    (decoded > limit).then(|| {
        let needed = decoded.div_ceil(1 << 20);
        let sentence = format!(
            "The file unpacks to {needed} MiB, more than readers accept by default; read it with BATON_DECODER_MAX_DECODED_SIZE_MB={needed}, or keep fewer syncs with BATON_KEEP_SYNC_COUNT=1."
        );
        Notice::warning("file-large", sentence)
    })
}
