//! The three ways to be signed in (`src/op/op-cli.md`, Ways to sign in): a session that is there
//! already, a user's credentials, a service account's token.

mod account;

use std::sync::Arc;

use tokio::sync::Mutex;
use tracing::info;

use account::Chosen;
pub(super) use account::{check_account, known_accounts};

use super::error::{Error, ErrorKind};
use super::pace::{PATIENCE, retrying};
use super::runner::{Call, Runner};
use super::{Auth, UserCredentials};
use crate::secret::Secret;
use crate::text::unmarked;

/// What a data call adds to its environment.
#[derive(Default)]
pub(super) struct Credential {
    /// `OP_ACCOUNT`.
    pub(super) account: Option<String>,
    /// At most one variable.
    pub(super) secrets: Vec<(String, Secret)>,
}

/// The way this run is signed in.
pub(super) struct Session {
    /// Who signs in, where that is done here.
    user: Option<(UserCredentials, Chosen)>,
    /// What is used now.
    current: Mutex<Arc<Credential>>,
}

impl Session {
    /// Signs in when the means are a user's credentials; otherwise the first data call shows
    /// whether they hold.
    pub(super) async fn begin(runner: &Runner, auth: Auth) -> Result<Self, Error> {
        let mut credential = Credential::default();
        let mut signs_in = None;
        match auth {
            Auth::Unlocked { account } => credential.account = account,
            Auth::Service(token) => {
                let variable = "OP_SERVICE_ACCOUNT_TOKEN".to_owned();
                credential.secrets.push((variable, token));
            }
            Auth::User(user) => {
                let account = account::choose(runner, &user).await?;
                let once = || sign_in(runner, &user, &account);
                credential = retrying(false, PATIENCE, &runner.activity, once).await?;
                signs_in = Some((user, account));
            }
        }
        Ok(Self {
            user: signs_in,
            current: Mutex::new(Arc::new(credential)),
        })
    }

    /// The credential to use now.
    pub(super) async fn current(&self) -> Arc<Credential> {
        Arc::clone(&*self.current.lock().await)
    }

    /// Whether signing in again may help.
    pub(super) fn is_renewable(&self, error: &Error) -> bool {
        let is_over = matches!(
            error.kind(),
            ErrorKind::SessionExpired | ErrorKind::NotSignedIn
        );
        is_over && self.user.is_some()
    }

    /// The credential after this one: signs in again, unless another call has done so already.
    pub(super) async fn renewed(
        &self,
        runner: &Runner,
        used: &Arc<Credential>,
    ) -> Result<Arc<Credential>, Error> {
        let mut current = self.current.lock().await;
        if let Some((user, account)) = self.user.as_ref().filter(|_| Arc::ptr_eq(&current, used)) {
            info!("1Password asks for a sign-in; signing in again");
            *current = Arc::new(sign_in(runner, user, account).await?);
        }
        Ok(Arc::clone(&current))
    }
}

/// The token in what `op signin` printed: all of it, or, where a wrapper drops `--raw`, what the
/// `export` line for the shell sets.
fn session_token(printed: &str) -> &str {
    let exported = printed.lines().find_map(|line| {
        let set = line.trim().strip_prefix("export OP_SESSION")?;
        let (_, value) = set.split_once('=')?;
        Some(value.trim_end_matches(';').trim_matches(['"', '\'']))
    });
    unmarked(exported.unwrap_or(printed)).trim()
}

/// `op signin`, once: its whole output is the session token, or nothing when the desktop app holds
/// the session.
async fn sign_in(
    runner: &Runner,
    user: &UserCredentials,
    account: &Chosen,
) -> Result<Credential, Error> {
    let call = Call {
        words: &["signin", "--account", &account.id, "--raw"],
        line: Some(&user.password),
        ..Call::default()
    };
    let output = runner.run(call).await?;
    let text =
        Secret::new(String::from_utf8(output.stdout).unwrap_or_else(|_| "\u{FFFD}".to_owned()));
    let token = session_token(text.expose());
    if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        let what = "`op signin` printed something that is no session token (not shown, it may hold a secret).";
        return Err(Error::new(ErrorKind::BadAnswer, what));
    }
    let mut secrets = Vec::new();
    if !token.is_empty() {
        let token = Secret::new(token.to_owned());
        runner.keep_secret(token.clone());
        secrets.push((account.variable.clone(), token));
    }
    Ok(Credential {
        account: Some(account.id.clone()),
        secrets,
    })
}
