//! What a resource of the file says of a principal or vault.

use jiff::Timestamp;
use prost::{Message, Name};
use prost_types::value::Kind;

use crate::baton::ids::ResourceKind;
use crate::baton::pb::v2::status::ResourceStatus;
use crate::baton::pb::v2::user_trait::AccountType;
use crate::baton::pb::v2::{Resource, UserTrait};
use crate::connector::user::{LAST_SIGN_IN, NEVER};

use super::model::{Content, Principal, SignIn, Sort, Status, Tokens};

/// A principal with all that its resource says.
pub(super) fn listed(unlisted: &Principal, resource: &Resource) -> Principal {
    let profile = |key: &str| text(resource, key).to_owned();
    let status = resource.status.as_ref();
    let state = match unlisted.kind {
        ResourceKind::Group => profile("group_state"),
        _ => profile("state"),
    };
    let details = status
        .map(|status| status.details.clone())
        .unwrap_or_default();
    let of_user = user_trait(resource);
    let user_type = profile("user_type");
    Principal {
        name: resource.display_name.clone(),
        listed: true,
        email: profile("login"),
        status: match status.map(|status| status.status()) {
            Some(ResourceStatus::Enabled) => Status::Active,
            Some(ResourceStatus::Disabled) => Status::Suspended,
            _ => Status::Unknown,
        },
        state: if state.is_empty() { details } else { state },
        sort: match unlisted.kind {
            ResourceKind::User => sort(&user_type, of_user.as_ref()),
            _ => unlisted.sort,
        },
        signed_in: signed_in(resource, of_user.as_ref()),
        user_type,
        tokens: Tokens {
            active: profile("active_tokens").parse().ok(),
            expires_at: known(resource, "expires_at"),
        },
        ..unlisted.clone()
    }
}

/// What the file says of a vault's content.
pub(super) fn content(resource: &Resource) -> Content {
    Content {
        items: items(resource),
        updated_at: known(resource, "updated_at"),
        created_at: known(resource, "created_at"),
        kind: known(resource, "type"),
    }
}

fn value<'r>(resource: &'r Resource, key: &str) -> Option<&'r Kind> {
    resource.profile.as_ref()?.fields.get(key)?.kind.as_ref()
}

fn text<'r>(resource: &'r Resource, key: &str) -> &'r str {
    match value(resource, key) {
        Some(Kind::StringValue(text)) => text,
        _ => "",
    }
}

/// A text that says something.
fn known(resource: &Resource, key: &str) -> Option<String> {
    let text = text(resource, key);
    (!text.is_empty()).then(|| text.to_owned())
}

/// A profile's numbers are floating; only a whole one within their exact range is a count.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the guard leaves whole numbers from 0 to 2^53 only"
)]
fn items(resource: &Resource) -> Option<u64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match value(resource, "items") {
        Some(&Kind::NumberValue(n)) if (0.0..=EXACT).contains(&n) && n.fract() == 0.0 => {
            Some(n as u64)
        }
        _ => None,
    }
}

fn user_trait(resource: &Resource) -> Option<UserTrait> {
    let url = UserTrait::type_url();
    let any = resource
        .annotations
        .iter()
        .find(|any| any.type_url == url)?;
    UserTrait::decode(any.value.as_slice()).ok()
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

fn signed_in(resource: &Resource, of_user: Option<&UserTrait>) -> SignIn {
    let at = of_user.and_then(|of_user| of_user.last_login);
    match at.and_then(|at| Timestamp::new(at.seconds, at.nanos).ok()) {
        Some(at) => SignIn::At(at),
        None if text(resource, LAST_SIGN_IN) == NEVER => SignIn::Never,
        None => SignIn::Unknown,
    }
}
