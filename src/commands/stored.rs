//! What a grant or revocation names, looked up in the file by its id.

use std::path::{Path, PathBuf};

use crate::baton::pb::v2;
use crate::c1z::{self, Limits, Reader, SyncRun, Table};
use crate::exit::Failure;

/// The latest finished full sync of a file. The file itself is only read.
pub(super) struct Stored {
    reader: Reader,
    sync: SyncRun,
    file: PathBuf,
}

impl Stored {
    /// Opens the file.
    ///
    /// # Errors
    /// [`Failure::C1z`] when it cannot be read or holds no finished full sync.
    pub(super) fn open(file: &Path) -> Result<Self, Failure> {
        let limits = Limits::from_env(|name| std::env::var(name).ok())?;
        let reader = Reader::open(file, &limits)?;
        let sync = reader.require_finished_full()?.clone();
        reader.check(&sync)?;
        Ok(Self {
            reader,
            sync,
            file: file.to_owned(),
        })
    }

    /// The entitlement.
    ///
    /// # Errors
    /// [`Failure::NotInFile`] with ids that look like it.
    pub(super) fn entitlement(&self, id: &str) -> Result<v2::Entitlement, Failure> {
        let found = self.reader.entitlement(&self.sync, id)?;
        found.ok_or_else(|| self.missing("entitlement", Table::Entitlements, id))
    }

    /// The grant.
    ///
    /// # Errors
    /// [`Failure::NotInFile`] with ids that look like it.
    pub(super) fn grant(&self, id: &str) -> Result<v2::Grant, Failure> {
        let found = self.reader.grant(&self.sync, id)?;
        found.ok_or_else(|| self.missing("grant", Table::Grants, id))
    }

    /// The receiver of a grant.
    ///
    /// # Errors
    /// [`Failure::NotInFile`] with ids that look like it.
    pub(super) fn principal(&self, kind: &str, id: &str) -> Result<v2::Resource, Failure> {
        if let Some(found) = self.reader.resource(&self.sync, kind, id)? {
            return Ok(found);
        }
        let wanted = format!("{kind}:{id}");
        let other = if kind == "group" { "user" } else { "group" };
        Err(match self.reader.resource(&self.sync, other, id)? {
            Some(_) => self.not_in_file("principal", &wanted, &[format!("{other}:{id}")]),
            None => self.missing("principal", Table::Resources, &wanted),
        })
    }

    /// The resource, with its name, if the file has it.
    ///
    /// # Errors
    /// The file is damaged.
    pub(super) fn resource(&self, id: &v2::ResourceId) -> Result<Option<v2::Resource>, c1z::Error> {
        self.reader
            .resource(&self.sync, &id.resource_type, &id.resource)
    }

    fn missing(&self, noun: &str, table: Table, id: &str) -> Failure {
        match self.reader.near_misses(&self.sync, table, id) {
            Ok(near) => self.not_in_file(noun, id, &near),
            Err(error) => error.into(),
        }
    }

    fn not_in_file(&self, noun: &str, id: &str, near: &[String]) -> Failure {
        let ended = self
            .sync
            .ended()
            .map(|ended| ended.strftime("%F %T").to_string());
        let ended = ended.unwrap_or_default();
        let near: Vec<String> = near.iter().map(|id| format!("{id:?}")).collect();
        let advice = match near.as_slice() {
            [] => "check the id, or sync again if it is new".to_owned(),
            near => format!("did you mean {}?", near.join(" or ")),
        };
        Failure::NotInFile(format!(
            "no {noun} {id:?} in the latest full sync of {} (of {ended} UTC), so `op` was not asked: {advice}",
            self.file.display()
        ))
    }
}
