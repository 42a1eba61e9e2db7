//! Reads a sync into a snapshot.

use std::path::Path;

use jiff::ZonedDateTime;

use crate::c1z::{Abort, Error, Limits, Reader};
use crate::text;

use super::builder::Builder;
use super::notices;
use super::snapshot::{Snapshot, Source};

impl Snapshot {
    /// Reads the sync that stands for the file at `path`.
    ///
    /// # Errors
    /// No c1z v1 file, a damaged one, one without a finished sync, or the stop that `abort` asked
    /// for.
    pub fn read(
        path: &Path,
        limits: &Limits,
        now: &ZonedDateTime,
        abort: &Abort,
    ) -> Result<Self, Error> {
        let reader = Reader::open(path, limits).map_err(|error| missing(path, error))?;
        let choice = reader.choose(now.timestamp())?;
        let odd = reader.check(choice.run)?;
        let mut builder = Builder::new(Source {
            file: text::path(path),
            digest: reader.sha256()?,
            sync: choice.run.clone(),
            account: Default::default(),
        });
        let run = choice.run;
        reader.each(run, |row| {
            abort.check().map(|()| builder.resource_type(&row))
        })?;
        reader.each(run, |row| abort.check().map(|()| builder.resource(row)))?;
        reader.each(run, |row| abort.check().map(|()| builder.entitlement(&row)))?;
        reader.each(run, |row| abort.check().map(|()| builder.grant(&row)))?;
        let mut snapshot = builder.finish();
        let about_choice = notices::of_choice(&choice, reader.syncs(), now);
        snapshot
            .notices
            .splice(0..0, about_choice.into_iter().chain(odd));
        Ok(snapshot)
    }
}

/// Says what to do about a file that is not there.
fn missing(path: &Path, error: Error) -> Error {
    match error {
        Error::Io { ref cause, .. } if cause.kind() == std::io::ErrorKind::NotFound => {
            let next = "there is no such file. Run a sync into it first, or name another file";
            Error::not_a_file(path, next)
        }
        error => error,
    }
}
