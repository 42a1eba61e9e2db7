//! What access is to: accounts, groups and vaults as `op` prints them → resources, and their
//! entitlements (`src/sync/mapping.md`, Resources). A name so long that the name of an entitlement
//! would pass C1's limit is cut (`src/sync/mapping.md`, Lengths).

use prost_types::Struct;

use crate::baton::ids::{MEMBER, ResourceId, ResourceKind};
use crate::baton::pb::v2;
use crate::baton::pb::v2::entitlement::PurposeValue;
use crate::baton::resource::{
    DESCRIPTION_LIMIT, NAME_LIMIT, annotation, profile, resource, timestamp,
};
use crate::op::types::{Account, Group, User, Vault};
use crate::text::cut;

use super::capabilities::resource_type;
use super::permission::{is_automatic, permission_id};

/// The slug of a group's managers.
pub const MANAGER: &str = "manager";

/// The account as a resource: it names the types that hang below it, in a fixed order. A reader
/// that lists children under their parents finds no type that is not named here.
pub fn account_resource(account: &Account) -> v2::Resource {
    let name = cut(&account.name, NAME_LIMIT - " account member".len());
    let below = ResourceKind::ALL.into_iter();
    let below = below.filter(|kind| *kind != ResourceKind::Account);
    let child = |kind: ResourceKind| {
        annotation(&v2::ChildResourceType {
            resource_type_id: kind.as_str().to_owned(),
        })
    };
    v2::Resource {
        annotations: below.map(child).collect(),
        ..resource(ResourceKind::Account, &account.id, None, name)
    }
}

/// The group as a resource: it carries an empty group trait, which C1's syncer asks for.
pub fn group_resource(group: &Group, account: &ResourceId) -> v2::Resource {
    let name = cut(&group.name, NAME_LIMIT - " group manager".len());
    v2::Resource {
        annotations: vec![annotation(&v2::GroupTrait {})],
        description: cut(&group.description, DESCRIPTION_LIMIT).to_owned(),
        profile: Some(profile([
            ("group_id", &*group.id),
            ("group_name", &group.name),
            ("group_state", &group.state),
        ])),
        created_at: timestamp(&group.created_at),
        ..resource(ResourceKind::Group, &group.id, Some(account), name)
    }
}

/// Whether a membership row is a manager's, in any letter case. A manager is a member too.
pub fn is_manager(row: &User) -> bool {
    row.role.eq_ignore_ascii_case("MANAGER")
}

/// The vault as a resource.
pub fn vault_resource(vault: &Vault, account: &ResourceId) -> v2::Resource {
    let longest = " vault view and copy passwords";
    let name = cut(&vault.name, NAME_LIMIT - longest.len());
    v2::Resource {
        description: cut(&vault.description, DESCRIPTION_LIMIT).to_owned(),
        created_at: timestamp(&vault.created_at),
        profile: content(vault),
        ..resource(ResourceKind::Vault, &vault.id, Some(account), name)
    }
}

/// What `op` says of the vault's content: `items` (a number), `updated_at` and `created_at` as it
/// printed them, and `type`. What it did not print is left out, since unknown is not none.
fn content(vault: &Vault) -> Option<Struct> {
    let texts = [
        ("created_at", &vault.created_at),
        ("type", &vault.kind),
        ("updated_at", &vault.updated_at),
    ];
    let texts = texts.into_iter().filter(|(_, text)| !text.is_empty());
    let mut content = profile(texts.map(|(key, text)| (key, &**text)));
    if let Some(items) = vault.items {
        #[expect(clippy::cast_precision_loss, reason = "no vault holds 2^53 items")]
        let items = items as f64;
        content.fields.insert("items".to_owned(), items.into());
    }
    (!content.fields.is_empty()).then_some(content)
}

/// The entitlement `slug` on `resource` (`src/sync/mapping.md`, Entitlements).
pub fn entitlement(id: &ResourceId, resource: &v2::Resource, slug: &str) -> v2::Entitlement {
    let name = &resource.display_name;
    let holders: &[_] = match id.kind {
        ResourceKind::Vault => &[ResourceKind::User, ResourceKind::Group],
        _ => &[ResourceKind::User],
    };
    let purpose = match slug {
        MEMBER => PurposeValue::Assignment,
        _ => PurposeValue::Permission,
    };
    let mut entitlement = v2::Entitlement {
        id: id.entitlement(slug),
        display_name: cut(&format!("{name} {} {slug}", id.kind), NAME_LIMIT).to_owned(),
        description: format!("1Password {name} {}", id.kind),
        grantable_to: holders.iter().map(|kind| resource_type(*kind)).collect(),
        purpose: purpose.into(),
        slug: slug.to_owned(),
        resource: Some(resource.clone()),
        ..Default::default()
    };
    if is_automatic(&permission_id(slug)) {
        entitlement.description +=
            ": given and taken by 1Password itself with other permissions, cannot be granted";
        let mark = annotation(&v2::EntitlementImmutable::default());
        entitlement.annotations.push(mark);
    }
    entitlement
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used)]

    use prost::Message;
    use prost_types::value::Kind;

    use super::*;

    #[test]
    fn every_type_below_the_account_is_named() {
        let account = account_resource(&Account::default());
        let children = account.annotations.iter().map(|any| {
            let child = v2::ChildResourceType::decode(&*any.value).expect("a child type");
            child.resource_type_id
        });
        assert!(children.eq(["group", "project", "user", "vault"]));
    }

    #[test]
    fn only_what_op_printed_is_in_the_profile() {
        let account = ResourceId::new(ResourceKind::Account, "A");
        let bare = Vault {
            id: "V1".into(),
            ..Vault::default()
        };
        assert_eq!(vault_resource(&bare, &account).profile, None);
        let full = Vault {
            items: Some(0),
            updated_at: "2026-01-02T03:04:05Z".into(),
            created_at: "2025-01-02T03:04:05Z".into(),
            kind: "USER_CREATED".into(),
            ..bare
        };
        let fields = vault_resource(&full, &account)
            .profile
            .unwrap_or_default()
            .fields;
        let keys: Vec<_> = fields.keys().map(String::as_str).collect();
        assert_eq!(keys, ["created_at", "items", "type", "updated_at"]);
        assert_eq!(fields["items"].kind, Some(Kind::NumberValue(0.0)));
    }
}
