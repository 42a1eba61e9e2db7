//! The three ways to be signed in (`src/op/op-cli.md`, Ways to sign in): a session that is there
//! already, a user's credentials, a service account's token.

mod account;

use std::sync::Arc;

use tokio::sync::Mutex;
use tracing::info;

use account::Chosen;
pub use account::check_account;
pub(super) use account::known_accounts;

use super::error::{Error, ErrorKind};
use super::pace::{PATIENCE, retrying};
use super::runner::{Call, Runner};
use super::{Auth, UserCredentials, lock};
use crate::secret::Secret;
use crate::text::unmarked;

/// What a data call adds to its environment: the account, and what signs in to it.
pub(super) type Variables = Vec<(String, Secret)>;

/// The way this run is signed in.
pub(super) struct Session {
    /// Who signs in, where that is done here.
    user: Option<(UserCredentials, Chosen)>,
    /// What is used now.
    current: Mutex<Arc<Variables>>,
}

impl Session {
    /// Signs in with a user's credentials; whether other means hold the first data call shows.
    pub(super) async fn begin(runner: &Runner, auth: Auth) -> Result<Self, Error> {
        let (variables, user) = match auth {
            Auth::Unlocked { account } => (account.map(of_account).into_iter().collect(), None),
            Auth::Service(token) => (vec![("OP_SERVICE_ACCOUNT_TOKEN".to_owned(), token)], None),
            Auth::User(user) => {
                let account = account::choose(runner, &user).await?;
                let once = || sign_in(runner, &user, &account);
                let variables = retrying(false, PATIENCE, &runner.activity, once).await?;
                (variables, Some((user, account)))
            }
        };
        Ok(Self {
            user,
            current: Mutex::new(Arc::new(variables)),
        })
    }

    pub(super) async fn current(&self) -> Arc<Variables> {
        Arc::clone(&*self.current.lock().await)
    }

    /// Whether signing in again may help.
    pub(super) fn is_renewable(&self, error: &Error) -> bool {
        use ErrorKind::{NotSignedIn, SessionExpired};
        self.user.is_some() && matches!(error.kind(), NotSignedIn | SessionExpired)
    }

    /// What comes after these: signs in again, unless another call has done so already.
    pub(super) async fn renewed(
        &self,
        runner: &Runner,
        used: &Arc<Variables>,
    ) -> Result<Arc<Variables>, Error> {
        let mut current = self.current.lock().await;
        if let Some((user, account)) = self.user.as_ref().filter(|_| Arc::ptr_eq(&current, used)) {
            info!("1Password asks for a sign-in; signing in again");
            *current = Arc::new(sign_in(runner, user, account).await?);
        }
        Ok(Arc::clone(&current))
    }
}

/// The token in what `op signin` printed: all, or what `export` sets where a wrapper drops `--raw`.
fn session_token(printed: &str) -> &str {
    let exported = printed.lines().find_map(|line| {
        let set = line.trim().strip_prefix("export OP_SESSION")?;
        let (_, value) = set.split_once('=')?;
        Some(value.trim_end_matches(';').trim_matches(['"', '\'']))
    });
    unmarked(exported.unwrap_or(printed)).trim()
}

/// `op signin`, once: it prints the token, or nothing when the desktop app holds the session.
async fn sign_in(
    runner: &Runner,
    user: &UserCredentials,
    account: &Chosen,
) -> Result<Variables, Error> {
    let call = Call {
        words: &["signin", "--account", &account.id, "--raw"],
        line: Some(&user.password),
        ..Call::default()
    };
    let output = runner.run(call).await?;
    let text = Secret::new(String::from_utf8(output).unwrap_or_else(|_| "\u{FFFD}".to_owned()));
    let token = session_token(text.expose());
    if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        let what = "`op signin` printed something that is no session token (not shown, it may hold a secret).";
        return Err(Error::new(ErrorKind::BadAnswer, what));
    }
    let mut variables = vec![of_account(account.id.clone())];
    if !token.is_empty() {
        let token = Secret::new(token.to_owned());
        lock(&runner.secrets).push(token.clone());
        variables.push((account.variable.clone(), token));
    }
    Ok(variables)
}

/// The variable that chooses an account.
fn of_account(id: String) -> (String, Secret) {
    ("OP_ACCOUNT".to_owned(), Secret::new(id))
}
