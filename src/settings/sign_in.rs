//! Who signs in to 1Password, decided from what is given.

use std::fs::File;

use super::Password;
use super::check::Check;
use super::flags::spelling;
use super::words;
use crate::op::{Auth, UserCredentials};
use crate::secret::Secret;
use crate::text::{host, unmarked};

const OTHER_WAYS: &str = "or sign in with a service account: --auth-type service and \
    OP_SERVICE_ACCOUNT_TOKEN; or give no credentials and unlock 1Password first";

/// The means of signing in, and where a password is still to be read from; a finding when they are incomplete.
pub(super) fn auth(check: &mut Check<'_>) -> Option<(Auth, Option<Password>)> {
    match &*check.inputs.flags.auth_type {
        word if !check.takes("auth-type", word) => None,
        "service" => Some((service(check)?, None)),
        _ if USER.iter().any(|name| check.inputs.setting(name).is_some()) => user(check),
        _ => Some((unlocked(check), None)),
    }
}

const USER: [&str; 5] = [
    "email",
    "secret-key",
    "secret-key-file",
    "password",
    "password-file",
];

fn service(check: &mut Check<'_>) -> Option<Auth> {
    let surroundings = &check.inputs.surroundings;
    let token = surroundings.variable("OP_SERVICE_ACCOUNT_TOKEN");
    let token = token.map(|token| unmarked(token).trim());
    let Some(token) = token.filter(|token| !token.is_empty()) else {
        let needs =
            "--auth-type service needs the token of a service account in OP_SERVICE_ACCOUNT_TOKEN";
        check.findings.push(needs.to_owned());
        return None;
    };
    Some(Auth::Service(Secret::new(token.to_owned())))
}

/// Nothing to sign in with: whoever unlocked `op`. An address alone says which account.
fn unlocked(check: &mut Check<'_>) -> Auth {
    check.not_empty("address");
    check.not_empty("account");
    let flags = &check.inputs.flags;
    let given = check.inputs.setting("address").is_some();
    let address = given.then(|| host(&flags.address));
    Auth::Unlocked {
        account: flags.account.as_deref().map(account).or(address),
    }
}

/// An account as `op` takes it: an address that is written as a link, or in capitals, becomes its host; an id or a
/// shorthand stays as it is.
fn account(given: &str) -> String {
    let given = given.trim();
    match given.contains(['.', '/']) && !given.contains('@') {
        true => host(given),
        false => given.to_owned(),
    }
}

fn user(check: &mut Check<'_>) -> Option<(Auth, Option<Password>)> {
    check.not_empty("address");
    let flags = &check.inputs.flags;
    let address = check
        .inputs
        .setting("address")
        .map(|_| flags.address.clone());
    let email = flags.email.clone().filter(|email| !email.is_empty());
    let before = check.findings.len();
    let (text, file) = (&flags.secret_key, &flags.secret_key_file);
    let secret_key = one_secret(check, ("secret-key", text), ("secret-key-file", file));
    let password = password(check);
    if check.findings.len() > before {
        return None;
    }
    let or = |one, other| format!("{} or {}", spelling(one), spelling(other));
    let key = or("secret-key", "secret-key-file");
    let missing = [
        email.is_none().then(|| spelling("email")),
        secret_key
            .is_none()
            .then(|| format!("{key} if op does not know the account yet")),
        password.is_none().then(|| or("password", "password-file")),
    ];
    let (Some(email), Some((password, read_from))) = (email, password) else {
        let missing: Vec<String> = missing.into_iter().flatten().collect();
        check.findings.push(format!(
            "signing in as a user needs {}; {OTHER_WAYS}",
            missing.join(", ")
        ));
        return None;
    };
    let user = UserCredentials {
        address: address.unwrap_or_default(),
        email,
        secret_key,
        password,
    };
    Some((Auth::User(user), read_from))
}

/// The password: given or in a file; else empty, when it is to be read from standard input, or there is somebody to ask.
fn password(check: &mut Check<'_>) -> Option<(Secret, Option<Password>)> {
    let flags = &check.inputs.flags;
    let text = flags.password.as_ref().filter(|text| !text.is_empty());
    let file = flags
        .password_file
        .as_deref()
        .filter(|file| !file.is_empty());
    let unread = |from| (Secret::default(), Some(from));
    match (text.map(Secret::expose), file) {
        (None, None) => {
            let is_asked = check.inputs.surroundings.terminal;
            is_asked.then(|| unread(Password::Prompt))
        }
        (Some("-"), None) | (None, Some("-")) => Some(unread(Password::Stdin)),
        _ => {
            let (text, file) = (&flags.password, &flags.password_file);
            let secret = one_secret(check, ("password", text), ("password-file", file))?;
            Some((secret, None))
        }
    }
}

/// A secret that is given as a text or in a file, but not as both; empty ones are not given.
pub(super) fn one_secret(
    check: &mut Check<'_>,
    (name, text): (&str, &Option<Secret>),
    (file_name, file): (&str, &Option<String>),
) -> Option<Secret> {
    let text = text.clone().filter(|text| !text.is_empty());
    match (text, file.as_deref().filter(|file| !file.is_empty())) {
        (Some(_), Some(_)) => {
            check.clash(&[name, file_name]);
            None
        }
        (text, None) => text,
        (None, Some("-")) => {
            let reason = "only a password is read from standard input; name a file";
            check.refuse(file_name, "-", reason);
            None
        }
        (None, Some(file)) => secret_file(check, file_name, file),
    }
}

/// Reads a secret from a file.
fn secret_file(check: &mut Check<'_>, name: &str, path: &str) -> Option<Secret> {
    let fault = match File::open(words::path(path)).and_then(Secret::of_file) {
        Ok(secret) if secret.is_empty() => "the file is empty".to_owned(),
        Ok(secret) => return Some(secret),
        Err(error) => error.to_string(),
    };
    check.refuse(name, path, fault);
    None
}
