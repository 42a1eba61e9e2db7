//! What the file says of a user, group, project or vault.

use jiff::Timestamp;
use prost_types::value::Kind;

use crate::baton::ids::{ResourceId, ResourceKind};
use crate::baton::pb::v2::status::ResourceStatus;
use crate::baton::pb::v2::user_trait::AccountType;
use crate::baton::pb::v2::{self, UserTrait};
use crate::connector::user::{LAST_SIGN_IN, NEVER};

use super::model::{Read, Resource, SignIn, Sort, Status};
use super::permissions::Set;

impl Resource {
    /// One of which the file says this, or nothing where it is known from grants alone.
    pub(super) fn new(id: &ResourceId, place: u32, said: Option<&v2::Resource>) -> Self {
        let kind = id.kind;
        let own = |of: &v2::Resource, key| text(of, key).map(str::to_owned);
        let nothing = v2::Resource::default();
        let resource = said.unwrap_or(&nothing);
        // A vault has no such state as people, groups and projects have.
        let who = match kind {
            ResourceKind::Vault => &nothing,
            _ => resource,
        };
        let status = who.status.as_ref();
        let state = match kind {
            ResourceKind::Group => own(who, "group_state"),
            _ => own(who, "state"),
        };
        let details = || status.map(|status| status.details.clone());
        let mut traits = who.annotations.iter();
        let of_user = traits.find_map(|any| any.to_msg::<UserTrait>().ok());
        let user_type = own(who, "user_type").unwrap_or_default();
        Self {
            id: id.id.clone(),
            name: resource.display_name.clone(),
            kind,
            place,
            label: String::new(),
            listed: said.is_some(),
            email: own(who, "login").unwrap_or_default(),
            status: match status.map(|status| status.status()) {
                Some(ResourceStatus::Enabled) => Status::Active,
                Some(ResourceStatus::Disabled) => Status::Suspended,
                _ => Status::Unknown,
            },
            state: state.or_else(details).unwrap_or_default(),
            sort: match kind {
                ResourceKind::Project => Sort::Project,
                ResourceKind::User => sort(&user_type, of_user.as_ref()),
                _ => Sort::Group,
            },
            signed_in: signed_in(who, of_user.as_ref()),
            user_type,
            active_tokens: text(who, "active_tokens").and_then(|text| text.parse().ok()),
            expires_at: own(resource, "expires_at"),
            members_read: false,
            offered: Set::empty(),
            items: items(resource),
            updated_at: own(resource, "updated_at"),
            created_at: own(resource, "created_at"),
            vault_type: own(resource, "type"),
            read: Read::default(),
        }
    }
}

fn value<'r>(resource: &'r v2::Resource, key: &str) -> Option<&'r Kind> {
    resource.profile.as_ref()?.fields.get(key)?.kind.as_ref()
}

/// A text that says something.
fn text<'r>(resource: &'r v2::Resource, key: &str) -> Option<&'r str> {
    match value(resource, key)? {
        Kind::StringValue(text) if !text.is_empty() => Some(text),
        _ => None,
    }
}

/// A profile's numbers are floating; only a whole one within their exact range is a count.
fn items(resource: &v2::Resource) -> Option<u64> {
    let Some(Kind::NumberValue(number)) = value(resource, "items") else {
        return None;
    };
    number.to_string().parse().ok().filter(|n| *n <= 1 << 53)
}

/// By 1Password's own word, and where the file has none by the account type that Baton knows.
fn sort(user_type: &str, of_user: Option<&UserTrait>) -> Sort {
    match user_type.to_ascii_uppercase().as_str() {
        "GUEST" => Sort::Guest,
        "SERVICE_ACCOUNT" => Sort::ServiceAccount,
        "" => match of_user.map(UserTrait::account_type) {
            Some(AccountType::Service) => Sort::ServiceAccount,
            _ => Sort::Unknown,
        },
        _ => Sort::Member,
    }
}

fn signed_in(resource: &v2::Resource, of_user: Option<&UserTrait>) -> SignIn {
    let at = of_user.and_then(|of_user| of_user.last_login);
    match at.and_then(|at| Timestamp::new(at.seconds, at.nanos).ok()) {
        Some(at) => SignIn::At(at),
        None if text(resource, LAST_SIGN_IN) == Some(NEVER) => SignIn::Never,
        None => SignIn::Unknown,
    }
}
