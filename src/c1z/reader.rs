//! Reads a c1z file: which syncs it holds, and their rows.

use std::fs::File;
use std::path::Path;

use jiff::Timestamp;
use rusqlite::types::ValueRef;

use crate::baton::pb::v2::Resource;
use crate::c1z::audit::Audit;
use crate::c1z::database::{Database, Needed};
use crate::c1z::record::{self, Record};
use crate::c1z::run;
use crate::c1z::{Abort, Error, Limits, SyncRun, Table};
use crate::files;
use crate::notice::Notice;
use crate::text;

/// Ids that are compared with a mistyped one; more would keep the user waiting for the error.
const NEAR_MISSES_AMONG: usize = 200_000;
/// Most ids that a mistyped one is answered with; more help nobody.
const SUGGESTIONS: usize = 3;

/// An open file, unpacked into a private copy that is gone when the reader is dropped.
#[derive(Debug)]
pub struct Reader {
    file: File,
    database: Database,
    runs: Vec<SyncRun>,
    opened: Timestamp,
}

impl Reader {
    /// Unpacks the file into a private copy in the system's temporary folder.
    ///
    /// Missing indexes, missing empty tables and missing later columns are fine.
    ///
    /// # Errors
    /// No c1z v1 file, a damaged one, or one beyond `limits`.
    pub fn open(path: &Path, limits: &Limits) -> Result<Self, Error> {
        let io = |cause| Error::io("open", path, cause);
        let metadata = std::fs::metadata(path).map_err(io)?;
        if !metadata.is_file() {
            return Err(Error::not_a_file(path, "it is not a regular file"));
        }
        let file = File::open(path).map_err(io)?;
        let folder = std::env::temp_dir();
        let database =
            Database::unpack(&file, path, &folder, limits, &Abort::default(), Needed::All)?;
        let runs = database.runs()?;
        Ok(Self {
            file,
            database,
            runs,
            opened: Timestamp::now(),
        })
    }

    /// SHA-256 of the file's bytes, in hexadecimal.
    ///
    /// # Errors
    /// When the file cannot be read again.
    pub fn sha256(&self) -> Result<String, Error> {
        let failed = |cause| Error::io("read", self.database.path(), cause);
        files::sha256(&self.file).map_err(failed)
    }

    /// All syncs, the lowest row id first.
    pub fn syncs(&self) -> &[SyncRun] {
        &self.runs
    }

    /// The finished full sync that ended last. One that ends in the future hides no later one.
    pub fn latest_finished_full(&self) -> Option<&SyncRun> {
        run::latest_finished_full(&self.runs, self.opened)
    }

    /// The same for callers that cannot do without one.
    ///
    /// # Errors
    /// [`Error::NoSync`] when there is none.
    pub fn require_finished_full(&self) -> Result<&SyncRun, Error> {
        let missing = || "no finished full sync".to_owned();
        let path = || text::path(self.database.path());
        let latest = self.latest_finished_full();
        latest.ok_or_else(|| Error::NoSync(path(), missing()))
    }

    /// The sync to show: the latest finished full one, else one of another kind with a notice.
    ///
    /// # Errors
    /// [`Error::NoSync`] when nothing is finished; it names what there is.
    pub fn choose(&self, now: Timestamp) -> Result<(&SyncRun, Option<Notice>), Error> {
        if let Some(run) = run::latest_finished_full(&self.runs, now) {
            return Ok((run, None));
        }
        if let Some(run) = run::latest(self.runs.iter(), now) {
            let notice = format!(
                "{} holds no finished full sync, so the {} sync that started {} is used; it does not show everything.",
                text::path(self.database.path()),
                run.sync_type,
                run.start_text()
            );
            return Ok((run, Some(Notice::gap("sync-partial", notice))));
        }
        let newest = self.runs.iter().max_by_key(|run| run.started());
        let what = newest.map_or("no sync".to_owned(), |run| {
            let state = match run.is_abandoned(now) {
                true => "abandoned",
                false => "unfinished",
            };
            format!("only an {state} sync (started {})", run.start_text())
        });
        Err(Error::NoSync(text::path(self.database.path()), what))
    }

    /// Checks that no rows of the sync were lost; gives a notice when its grants name what is not
    /// there. One pass over the rows; that the records decode shows when they are read.
    ///
    /// # Errors
    /// The file is damaged.
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
    /// there whatever form they are stored in.
    ///
    /// # Errors
    /// Those of `put`, and that the file is damaged.
    pub fn each<M: Record>(
        &self,
        sync: &SyncRun,
        mut put: impl FnMut(M) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let Some(select) = self.database.select(M::TABLE.definition()) else {
            return Ok(());
        };
        // The plus keeps SQLite from sorting: the table is already in the order of its ids.
        let sql = format!("{select} where +sync_id = ?1 order by id");
        self.database.each(&sql, [&sync.sync_id], |row| {
            put(record::message(row).map_err(|cause| self.database.unreadable(cause))?)
        })
    }

    /// The resource of a type and id.
    ///
    /// # Errors
    /// The file is damaged.
    pub fn resource(
        &self,
        sync: &SyncRun,
        kind: &str,
        id: &str,
    ) -> Result<Option<Resource>, Error> {
        let stored: Option<Resource> = self.find(sync, &format!("{kind}:{id}"))?;
        // "a:b" + "c" and "a" + "b:c" are joined to the same text.
        Ok(stored.filter(|resource| {
            let own = resource.id.as_ref();
            own.is_some_and(|own| own.resource_type == kind && own.resource == id)
        }))
    }

    /// At most three ids of `table` that look like `id` (of resources `type:id`), nearest first.
    ///
    /// # Errors
    /// The file is damaged.
    pub fn near_misses(
        &self,
        sync: &SyncRun,
        table: Table,
        id: &str,
    ) -> Result<Vec<String>, Error> {
        let definition = table.definition();
        let wanted = id.to_ascii_lowercase();
        // More edits than these make another word.
        let most = (wanted.len() / 3).clamp(1, 4);
        let mut nearest: Vec<(usize, String)> = Vec::new();
        if self.database.select(definition).is_some() {
            let sql = format!(
                "select external_id from {} where +sync_id = ?1 order by id limit {NEAR_MISSES_AMONG}",
                definition.name
            );
            self.database.query(&sql, [&sync.sync_id], |row| {
                let id = row.get_ref(0)?.as_str()?;
                if id.len().abs_diff(wanted.len()) <= most {
                    let edits = strsim::levenshtein(&id.to_ascii_lowercase(), &wanted);
                    let place = nearest.partition_point(|(other, _)| *other <= edits);
                    if edits <= most && place < SUGGESTIONS {
                        nearest.insert(place, (edits, id.to_owned()));
                        nearest.truncate(SUGGESTIONS);
                    }
                }
                Ok(())
            })?;
        }
        Ok(nearest.into_iter().map(|(_, id)| id).collect())
    }

    /// The record of an id, as the file has it.
    ///
    /// # Errors
    /// The file is damaged.
    pub fn find<M: Record>(&self, sync: &SyncRun, id: &str) -> Result<Option<M>, Error> {
        let Some(select) = self.database.select(M::TABLE.definition()) else {
            return Ok(None);
        };
        let sql = format!("{select} where external_id = ?1 and sync_id = ?2 limit 1");
        let ids = [id, &sync.sync_id];
        Ok(self.database.query(&sql, ids, record::message)?.pop())
    }
}
