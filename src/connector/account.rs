//! `op account get` → the account resource and its one entitlement.

use crate::baton::entitlement::entitlement;
use crate::baton::ids::{ResourceId, ResourceKind};
use crate::baton::pb::v2;
use crate::baton::resource::{NAME_LIMIT, annotation, resource};
use crate::op::types::Account;
use crate::text::cut;

use super::capabilities::resource_type;
use super::permission::MEMBER;

/// The account as a resource: it names the types that hang below it, in a fixed order. A reader
/// that lists children under their parents finds no type that is not named here.
pub fn account_resource(account: &Account) -> v2::Resource {
    let name = cut(&account.name, NAME_LIMIT - " account member".len());
    let child = |kind: ResourceKind| {
        annotation(&v2::ChildResourceType {
            resource_type_id: kind.as_str().to_owned(),
        })
    };
    v2::Resource {
        annotations: vec![
            child(ResourceKind::Group),
            child(ResourceKind::Project),
            child(ResourceKind::User),
            child(ResourceKind::Vault),
        ],
        ..resource(
            &ResourceId::new(ResourceKind::Account, &account.id),
            None,
            name,
        )
    }
}

/// The account's `member` entitlement.
pub fn entitlements(id: &ResourceId, account: &v2::Resource) -> Vec<v2::Entitlement> {
    let users = [resource_type(ResourceKind::User)];
    vec![entitlement(id, account, MEMBER, &users)]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used)]

    use prost::Message;

    use super::*;

    #[test]
    fn every_type_below_the_account_is_named() {
        let account = account_resource(&Account::default());
        let children = account.annotations.iter().map(|any| {
            let child = v2::ChildResourceType::decode(&*any.value).expect("a child type");
            child.resource_type_id
        });
        let below = ResourceKind::ALL.into_iter();
        let below = below.filter(|kind| *kind != ResourceKind::Account);
        assert!(children.eq(below.map(|kind| kind.as_str().to_owned())));
    }
}
