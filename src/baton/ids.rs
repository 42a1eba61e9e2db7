//! The ids of Baton records. External ids are joined with `:` without escaping
//! (`src/c1z/format.md`, Database), so they are taken apart only with the owner's type and id at
//! hand. Baton ids (`bid:…`) are the escaped grammar that `--sync-resources` uses.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use super::pb::v2;

/// The slug of being in the account, in a group, or on a vault; all others are permissions.
pub const MEMBER: &str = "member";

/// The resource types of this connector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ResourceKind {
    /// The 1Password account itself, parent of everything else.
    Account,
    /// A group of users.
    Group,
    /// A Secrets Automation environment (Connect server).
    Project,
    /// A person, guest or service account.
    User,
    /// A vault.
    Vault,
}

impl ResourceKind {
    /// Every kind, in the order of their ids.
    pub const ALL: [Self; 5] = [
        Self::Account,
        Self::Group,
        Self::Project,
        Self::User,
        Self::Vault,
    ];

    /// The resource type id as it stands in records.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Group => "group",
            Self::Project => "project",
            Self::User => "user",
            Self::Vault => "vault",
        }
    }
}

impl fmt::Display for ResourceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ResourceKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let kind = Self::ALL.into_iter().find(|kind| kind.as_str() == text);
        kind.ok_or_else(|| {
            format!(
                "invalid resource type '{text}': this connector knows account, group, project, \
                 user, vault"
            )
        })
    }
}

/// A resource: its type and the id 1Password gave it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceId {
    /// The resource type.
    pub kind: ResourceKind,
    /// 1Password's id, unchanged.
    pub id: String,
}

impl ResourceId {
    /// Joins a type and an id.
    pub fn new(kind: ResourceKind, id: impl Into<String>) -> Self {
        Self {
            kind,
            id: id.into(),
        }
    }

    /// The message form.
    pub fn to_message(&self) -> v2::ResourceId {
        v2::ResourceId {
            resource_type: self.kind.as_str().to_owned(),
            resource: self.id.clone(),
        }
    }

    /// Reads the message form, if the type is ours.
    pub fn from_message(message: &v2::ResourceId) -> Result<Self, String> {
        let kind = message.resource_type.parse()?;
        Ok(Self::new(kind, message.resource.clone()))
    }

    /// The entitlement id `<type>:<id>:<slug>`.
    pub fn entitlement(&self, slug: &str) -> String {
        format!("{self}:{slug}")
    }

    /// The slug of an entitlement of this resource, or `None` when the entitlement is another's.
    pub fn slug<'a>(&self, entitlement_id: &'a str) -> Option<&'a str> {
        entitlement_id.strip_prefix(&format!("{self}:"))
    }

    /// Reads `bid:r:…` (`src/c1z/format.md`, Database); a parent in front is accepted and left out.
    pub fn from_bid(text: &str) -> Result<Self, String> {
        let bad = || {
            format!(
                "invalid resource id '{text}': expected bid:r:<type>/<id> or \
                 bid:r:<parent type>/<parent id>/<type>/<id>"
            )
        };
        let parts = split_bid(text.strip_prefix("bid:r:").ok_or_else(bad)?).ok_or_else(bad)?;
        let (kind, id) = match parts.as_slice() {
            [kind, id] | [_, _, kind, id] => (kind, id),
            _ => return Err(bad()),
        };
        Ok(Self::new(kind.parse()?, id.clone()))
    }
}

impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind, self.id)
    }
}

/// The grant id `<entitlement id>:<principal type>:<principal id>`.
pub fn grant_id(entitlement_id: &str, principal: &ResourceId) -> String {
    format!("{entitlement_id}:{principal}")
}

/// Splits at `/`, undoing `\\`, `\/` and `\:`; `None` on an empty part or another escape.
fn split_bid(text: &str) -> Option<Vec<String>> {
    let mut parts = vec![String::new()];
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        let part = parts.last_mut()?;
        match c {
            '\\' => match chars.next()? {
                escaped @ ('\\' | '/' | ':') => part.push(escaped),
                _ => return None,
            },
            '/' => parts.push(String::new()),
            ':' => return None,
            other => part.push(other),
        }
    }
    parts.iter().all(|part| !part.is_empty()).then_some(parts)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn vault(id: &str) -> ResourceId {
        ResourceId::new(ResourceKind::Vault, id)
    }

    /// `src/sync/mapping.md`, Ids with separators: ids that hold the separator are joined, never
    /// parsed blindly.
    #[test]
    fn joins_are_plain_and_taken_apart_with_the_owner() {
        let v = vault("a:b/c");
        let entitlement = v.entitlement("view items");
        assert_eq!(entitlement, "vault:a:b/c:view items");
        assert_eq!(v.slug(&entitlement), Some("view items"));
        assert_eq!(vault("a").slug(&entitlement), Some("b/c:view items"));
        assert_eq!(vault("x").slug(&entitlement), None);
        let user = ResourceId::new(ResourceKind::User, "U:1");
        assert_eq!(
            grant_id(&entitlement, &user),
            "vault:a:b/c:view items:user:U:1"
        );
    }

    #[test]
    fn bids_are_read_with_and_without_parent() {
        assert_eq!(ResourceId::from_bid("bid:r:vault/v1"), Ok(vault("v1")));
        assert_eq!(
            ResourceId::from_bid("bid:r:account/A/vault/v1"),
            Ok(vault("v1"))
        );
        assert_eq!(
            ResourceId::from_bid(r"bid:r:vault/a\:b\/c\\d"),
            Ok(vault(r"a:b/c\d"))
        );
    }

    #[test]
    fn bad_bids_are_refused() {
        for bad in [
            "",
            "v1",
            "bid:r:",
            "bid:r:vault",
            "bid:r:vault/",
            "bid:r:/v",
            "bid:r:a/b/c",
            "bid:r:vault/v/",
            r"bid:r:vault/v\x",
            r"bid:r:vault/v\",
            "bid:e:vault/v:member",
            "bid:r:vault/a:b",
            "bid:r:a/b/vault/v/w",
        ] {
            let refused = ResourceId::from_bid(bad).unwrap_err();
            assert!(refused.starts_with(&format!("invalid resource id '{bad}'")));
        }
        let refused = ResourceId::from_bid("bid:r:role/x").unwrap_err();
        assert!(refused.starts_with("invalid resource type 'role'"));
    }

    proptest::proptest! {
        /// What is printed parses to the same id, with any parent in front, and is taken apart as
        /// it was joined.
        #[test]
        fn any_id_survives_the_round_trip(own in ".+", parent in ".+", slug in ".*", kind in 0..5_usize) {
            let id = ResourceId::new(ResourceKind::ALL[kind], &*own);
            let escaped = |text: &str| {
                text.replace('\\', r"\\").replace('/', r"\/").replace(':', r"\:")
            };
            let bid = format!("bid:r:{kind}/{}", escaped(&own), kind = id.kind);
            proptest::prop_assert_eq!(ResourceId::from_bid(&bid), Ok(id.clone()));
            let bid = format!("bid:r:account/{}/{}/{}", escaped(&parent), id.kind, escaped(&own));
            proptest::prop_assert_eq!(ResourceId::from_bid(&bid), Ok(id.clone()));
            proptest::prop_assert_eq!(ResourceId::from_message(&id.to_message()), Ok(id.clone()));
            let entitlement = id.entitlement(&slug);
            proptest::prop_assert_eq!(id.slug(&entitlement), Some(&*slug));
        }
    }
}
