//! What a grant or revocation names, looked up in the file by its id.

use std::path::{Path, PathBuf};

use prost_types::value::Kind;

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
        if let Some(notice) = reader.check(&sync)? {
            super::complain(&format!("warning: {}", notice.line()));
        }
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
        match found {
            Some(found) => Ok(found),
            None => Err(self.missing_entitlement(id)?),
        }
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
            None => match self.named(id)?.as_slice() {
                [] => self.missing("principal", Table::Resources, &wanted),
                named => self.not_in_file("principal", &wanted, named),
            },
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

    /// Users and groups of this name or e-mail address; a name may be several people's.
    fn named(&self, text: &str) -> Result<Vec<String>, c1z::Error> {
        let mut ids = Vec::new();
        for resource in self.reader.resources(&self.sync) {
            let resource = resource?;
            let Some(id) = resource.id.as_ref() else {
                continue;
            };
            let holds = ["user", "group"].contains(&&*id.resource_type);
            if holds && is_called(&resource, text) {
                ids.push(format!("{}:{}", id.resource_type, id.resource));
            }
        }
        Ok(ids)
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
        for entitlement in self.reader.entitlements(&self.sync) {
            let entitlement = entitlement?;
            if entitlement.id.starts_with(&place) {
                there.push(entitlement.id);
            }
        }
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
            [] => "check the id, or sync again if it is new".to_owned(),
            near => format!("did you mean {}?", near.join(" or ")),
        };
        Failure::NotInFile(format!(
            "no {noun} {id:?} in the latest full sync of {} (of {ended} UTC), so `op` was not asked: {advice}",
            self.file.display()
        ))
    }
}

/// Whether a person or group has this name or e-mail address, letter case aside.
fn is_called(resource: &v2::Resource, text: &str) -> bool {
    let fields = resource.profile.as_ref().map(|profile| &profile.fields);
    let login = fields.and_then(|fields| match fields.get("login")?.kind.as_ref()? {
        Kind::StringValue(login) => Some(login.as_str()),
        _ => None,
    });
    let names = [Some(resource.display_name.as_str()), login];
    let text = text.to_lowercase();
    names
        .into_iter()
        .flatten()
        .any(|name| name.to_lowercase() == text)
}
