//! The account that a user's address and e-mail name: known on this machine, or added.

use std::collections::HashSet;

use crate::op::arguments::argument;
use crate::op::error::{Error, ErrorKind};
use crate::op::json::Listing;
use crate::op::pace::{PATIENCE, retrying};
use crate::op::runner::{Call, Runner};
use crate::op::types::KnownAccount;
use crate::op::{Auth, Settings, UserCredentials};
use crate::secret::Secret;
use crate::text::host;

pub(in crate::op) struct Chosen {
    /// For `--account` and `OP_ACCOUNT`.
    pub(super) id: String,
    /// The variable of its session token.
    pub(super) variable: String,
}

/// Finds the account among those that this machine knows; adds it when it is not there.
pub(super) async fn choose(runner: &Runner, user: &UserCredentials) -> Result<Chosen, Error> {
    let mut known = account_list(runner).await?;
    if matching(&known, user)?.is_none() {
        account_add(runner, user, &known).await?;
        known = account_list(runner).await?;
    }
    let Some(account) = matching(&known, user)? else {
        let (email, address) = (&user.email, address(user));
        let what = format!(
            "`op account add` succeeded, but `op account list` still does not show {email} at {address}."
        );
        return Err(Error::new(ErrorKind::NoAccount, what));
    };
    chosen(account, &known)
}

/// Whether `op` knows the account that a user is to sign in to, or could be told of it: asked
/// before somebody types the password.
pub async fn check_account(settings: &Settings) -> Result<(), Error> {
    let Auth::User(user) = &settings.auth else {
        return Ok(());
    };
    let known = account_list(&Runner::new(settings)?).await?;
    match matching(&known, user)? {
        Some(_) => Ok(()),
        None => secret_key(user, &known).map(|_| ()),
    }
}

/// The accounts that this machine knows, for people.
pub(in crate::op) async fn known_accounts(runner: &Runner) -> Result<Vec<String>, Error> {
    let known = account_list(runner).await?;
    Ok(known.iter().map(described).collect())
}

fn described(account: &KnownAccount) -> String {
    let (email, host, user) = (&account.email, host(&account.url), &account.user_uuid);
    format!("{email} at {host} (user {user})")
}

async fn account_list(runner: &Runner) -> Result<Vec<KnownAccount>, Error> {
    let call = Call::of(&["account", "list"]);
    let output = match retrying(false, PATIENCE, &runner.activity, || runner.run(call)).await {
        Err(error) if error.kind() == ErrorKind::NoneSetUp => return Ok(Vec::new()),
        result => result?,
    };
    let listing: Listing<_> = runner.parsed(call.words, &output)?;
    Ok(listing.rows)
}

/// The one account with this e-mail, at this host unless no address was given.
fn matching<'a>(
    known: &'a [KnownAccount],
    user: &UserCredentials,
) -> Result<Option<&'a KnownAccount>, Error> {
    let wanted = host(&user.address);
    let fits = |account: &&KnownAccount| {
        let host = host(&account.url);
        // A row without address cannot contradict the given one.
        let is_there = wanted.is_empty() || host.is_empty() || host == wanted;
        is_there && account.email.to_lowercase() == user.email.to_lowercase()
    };
    let mut matches: Vec<&KnownAccount> = known.iter().filter(fits).collect();
    // The desktop app and a manual sign-in may each list the same account.
    let mut seen = HashSet::new();
    matches.retain(|account| seen.insert((&account.account_uuid, &account.user_uuid)));
    if matches.len() > 1 {
        let list: Vec<String> = matches.into_iter().map(described).collect();
        let what = "several accounts on this machine fit.";
        return Err(Error::new(ErrorKind::AmbiguousAccount, what).among(&list));
    }
    Ok(matches.pop())
}

/// Where the account is, or is added.
fn address(user: &UserCredentials) -> &str {
    match user.address.trim() {
        "" => "my.1password.com",
        address => address,
    }
}

fn chosen(account: &KnownAccount, known: &[KnownAccount]) -> Result<Chosen, Error> {
    let (of_account, user) = (&account.account_uuid, &account.user_uuid);
    let mut others = known.iter();
    let is_shared = others.any(|it| it.account_uuid == *of_account && it.user_uuid != *user);
    let id = if is_shared { user } else { of_account };
    argument("account id", id)?;
    // A user id that cannot stand in a variable's name has the variable without a name.
    let is_name = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
    let variable = match !user.is_empty() && user.chars().all(is_name) {
        true => format!("OP_SESSION_{user}"),
        false => "OP_SESSION".to_owned(),
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
    let key = secret_key(user, known)?;
    let variables = [("OP_SECRET_KEY".to_owned(), key.clone())];
    let address = argument("sign-in address", address(user))?;
    let email = argument("e-mail", &user.email)?;
    let place = ["--address", address, "--email", email, "--raw"];
    let call = Call {
        words: &[&["account", "add"], &place[..]].concat(),
        variables: &variables,
        line: Some(&user.password),
        ..Call::default()
    };
    let added = retrying(true, PATIENCE, &runner.activity, || runner.run(call));
    added.await.map(drop)
}

fn secret_key<'a>(user: &'a UserCredentials, known: &[KnownAccount]) -> Result<&'a Secret, Error> {
    if let Some(key) = user.secret_key.as_ref().filter(|key| !key.is_empty()) {
        return Ok(key);
    }
    let (email, address) = (&user.email, address(user));
    let same = known
        .iter()
        .filter(|account| account.email.to_lowercase() == email.to_lowercase());
    let elsewhere: Vec<String> = same.map(|account| host(&account.url)).collect();
    let mut what = format!(
        "the account {email} at {address} is not set up on this machine; to add it, give its Secret Key with \
         --secret-key or BATON_SECRET_KEY."
    );
    if !elsewhere.is_empty() {
        let elsewhere = elsewhere.join(", ");
        what.push_str(&format!(" The same e-mail is set up at {elsewhere}."));
    }
    Err(Error::new(ErrorKind::NoAccount, what))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::secret::Secret;

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
        let unplaced = [KnownAccount {
            url: String::new(),
            ..known[0].clone()
        }];
        assert!(
            matching(&unplaced, &user("any.1password.com", "ada@x.example"))
                .unwrap()
                .is_some()
        );
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
            ("", "ada@x.example", "", "C"),
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
