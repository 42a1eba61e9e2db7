//! `op account get` → the account resource.

use crate::baton::ids::ResourceKind;
use crate::baton::pb::v2;
use crate::baton::resource::{NAME_LIMIT, annotation, resource};
use crate::op::types::Account;
use crate::text::cut;

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
        assert!(children.eq(["group", "project", "user", "vault"]));
    }
}
