//! From settings to a signed-in `op` client: what every mode that asks 1Password begins with.

use std::time::{Duration, Instant};

use crate::exit::Failure;
use crate::op::{self, Auth, Client, ErrorKind};
use crate::settings::{Password, Settings};
use crate::terminal::prompt;
use crate::terminal::screen::{Screen, Snapshot, Watch};

/// Finds `op`, checks its version and signs in.
pub(super) async fn client(settings: &Settings) -> Result<Client, Failure> {
    signed_in(settings.op.clone(), settings.password).await
}

/// The same without changing anything: `None` when `op` does not know the account yet, and a run
/// would add it with the Secret Key.
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
        op::check_account(&op).await?;
    }
    if let (Auth::User(user), Some(from)) = (&mut op.auth, password) {
        user.password = prompt::password(from, &user.email).await?;
    }
    Ok(Client::connect(op).await?)
}

/// How long the first answer may take before somebody may be asked for consent behind the terminal.
const SILENCE: Duration = Duration::from_secs(3);
const CONSENT: &str = "Waiting for 1Password: look for its prompt.";

/// Shows what `sample` tells, and where 1Password may wait for consent, until it is dropped.
pub(super) fn watch(
    settings: &Settings,
    client: &Client,
    screen: &Screen,
    sample: impl Fn(&Client) -> Snapshot + Send + 'static,
) -> Watch {
    let asks = matches!(settings.op.auth, Auth::Unlocked { .. });
    let (client, began) = (client.clone(), Instant::now());
    screen.watch(move || {
        let is_silent = client.activity().calls_done() == 0 && began.elapsed() >= SILENCE;
        Snapshot {
            request: (asks && is_silent).then_some(CONSENT),
            ..sample(&client)
        }
    })
}
