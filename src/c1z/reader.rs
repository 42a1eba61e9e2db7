//! Reads a c1z file: which syncs it holds, and their rows.

use std::fs::File;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use rusqlite::types::ValueRef;

use crate::baton::pb::v2::{Resource, ResourceId};
use crate::c1z::audit::Audit;
use crate::c1z::database::{Database, Needed};
use crate::c1z::record::Record;
use crate::c1z::run;
use crate::c1z::{Abort, Error, Limits, SyncRun, Table};
use crate::files;
use crate::notice::Notice;
use crate::text;

/// Tools go on with an unfinished sync for so long.
const ABANDONED_AFTER: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Ids that are compared with a mistyped one; more would keep the user waiting for the error.
const NEAR_MISSES_AMONG: usize = 200_000;
/// Most ids that a mistyped one is answered with; more help nobody.
const SUGGESTIONS: usize = 3;

/// An open file, unpacked into a private copy that is gone when the reader is dropped. Whatever it
/// is asked for, [`Error::Damaged`] tells that the copy cannot be read.
#[derive(Debug)]
pub struct Reader {
    file: File,
    database: Database,
    runs: Vec<SyncRun>,
}

impl Reader {
    /// Unpacks the file into the system's temporary folder. Missing indexes, missing empty tables
    /// and missing later columns are fine; no c1z v1 file, damage, and more than `limits` are not.
    pub fn open(path: &Path, limits: &Limits) -> Result<Self, Error> {
        let io = Error::io("open", path);
        let metadata = std::fs::metadata(path).map_err(io)?;
        if !metadata.is_file() {
            return Err(Error::not_a_file(path, "it is not a regular file"));
        }
        let file = File::open(path).map_err(io)?;
        let (folder, abort) = (std::env::temp_dir(), Abort::default());
        let database = Database::unpack(&file, path, &folder, limits, &abort, Needed::All)?;
        Ok(Self {
            file,
            runs: database.runs()?,
            database,
        })
    }

    /// SHA-256 of the file's bytes, in hexadecimal, if it can be read again.
    pub fn sha256(&self) -> Result<String, Error> {
        files::sha256(&self.file).map_err(Error::io("read", &self.database.path))
    }

    /// All syncs, the lowest row id first.
    pub fn syncs(&self) -> &[SyncRun] {
        &self.runs
    }

    /// The finished full sync that ended last. One that ends in the future hides no later one.
    pub fn latest_finished_full(&self) -> Option<&SyncRun> {
        run::latest_finished_full(&self.runs, Timestamp::now())
    }

    /// The same, or [`Error::NoSync`], for callers that cannot do without one.
    pub fn require_finished_full(&self) -> Result<&SyncRun, Error> {
        let latest = self.latest_finished_full();
        latest.ok_or_else(|| self.no_sync("no finished full sync".to_owned()))
    }

    /// The sync to show: the latest finished full one, else one of another kind with a notice.
    /// When nothing is finished, [`Error::NoSync`] names what there is.
    pub fn choose(&self, now: Timestamp) -> Result<(&SyncRun, Option<Notice>), Error> {
        if let Some(run) = run::latest_finished_full(&self.runs, now) {
            return Ok((run, None));
        }
        if let Some(run) = run::latest(self.runs.iter(), now) {
            let notice = format!(
                "{} holds no finished full sync, so the {} sync that started {} is used; it does not show everything.",
                text::path(&self.database.path),
                run.sync_type.as_str(),
                run.start_text()
            );
            return Ok((run, Some(Notice::gap("sync-partial", notice))));
        }
        let newest = self.runs.iter().max_by_key(|run| run.started());
        let what = newest.map_or("no sync".to_owned(), |run| {
            let limit = now.checked_sub(ABANDONED_AFTER).unwrap_or(Timestamp::MIN);
            let state = match run.started().is_some_and(|started| started < limit) {
                true => "abandoned",
                false => "unfinished",
            };
            format!("only an {state} sync (started {})", run.start_text())
        });
        Err(self.no_sync(what))
    }

    fn no_sync(&self, what: String) -> Error {
        Error::NoSync(text::path(&self.database.path), what)
    }

    /// Checks that no rows of the sync were lost; gives a notice when its grants name what is not
    /// there. One pass over the rows; that the records decode shows when they are read.
    pub fn check(&self, sync: &SyncRun) -> Result<Option<Notice>, Error> {
        let mut audit = Audit::new(&[sync]);
        for table in Table::ALL {
            let count = |_, row: &[ValueRef<'_>]| {
                audit.row(table, row);
                Ok(())
            };
            self.database.each_row(table.definition(), &[sync], count)?;
        }
        let checked = audit.finish();
        checked.map_err(|reason| self.database.damaged(reason))
    }

    /// Hands over the records of one kind, in the order in which they were stored; their ids are
    /// there whatever form they are stored in. An error of `put` ends it.
    pub fn each<M: Record>(
        &self,
        sync: &SyncRun,
        mut put: impl FnMut(M) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let put = |_, row: &[ValueRef<'_>]| put(self.database.message(row)?);
        self.database.each_row(M::TABLE.definition(), &[sync], put)
    }

    /// The resource of a type and id.
    pub fn resource(&self, sync: &SyncRun, id: &ResourceId) -> Result<Option<Resource>, Error> {
        let joined = format!("{}:{}", id.resource_type, id.resource);
        let stored: Option<Resource> = self.find(sync, &joined)?;
        // "a:b" + "c" and "a" + "b:c" are joined to the same text.
        Ok(stored.filter(|resource| resource.id.as_ref() == Some(id)))
    }

    /// At most three ids of `table` that look like `id` (of resources `type:id`), nearest first.
    pub fn near_misses(
        &self,
        sync: &SyncRun,
        table: Table,
        id: &str,
    ) -> Result<Vec<String>, Error> {
        let wanted = id.to_ascii_lowercase();
        // More edits than these make another word.
        let most = (wanted.len() / 3).clamp(1, 4);
        let sql = format!(
            "select external_id from {} where +sync_id = ?1 order by id limit {NEAR_MISSES_AMONG}",
            table.definition().name
        );
        let near = self.database.query(&sql, [&sync.sync_id], |row| {
            let id: String = row.get(0)?;
            let is_as_long = id.len().abs_diff(wanted.len()) <= most;
            let edits = is_as_long.then(|| strsim::levenshtein(&id.to_ascii_lowercase(), &wanted));
            Ok(edits.filter(|edits| *edits <= most).zip(Some(id)))
        })?;
        let mut near: Vec<_> = near.into_iter().flatten().collect();
        near.sort_by_key(|(edits, _)| *edits);
        near.truncate(SUGGESTIONS);
        Ok(near.into_iter().map(|(_, id)| id).collect())
    }

    /// The record of an id, as the file has it.
    pub fn find<M: Record>(&self, sync: &SyncRun, id: &str) -> Result<Option<M>, Error> {
        let clause = "external_id = ?1 and sync_id = ?2 limit 1";
        self.database.record(clause, [id, &sync.sync_id])
    }
}
