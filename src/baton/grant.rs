//! Encoding grants, the one record that there are a million of, with id-only stubs
//! (`src/c1z/format.md`, Database): each part is encoded once for all grants that repeat it. The
//! bytes equal what `prost` would write, which the tests check.

use std::sync::LazyLock;

use prost::Message;
use prost::encoding::{WireType, encode_key, encode_varint, encoded_len_varint};

use super::ids::{MEMBER, ResourceId, ResourceKind};
use super::pb::v2;
use super::resource::{annotation, resource};

/// Field numbers of `Grant`.
const ENTITLEMENT: u32 = 1;
const PRINCIPAL: u32 = 2;
const ID: u32 = 3;
const SOURCES: u32 = 5;
/// Field numbers of `GrantSources` and of its map entries.
const SOURCES_MAP: u32 = 1;
const ENTRY_KEY: u32 = 1;
/// The entry's value, encoded: field 2, a `GrantSource` with `is_direct` (field 1) true.
const DIRECT: [u8; 4] = [0x12, 0x02, 0x08, 0x01];

/// An entitlement as grants repeat it: its ids, and its stub encoded as a field of `Grant`.
#[derive(Debug)]
pub struct EntitlementStub {
    /// The entitlement's id.
    pub id: String,
    field: Vec<u8>,
}

impl EntitlementStub {
    /// Encodes `{id, resource {id}}`.
    pub fn new(on: &ResourceId, slug: &str) -> Self {
        let message = v2::Entitlement {
            id: on.entitlement(slug),
            resource: Some(resource(on.kind, &on.id, None, "")),
            ..Default::default()
        };
        Self {
            field: message_field(ENTITLEMENT, &message),
            id: message.id,
        }
    }
}

/// A principal as grants repeat it: `{id}`, encoded as a field of `Grant`.
#[derive(Debug)]
pub struct PrincipalStub {
    /// The principal's type.
    pub kind: ResourceKind,
    /// Its type and id, joined as they end a grant's id.
    pub suffix: String,
    field: Vec<u8>,
}

impl PrincipalStub {
    /// Encodes `{id}`.
    pub fn new(principal: &ResourceId) -> Self {
        let stub = resource(principal.kind, &principal.id, None, "");
        Self {
            kind: principal.kind,
            suffix: format!(":{principal}"),
            field: message_field(PRINCIPAL, &stub),
        }
    }

    /// The principal's id: what stands behind the second colon.
    pub fn id(&self) -> &str {
        &self.suffix[self.kind.as_str().len() + 2..]
    }
}

/// Where a grant's access comes from (`src/sync/mapping.md`, Inherited access).
#[derive(Clone, Copy, Debug)]
pub enum Origin<'a> {
    /// Given to the principal itself, and by no group.
    Direct,
    /// Given by groups only: the ids of their member entitlements, sorted.
    Inherited(&'a [&'a str]),
    /// Given to the principal itself and by groups: their ids and the own one, sorted.
    Both(&'a [&'a str]),
}

/// The annotation of grants that come from groups alone, encoded as a field of `Grant`.
static IMMUTABLE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    const ANNOTATIONS: u32 = 4;
    message_field(ANNOTATIONS, &annotation(&v2::GrantImmutable::default()))
});

/// Appends a grant message to `out`.
pub fn encode(
    out: &mut Vec<u8>,
    entitlement: &EntitlementStub,
    principal: &PrincipalStub,
    origin: Origin<'_>,
) {
    out.extend_from_slice(&entitlement.field);
    out.extend_from_slice(&principal.field);
    encode_key(ID, WireType::LengthDelimited, out);
    encode_varint((entitlement.id.len() + principal.suffix.len()) as u64, out);
    out.extend_from_slice(entitlement.id.as_bytes());
    out.extend_from_slice(principal.suffix.as_bytes());
    let sources = match origin {
        Origin::Direct => return,
        Origin::Inherited(sources) => {
            out.extend_from_slice(&IMMUTABLE);
            sources
        }
        Origin::Both(sources) => sources,
    };
    let field = |len: usize| 1 + encoded_len_varint(len as u64) + len;
    let entry = |source: &&str| field(source.len()) + DIRECT.len();
    let total: usize = sources.iter().map(|source| field(entry(source))).sum();
    encode_key(SOURCES, WireType::LengthDelimited, out);
    encode_varint(total as u64, out);
    for source in sources {
        encode_key(SOURCES_MAP, WireType::LengthDelimited, out);
        encode_varint(entry(source) as u64, out);
        encode_key(ENTRY_KEY, WireType::LengthDelimited, out);
        encode_varint(source.len() as u64, out);
        out.extend_from_slice(source.as_bytes());
        out.extend_from_slice(&DIRECT);
    }
}

/// A message as a length-delimited field.
fn message_field(tag: u32, message: &impl Message) -> Vec<u8> {
    let mut out = Vec::new();
    prost::encoding::message::encode(tag, message, &mut out);
    out
}

/// The `expansion` column of a grant to `group` (`src/sync/mapping.md`, Grants).
pub fn expansion(group: &ResourceId) -> Vec<u8> {
    v2::GrantExpandable {
        entitlement_ids: vec![group.entitlement(MEMBER)],
        shallow: true,
        resource_type_ids: vec!["user".to_owned()],
    }
    .encode_to_vec()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::baton::ids::{ResourceKind, grant_id};

    fn with_prost(
        resource: &ResourceId,
        principal: &ResourceId,
        sources: &[&str],
        immutable: bool,
    ) -> Vec<u8> {
        let id = resource.entitlement("view items");
        let direct = v2::grant_sources::GrantSource { is_direct: true };
        let map: BTreeMap<_, _> = sources.iter().map(|s| ((*s).to_owned(), direct)).collect();
        let stub = |id: &ResourceId| v2::Resource {
            id: Some(id.to_message()),
            ..Default::default()
        };
        let entitlement = v2::Entitlement {
            id: id.clone(),
            resource: Some(stub(resource)),
            ..Default::default()
        };
        v2::Grant {
            id: grant_id(&id, principal),
            entitlement: Some(entitlement),
            principal: Some(stub(principal)),
            annotations: if immutable {
                vec![annotation(&v2::GrantImmutable::default())]
            } else {
                vec![]
            },
            sources: (!sources.is_empty()).then_some(v2::GrantSources { sources: map }),
        }
        .encode_to_vec()
    }

    /// `src/c1z/format.md`, Checklist 18: re-marshalling deterministically gives the same bytes.
    #[test]
    fn bytes_equal_prost() {
        let long = format!("group:{}", "z".repeat(200));
        let own = "vault:v1:view items";
        for sources in [
            vec![],
            vec!["group:a:member"],
            vec!["group:a:member", long.as_str(), own],
        ] {
            for immutable in [false, true] {
                let vault = ResourceId::new(ResourceKind::Vault, "v1");
                let user = ResourceId::new(ResourceKind::User, "U1".repeat(60));
                let origin = match (sources.is_empty(), immutable) {
                    (true, _) => Origin::Direct,
                    (false, true) => Origin::Inherited(&sources),
                    (false, false) => Origin::Both(&sources),
                };
                let mut out = Vec::new();
                let entitlement = EntitlementStub::new(&vault, "view items");
                encode(&mut out, &entitlement, &PrincipalStub::new(&user), origin);
                let immutable = immutable && !sources.is_empty();
                assert_eq!(out, with_prost(&vault, &user, &sources, immutable));
            }
        }
    }

    /// as the Go connector writes it: `0A 27 <39 bytes> 10 01 1A 04 "user"`.
    #[test]
    fn expansion_has_the_contract_s_bytes() {
        let group = ResourceId::new(ResourceKind::Group, "gteam00000000000000000000a");
        let bytes = expansion(&group);
        assert_eq!(bytes[..2], [0x0a, 0x27]);
        assert_eq!(&bytes[2..41], b"group:gteam00000000000000000000a:member");
        assert_eq!(&bytes[41..], b"\x10\x01\x1a\x04user");
    }
}
