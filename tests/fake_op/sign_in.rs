//! `account list`, `account add`, `signin`, and what data calls need. Without `sign_in` in the
//! world every data call is allowed. Its keys:
//!
//! | key | meaning |
//! |---|---|
//! | `accounts` | rows with `url`, `email`, `user_uuid`, `account_uuid` as `account list` prints them, and of our own `secret_key`, `password`, `token`, and `registered` (known on this machine; default true) |
//! | `app` | the desktop app holds the session: `signin` prints nothing, and data calls work after it |
//! | `unlocked` | data calls need nothing |
//! | `service_token` | data calls need `OP_SERVICE_ACCOUNT_TOKEN` with this value, no `OP_DEVICE`, and no desktop app |
//! | `expire_after` | a session serves so many data calls |
//!
//! The n-th sign-in of a user prints `<token>.<n>`; only the newest is valid, as `OP_SESSION` or
//! `OP_SESSION_<user_uuid>`.

use serde_json::{Value, json};

use crate::Ending;
use crate::world::{World, flag};

const NOT_SIGNED_IN: &str =
    "You are not currently signed in. Please run `op signin --help` for instructions";

/// The answer of a command that needs no session; `None` for any other command.
pub(crate) fn answer(world: &World, words: &[&str], input: &str) -> Option<Ending> {
    let accounts = world
        .value("sign_in")?
        .get("accounts")
        .and_then(Value::as_array)?;
    match words {
        ["account", "list"] => Some(list(world, accounts)),
        ["account", "add", ..] => Some(add(world, accounts, words, input)),
        ["signin", ..] => Some(sign_in(world, accounts, words, input)),
        _ => None,
    }
}

/// Why a data call is refused.
pub(crate) fn refusal(world: &World) -> Option<Ending> {
    let config = world.value("sign_in")?;
    let is_set = |key| config.get(key).and_then(Value::as_bool) == Some(true);
    if let Some(token) = config.get("service_token") {
        let given = std::env::var("OP_SERVICE_ACCOUNT_TOKEN").ok();
        if std::env::var_os("OP_DEVICE").is_some() {
            let why =
                "Signin credentials are not compatible with the provided user auth from server";
            return Some(Ending::error(1, why));
        }
        if std::env::var("OP_LOAD_DESKTOP_APP_SETTINGS").as_deref() != Ok("false") {
            return Some(Ending::error(1, "authorization timeout"));
        }
        return (given.as_deref() != token.as_str()).then(|| {
            Ending::error(
                9,
                "failed to session.DecodeSACredentials, Couldn't decode the token",
            )
        });
    }
    if is_set("unlocked") {
        return None;
    }
    let accounts = config.get("accounts").and_then(Value::as_array)?;
    let wanted = std::env::var("OP_ACCOUNT").ok();
    let candidates: Vec<&Value> = accounts
        .iter()
        .filter(|account| is_registered(world, account))
        .filter(|account| {
            wanted
                .as_deref()
                .is_none_or(|wanted| is_named(account, wanted))
        })
        .collect();
    let [account] = candidates[..] else {
        let message = if candidates.is_empty() {
            "no account found for filter"
        } else {
            "multiple accounts found. Use the --account flag or set the OP_ACCOUNT environment variable to select an account."
        };
        return Some(Ending::error(1, message));
    };
    let user = text(account, "user_uuid");
    let number = world.counted(&format!("sign_in_{user}"));
    let is_valid = if is_set("app") {
        number > 0
    } else {
        let given =
            std::env::var(format!("OP_SESSION_{user}")).or_else(|_| std::env::var("OP_SESSION"));
        number > 0 && given.is_ok_and(|given| given == token(account, number))
    };
    if !is_valid {
        return Some(Ending::error(1, NOT_SIGNED_IN));
    }
    let most = config
        .get("expire_after")
        .and_then(Value::as_u64)
        .unwrap_or(u64::MAX);
    (world.count(&format!("session_{user}_{number}")) > most)
        .then(|| Ending::error(1, "session expired, sign in to create a new session"))
}

fn list(world: &World, accounts: &[Value]) -> Ending {
    let rows: Vec<Value> = accounts
        .iter()
        .filter(|account| is_registered(world, account))
        .map(|account| {
            let keys = ["url", "email", "user_uuid", "account_uuid", "shorthand"];
            let shown = keys
                .iter()
                .filter_map(|key| Some((key.to_string(), account.get(key)?.clone())));
            Value::Object(shown.collect())
        })
        .collect();
    Ending::printing(format!("{}\n", json!(rows)))
}

fn add(world: &World, accounts: &[Value], words: &[&str], input: &str) -> Ending {
    let address = flag(words, "--address").unwrap_or_default();
    let email = flag(words, "--email").unwrap_or_default();
    let key = std::env::var("OP_SECRET_KEY").unwrap_or_default();
    let account = accounts.iter().find(|account| {
        text(account, "url").trim_start_matches("https://") == address
            && text(account, "email") == email
            && text(account, "secret_key") == key
    });
    match account {
        Some(account) if is_password(account, input) => {
            world.count(&format!("registered_{}", text(account, "user_uuid")));
            let number = world.count(&format!("sign_in_{}", text(account, "user_uuid")));
            Ending::printing(format!("{}\n", token(account, number)))
        }
        _ => Ending::error(
            1,
            "(401) Unauthorized: You aren't authorized to perform this action.",
        ),
    }
}

fn sign_in(world: &World, accounts: &[Value], words: &[&str], input: &str) -> Ending {
    let wanted = flag(words, "--account").unwrap_or_default();
    let mut known = accounts
        .iter()
        .filter(|account| is_registered(world, account) && is_named(account, wanted));
    let Some(account) = known.next() else {
        return Ending::error(1, &format!("no account found for filter {wanted}"));
    };
    if known.next().is_some() {
        return Ending::error(1, &format!("found multiple accounts for filter {wanted:?}"));
    }
    if !is_password(account, input) {
        return Ending::error(
            1,
            "(401) Unauthorized: You aren't authorized to perform this action.",
        );
    }
    let number = world.count(&format!("sign_in_{}", text(account, "user_uuid")));
    let app = world
        .value("sign_in")
        .and_then(|config| config.get("app"))
        .and_then(Value::as_bool);
    if app == Some(true) {
        return Ending::printing("");
    }
    Ending::printing(format!("{}\n", token(account, number)))
}

fn is_registered(world: &World, account: &Value) -> bool {
    account.get("registered").and_then(Value::as_bool) != Some(false)
        || world.counted(&format!("registered_{}", text(account, "user_uuid"))) > 0
}

fn is_named(account: &Value, name: &str) -> bool {
    let host = text(account, "url").trim_start_matches("https://");
    [
        text(account, "user_uuid"),
        text(account, "account_uuid"),
        host,
    ]
    .contains(&name)
}

/// One line, ended as the prompt wants it.
fn is_password(account: &Value, input: &str) -> bool {
    input == format!("{}\n", text(account, "password"))
}

fn token(account: &Value, number: u64) -> String {
    format!("{}.{number}", text(account, "token"))
}

fn text<'a>(account: &'a Value, key: &str) -> &'a str {
    account.get(key).and_then(Value::as_str).unwrap_or_default()
}
