//! One grant or revocation: from the messages that name it to `op` calls and what they did.
//!
//! A [`Request`] is read from the messages, a [`Job`] carries it out, for the command line and C1
//! alike. Everything that they need stands in the messages or is read from `op`; only ids reach a
//! command line. The way is always the same: check the request without asking anybody, read what
//! the principal holds, change it, read again, compare (`src/sync/mapping.md`, Changes and
//! `src/op/op-cli.md`, Groups).

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
