//! The three ways to be signed in (contract cli §5, op-cli §3): a session that is there already, a user's credentials, a
//! service account's token.

use std::sync::Arc;

use tokio::sync::Mutex;
use tracing::info;

use super::arguments::argument;
use super::error::{Error, ErrorKind};
use super::json;
use super::retry::retrying;
use super::runner::{Call, Runner};
use super::types::KnownAccount;
use super::{Auth, UserCredentials};
use crate::secret::Secret;

/// Where an account is added when no address was given.
const DEFAULT_ADDRESS: &str = "my.1password.com";

/// What a data call adds to its environment.
#[derive(Default)]
pub(super) struct Credential {
    /// `OP_ACCOUNT`.
    pub(super) account: Option<String>,
    /// At most one variable.
    pub(super) secrets: Vec<(String, Secret)>,
}

/// The way this run is signed in.
pub(super) enum Session {
    /// Nothing can be renewed here.
    Fixed(Arc<Credential>),
    /// Signed in by us, renewed by us.
    User {
        user: UserCredentials,
        account: Chosen,
        current: Mutex<(u64, Arc<Credential>)>,
    },
}

impl Session {
    /// Signs in when the means are a user's credentials; otherwise the first data call shows whether they hold.
    pub(super) async fn begin(runner: &Runner, auth: Auth) -> Result<Self, Error> {
        let credential = match auth {
            Auth::Unlocked { account } => Credential {
                account,
                secrets: Vec::new(),
            },
            Auth::Service(token) => Credential {
                account: None,
                secrets: vec![("OP_SERVICE_ACCOUNT_TOKEN".to_owned(), token)],
            },
            Auth::User(user) => {
                let account = choose_account(runner, &user).await?;
                let credential =
                    retrying(false, &runner.activity, || sign_in(runner, &user, &account)).await?;
                return Ok(Self::User {
                    user,
                    account,
                    current: Mutex::new((0, Arc::new(credential))),
                });
            }
        };
        Ok(Self::Fixed(Arc::new(credential)))
    }

    /// The credential to use now, and which one it is: 0 for the first, 1 after one renewal.
    pub(super) async fn current(&self) -> (u64, Arc<Credential>) {
        match self {
            Self::Fixed(credential) => (0, Arc::clone(credential)),
            Self::User { current, .. } => {
                let current = current.lock().await;
                (current.0, Arc::clone(&current.1))
            }
        }
    }

    /// Whether signing in again may help.
    pub(super) fn is_renewable(&self, error: &Error) -> bool {
        matches!(self, Self::User { .. })
            && matches!(
                error.kind(),
                ErrorKind::SessionExpired | ErrorKind::NotSignedIn
            )
    }

    /// Signs in again, unless another call has done so since credential number `used`.
    pub(super) async fn renew(&self, runner: &Runner, used: u64) -> Result<(), Error> {
        if let Self::User {
            user,
            account,
            current,
        } = self
        {
            let mut current = current.lock().await;
            if current.0 == used {
                info!("the 1Password session has expired; signing in again");
                *current = (used + 1, Arc::new(sign_in(runner, user, account).await?));
            }
        }
        Ok(())
    }
}

/// The account that the user's address and e-mail name.
pub(super) struct Chosen {
    /// For `--account` and `OP_ACCOUNT`.
    id: String,
    /// The variable of its session token.
    variable: String,
}

/// Finds the account among those that this machine knows; adds it when it is not there.
async fn choose_account(runner: &Runner, user: &UserCredentials) -> Result<Chosen, Error> {
    let known = account_list(runner).await?;
    if let Some(account) = matching(&known, user)? {
        return chosen(account, &known);
    }
    account_add(runner, user, &known).await?;
    let known = account_list(runner).await?;
    match matching(&known, user)? {
        Some(account) => chosen(account, &known),
        None => Err(Error::new(
            ErrorKind::NoAccount,
            format!(
                "`op account add` succeeded, but `op account list` still does not show {} at {}.",
                user.email,
                address(user)
            ),
        )),
    }
}

async fn account_list(runner: &Runner) -> Result<Vec<KnownAccount>, Error> {
    let call = Call {
        words: &["account", "list", "--format=json"],
        ..Call::default()
    };
    let output = retrying(false, &runner.activity, || runner.run(call)).await?;
    let listing = json::listing(&output.stdout)
        .map_err(|problem| runner.bad_answer(call.words, &output, &problem))?;
    Ok(listing.rows)
}

/// The one account with this e-mail, at this host unless no address was given.
fn matching<'a>(
    known: &'a [KnownAccount],
    user: &UserCredentials,
) -> Result<Option<&'a KnownAccount>, Error> {
    let wanted = host(&user.address);
    let mut matches: Vec<&KnownAccount> = Vec::new();
    for account in known {
        let fits = account.email.to_lowercase() == user.email.to_lowercase()
            && (wanted.is_empty() || host(&account.url) == wanted);
        let same = |other: &&KnownAccount| {
            other.account_uuid == account.account_uuid && other.user_uuid == account.user_uuid
        };
        // The desktop app and a manual sign-in may each list the same account.
        if fits && !matches.iter().any(same) {
            matches.push(account);
        }
    }
    match matches[..] {
        [] => Ok(None),
        [account] => Ok(Some(account)),
        _ => {
            let list: Vec<String> = matches
                .iter()
                .map(|account| {
                    format!(
                        "{} at {} (user {})",
                        account.email,
                        host(&account.url),
                        account.user_uuid
                    )
                })
                .collect();
            let what = format!("several accounts on this machine fit: {}.", list.join(", "));
            Err(Error::new(ErrorKind::AmbiguousAccount, what))
        }
    }
}

/// The host of a sign-in address: `https://Kestrel.1password.com/` is `kestrel.1password.com`.
fn host(address: &str) -> String {
    let address = address.trim().to_lowercase();
    let rest = address
        .split_once("://")
        .map_or(address.as_str(), |(_, rest)| rest);
    rest.split('/').next().unwrap_or_default().to_owned()
}

fn address(user: &UserCredentials) -> &str {
    let address = user.address.trim();
    if address.is_empty() {
        DEFAULT_ADDRESS
    } else {
        address
    }
}

fn chosen(account: &KnownAccount, known: &[KnownAccount]) -> Result<Chosen, Error> {
    let users_of_account = known.iter().filter(|other| {
        other.account_uuid == account.account_uuid && other.user_uuid != account.user_uuid
    });
    let id = if users_of_account.count() == 0 {
        &account.account_uuid
    } else {
        &account.user_uuid
    };
    argument("account id", id)?;
    // A user id that cannot stand in a variable's name has the variable without a name.
    let is_name = |user: &str| {
        user.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
    };
    let variable = match account.user_uuid.as_str() {
        user if !user.is_empty() && is_name(user) => format!("OP_SESSION_{user}"),
        _ => "OP_SESSION".to_owned(),
    };
    Ok(Chosen {
        id: id.clone(),
        variable,
    })
}

/// Makes the account known on this machine. The only call that sees the Secret Key.
async fn account_add(
    runner: &Runner,
    user: &UserCredentials,
    known: &[KnownAccount],
) -> Result<(), Error> {
    let Some(key) = user.secret_key.as_ref().filter(|key| !key.is_empty()) else {
        return Err(secret_key_missing(user, known));
    };
    let secrets = [("OP_SECRET_KEY".to_owned(), key.clone())];
    let call = Call {
        words: &[
            "account",
            "add",
            "--address",
            argument("sign-in address", address(user))?,
            "--email",
            argument("e-mail", &user.email)?,
            "--raw",
        ],
        secrets: &secrets,
        line: Some(&user.password),
        ..Call::default()
    };
    retrying(true, &runner.activity, || runner.run(call))
        .await
        .map(|_| ())
}

fn secret_key_missing(user: &UserCredentials, known: &[KnownAccount]) -> Error {
    let elsewhere: Vec<String> = known
        .iter()
        .filter(|account| account.email.to_lowercase() == user.email.to_lowercase())
        .map(|account| host(&account.url))
        .collect();
    let mut what = format!(
        "the account {} at {} is not set up on this machine; to add it, give its Secret Key with --secret-key or \
         BATON_SECRET_KEY.",
        user.email,
        address(user)
    );
    if !elsewhere.is_empty() {
        what.push_str(&format!(
            " The same e-mail is set up at {}.",
            elsewhere.join(", ")
        ));
    }
    Error::new(ErrorKind::NoAccount, what)
}

/// `op signin`, once: its whole output is the session token, or nothing when the desktop app holds the session.
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
    let output = retrying(false, &runner.activity, || runner.run(call)).await?;
    let text =
        Secret::new(String::from_utf8(output.stdout).unwrap_or_else(|_| "\u{FFFD}".to_owned()));
    let token = text.expose().trim();
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn user(address: &str, email: &str) -> UserCredentials {
        UserCredentials {
            address: address.to_owned(),
            email: email.to_owned(),
            secret_key: None,
            password: Secret::new("p".to_owned()),
        }
    }

    fn known(rows: &[(&str, &str, &str, &str)]) -> Vec<KnownAccount> {
        let row = |&(url, email, user, account): &(&str, &str, &str, &str)| KnownAccount {
            url: url.to_owned(),
            email: email.to_owned(),
            user_uuid: user.to_owned(),
            account_uuid: account.to_owned(),
        };
        rows.iter().map(row).collect()
    }

    #[test]
    fn a_host_is_compared_without_scheme_slash_and_case() {
        for address in [
            "kestrel.1password.com",
            "https://Kestrel.1Password.com/",
            " HTTPS://kestrel.1password.com/signin ",
        ] {
            assert_eq!(host(address), "kestrel.1password.com", "{address}");
        }
        assert_eq!(host(""), "");
    }

    /// checklist cli 21
    #[test]
    fn e_mail_and_address_choose_the_account() {
        let known = known(&[
            ("https://my.1password.com", "Ada@x.example", "UA", "A"),
            ("kestrel.1password.com", "ada@X.example", "UB", "B"),
            ("kestrel.1password.com", "bob@x.example", "UC", "B"),
            ("kestrel.1password.com", "twin@x.example", "UD", "B"),
            (
                "https://kestrel.1password.com/",
                "twin@x.example",
                "UE",
                "B",
            ),
            ("kestrel.1password.com", "once@x.example", "UF", "B"),
            ("https://kestrel.1password.com", "once@x.example", "UF", "B"),
        ]);
        let found = |address, email| {
            matching(&known, &user(address, email)).map(|row| row.map(|row| row.user_uuid.clone()))
        };
        assert_eq!(
            found("kestrel.1password.com", "ADA@x.example")
                .unwrap()
                .unwrap(),
            "UB"
        );
        assert_eq!(
            found("https://MY.1password.com/", "ada@x.example")
                .unwrap()
                .unwrap(),
            "UA"
        );
        assert_eq!(found("other.1password.com", "ada@x.example").unwrap(), None);
        assert_eq!(found("", "bob@x.example").unwrap().unwrap(), "UC");
        assert_eq!(found("", "once@x.example").unwrap().unwrap(), "UF");
        for (address, email, users) in [
            ("", "ada@x.example", ["UA", "UB"]),
            ("kestrel.1password.com", "twin@x.example", ["UD", "UE"]),
        ] {
            let error = found(address, email).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::AmbiguousAccount);
            let text = error.to_string();
            assert!(
                users.iter().all(|user| text.contains(user))
                    && text.contains("kestrel.1password.com"),
                "{text}"
            );
        }
    }

    #[test]
    fn the_account_is_named_by_user_when_several_users_share_it() {
        let known = known(&[
            ("a.1password.com", "ada@x.example", "UA", "A"),
            ("b.1password.com", "ada@x.example", "UB", "B"),
            ("b.1password.com", "bob@x.example", "UC", "B"),
            ("c.1password.com", "ada@x.example", "", "C"),
        ]);
        let ids: Vec<(String, String)> = known
            .iter()
            .map(|account| chosen(account, &known).unwrap())
            .map(|chosen| (chosen.id, chosen.variable))
            .collect();
        let expected = [
            ("A", "OP_SESSION_UA"),
            ("UB", "OP_SESSION_UB"),
            ("UC", "OP_SESSION_UC"),
            ("C", "OP_SESSION"),
        ];
        assert_eq!(
            ids,
            expected.map(|(id, variable)| (id.to_owned(), variable.to_owned()))
        );
    }
}
