//! The C1 API edge: credentials, access tokens, the one gRPC channel, and the upload of a sync.
//!
//! Nothing here knows what a task means: [`Client`] has one method per call of the task service and
//! answers with its messages or with an [`Error`] that says what to fix.

mod address;
mod away;
mod channel;
mod client;
mod credentials;
mod error;
mod fault;
mod proxy;
mod setting_error;
mod settings;
mod token;
mod upload;
mod way;

pub use address::Address;
pub use away::Away;
pub use client::Client;
pub use credentials::{ClientId, ClientSecret};
pub use error::{Error, Startup};
pub use fault::Fault;
pub use proxy::Proxy;
pub use setting_error::SettingError;
pub use settings::Settings;
