//! Names and e-mail addresses in the place of ids: `vault:Depot Keys:view items:user:ada@example.com`.
//!
//! A name stands for an id only when nobody else has it.

use prost_types::value::Kind;

use crate::baton::ids::{ResourceId, grant_id};
use crate::baton::pb::v2;
use crate::exit::Failure;
use crate::report::Named;
use crate::settings;
use crate::text::plain;

use super::stored::Stored;

/// What can hold a grant.
const HOLDERS: [&str; 3] = ["user", "group", "project"];

impl Stored {
    /// The resource of this type that has the text for its id, name or e-mail address.
    ///
    /// # Errors
    /// [`Failure::Settings`] with the ids of all who have the name.
    pub(super) fn named(&self, kind: &str, text: &str) -> Result<Option<v2::Resource>, Failure> {
        let id = v2::ResourceId {
            resource_type: kind.to_owned(),
            resource: text.to_owned(),
        };
        if let Some(found) = self.resource(&id)? {
            return Ok(Some(found));
        }
        let all = self.of_kind(kind)?;
        let all: Vec<_> = all.iter().filter_map(candidate).collect();
        match Named::choose(&all, text) {
            Ok(one) => Ok(Some(one.clone())),
            Err(none) if none.is_empty() => Ok(None),
            Err(several) => Err(settings::Error(Named::ambiguous(text, &several)).into()),
        }
    }

    /// The id of the entitlement `<type>:<name>:<slug>`; `None` when no place has the name.
    ///
    /// # Errors
    /// As [`Stored::named`].
    pub(super) fn named_entitlement(&self, text: &str) -> Result<Option<String>, Failure> {
        let parts = text.split_once(':');
        let parts = parts.and_then(|(kind, rest)| Some((kind, rest.rsplit_once(':')?)));
        let Some((kind, (name, slug))) = parts else {
            return Ok(None);
        };
        let place = self.named(kind, name)?;
        Ok(place.and_then(|place| Some(id(&place)?.entitlement(slug))))
    }

    /// The id of the grant `<entitlement>:<type>:<principal>`; `None` when the text is not made so.
    ///
    /// # Errors
    /// As [`Stored::named`], and [`Failure::NotInFile`] for what has none of the names.
    pub(super) fn named_grant(&self, text: &str) -> Result<Option<String>, Failure> {
        let split = |kind: &'static str| {
            let (entitlement, principal) = text.rsplit_once(&format!(":{kind}:"))?;
            Some((entitlement, kind, principal))
        };
        let splits = HOLDERS.into_iter().filter_map(split);
        let Some((entitlement, kind, principal)) =
            splits.max_by_key(|(entitlement, ..)| entitlement.len())
        else {
            return Ok(None);
        };
        let entitlement = self.entitlement(entitlement)?;
        let principal = self.principal(kind, principal)?;
        Ok(id(&principal).map(|principal| grant_id(&entitlement.id, &principal)))
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
