//! Reads a c1z file: which syncs it holds, and their rows.

use std::marker::PhantomData;
use std::path::Path;

use jiff::ZonedDateTime;

use crate::baton::pb::v2::{Entitlement, Grant, Resource, ResourceType};
use crate::c1z::{Error, Limits, SyncRun, Table};

/// An open file.
#[derive(Debug)]
pub struct Reader {}

/// The sync to show, and what to tell the user about the choice.
#[derive(Debug)]
pub struct Choice<'r> {
    /// The sync.
    pub run: &'r SyncRun,
    /// Set when it is not the latest finished full sync.
    pub notice: Option<String>,
}

/// The rows of one table and sync, in the order they were stored.
#[derive(Debug)]
pub struct Rows<'r, M>(PhantomData<&'r M>);

impl<M> Iterator for Rows<'_, M> {
    type Item = Result<M, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        unimplemented!()
    }
}

#[allow(clippy::unused_self, unused_variables)]
impl Reader {
    /// Decodes the file into a private copy.
    pub fn open(path: &Path, limits: &Limits) -> Result<Self, Error> {
        unimplemented!()
    }

    /// All syncs, oldest row first.
    pub fn syncs(&self) -> &[SyncRun] {
        unimplemented!()
    }

    /// The finished full sync with the greatest end.
    pub fn latest_finished_full(&self) -> Option<&SyncRun> {
        unimplemented!()
    }

    /// The sync to show.
    pub fn choose(&self, now: &ZonedDateTime) -> Result<Choice<'_>, Error> {
        unimplemented!()
    }

    /// The sync's resource types.
    pub fn resource_types(&self, sync: &SyncRun) -> Rows<'_, ResourceType> {
        unimplemented!()
    }

    /// The sync's resources.
    pub fn resources(&self, sync: &SyncRun) -> Rows<'_, Resource> {
        unimplemented!()
    }

    /// The sync's entitlements.
    pub fn entitlements(&self, sync: &SyncRun) -> Rows<'_, Entitlement> {
        unimplemented!()
    }

    /// The sync's grants.
    pub fn grants(&self, sync: &SyncRun) -> Rows<'_, Grant> {
        unimplemented!()
    }

    /// One resource.
    pub fn resource(
        &self,
        sync: &SyncRun,
        kind: &str,
        id: &str,
    ) -> Result<Option<Resource>, Error> {
        unimplemented!()
    }

    /// One entitlement.
    pub fn entitlement(&self, sync: &SyncRun, id: &str) -> Result<Option<Entitlement>, Error> {
        unimplemented!()
    }

    /// One grant.
    pub fn grant(&self, sync: &SyncRun, id: &str) -> Result<Option<Grant>, Error> {
        unimplemented!()
    }

    /// Ids of the table that look like `id`, for the error message.
    pub fn near_misses(
        &self,
        sync: &SyncRun,
        table: Table,
        id: &str,
    ) -> Result<Vec<String>, Error> {
        unimplemented!()
    }
}
