//! Writes one sync into a target: rows in, a complete file out, or no trace.

use std::fs::File;
use std::io::Seek;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::ZonedDateTime;

use crate::c1z::database::Database;
use crate::c1z::job::Job;
use crate::c1z::pages::Pages;
use crate::c1z::run::{LONGEST_TIME, latest_finished_full};
use crate::c1z::take_over::take_over;
use crate::c1z::{Batch, Error, Limits, Stats, SyncRun, SyncType, Target};
use crate::c1z::{ksuid, timestamp};
use crate::notice::Notice;
use crate::text::{self, start};

/// Tells the time.
pub type Clock = Arc<dyn Fn() -> ZonedDateTime + Send + Sync>;

/// The sync that is to be written.
#[derive(Clone)]
pub struct NewSync {
    /// Its kind.
    pub sync_type: SyncType,
    /// Whether inherited grants are part of it, so that it can be compared with others.
    pub is_expanded: bool,
    /// Asked for the start and the end.
    pub clock: Clock,
    /// The random part of its id.
    pub entropy: [u8; 16],
}

impl NewSync {
    /// A sync that starts now by the system's clock, with a new id.
    ///
    /// # Errors
    /// The system has no random bytes.
    pub fn new(sync_type: SyncType, is_expanded: bool) -> Result<Self, Error> {
        let mut entropy = [0; 16];
        aws_lc_rs::rand::fill(&mut entropy).map_err(|_| Error::NoRandomness)?;
        Ok(Self {
            sync_type,
            is_expanded,
            clock: Arc::new(ZonedDateTime::now),
            entropy,
        })
    }
}

/// Owns the working copy. Dropped without [`Writer::finish`] it leaves the target as it was.
pub struct Writer {
    target: Target,
    pages: Pages,
    new: NewSync,
    run: SyncRun,
    hides_full_sync: bool,
    /// The greatest end of any sync that is kept.
    greatest_end: Option<String>,
    stats: Stats,
    notices: Vec<Notice>,
}

impl Writer {
    /// Starts the new sync behind the kept syncs of the target, which are taken over at once.
    ///
    /// # Errors
    /// The file cannot be written, or an older sync cannot be taken over as it is.
    pub fn begin(mut target: Target, new: NewSync) -> Result<Self, Error> {
        let started = (new.clock)().timestamp();
        let mut run = SyncRun {
            id: 0,
            sync_id: ksuid::new(started, new.entropy),
            started_at: timestamp::text(started),
            ended_at: None,
            sync_type: new.sync_type.clone(),
            parent_sync_id: String::new(),
            linked_sync_id: String::new(),
            stats: None,
        };
        // Also where nothing of the file will stay: damage shows at the ends of its frames, syncs
        // that are not finished stay whatever the count, and whose file it is stands in a row of
        // it.
        let old = target.unpack()?;
        let runs = old.as_ref().map_or(Ok(Vec::new()), Database::runs)?;
        let kept = target.options().retention.kept(&runs, &new.sync_type);
        // No newer sync could be told from one that ends at no time: it would hide them all.
        let (kept, endless): (Vec<&SyncRun>, Vec<&SyncRun>) = kept.into_iter().partition(|run| {
            let ended = run.ended_at.as_deref();
            ended.is_none_or(|ended| timestamp::above(ended).is_some())
        });
        let mut notices = notices_of_old(&target, &kept, &endless);
        let ids = kept.iter().map(|run| &run.sync_id).chain([&run.sync_id]);
        let mut syncs: Vec<String> = ids.cloned().collect();
        syncs.sort();
        let job = Job {
            sync_id: run.sync_id.clone(),
            discovered_at: run.started_at.clone(),
            syncs,
            folder: target.working_folder().to_owned(),
            path: target.path().to_owned(),
            abort: target.options().abort.clone(),
        };
        let mut pages = Pages::begin(job, target.output()?)?;
        if let Some(old) = old.filter(|_| !kept.is_empty()) {
            notices.extend(take_over(&old, &kept, &mut pages)?);
        }
        let full = latest_finished_full(&runs, started);
        if let (Some(full), SyncType::Partial) = (full, &run.sync_type) {
            run.parent_sync_id = full.sync_id.clone();
        }
        Ok(Self {
            pages,
            hides_full_sync: full.is_some() && run.sync_type != SyncType::Full,
            run,
            greatest_end: kept.iter().filter_map(|run| run.ended_at.clone()).max(),
            stats: Stats::default(),
            notices,
            target,
            new,
        })
    }

    /// The id of the new sync.
    pub fn sync_id(&self) -> &str {
        &self.run.sync_id
    }

    /// Adds the rows of a batch. Within a sync no id may come twice.
    ///
    /// # Errors
    /// A full disk, or a stop.
    pub fn push(&mut self, batch: &Batch) -> Result<(), Error> {
        self.target.options().abort.check()?;
        self.pages.push(batch)?;
        self.count(batch);
        Ok(())
    }

    /// Rows of one resource type mostly come together, so each run of them is counted at once.
    fn count(&mut self, batch: &Batch) {
        let table = batch.table();
        let mut kinds = batch
            .fields()
            .step_by(table.definition().fields())
            .peekable();
        while let Some(kind) = kinds.next() {
            let mut rows = 1;
            while kinds.next_if_eq(&kind).is_some() {
                rows += 1;
            }
            self.stats
                .count(table, &String::from_utf8_lossy(kind), rows);
        }
    }

    /// Ends the sync, builds the indexes and puts the file in its place.
    ///
    /// # Errors
    /// A full disk, a stop, an id that came twice, or a target that somebody else changed. The
    /// target is then as it was, and nothing else is left.
    pub fn finish(mut self) -> Result<Written, Error> {
        let now = (self.new.clock)().timestamp();
        let greatest = self.greatest_end.as_deref();
        self.run.ended_at = Some(timestamp::end(now, &self.run.started_at, greatest));
        self.run.stats = Some(self.stats.to_json());
        let decoded = self.pages.finish(&self.run.row(self.new.is_expanded))?;
        let mut notices = self.notices;
        notices.extend(oversize_notice(decoded));
        let path = self.target.path().to_owned();
        let mut file = self.target.publish()?;
        let length = file.rewind().and_then(|()| file.metadata());
        let length = length.map_err(|cause| Error::io("read", &path, cause))?;
        Ok(Written {
            sync_id: self.run.sync_id,
            path,
            file,
            bytes: length.len(),
            stats: self.stats,
            hides_full_sync: self.hides_full_sync,
            notices,
        })
    }
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
    /// Whether the file also holds a full sync, which readers hide behind this newer one.
    pub hides_full_sync: bool,
    /// What the user should know of the file.
    pub notices: Vec<Notice>,
}

const REPLACED: &str = "a c1z v3 (Pebble) file, as the Go connector writes by default, was replaced; it held one sync, \
                        so `baton diff` has no older sync to compare with";
const UNFINISHED: &str =
    "the file also holds syncs that other runs left unfinished; they were kept, not continued";
const ENDLESS: &str = "syncs of the file that ended in the far future or at no time, after which none can come, were left \
                       out, else they would hide this one";

/// What becomes of the syncs of the file.
fn notices_of_old(target: &Target, kept: &[&SyncRun], endless: &[&SyncRun]) -> Vec<Notice> {
    let replaced = target.replaces_v3().then(|| text::path(target.path()));
    let unfinished = kept.iter().filter(|run| !run.is_finished());
    let unfinished = unfinished.map(|run| format!("started {}", run.start_text()));
    let endless = endless.iter().map(|run| {
        let ended = start(run.ended_at.as_deref().unwrap_or_default(), LONGEST_TIME);
        format!("started {}, ended {ended:?}", run.start_text())
    });
    let notices = [
        of_cases("file-replaced", REPLACED, replaced),
        of_cases("file-sync-unfinished", UNFINISHED, unfinished),
        of_cases("file-sync-endless", ENDLESS, endless),
    ];
    notices.into_iter().flatten().collect()
}

/// How many of them are named.
const EXAMPLES: usize = 5;

fn of_cases(
    code: &'static str,
    sentence: &'static str,
    examples: impl IntoIterator<Item = String>,
) -> Option<Notice> {
    let mut examples: Vec<String> = examples.into_iter().collect();
    let count = examples.len();
    examples.truncate(EXAMPLES);
    (count > 0).then(|| Notice {
        count,
        examples,
        ..Notice::warning(code, sentence)
    })
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
