//! Encoded rows on their way to the writer: one growing batch a table, handed over when full.

use std::collections::VecDeque;

use prost::Message;

use crate::baton::grant::{self, EntitlementStub, Origin, PrincipalStub};
use crate::baton::ids::ResourceId;
use crate::baton::pb::v2;
use crate::baton::resource::ID_LIMIT;
use crate::c1z::{Batch, Table};

use super::error::Error;

/// A batch of this many bytes is handed over.
const FULL: usize = 256 * 1024;

/// Batches being filled and batches that are full, in the order in which they must be written.
pub(super) struct Rows {
    /// One for each table, in the order of [`Table::ALL`].
    filling: [Batch; Table::ALL.len()],
    full: VecDeque<Batch>,
    spare: Vec<Batch>,
    /// [`Error::IdTooLong`] of the first id that is longer than any reader takes.
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
            spare: Vec::new(),
            too_long: None,
            direct: 0,
            inherited: 0,
        }
    }

    pub(super) fn resource_type(&mut self, resource_type: &v2::ResourceType) {
        let row = self.row(Table::ResourceTypes);
        row.field(resource_type.id.as_bytes());
        message(row, resource_type);
        self.hand_over(Table::ResourceTypes, FULL);
    }

    pub(super) fn resource(
        &mut self,
        id: &ResourceId,
        parent: Option<&ResourceId>,
        resource: &v2::Resource,
    ) {
        let (parent_kind, parent_id) =
            parent.map_or(("", ""), |parent| (parent.kind.as_str(), &*parent.id));
        self.note_length("resource", &[&id.id]);
        let row = self.row(Table::Resources);
        row.field(id.kind.as_str().as_bytes());
        row.field(id.to_string().as_bytes());
        row.field(parent_kind.as_bytes());
        row.field(parent_id.as_bytes());
        message(row, resource);
        self.hand_over(Table::Resources, FULL);
    }

    pub(super) fn entitlement(&mut self, owner: &ResourceId, entitlement: &v2::Entitlement) {
        self.note_length("entitlement", &[&entitlement.id]);
        let row = self.row(Table::Entitlements);
        row.field(owner.kind.as_str().as_bytes());
        row.field(owner.id.as_bytes());
        row.field(entitlement.id.as_bytes());
        message(row, entitlement);
        self.hand_over(Table::Entitlements, FULL);
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
        let row = &mut self.filling[Table::Grants as usize];
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
            self.too_long = Some(Error::IdTooLong { kind, id });
        }
    }

    /// Fails when an id came up that no reader takes: it can neither be cut, which would make it
    /// another's, nor left out.
    ///
    /// # Errors
    /// [`Error::IdTooLong`].
    pub(super) fn check_ids(&mut self) -> Result<(), Error> {
        self.too_long.take().map_or(Ok(()), Err)
    }

    /// Full batches, ready to be written.
    pub(super) fn take_full(&mut self) -> Option<Batch> {
        self.full.pop_front()
    }

    /// Takes a written batch back for its buffers.
    pub(super) fn reuse(&mut self, mut batch: Batch) {
        batch.clear();
        self.spare.push(batch);
    }

    /// Hands over everything that is left.
    pub(super) fn flush(&mut self) {
        for table in Table::ALL {
            self.hand_over(table, 1);
        }
    }

    /// Moves a table's batch to the full ones once it holds `enough` bytes.
    fn hand_over(&mut self, table: Table, enough: usize) {
        let batch = &mut self.filling[table as usize];
        if batch.bytes() >= enough {
            let spare = self.spare.iter().position(|spare| spare.table() == table);
            let fresh = spare.map_or_else(|| Batch::new(table), |i| self.spare.swap_remove(i));
            self.full.push_back(std::mem::replace(batch, fresh));
        }
    }
}

fn message(batch: &mut Batch, message: &impl Message) {
    batch.field_with(|buffer| {
        // A growing buffer takes everything, so encoding cannot fail.
        let _ = message.encode(buffer);
    });
}
