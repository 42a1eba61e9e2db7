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

use crate::baton::pb::v2::Resource;
use crate::c1z::schema::{Column, Fill, RESOURCES, SYNC_RUNS, TABLES, TableDef};
use crate::c1z::{Abort, Error, Limits, SyncRun, envelope, record};
use crate::files;
use crate::text;

/// No record of this connector comes near; a larger one is not read.
const MAX_RECORD: i32 = 64 << 20;
const HEADER: usize = 100;
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
    /// The c1z, for messages.
    path: PathBuf,
    /// Columns that each table of [`TABLES`] has; none means that there is no such table.
    columns: [Vec<String>; TABLES.len()],
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
        let io = |cause| Error::io("make a working copy of", path, cause);
        let (copy, name) = files::working(folder).map_err(io)?.into_parts();
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&name, flags)
            .map_err(|cause| database_error("open", path, cause))?;
        // Both handles stay valid without a name, and then no killed process leaves a copy.
        let mut database = Self {
            connection,
            path: path.to_owned(),
            columns: Default::default(),
            _name: files::unname(name).map_err(io)?,
        };
        envelope::check(file, path)?;
        let (mut header, mut page) = (Vec::new(), None);
        let length = envelope::decode(file, path, limits, abort, |place, part| {
            if place == 0 {
                header.extend_from_slice(part.get(..HEADER).unwrap_or_default());
                page = page_with_kind(part).filter(|_| needed == Needed::Tables);
            }
            write_needed(&copy, place, part, page)
        })?;
        copy.set_len(length).map_err(io)?;
        if length > 0 {
            check_header(&header, length).map_err(|reason| Error::damaged(path, reason))?;
            // A write-ahead log would lie beside the file; a c1z has none, whatever it says.
            write_at(&copy, 18, &[1, 1]).map_err(io)?;
        }

        database
            .harden(abort)
            .map_err(|cause| database_error("open", path, cause))?;
        if page.is_some() && database.has_tables_in_indexes()? {
            return Self::unpack(file, path, folder, limits, abort, Needed::All);
        }
        for (table, columns) in TABLES.into_iter().zip(0..) {
            database.columns[columns] = database.check_table(table)?;
        }
        Ok(database)
    }

    fn harden(&mut self, abort: &Abort) -> rusqlite::Result<()> {
        let abort = abort.clone();
        let connection = &mut self.connection;
        connection.progress_handler(STEPS_BETWEEN_CHECKS, Some(move || abort.is_aborted()))?;
        connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, MAX_RECORD)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
        connection.execute_batch("PRAGMA cell_size_check = on; PRAGMA locking_mode = exclusive;")
    }

    /// Whether tables may be kept in pages of indexes; no tool of the field does so.
    fn has_tables_in_indexes(&self) -> Result<bool, Error> {
        let sql = "select 1 from sqlite_schema where sql like '%without%rowid%' limit 1";
        Ok(!self.query(sql, [], |_| Ok(()))?.is_empty())
    }

    /// The columns of a table, empty when it is missing, which counts as an empty table.
    fn check_table(&self, table: &TableDef) -> Result<Vec<String>, Error> {
        let kind: Vec<String> = self.query(
            "select type || ' ' || (rootpage > 0) from sqlite_schema where name = ?1 collate nocase",
            [table.name],
            |row| row.get(0),
        )?;
        match kind.first().map(String::as_str) {
            None => return Ok(Vec::new()),
            Some("table 1") => {}
            Some(_) => return Err(self.damaged(format!("{} is not a plain table", table.name))),
        }
        let columns: Vec<String> = self.query(
            "select lower(name) from pragma_table_info(?1)",
            [table.name],
            |row| row.get(0),
        )?;
        let missing = table
            .columns
            .iter()
            .find(|column| !column.later && !columns.iter().any(|c| c == column.name));
        if let Some(Column { name, .. }) = missing {
            return Err(self.damaged(format!("the table {} has no column {name}", table.name)));
        }
        Ok(columns)
    }

    /// All syncs, the lowest row id first.
    pub(crate) fn runs(&self) -> Result<Vec<SyncRun>, Error> {
        let Some(select) = self.select(&SYNC_RUNS) else {
            return Ok(Vec::new());
        };
        let sql = format!("{select} order by id limit {MAX_RUNS} + 1");
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

    /// Refuses what a newer SDK may have added: rows of the `kept` syncs would lose it.
    pub(crate) fn check_known(&self) -> Result<(), Error> {
        for (table, columns) in TABLES.iter().zip(&self.columns) {
            let known = |name: &&String| table.columns.iter().any(|column| column.name == *name);
            if let Some(name) = columns.iter().find(|name| !known(name)) {
                return Err(self.unknown(format!("the column {name} of {}", table.name)));
            }
        }
        let tables: Vec<String> = self.query(
            "select name from sqlite_schema where type = 'table' and name not like 'sqlite!_%' escape '!'",
            [],
            |row| row.get(0),
        )?;
        for name in tables {
            let is_known = TABLES
                .iter()
                .any(|table| table.name.eq_ignore_ascii_case(&name));
            let quoted = name.replace('"', "\"\"");
            let sql = format!("select 1 from \"{quoted}\" not indexed limit 1");
            if !is_known && !self.query(&sql, [], |_| Ok(()))?.is_empty() {
                return Err(self.unknown(format!("the table {name}")));
            }
        }
        Ok(())
    }

    fn unknown(&self, what: String) -> Error {
        Error::Unknown(text::path(&self.path), what)
    }

    /// The resource of a type in the last row that has one.
    pub(crate) fn newest_resource(&self, kind: &str) -> Result<Option<Resource>, Error> {
        let Some(select) = self.select(&RESOURCES) else {
            return Ok(None);
        };
        let sql = format!("{select} where +resource_type_id = ?1 order by id desc limit 1");
        Ok(self.query(&sql, [kind], record::message)?.pop())
    }

    /// The start of a query of all columns of `table`, which it calls `t`, with stand-ins for those
    /// that an older file lacks; None when there is no such table.
    pub(crate) fn select(&self, table: &TableDef) -> Option<String> {
        let mut tables = TABLES.iter().zip(&self.columns);
        let (_, there) = tables.find(|(other, _)| other.name == table.name)?;
        if there.is_empty() {
            return None;
        }
        let expression = |column: &Column| {
            let name = column.name;
            let value = match (there.iter().any(|c| c == name), column.absent()) {
                (true, None | Some("NULL")) => name.to_owned(),
                (true, Some(absent)) => format!("coalesce({name}, {absent})"),
                (false, absent) => absent.unwrap_or("NULL").to_owned(),
            };
            if column.fill == Fill::DiscoveredAt {
                // Every reader but the converters does without; the sync's start is the best guess.
                let run = "select started_at from v1_sync_runs r where +r.sync_id = t.sync_id";
                return format!("coalesce({value}, ({run})) as {name}");
            }
            format!("{value} as {name}")
        };
        let columns: Vec<String> = table.columns.iter().map(expression).collect();
        Some(format!(
            "select {} from {} t",
            columns.join(", "),
            table.name
        ))
    }

    /// Calls `put` with the number and the values of each row of some syncs, in the order of the
    /// numbers. The first value, the column of the number, is NULL.
    ///
    /// # Errors
    /// Those of `put`, and values that do not fit the table.
    pub(crate) fn each_row(
        &self,
        table: &TableDef,
        runs: &[&SyncRun],
        mut put: impl FnMut(u64, &[ValueRef<'_>]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let Some(select) = self.select(table) else {
            return Ok(());
        };
        // The plus keeps SQLite from sorting: the table is already in the order of its ids.
        let places = vec!["?"; runs.len()].join(", ");
        let sql = format!("{select} where +sync_id in ({places}) order by id");
        let ids = params_from_iter(runs.iter().map(|run| &run.sync_id));
        let mut last = 0;
        self.each(&sql, ids, |row| {
            let mut values = [ValueRef::Null; MOST_COLUMNS];
            for (at, column) in table.columns.iter().enumerate() {
                values[at] = row.get_ref(at).map_err(|cause| self.unreadable(cause))?;
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
            put(last.cast_unsigned(), &values[..table.columns.len()])
        })
    }

    /// Calls `put` with each row that a query gives.
    ///
    /// # Errors
    /// Those of `put`, and that the file is damaged.
    pub(crate) fn each(
        &self,
        sql: &str,
        parameters: impl rusqlite::Params,
        mut put: impl FnMut(&Row<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let unreadable = |cause| self.unreadable(cause);
        let mut statement = self.connection.prepare(sql).map_err(unreadable)?;
        let mut rows = statement.query(parameters).map_err(unreadable)?;
        while let Some(row) = rows.next().map_err(unreadable)? {
            put(row)?;
        }
        Ok(())
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

    /// The c1z that this was unpacked from.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// What a failed read of this database means.
    pub(crate) fn unreadable(&self, cause: rusqlite::Error) -> Error {
        match cause.sqlite_error_code() {
            Some(
                ErrorCode::OperationInterrupted | ErrorCode::SystemIoFailure | ErrorCode::DiskFull,
            ) => database_error("read", &self.path, cause),
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

/// Writes a part of a database at its place, but not its pages of indexes if they can be told by
/// their first byte.
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

/// Checks the header of a database, none if it is too short for one, and its length, which SQLite
/// would notice only late.
fn check_header(header: &[u8], length: u64) -> Result<(), &'static str> {
    if !header.starts_with(b"SQLite format 3\0") {
        return Err("what it holds is not a SQLite database");
    }
    let number = |at: usize| {
        header[at..at + 4]
            .iter()
            .fold(0, |n, &byte| n << 8 | u64::from(byte))
    };
    let page_size = match u16::from_be_bytes([header[16], header[17]]) {
        1 => 65_536,
        size => u64::from(size),
    };
    // The page count counts only when it was written by the last writer.
    let pages_known = number(24) == number(92) && number(28) > 0;
    match pages_known && number(28) * page_size > length {
        true => Err("the database inside is cut short"),
        false => Ok(()),
    }
}

/// A failure of a working copy; a stop that was asked for is no failure.
pub(crate) fn database_error(action: &'static str, path: &Path, cause: rusqlite::Error) -> Error {
    if cause.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) {
        return Error::Aborted;
    }
    Error::Database(action, text::path(path), cause)
}
