//! The database of an existing c1z, unpacked into a private copy that nobody else can reach.
//!
//! The file may come from any tool, or from an enemy: only plain tables are read, missing tables
//! and later columns are filled in, records are bounded, nothing in it is executed.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OpenFlags, Row, params_from_iter};

use crate::c1z::schema::{Fill, TABLES, TableDef};
use crate::c1z::{Abort, Error, Limits, Record, SyncRun, envelope, record};
use crate::files;
use crate::text;

/// No record of this connector comes near; a larger one is not read.
const MAX_RECORD: i32 = 64 << 20;
/// Bytes of the header of a database.
const HEADER: u64 = 100;
const NO_DATABASE: &str = "what it holds is not a SQLite database";
/// The most columns of a table of the format.
const MOST_COLUMNS: usize = 14;
/// Nobody keeps so many syncs in a file.
const MAX_RUNS: usize = 10_000;
/// A stop takes effect within this many steps of SQLite's machine: milliseconds.
const STEPS_BETWEEN_CHECKS: i32 = 100_000;

/// Which pages of a database are unpacked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needed {
    All,
    /// Those of tables, to read them from end to end. Indexes, two fifths of a file, are holes.
    Tables,
}

/// An unpacked database, read-only.
#[derive(Debug)]
pub(crate) struct Database {
    connection: Connection,
    /// The c1z that this was unpacked from, for messages.
    pub(super) path: PathBuf,
    /// The name of the copy where it must keep one; dropped, and so deleted, after the connection.
    _name: Option<tempfile::TempPath>,
}

impl Database {
    /// Unpacks `file` into `folder` and checks that every reader of the field could read it.
    pub(crate) fn unpack(
        file: &File,
        path: &Path,
        folder: &Path,
        limits: &Limits,
        abort: &Abort,
        needed: Needed,
    ) -> Result<Self, Error> {
        let io = Error::io("make a working copy of", path);
        let opened = |cause| database_error("open the working copy for", path, cause);
        let (copy, name) = files::working(folder).map_err(io)?.into_parts();
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&name, flags).map_err(opened)?;
        // Both handles stay valid without a name, and then no killed process leaves a copy.
        let mut database = Self {
            connection,
            path: path.to_owned(),
            _name: files::unname(name).map_err(io)?,
        };
        envelope::check(file, path)?;
        let mut page = None;
        let length = envelope::decode(file, path, limits, abort, |place, part| {
            if place == 0 {
                page = page_with_kind(part).filter(|_| needed == Needed::Tables);
            }
            write_needed(&copy, place, part, page)
        })?;
        copy.set_len(length).map_err(io)?;
        if length > 0 {
            // A write-ahead log would lie beside the file; a c1z has none, whatever it says.
            write_at(&copy, 18, &[1, 1]).map_err(io)?;
        }
        database.harden(abort).map_err(opened)?;
        // SQLite compares with the file what the header says of its length, but only whole pages.
        let cut = "the database inside is cut short";
        let connection = &database.connection;
        let header = connection.pragma_query_value(None, "schema_version", |_| Ok(()));
        header.map_err(|cause| match cause.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt) => database.damaged(cut),
            _ => database.unreadable(cause),
        })?;
        if (1..HEADER).contains(&length) {
            return Err(database.damaged(NO_DATABASE));
        }
        let page_size =
            connection.pragma_query_value(None, "page_size", |row| row.get::<_, u32>(0));
        let page_size = page_size.map_err(|cause| database.unreadable(cause))?;
        if !length.is_multiple_of(page_size.into()) {
            return Err(database.damaged(cut));
        }
        // Tables may be kept in pages of indexes; no tool of the field does so.
        let odd = "select 1 from sqlite_schema where sql like '%without%rowid%' limit 1";
        if page.is_some() && !database.query(odd, [], |_| Ok(()))?.is_empty() {
            return Self::unpack(file, path, folder, limits, abort, Needed::All);
        }
        TABLES
            .into_iter()
            .try_for_each(|table| database.provide(table))?;
        Ok(database)
    }

    fn harden(&mut self, abort: &Abort) -> rusqlite::Result<()> {
        let abort = abort.clone();
        let connection = &mut self.connection;
        connection.progress_handler(STEPS_BETWEEN_CHECKS, Some(move || abort.is_cancelled()))?;
        connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, MAX_RECORD)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
        connection.execute_batch("PRAGMA cell_size_check = on; PRAGMA locking_mode = exclusive;")
    }

    /// Lets a table be read by its name with all its columns, whatever the file lacks of it.
    fn provide(&self, table: &TableDef) -> Result<(), Error> {
        let kind: Vec<String> = self.query(
            "select type || ' ' || (rootpage > 0) from sqlite_schema where name = ?1 collate nocase",
            [table.name],
            |row| row.get(0),
        )?;
        let sql = match kind.first().map(String::as_str) {
            None => table.create_sql().replacen("CREATE", "CREATE TEMP", 1),
            Some("table 1") => self.view(table)?,
            Some(_) => return Err(self.damaged(format!("{} is not a plain table", table.name))),
        };
        let made = self.connection.execute_batch(&sql);
        made.map_err(|cause| self.unreadable(cause))
    }

    /// The statement that puts a view before a table, with stand-ins for what an older file lacks.
    fn view(&self, table: &TableDef) -> Result<String, Error> {
        let there: Vec<String> = self.query(
            "select lower(name) from pragma_table_info(?1, 'main')",
            [table.name],
            |row| row.get(0),
        )?;
        let mut columns = Vec::new();
        for column in table.columns {
            let name = column.name;
            let default = column.declared.split_once("default ");
            let default = default.map_or("NULL", |(_, default)| default);
            let mut value = match there.iter().any(|other| other == name) {
                true if default == "NULL" => name.to_owned(),
                true => format!("coalesce({name}, {default})"),
                false if column.later => default.to_owned(),
                false => {
                    let reason = format!("the table {} has no column {name}", table.name);
                    return Err(self.damaged(reason));
                }
            };
            if column.fill == Fill::DiscoveredAt {
                // Every reader but the converters does without; the sync's start is the best guess.
                let run = "select started_at from v1_sync_runs r where +r.sync_id = t.sync_id";
                value = format!("coalesce({value}, ({run}))");
            }
            columns.push(format!("{value} as {name}"));
        }
        let (name, columns) = (table.name, columns.join(", "));
        Ok(format!(
            "CREATE TEMP VIEW {name} AS SELECT {columns} FROM main.{name} t"
        ))
    }

    /// All syncs, the lowest row id first.
    pub(crate) fn runs(&self) -> Result<Vec<SyncRun>, Error> {
        let sql = format!("select * from v1_sync_runs order by id limit {MAX_RUNS} + 1");
        let runs = self.query(&sql, [], |row| {
            Ok(SyncRun {
                id: row.get("id")?,
                sync_id: row.get("sync_id")?,
                started_at: row.get("started_at")?,
                ended_at: row.get("ended_at")?,
                sync_type: row.get::<_, String>("sync_type")?.into(),
                parent_sync_id: row.get("parent_sync_id")?,
                linked_sync_id: row.get("linked_sync_id")?,
                stats: row.get("stats")?,
            })
        })?;
        match runs.len() {
            0..=MAX_RUNS => Ok(runs),
            _ => Err(self.damaged(format!("it lists more than {MAX_RUNS} syncs"))),
        }
    }

    /// Refuses what a newer SDK may have added: rows of the kept syncs would lose it.
    pub(crate) fn check_known(&self) -> Result<(), Error> {
        let unknown = |what| Err(Error::Unknown(text::path(&self.path), what));
        let columns: Vec<(String, String)> = self.query(
            "select t.name, lower(c.name) from sqlite_schema t, pragma_table_info(t.name, 'main') c
             where t.type = 'table' and t.name not like 'sqlite!_%' escape '!'",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        for (table, name) in columns {
            let mut tables = TABLES.into_iter();
            match tables.find(|known| known.name.eq_ignore_ascii_case(&table)) {
                Some(known) if known.columns.iter().any(|column| column.name == name) => {}
                Some(known) => return unknown(format!("the column {name} of {}", known.name)),
                None => {
                    let quoted = table.replace('"', "\"\"");
                    let sql = format!("select 1 from main.\"{quoted}\" not indexed limit 1");
                    if !self.query(&sql, [], |_| Ok(()))?.is_empty() {
                        return unknown(format!("the table {table}"));
                    }
                }
            }
        }
        Ok(())
    }

    /// Calls `put` with each row of some syncs, in the order of their numbers, as [`Self::rows`].
    pub(crate) fn each_row(
        &self,
        table: &TableDef,
        runs: &[&SyncRun],
        put: impl FnMut(u64, &[ValueRef<'_>]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        // The plus keeps SQLite from sorting: the table is already in the order of its ids.
        let places = vec!["?"; runs.len()].join(", ");
        let clause = format!("+sync_id in ({places}) order by id");
        let ids = params_from_iter(runs.iter().map(|run| &run.sync_id));
        self.rows(table, &clause, ids, put)
    }

    /// Calls `put` with the number and the values of each row that `clause` chooses. The first
    /// value, the column of the number, is NULL; the others fit the table.
    fn rows(
        &self,
        table: &TableDef,
        clause: &str,
        parameters: impl rusqlite::Params,
        mut put: impl FnMut(u64, &[ValueRef<'_>]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let unreadable = |cause| self.unreadable(cause);
        let sql = format!("select * from {} where {clause}", table.name);
        let mut statement = self.connection.prepare(&sql).map_err(unreadable)?;
        let mut rows = statement.query(parameters).map_err(unreadable)?;
        let mut last = 0;
        while let Some(row) = rows.next().map_err(unreadable)? {
            let mut values = [ValueRef::Null; MOST_COLUMNS];
            for (at, column) in table.columns.iter().enumerate() {
                values[at] = row.get_ref(at).map_err(unreadable)?;
                if !column.takes(&values[at]) {
                    let row = format!("the row after {last} of {}", table.name);
                    return Err(self.damaged(format!("{row} has no sound {}", column.name)));
                }
            }
            match values[0] {
                ValueRef::Integer(number) if number > last => last = number,
                _ => {
                    let order = format!("{} is out of order after row {last}", table.name);
                    return Err(self.damaged(order));
                }
            }
            values[0] = ValueRef::Null;
            put(last.cast_unsigned(), &values[..table.columns.len()])?;
        }
        Ok(())
    }

    /// The record of a row.
    pub(crate) fn message<M: Record>(&self, row: &[ValueRef<'_>]) -> Result<M, Error> {
        record::message(row).map_err(|reason| self.damaged(reason))
    }

    /// The record that `clause` chooses, at most one.
    pub(crate) fn record<M: Record>(
        &self,
        clause: &str,
        parameters: impl rusqlite::Params,
    ) -> Result<Option<M>, Error> {
        let mut found = None;
        self.rows(M::TABLE.definition(), clause, parameters, |_, row| {
            found = Some(self.message(row)?);
            Ok(())
        })?;
        Ok(found)
    }

    pub(crate) fn query<T>(
        &self,
        sql: &str,
        parameters: impl rusqlite::Params,
        map: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, Error> {
        self.connection
            .prepare(sql)
            .and_then(|mut statement| statement.query_map(parameters, map)?.collect())
            .map_err(|cause| self.unreadable(cause))
    }

    /// What a failed read of this database means.
    pub(crate) fn unreadable(&self, cause: rusqlite::Error) -> Error {
        match cause.sqlite_error_code() {
            Some(
                ErrorCode::OperationInterrupted | ErrorCode::SystemIoFailure | ErrorCode::DiskFull,
            ) => database_error("read the working copy for", &self.path, cause),
            Some(ErrorCode::NotADatabase) => self.damaged(NO_DATABASE),
            _ => self.damaged(cause),
        }
    }

    pub(crate) fn damaged(&self, reason: impl ToString) -> Error {
        Error::damaged(&self.path, reason)
    }
}

/// The size of the pages of a database that begins so, if the first byte of each page tells those
/// of indexes. In a database that vacuums itself it does not, nor where pages are so small that the
/// number of a page, with which other kinds begin, could reach that byte.
fn page_with_kind(start: &[u8]) -> Option<usize> {
    let vacuums_itself = start.get(52..56)? != [0; 4];
    let size = usize::from(u16::from_be_bytes([start[16], start[17]]));
    (size.is_power_of_two() && size >= 4096 && !vacuums_itself).then_some(size)
}

/// Writes a part of a database at its place, without pages of indexes if `page` says their size.
fn write_needed(copy: &File, place: u64, part: &[u8], page: Option<usize>) -> io::Result<()> {
    let Some(page) = page else {
        return write_at(copy, place, part);
    };
    let pages = part.chunks(page).zip((place..).step_by(page));
    let mut needed = pages.filter(|(page, _)| !matches!(page[0], 0x02 | 0x0A));
    needed.try_for_each(|(page, place)| write_at(copy, place, page))
}

fn write_at(mut copy: &File, place: u64, bytes: &[u8]) -> io::Result<()> {
    copy.seek(SeekFrom::Start(place))?;
    copy.write_all(bytes)
}

/// A failure of a working copy; a stop that was asked for is no failure.
fn database_error(action: &'static str, path: &Path, cause: rusqlite::Error) -> Error {
    let kind = match cause.sqlite_error_code() {
        Some(ErrorCode::OperationInterrupted) => return Error::Aborted,
        Some(ErrorCode::DiskFull | ErrorCode::SystemIoFailure) => io::ErrorKind::StorageFull,
        _ => io::ErrorKind::Other,
    };
    Error::io(action, path)(io::Error::new(kind, cause))
}
