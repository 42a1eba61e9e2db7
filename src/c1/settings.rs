//! What a client of C1 needs to know.

use std::time::Duration;

use super::{Address, ClientId, ClientSecret, Proxy};

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
