//! The C1 API edge: credentials, access tokens, the one gRPC channel, and the upload of a sync.
//!
//! Nothing here knows what a task means: [`Client`] has one method per call of the task service and
//! answers with its messages or with an [`Error`] that says what to fix.

mod address;
mod channel;
mod client;
mod credentials;
mod error;
mod fault;
mod token;
mod upload;
mod way;

pub use address::Address;
pub(crate) use address::bare;
pub use client::Client;
pub use credentials::{ClientId, ClientSecret};
pub use error::{Away, Error};
pub use fault::Fault;
pub use way::Proxy;

use std::time::Duration;

/// How to reach C1, and as whom.
#[derive(Debug)]
pub struct Settings {
    /// The client id.
    pub client_id: ClientId,
    /// The client secret.
    pub client_secret: ClientSecret,
    /// Replaces the address in the client id, but not the audience of the assertion
    /// (`BATON_C1_API_HOST`).
    pub api_host: Option<Address>,
    /// Names this host in every call.
    pub host_id: String,
    /// The way out, when there is one.
    pub proxy: Option<Proxy>,
    /// Limit of one token request; never more than 60 s.
    pub http_timeout: Duration,
}

/// A setting that cannot be used. It names the rule that failed, never the value.
#[derive(Debug, thiserror::Error)]
#[error("invalid {0}: {1}")]
pub struct SettingError(&'static str, &'static str);
