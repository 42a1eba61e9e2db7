//! Makes the database with SQLite: one transaction without a journal in a private file, indexes last.
//!
//! A crash needs no journal: the file has no name and never becomes the target before it is complete.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags, Statement};

use crate::c1z::database::{Database, database_error};
use crate::c1z::envelope::Encoder;
use crate::c1z::loader::Job;
use crate::c1z::run::RunRow;
use crate::c1z::schema::{SYNC_RUNS, TABLES, TableDef};
use crate::c1z::{Batch, Error, SyncRun, Table};

/// Measured: 16 KiB pages load a third faster than 4 KiB; a larger cache or an in-memory database gains
/// nothing; sorting in files keeps memory flat.
const PRAGMAS: &str = "
    PRAGMA page_size = 16384;
    PRAGMA encoding = 'UTF-8';
    PRAGMA journal_mode = off;
    PRAGMA synchronous = off;
    PRAGMA locking_mode = exclusive;
    PRAGMA temp_store = file;
    PRAGMA cache_size = -8192;
    BEGIN EXCLUSIVE;";
/// A stop takes effect within this many steps of SQLite's machine: milliseconds.
const STEPS_BETWEEN_CHECKS: i32 = 100_000;

/// A database in the making.
#[derive(Debug)]
pub(crate) struct SqliteLoader {
    connection: Connection,
    /// A second handle on the database, which has no name.
    database: File,
    output: File,
    job: Job,
}

impl SqliteLoader {
    pub(crate) fn begin(job: Job, output: File) -> Result<Self, Error> {
        let io = |cause| Error::io("make a working copy of", &job.path, cause);
        let failed = |cause| database_error("make", &job.path, cause);
        let (database, name) = tempfile::NamedTempFile::new_in(&job.folder)
            .map_err(io)?
            .into_parts();
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(&name, flags).map_err(failed)?;
        // SQLite and we hold the file open; without a name even a killed process leaves nothing.
        name.close().map_err(io)?;
        let abort = job.abort.clone();
        connection
            .progress_handler(STEPS_BETWEEN_CHECKS, Some(move || abort.is_aborted()))
            .and_then(|()| sort_in(&connection, &job.folder))
            .and_then(|()| connection.execute_batch(PRAGMAS))
            .and_then(|()| {
                let create = |table: &&TableDef| connection.execute_batch(&table.create_sql());
                TABLES.iter().try_for_each(create)
            })
            .map_err(failed)?;
        Ok(Self {
            connection,
            database,
            output,
            job,
        })
    }

    /// Takes over the rows of the `kept` syncs with their row ids. Rows that belong to no sync stay behind.
    pub(crate) fn take_over(&mut self, old: &Database, kept: &[SyncRun]) -> Result<(), Error> {
        for table in TABLES {
            let Some(columns) = old.select(table, |_| true) else {
                continue;
            };
            let places = vec!["?"; kept.len()].join(", ");
            // The plus keeps SQLite from sorting: the table is already in the order of its ids.
            let sql = format!(
                "select {columns} from {} t where +sync_id in ({places}) order by id",
                table.name
            );
            let mut insert = self.insert(table, 0)?;
            let unreadable = |cause| old.unreadable(cause);
            let mut select = old.connection().prepare(&sql).map_err(unreadable)?;
            let ids = kept.iter().map(|run| &run.sync_id);
            let mut rows = select
                .query(rusqlite::params_from_iter(ids))
                .map_err(unreadable)?;
            while let Some(row) = rows.next().map_err(unreadable)? {
                for column in 0..table.columns.len() {
                    let value = row.get_ref(column).map_err(unreadable)?;
                    bind(&mut insert, column + 1, value).map_err(|cause| self.failed(cause))?;
                }
                insert
                    .raw_execute()
                    .map_err(|cause| match cause.sqlite_error_code() {
                        Some(ErrorCode::ConstraintViolation) => old.damaged(cause),
                        _ => self.failed(cause),
                    })?;
            }
        }
        Ok(())
    }

    pub(crate) fn push(&mut self, batch: &Batch) -> Result<(), Error> {
        let mut insert = self.insert(batch.table().definition(), 1)?;
        let put = |row: &[ValueRef<'_>]| {
            for (value, place) in row[1..].iter().zip(1..) {
                bind(&mut insert, place, *value)?;
            }
            insert.raw_execute().map(drop)
        };
        self.job
            .rows(batch, put)
            .map_err(|cause| self.failed(cause))
    }

    pub(crate) fn finish(self, run: &RunRow) -> Result<u64, Error> {
        self.add_run(run).map_err(|cause| self.failed(cause))?;
        self.build_indexes()?;
        let Self {
            connection,
            database,
            output,
            job,
        } = self;
        connection
            .execute_batch("COMMIT")
            .and_then(|()| connection.close().map_err(|(_, cause)| cause))
            .map_err(|cause| database_error("complete", &job.path, cause))?;
        compress(&database, output, &job)
    }

    fn add_run(&self, run: &RunRow) -> rusqlite::Result<()> {
        let (names, values): (Vec<&str>, Vec<Value>) = run.columns().into_iter().unzip();
        let places = vec!["?"; names.len()].join(", ");
        let sql = format!(
            "insert into {} ({}) values ({places})",
            SYNC_RUNS.name,
            names.join(", ")
        );
        self.connection
            .execute(&sql, rusqlite::params_from_iter(values))
            .map(drop)
    }

    fn build_indexes(&self) -> Result<(), Error> {
        for table in TABLES {
            for index in table.indexes {
                self.job.abort.check()?;
                self.connection
                    .execute_batch(&index.create_sql(table))
                    .map_err(|cause| match cause.sqlite_error_code() {
                        Some(ErrorCode::ConstraintViolation) => self.duplicate(table, cause),
                        _ => self.failed(cause),
                    })?;
            }
        }
        Ok(())
    }

    /// Names the row that stands in the way of a unique index.
    fn duplicate(&self, table: &TableDef, cause: rusqlite::Error) -> Error {
        let sql = format!(
            "select external_id from {} group by external_id, sync_id having count(*) > 1",
            table.name
        );
        let id = self.connection.query_row(&sql, [], |row| row.get(0));
        match (Table::of(table), id) {
            (Some(kind), Ok(id)) => Error::Duplicate {
                noun: kind.noun(),
                id,
            },
            _ => self.failed(cause),
        }
    }

    /// The statement that inserts a row, with or without (`skip` = 1) the row id.
    fn insert(&self, table: &TableDef, skip: usize) -> Result<Statement<'_>, Error> {
        let names: Vec<&str> = table.columns[skip..]
            .iter()
            .map(|column| column.name)
            .collect();
        let places = vec!["?"; names.len()].join(", ");
        let sql = format!(
            "insert into {} ({}) values ({places})",
            table.name,
            names.join(", ")
        );
        self.connection
            .prepare(&sql)
            .map_err(|cause| self.failed(cause))
    }

    fn failed(&self, cause: rusqlite::Error) -> Error {
        database_error("fill", &self.job.path, cause)
    }
}

/// Has SQLite put its sorted runs into `folder`; its own choice may be a small disk in memory, or none at
/// all in a container that may write nowhere else. The setting is shared by the process, and takes UTF-8 only.
fn sort_in(connection: &Connection, folder: &Path) -> rusqlite::Result<()> {
    match folder.to_str() {
        Some(folder) => connection.pragma_update(None, "temp_store_directory", folder),
        None => Ok(()),
    }
}

fn compress(mut database: &File, output: File, job: &Job) -> Result<u64, Error> {
    let failed = |cause| Error::io("save", &job.path, cause);
    let mut encoder = Encoder::new(output).map_err(failed)?;
    io::Seek::rewind(&mut database).map_err(failed)?;
    let mut buffer = vec![0; 1 << 18];
    loop {
        job.abort.check()?;
        let length = database.read(&mut buffer).map_err(failed)?;
        if length == 0 {
            break;
        }
        encoder.write_all(&buffer[..length]).map_err(failed)?;
    }
    let (_, decoded) = encoder.finish().map_err(failed)?;
    Ok(decoded)
}

fn bind(statement: &mut Statement<'_>, place: usize, value: ValueRef<'_>) -> rusqlite::Result<()> {
    statement.raw_bind_parameter(place, ToSqlOutput::Borrowed(value))
}
