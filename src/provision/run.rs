//! Carries a request out.

use crate::baton::ids::ResourceKind;
use crate::op::Client;

use super::{Error, Job, Outcome, Request, group, vault};

impl Request {
    /// Carries the request out: a [`Job`] that nobody watches.
    ///
    /// # Errors
    /// [`Error`]; it says what holds now.
    pub async fn run(&self, client: &Client) -> Result<Outcome, Error> {
        Job::new(client, self).run().await
    }
}

impl Job<'_> {
    /// Carries the request out. With [`Client::rehearsing`] it only reads and tells what it would
    /// call.
    ///
    /// # Errors
    /// [`Error`]; it says what holds now.
    pub async fn run(&self) -> Result<Outcome, Error> {
        if self.is_foreign {
            self.check_form()?;
        }
        match self.request.place.kind {
            ResourceKind::Group => group::run(self).await,
            _ => vault::run(self).await,
        }
    }
}
