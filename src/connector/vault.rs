//! A row of `op vault list` → a vault resource.

use prost_types::Struct;

use crate::baton::ids::{ResourceId, ResourceKind};
use crate::baton::pb::v2;
use crate::baton::resource::{DESCRIPTION_LIMIT, NAME_LIMIT, profile, resource, timestamp};
use crate::op::types::Vault;
use crate::text::cut;

/// The longest entitlement name beside the vault's own: ` vault view and copy passwords`.
const NAME_TAIL: usize = " vault view and copy passwords".len();

/// The vault as a resource. A name so long that an entitlement's name would pass C1's limit is cut
/// (`src/sync/mapping.md`, Lengths).
pub fn vault_resource(vault: &Vault, account: &ResourceId) -> v2::Resource {
    let name = cut(&vault.name, NAME_LIMIT - NAME_TAIL);
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

#[cfg(test)]
mod tests {
    use prost_types::value::Kind;

    use super::*;

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
