//! One grant or revocation, for the command line and C1 alike: a [`Request`] is read from the
//! messages that name it, a [`Job`] carries it out. The way is always the same: check the request
//! without asking anybody, read what the principal holds, change it, read again, compare
//! (`src/sync/mapping.md`, Changes and `src/op/op-cli.md`, Groups). Only ids reach a command line.

mod attempt;
mod error;
mod group;
mod ids;
mod loss;
mod outcome;
mod request;
mod vault;

pub use attempt::Job;
pub use error::{Error, Refusal};
pub use outcome::{Change, Outcome};
pub use request::{Request, Verb};

use crate::baton::ids::ResourceKind;

impl Job<'_> {
    /// Carries the request out. With [`crate::op::Client::rehearsing`] it only reads and tells what
    /// it would call. An error says what holds now.
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
