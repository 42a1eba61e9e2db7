//! What a grant or revocation names, looked up in the file by its id, else by names and e-mail addresses.

use std::path::{Path, PathBuf};

use crate::baton::pb::v2;
use crate::c1z::{self, Limits, Reader, SyncRun, Table};
use crate::exit::Failure;
use crate::notice::Notice;

/// The latest finished full sync of a file. The file itself is only read.
pub(super) struct Stored {
    /// What the sync lacks.
    pub(super) notice: Option<Notice>,
    reader: Reader,
    sync: SyncRun,
    file: PathBuf,
}

impl Stored {
    /// Opens the file.
    ///
    /// # Errors
    /// [`Failure::C1z`] when it cannot be read or holds no finished full sync.
    pub(super) fn open(file: &Path, limits: &Limits) -> Result<Self, Failure> {
        let reader = Reader::open(file, limits)?;
        let sync = reader.require_finished_full()?.clone();
        let notice = reader.check(&sync)?;
        Ok(Self {
            notice,
            reader,
            sync,
            file: file.to_owned(),
        })
    }

    /// Writes to the log what the sync lacks, before anything of it is believed.
    pub(super) fn tell_lack(&self) {
        if let Some(notice) = &self.notice {
            notice.record();
        }
    }

    /// The entitlement.
    ///
    /// # Errors
    /// [`Failure::NotInFile`] with ids that look like it, [`Failure::Settings`] with those of an ambiguous name.
    pub(super) fn entitlement(&self, text: &str) -> Result<v2::Entitlement, Failure> {
        if let Some(found) = self.reader.find(&self.sync, text)? {
            return Ok(found);
        }
        let id = self.named_entitlement(text)?;
        let id = id.as_deref().unwrap_or(text);
        match self.reader.find(&self.sync, id)? {
            Some(found) => Ok(found),
            None => Err(self.missing_entitlement(id)?),
        }
    }

    /// The grant.
    ///
    /// # Errors
    /// As [`Stored::entitlement`].
    pub(super) fn grant(&self, text: &str) -> Result<v2::Grant, Failure> {
        if let Some(found) = self.reader.find(&self.sync, text)? {
            return Ok(found);
        }
        let id = self.named_grant(text)?;
        let id = id.as_deref().unwrap_or(text);
        let found = self.reader.find(&self.sync, id)?;
        found.ok_or_else(|| self.missing("grant", Table::Grants, id))
    }

    /// The receiver of a grant.
    ///
    /// # Errors
    /// As [`Stored::entitlement`].
    pub(super) fn principal(&self, kind: &str, text: &str) -> Result<v2::Resource, Failure> {
        if let Some(found) = self.named(kind, text)? {
            return Ok(found);
        }
        let wanted = format!("{kind}:{text}");
        let other = if kind == "group" { "user" } else { "group" };
        Err(match self.named(other, text) {
            Ok(Some(found)) => {
                let id = found.id.unwrap_or_default().resource;
                self.not_in_file("principal", &wanted, &[format!("{other}:{id}")])
            }
            _ => self.missing("principal", Table::Resources, &wanted),
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

    /// All resources of a type.
    pub(super) fn of_kind(&self, kind: &str) -> Result<Vec<v2::Resource>, c1z::Error> {
        let mut of_kind = Vec::new();
        self.reader.each(&self.sync, |resource: v2::Resource| {
            let id = resource.id.as_ref();
            if id.is_some_and(|id| id.resource_type == kind) {
                of_kind.push(resource);
            }
            Ok(())
        })?;
        Ok(of_kind)
    }

    /// What is near in letters; else all that the place has, when only the permission is wrong.
    fn missing_entitlement(&self, id: &str) -> Result<Failure, c1z::Error> {
        let near = self
            .reader
            .near_misses(&self.sync, Table::Entitlements, id)?;
        let place = id.rsplit_once(':').map(|(place, _)| format!("{place}:"));
        let (true, Some(place)) = (near.is_empty(), place) else {
            return Ok(self.not_in_file("entitlement", id, &near));
        };
        let mut there = Vec::new();
        self.reader
            .each(&self.sync, |entitlement: v2::Entitlement| {
                if entitlement.id.starts_with(&place) {
                    there.push(entitlement.id);
                }
                Ok(())
            })?;
        Ok(self.not_in_file("entitlement", id, &there))
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
            [] => "check the id or name, or sync again if it is new".to_owned(),
            near => format!("did you mean {}?", near.join(" or ")),
        };
        Failure::NotInFile(format!(
            "no {noun} {id:?} in the latest full sync of {} (of {ended} UTC), so `op` was not asked: {advice}",
            self.file.display()
        ))
    }
}
