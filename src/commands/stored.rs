//! What a grant or revocation names, looked up in the file by its id, else by names and e-mail
//! addresses that nobody else has: `vault:Depot Keys:view items:user:ada@example.com`.

use std::path::{Path, PathBuf};

use prost_types::value::Kind;

use crate::baton::ids::{ResourceId, grant_id};
use crate::baton::pb::v2;
use crate::c1z::{self, Limits, Reader, Record, SyncRun, Table};
use crate::exit::Failure;
use crate::notice::Notice;
use crate::report::Named;
use crate::settings;
use crate::text::plain;

/// What can hold a grant.
const HOLDERS: [&str; 3] = ["user", "group", "project"];

/// The latest finished full sync of a file. The file itself is only read.
pub(super) struct Stored {
    /// What the sync lacks.
    pub(super) notice: Option<Notice>,
    reader: Reader,
    sync: SyncRun,
    file: PathBuf,
}

impl Stored {
    /// Opens the file at its latest finished full sync, and writes to the log what that lacks before
    /// anything is believed.
    pub(super) fn open(file: &Path, limits: &Limits) -> Result<Self, Failure> {
        let reader = Reader::open(file, limits)?;
        let sync = reader.require_finished_full()?.clone();
        let notice = reader.check(&sync)?;
        notice.iter().for_each(Notice::record);
        Ok(Self {
            notice,
            reader,
            sync,
            file: file.to_owned(),
        })
    }

    /// The entitlement of this id, or `<type>:<name>:<slug>`; else [`Failure::NotInFile`] with ids
    /// that look like it. A name that several have is [`Failure::Settings`] with their ids.
    pub(super) fn entitlement(&self, text: &str) -> Result<v2::Entitlement, Failure> {
        let parts = text.split_once(':');
        let parts = parts.and_then(|(kind, rest)| Some((kind, rest.rsplit_once(':')?)));
        self.find("entitlement", text, parts, |(kind, (name, slug))| {
            let place = self.resource_named(kind, name)?;
            Ok(place.and_then(|place| Some(id(&place)?.entitlement(slug))))
        })
    }

    /// The grant of this id, or `<entitlement>:<type>:<principal>`; errors as above.
    pub(super) fn grant(&self, text: &str) -> Result<v2::Grant, Failure> {
        let split = |kind: &'static str| {
            let (entitlement, principal) = text.rsplit_once(&format!(":{kind}:"))?;
            Some((entitlement, kind, principal))
        };
        let splits = HOLDERS.into_iter().filter_map(split);
        let parts = splits.max_by_key(|(entitlement, ..)| entitlement.len());
        self.find("grant", text, parts, |(entitlement, kind, principal)| {
            let entitlement = self.entitlement(entitlement)?;
            let principal = self.principal(kind, principal)?;
            Ok(id(&principal).map(|principal| grant_id(&entitlement.id, &principal)))
        })
    }

    /// The receiver of a grant, by id, name or e-mail address; errors as above.
    pub(super) fn principal(&self, kind: &str, text: &str) -> Result<v2::Resource, Failure> {
        if let Some(principal) = self.resource_named(kind, text)? {
            return Ok(principal);
        }
        let wanted = format!("{kind}:{text}");
        let other = if kind == "group" { "user" } else { "group" };
        let near = match self.resource_named(other, text) {
            Ok(Some(one)) => vec![format!("{other}:{}", one.id.unwrap_or_default().resource)],
            _ => self.near(Table::Resources, &wanted)?,
        };
        Err(self.not_in_file("principal", &wanted, &near))
    }

    pub(super) fn resource(&self, id: &v2::ResourceId) -> Result<Option<v2::Resource>, c1z::Error> {
        self.reader.resource(&self.sync, id)
    }

    /// The record of this id, else of the id that the parts of the text stand for as names.
    fn find<M: Record, N>(
        &self,
        noun: &str,
        text: &str,
        names: Option<N>,
        id_of: impl FnOnce(N) -> Result<Option<String>, Failure>,
    ) -> Result<M, Failure> {
        if let Some(record) = self.reader.find(&self.sync, text)? {
            return Ok(record);
        }
        let id = names.map(id_of).transpose()?.flatten();
        let id = id.unwrap_or_else(|| text.to_owned());
        match self.reader.find(&self.sync, &id)? {
            Some(record) => Ok(record),
            None => Err(self.not_in_file(noun, &id, &self.near(M::TABLE, &id)?)),
        }
    }

    /// The resource of this type that has the text for its id, name or e-mail address.
    fn resource_named(&self, kind: &str, text: &str) -> Result<Option<v2::Resource>, Failure> {
        let mut all = Vec::new();
        self.reader.each(&self.sync, |resource: v2::Resource| {
            let id = resource.id.as_ref();
            if id.is_some_and(|id| id.resource_type == kind) {
                all.push(resource);
            }
            Ok(())
        })?;
        let all: Vec<_> = all.iter().filter_map(candidate).collect();
        let one = Named::choose(&all, text).map_err(settings::Error)?;
        Ok(one.cloned())
    }

    /// What is near in letters; else all entitlements of the place, where the permission is wrong.
    fn near(&self, table: Table, id: &str) -> Result<Vec<String>, c1z::Error> {
        let mut near = self.reader.near_misses(&self.sync, table, id)?;
        let place = id.rsplit_once(':').map(|(place, _)| format!("{place}:"));
        let place = place.filter(|_| near.is_empty() && table == Table::Entitlements);
        if let Some(place) = place {
            self.reader
                .each(&self.sync, |entitlement: v2::Entitlement| {
                    near.extend(Some(entitlement.id).filter(|id| id.starts_with(&place)));
                    Ok(())
                })?;
        }
        Ok(near)
    }

    fn not_in_file(&self, noun: &str, id: &str, near: &[String]) -> Failure {
        let ended = self.sync.ended().map(|ended| ended.strftime("%F %T"));
        let ended = ended.map_or_else(String::new, |ended| ended.to_string());
        let near: Vec<String> = near.iter().map(|id| format!("{id:?}")).collect();
        let advice = match near.as_slice() {
            [] => "check the id or name, or sync again if it is new".to_owned(),
            near => format!("did you mean {}?", near.join(" or ")),
        };
        Failure::NotInFile(format!(
            "no {noun} {id:?} in the latest full sync of {} (of {ended} UTC), so `op` was not \
             asked: {advice}",
            self.file.display()
        ))
    }
}

fn id(resource: &v2::Resource) -> Option<ResourceId> {
    ResourceId::from_message(resource.id.as_ref()?).ok()
}

fn candidate(resource: &v2::Resource) -> Option<Named<'_, &v2::Resource>> {
    let fields = resource.profile.as_ref().map(|profile| &profile.fields);
    let login = fields.and_then(|fields| match fields.get("login")?.kind.as_ref()? {
        Kind::StringValue(login) => Some(login.as_str()),
        _ => None,
    });
    Some(Named {
        what: resource,
        id: &resource.id.as_ref()?.resource,
        name: &resource.display_name,
        email: login.unwrap_or_default(),
        label: plain(&resource.display_name),
    })
}
