//! The edge to the 1Password CLI: only here it is started, its answers read and its words known.
//!
//! [`Client::connect`] finds `op`, checks its version and signs in; then `client` has one method a
//! verb. A call goes through `pace`, `runner` and `process`; `error` alone matches `op`'s words.

mod arguments;
mod auth;
mod client;
mod connection;
mod environment;
mod error;
#[cfg(fuzzing)]
pub mod fuzz;
mod journal;
mod json;
mod locate;
pub mod orphans;
mod pace;
mod process;
mod redact;
mod runner;
mod system;
pub mod types;

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub use auth::check_account;
pub use connection::Client;
pub use error::{Error, ErrorKind};
pub use journal::Journal;
#[cfg(test)]
pub(crate) use pace::row as rate_limit;
pub use pace::{Activity, LONGEST_WAIT, Wait};
pub use system::kept_from_app;
pub use types::{
    Account, ConnectServer, ConnectToken, Group, Listing, RateLimit, User, Vault, VaultAcl,
};

use crate::secret::Secret;

/// What a mutex guards; each change of it is whole, whoever panicked.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How to reach 1Password.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The `op` to use: a path, or a bare name to be found in `PATH`. `None` finds `op` in `PATH`.
    pub path: Option<PathBuf>,
    /// Deadline of each call.
    pub timeout: Duration,
    /// Most reads at a time, at least 1.
    pub workers: usize,
    /// The way to be signed in.
    pub auth: Auth,
}

/// The way to be signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Auth {
    /// An unlocked desktop app, or a session in the environment (`OP_SESSION_*`).
    Unlocked {
        /// The account to use when several are there: an id or address, as for `OP_ACCOUNT`.
        account: Option<String>,
    },
    /// A user signs in with a password.
    User(UserCredentials),
    /// A service account's token, as in `OP_SERVICE_ACCOUNT_TOKEN`.
    Service(Secret),
}

/// What a user signs in with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserCredentials {
    /// Sign-in address, such as `kestrel.1password.com`. Empty: whichever account has the e-mail.
    pub address: String,
    /// E-mail address, compared without case.
    pub email: String,
    /// Needed only when the account is not yet set up on this machine.
    pub secret_key: Option<Secret>,
    /// The account's password.
    pub password: Secret,
}
