//! Encoded rows on their way to the writer: one growing batch a table, handed over when full.

use std::collections::VecDeque;

use prost::Message;

use crate::baton::grant::{self, EntitlementStub, Origin, PrincipalStub};
use crate::baton::ids::ResourceId;
use crate::baton::pb::v2;
use crate::baton::resource::ID_LIMIT;
use crate::c1z::{Batch, Table};
use crate::text::start;

use super::error::Error;

/// A batch of this many bytes is handed over.
const FULL: usize = 256 * 1024;

/// Batches being filled and batches that are full, in the order in which they must be written.
pub(super) struct Rows {
    /// One for each table, in the order of [`Table::ALL`].
    filling: [Batch; Table::ALL.len()],
    pub(super) full: VecDeque<Batch>,
    /// Of the first id that is longer than any reader takes: cut, it would be another's, and
    /// left out, nobody's access.
    too_long: Option<Error>,
    /// Grants that principals hold themselves.
    pub(super) direct: u64,
    /// Grants that users hold through groups only.
    pub(super) inherited: u64,
}

impl Rows {
    pub(super) fn new() -> Self {
        Self {
            filling: Table::ALL.map(Batch::new),
            full: VecDeque::new(),
            too_long: None,
            direct: 0,
            inherited: 0,
        }
    }

    pub(super) fn resource_type(&mut self, resource_type: &v2::ResourceType) {
        self.put(Table::ResourceTypes, &[&resource_type.id], resource_type);
    }

    pub(super) fn resource(&mut self, id: &ResourceId, resource: &v2::Resource) {
        self.note_length("resource", &[&id.id]);
        let parent = resource.parent_resource_id.as_ref();
        let (parent, parent_id) = parent.map_or(("", ""), |it| (&*it.resource_type, &*it.resource));
        let texts = [id.kind.as_str(), &id.to_string(), parent, parent_id];
        self.put(Table::Resources, &texts, resource);
    }

    pub(super) fn entitlement(&mut self, owner: &ResourceId, entitlement: &v2::Entitlement) {
        self.note_length("entitlement", &[&entitlement.id]);
        let texts = [owner.kind.as_str(), &owner.id, &entitlement.id];
        self.put(Table::Entitlements, &texts, entitlement);
    }

    fn put(&mut self, table: Table, texts: &[&str], message: &impl Message) {
        let row = self.row(table);
        texts.iter().for_each(|text| row.field(text.as_bytes()));
        row.field(&message.encode_to_vec());
        self.hand_over(table, FULL);
    }

    /// A grant, with where it comes from; `expansion` is empty when nobody inherits it.
    pub(super) fn grant(
        &mut self,
        owner: &ResourceId,
        entitlement: &EntitlementStub,
        principal: &PrincipalStub,
        expansion: &[u8],
        origin: Origin<'_>,
    ) {
        self.note_length("grant", &[&entitlement.id, &principal.suffix]);
        let row = self.row(Table::Grants);
        row.field(owner.kind.as_str().as_bytes());
        row.field(owner.id.as_bytes());
        row.field(entitlement.id.as_bytes());
        row.field(principal.kind.as_str().as_bytes());
        row.field(principal.id().as_bytes());
        row.field_with(|buffer| {
            buffer.extend_from_slice(entitlement.id.as_bytes());
            buffer.extend_from_slice(principal.suffix.as_bytes());
        });
        row.field(expansion);
        row.field_with(|buffer| grant::encode(buffer, entitlement, principal, origin));
        match origin {
            Origin::Inherited(_) => self.inherited += 1,
            Origin::Direct | Origin::Both(_) => self.direct += 1,
        }
        self.hand_over(Table::Grants, FULL);
    }

    fn row(&mut self, table: Table) -> &mut Batch {
        &mut self.filling[table as usize]
    }

    fn note_length(&mut self, kind: &'static str, parts: &[&str]) {
        let length: usize = parts.iter().map(|part| part.len()).sum();
        if length > ID_LIMIT && self.too_long.is_none() {
            let id = parts.concat();
            self.too_long = Some(Error::Unusable(format!(
                "the {kind} {:?} has an id of {length} bytes, and no more than 1,024 are taken, so \
                 nothing was written: real ids have 26 letters and digits, so check what `op` lists",
                start(&id, 200)
            )));
        }
    }

    /// Fails when an id came up that is too long.
    pub(super) fn check_ids(&mut self) -> Result<(), Error> {
        self.too_long.take().map_or(Ok(()), Err)
    }

    pub(super) fn flush(&mut self) {
        for table in Table::ALL {
            self.hand_over(table, 1);
        }
    }

    /// Moves a table's batch to the full ones once it holds `enough` bytes.
    fn hand_over(&mut self, table: Table, enough: usize) {
        if self.row(table).bytes() >= enough {
            let full = std::mem::replace(self.row(table), Batch::new(table));
            self.full.push_back(full);
        }
    }
}
