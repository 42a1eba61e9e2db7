//! Shared by the tests of `op`.

use std::time::Duration;

use baton_1password::op::{Auth, Client, Error, Settings};

use crate::support::Sandbox;

/// Settings for the sandbox's `op` that needs no sign-in.
pub(crate) fn settings(sandbox: &Sandbox) -> Settings {
    Settings {
        path: Some(sandbox.op()),
        timeout: Duration::from_secs(60),
        workers: 4,
        auth: Auth::Unlocked { account: None },
    }
}

/// A client that is connected to the sandbox's `op`.
pub(crate) async fn connected(sandbox: &Sandbox) -> Client {
    Client::connect(settings(sandbox)).await.unwrap()
}

/// The error of a connection that must fail.
pub(crate) async fn refused(settings: Settings) -> Error {
    Client::connect(settings)
        .await
        .err()
        .expect("the connection fails")
}
