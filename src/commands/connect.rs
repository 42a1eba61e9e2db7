//! From settings to a signed-in `op` client: what every mode that asks 1Password begins with.

use std::time::{Duration, Instant};

use crate::exit::Failure;
use crate::op::{self, Auth, Client, ErrorKind};
use crate::settings::{Password, Settings};
use crate::terminal::prompt;

/// Finds `op`, checks its version and signs in.
///
/// # Errors
/// [`Failure::Op`], or [`Failure::Settings`] when the password cannot be read.
pub(super) async fn client(settings: &Settings) -> Result<Client, Failure> {
    signed_in(settings.op.clone(), settings.password).await
}

/// The same without changing anything: `None` when `op` does not know the account yet, and a run
/// would add it with the Secret Key.
///
/// # Errors
/// As [`client`].
pub(super) async fn known(settings: &Settings) -> Result<Option<Client>, Failure> {
    let mut op = settings.op.clone();
    let key = match &mut op.auth {
        // Without it nothing can be added.
        Auth::User(user) => user.secret_key.take(),
        Auth::Unlocked { .. } | Auth::Service(_) => None,
    };
    match signed_in(op, settings.password).await {
        Err(Failure::Op(error)) if error.kind() == ErrorKind::NoAccount && key.is_some() => {
            Ok(None)
        }
        result => result.map(Some),
    }
}

async fn signed_in(mut op: op::Settings, password: Option<Password>) -> Result<Client, Failure> {
    if password == Some(Password::Prompt) {
        // Nobody types a password for an account that is not there.
        Client::check_account(&op).await?;
    }
    if let (Auth::User(user), Some(from)) = (&mut op.auth, password) {
        user.password = prompt::password(from, &user.email).await?;
    }
    Ok(Client::connect(op).await?)
}

/// How long the first answer may take before somebody may be asked for consent behind the terminal.
const SILENCE: Duration = Duration::from_secs(3);
const CONSENT: &str = "Waiting for 1Password: look for its prompt.";

/// What the user is asked to do while 1Password may wait for consent; nothing once it has answered.
pub(super) fn consent(
    settings: &Settings,
    client: &Client,
) -> impl Fn() -> Option<&'static str> + use<> {
    let asks = matches!(settings.op.auth, Auth::Unlocked { .. });
    let (client, began) = (client.clone(), Instant::now());
    move || {
        let is_silent = client.activity().calls_done() == 0 && began.elapsed() >= SILENCE;
        (asks && is_silent).then_some(CONSENT)
    }
}
