//! From settings to a signed-in `op` client: what every mode that asks 1Password begins with.

use std::time::{Duration, Instant};

use crate::exit::Failure;
use crate::op::{self, Client, ErrorKind, UserCredentials};
use crate::secret::Secret;
use crate::settings::{Auth, Op, Password};
use crate::terminal::prompt;

/// The same without changing anything: `None` when `op` does not know the account yet, and a run
/// would add it with the Secret Key.
///
/// # Errors
/// As [`client`].
pub(super) async fn known(settings: &Op) -> Result<Option<Client>, Failure> {
    let mut settings = settings.clone();
    let key = match &mut settings.auth {
        // Without it nothing can be added.
        Auth::User { secret_key, .. } => secret_key.take(),
        Auth::Unlocked { .. } | Auth::Service(_) => None,
    };
    match client(&settings).await {
        Err(Failure::Op(error)) if error.kind() == ErrorKind::NoAccount && key.is_some() => {
            Ok(None)
        }
        result => result.map(Some),
    }
}

/// Finds `op`, checks its version and signs in.
///
/// # Errors
/// [`Failure::Op`], or [`Failure::Settings`] when the password cannot be read.
pub(super) async fn client(settings: &Op) -> Result<Client, Failure> {
    let with = |auth| op::Settings {
        path: settings.path.clone(),
        timeout: settings.timeout,
        workers: settings.workers,
        auth,
    };
    let auth = match &settings.auth {
        Auth::Unlocked { account } => op::Auth::Unlocked {
            account: account.clone(),
        },
        Auth::Service(token) => op::Auth::Service(token.clone()),
        Auth::User {
            address,
            email,
            secret_key,
            password,
        } => {
            let mut user = UserCredentials {
                address: address.clone(),
                email: email.clone(),
                secret_key: secret_key.clone(),
                password: Secret::default(),
            };
            if *password == Password::Prompt {
                // Nobody types a password for an account that is not there.
                Client::check_account(&with(op::Auth::User(user.clone()))).await?;
            }
            user.password = prompt::password(password, email).await?;
            op::Auth::User(user)
        }
    };
    Ok(Client::connect(with(auth)).await?)
}

/// How long the first answer may take before somebody may be asked for consent behind the terminal.
const SILENCE: Duration = Duration::from_secs(3);
const CONSENT: &str = "Waiting for 1Password: look for its prompt.";

/// What the user is asked to do while 1Password may wait for consent; nothing once it has answered.
pub(super) fn consent(settings: &Op, client: &Client) -> impl Fn() -> Option<&'static str> + use<> {
    let asks = matches!(settings.auth, Auth::Unlocked { .. });
    let (client, began) = (client.clone(), Instant::now());
    move || {
        let is_silent = client.activity().calls_done() == 0 && began.elapsed() >= SILENCE;
        (asks && is_silent).then_some(CONSENT)
    }
}
