//! A row of `op user list` (or of a membership listing) → a user resource.

use crate::baton::ids::{ResourceId, ResourceKind};
use crate::baton::pb::v2;
use crate::baton::pb::v2::status::ResourceStatus;
use crate::baton::pb::v2::user_trait;
use crate::baton::resource::{
    DETAILS_LIMIT, NAME_LIMIT, annotation, is_zero, profile, resource, timestamp,
};
use crate::op::types::{User, UserDetails};
use crate::text::cut;

/// The profile's key that says that a person has never signed in. The trait's `last_login` is left
/// out then, as it is when the last sign-in is not known.
pub const LAST_SIGN_IN: &str = "last_sign_in";
/// Its value.
pub const NEVER: &str = "never";

/// What people call a user: the name, or else the e-mail.
pub fn label(user: &User) -> &str {
    match &*user.name {
        "" => &user.email,
        name => name,
    }
}

/// The user as a resource (`src/sync/mapping.md`, Resources). `details` is what only `op user get`
/// says; without it the last sign-in is unknown.
pub fn user_resource(
    user: &User,
    details: Option<&UserDetails>,
    account: &ResourceId,
) -> v2::Resource {
    let name = cut(label(user), NAME_LIMIT);
    let (first, last) = user.name.split_once(' ').unwrap_or((&user.name, ""));
    let (status, word) = status(&user.state);
    let never = details.is_some_and(|details| is_zero(&details.last_auth_at));
    let never = never.then_some((LAST_SIGN_IN, NEVER));
    let texts = [
        ("first_name", first),
        ("last_name", last),
        ("login", &user.email),
        ("state", &user.state),
        ("user_id", &user.id),
        ("user_type", &user.kind),
    ];
    let created_at = details.and_then(|details| timestamp(&details.created_at));
    let last_login = details.and_then(|details| timestamp(&details.last_auth_at));
    // A guest is a person, and so is a word that is not known yet: somebody then reviews it.
    let account_type = match user.kind.eq_ignore_ascii_case("SERVICE_ACCOUNT") {
        true => user_trait::AccountType::Service,
        false => user_trait::AccountType::Human,
    };
    let email = (!user.email.is_empty()).then(|| user_trait::Email {
        address: user.email.clone(),
        is_primary: true,
    });
    let user_trait = v2::UserTrait {
        emails: email.into_iter().collect(),
        status: Some(user_trait::Status {
            status,
            details: word.clone(),
        }),
        account_type: account_type.into(),
        created_at,
        last_login,
        ..Default::default()
    };
    v2::Resource {
        annotations: vec![annotation(&user_trait)],
        created_at,
        profile: Some(profile(texts.into_iter().chain(never))),
        status: Some(v2::Status {
            status,
            details: word,
        }),
        ..resource(ResourceKind::User, &user.id, Some(account), name)
    }
}

/// A user's state as resource and trait number it (`src/sync/mapping.md`, User states), and
/// 1Password's word where that says less. Who was invited cannot use what they are granted yet.
fn status(state: &str) -> (i32, String) {
    let word = state.to_ascii_uppercase();
    let status = match &*word {
        "ACTIVE" | "RECOVERY_STARTED" => ResourceStatus::Enabled,
        "INACTIVE" | "SUSPENDED" | "TRANSFER_SUSPENDED" => ResourceStatus::Disabled,
        _ => ResourceStatus::Unspecified,
    };
    let details = match &*word {
        "ACTIVE" => String::new(),
        "INVITED"
        | "PENDING"
        | "TRANSFER_PENDING"
        | "EMAIL_VERIFIED_BUT_REGISTRATION_INCOMPLETE"
        | "TEAM_REGISTRATION_INITIATED" => format!("invited, has not registered ({state})"),
        _ => cut(state, DETAILS_LIMIT).to_owned(),
    };
    (status.into(), details)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used)]

    use prost::Message;
    use prost_types::value::Kind;

    use super::*;

    fn map(name: &str, email: &str, state: &str) -> v2::Resource {
        let user = User {
            id: "U1".into(),
            name: name.into(),
            email: email.into(),
            state: state.into(),
            ..Default::default()
        };
        user_resource(&user, None, &ResourceId::new(ResourceKind::Account, "A"))
    }

    fn key(resource: &v2::Resource, key: &str) -> Option<String> {
        match resource.profile.as_ref()?.fields.get(key)?.kind.as_ref()? {
            Kind::StringValue(text) => Some(text.clone()),
            _ => None,
        }
    }

    fn user_trait_of(resource: &v2::Resource) -> v2::UserTrait {
        v2::UserTrait::decode(&*resource.annotations[0].value).expect("a user trait")
    }

    /// `src/sync/mapping.md`, Resources: seven examples.
    #[test]
    fn names_are_split_at_the_first_space() {
        for (name, first, last) in [
            ("Prince", "Prince", ""),
            ("Ana María de la Cruz", "Ana", "María de la Cruz"),
            ("Two  Spaces", "Two", " Spaces"),
            ("  Lead", "", " Lead"),
            ("Tab\tName", "Tab\tName", ""),
            ("李雷", "李雷", ""),
            ("", "", ""),
        ] {
            let user = map(name, "a@b", "ACTIVE");
            assert_eq!(key(&user, "first_name").as_deref(), Some(first), "{name}");
            assert_eq!(key(&user, "last_name").as_deref(), Some(last), "{name}");
            assert_eq!(key(&user, "login").as_deref(), Some("a@b"));
            assert_eq!(key(&user, "user_id").as_deref(), Some("U1"));
        }
        assert_eq!(map("", "a@b", "ACTIVE").display_name, "a@b");
    }

    /// `src/sync/mapping.md`, User states: both statuses follow the state, and the message is
    /// always there.
    #[test]
    fn states_become_statuses() {
        use user_trait::status::Status as UserStatus;
        for (state, resource, user) in [
            ("ACTIVE", ResourceStatus::Enabled, UserStatus::Enabled),
            (
                "RECOVERY_STARTED",
                ResourceStatus::Enabled,
                UserStatus::Enabled,
            ),
            ("SUSPENDED", ResourceStatus::Disabled, UserStatus::Disabled),
            (
                "TRANSFER_SUSPENDED",
                ResourceStatus::Disabled,
                UserStatus::Disabled,
            ),
            ("INACTIVE", ResourceStatus::Disabled, UserStatus::Disabled),
            (
                "TRANSFER_STARTED",
                ResourceStatus::Unspecified,
                UserStatus::Unspecified,
            ),
            ("active", ResourceStatus::Enabled, UserStatus::Enabled),
            ("Suspended", ResourceStatus::Disabled, UserStatus::Disabled),
            ("", ResourceStatus::Unspecified, UserStatus::Unspecified),
        ] {
            let mapped = map("n", "e", state);
            assert_eq!(
                mapped.status.as_ref().map(v2::Status::status),
                Some(resource),
                "{state}"
            );
            let status = user_trait_of(&mapped).status;
            assert_eq!(
                status.as_ref().map(user_trait::Status::status),
                Some(user),
                "{state}"
            );
        }
    }

    /// `src/sync/mapping.md`, Resources: no e-mail, no entry, and an empty login.
    #[test]
    fn a_user_without_email_has_no_emails_entry() {
        let user = map("n", "", "ACTIVE");
        assert!(user_trait_of(&user).emails.is_empty());
        assert_eq!(key(&user, "login").as_deref(), Some(""));
    }

    #[test]
    fn who_was_invited_is_said_in_the_details() {
        for (state, details) in [
            (
                "TRANSFER_PENDING",
                "invited, has not registered (TRANSFER_PENDING)",
            ),
            ("pending", "invited, has not registered (pending)"),
            ("TRANSFER_STARTED", "TRANSFER_STARTED"),
            ("ACTIVE", ""),
        ] {
            let user = map("n", "e", state);
            assert_eq!(key(&user, "state").as_deref(), Some(state));
            let of_trait = user_trait_of(&user).status.map(|status| status.details);
            assert_eq!(of_trait.as_deref(), Some(details), "{state}");
            let of_resource = user.status.map(|status| status.details);
            assert_eq!(of_resource.as_deref(), Some(details), "{state}");
        }
    }

    #[test]
    fn machines_are_told_apart_from_people() {
        use user_trait::AccountType;
        for (kind, expected) in [
            ("MEMBER", AccountType::Human),
            ("GUEST", AccountType::Human),
            ("SERVICE_ACCOUNT", AccountType::Service),
            ("SOMETHING_NEW", AccountType::Human),
        ] {
            let user = User {
                id: "U1".into(),
                kind: kind.into(),
                ..Default::default()
            };
            let user = user_resource(&user, None, &ResourceId::new(ResourceKind::Account, "A"));
            assert_eq!(user_trait_of(&user).account_type(), expected, "{kind}");
        }
    }

    #[test]
    fn never_signed_in_is_neither_unknown_nor_long_ago() {
        let with = |last_auth_at: &str| {
            let details = UserDetails {
                created_at: "2025-07-15T20:33:42Z".into(),
                last_auth_at: last_auth_at.into(),
                ..Default::default()
            };
            let account = ResourceId::new(ResourceKind::Account, "A");
            user_resource(&User::default(), Some(&details), &account)
        };
        let never = with("0001-01-01T00:00:00Z");
        assert_eq!(key(&never, LAST_SIGN_IN).as_deref(), Some(NEVER));
        assert_eq!(user_trait_of(&never).last_login, None);
        for unknown in [with(""), with("yesterday"), map("n", "e", "ACTIVE")] {
            assert_eq!(key(&unknown, LAST_SIGN_IN), None);
            assert_eq!(user_trait_of(&unknown).last_login, None);
        }
        let seen = with("2026-09-17T06:55:17Z");
        assert_eq!(key(&seen, LAST_SIGN_IN), None);
        let user_trait = user_trait_of(&seen);
        assert_eq!(
            user_trait.last_login.map(|at| at.seconds),
            Some(1_789_628_117)
        );
        assert_eq!(
            user_trait.created_at.map(|at| at.seconds),
            Some(1_752_611_622)
        );
        assert_eq!(seen.created_at, user_trait.created_at);
    }

    #[test]
    fn long_names_are_cut() {
        assert_eq!(map(&"é".repeat(600), "", "").display_name.len(), 1024);
    }
}
