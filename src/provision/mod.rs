//! One grant or revocation: from the messages that name it to `op` calls and what they did.
//!
//! [`grant`] and [`revoke`] serve the command line and C1 alike. Everything that they need stands in the messages or is
//! read from `op`; only ids reach a command line. The way is always the same: check the request without asking anybody,
//! read what the principal holds, change it, read again, compare (contract sync §8, op-cli §1.11 and §1.15).

mod attempt;
mod error;
mod group;
mod inherited;
mod outcome;
mod request;
mod vault;

pub use error::{Error, Standing};
pub use inherited::Inherited;
pub use outcome::{Change, Outcome};
pub use request::{Request, Verb};

use crate::baton::pb::v2;
use crate::op::Client;

/// Gives `principal` the entitlement. With [`Client::rehearsing`] it only reads and tells what it would call.
///
/// Both messages as a sync stored them: the entitlement with its resource, the principal with its id.
///
/// # Errors
/// [`Error`]; it says what holds now.
pub async fn grant(
    client: &Client,
    entitlement: &v2::Entitlement,
    principal: &v2::Resource,
) -> Result<Outcome, Error> {
    Request::grant(entitlement, principal)?.run(client).await
}

/// Takes a grant back. With [`Client::rehearsing`] it only reads and tells what it would call.
///
/// The message as a sync stored it: entitlement with its resource, principal, and the sources of inherited access.
///
/// # Errors
/// [`Error`]; it says what holds now.
pub async fn revoke(client: &Client, grant: &v2::Grant) -> Result<Outcome, Error> {
    Request::revoke(grant, |_| None)?.run(client).await
}
