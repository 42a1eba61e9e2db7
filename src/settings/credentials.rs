//! Who signs in to 1Password, decided from what is given.

use std::fs::File;

use super::check::Check;
use super::flags::spelling;
use super::{Auth, Password, words};
use crate::secret::Secret;
use crate::text::{host, unmarked};

const OTHER_WAYS: &str = "or sign in with a service account: --auth-type service and \
    OP_SERVICE_ACCOUNT_TOKEN; or give no credentials and unlock 1Password first";

/// The means of signing in; a finding when they are incomplete.
pub(super) fn auth(check: &mut Check<'_>) -> Option<Auth> {
    match &*check.inputs.flags.auth_type {
        word if !check.takes("auth-type", word) => None,
        "service" => service(check),
        _ if USER.iter().any(|name| check.inputs.setting(name).is_some()) => user(check),
        _ => Some(unlocked(check)),
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
    let token = check
        .inputs
        .surroundings
        .variable("OP_SERVICE_ACCOUNT_TOKEN");
    let token = token.map(|token| unmarked(token).trim());
    if token.is_none_or(str::is_empty) {
        check.findings.push(
            "--auth-type service needs the token of a service account in OP_SERVICE_ACCOUNT_TOKEN"
                .to_owned(),
        );
        return None;
    }
    token.map(|token| Auth::Service(Secret::new(token.to_owned())))
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

fn user(check: &mut Check<'_>) -> Option<Auth> {
    check.not_empty("address");
    let flags = &check.inputs.flags;
    let given = check.inputs.setting("address").is_some();
    let address = if given {
        flags.address.clone()
    } else {
        String::new()
    };
    let email = flags.email.clone().filter(|email| !email.is_empty());
    let before = check.findings.len();
    let (text, file) = (flags.secret_key.clone(), flags.secret_key_file.clone());
    let secret_key = one_secret(check, ("secret-key", text), ("secret-key-file", file));
    let password = password(check);
    if check.findings.len() > before {
        return None;
    }
    let mut missing = Vec::new();
    if email.is_none() {
        missing.push(spelling("email"));
    }
    if secret_key.is_none() {
        missing.push(format!(
            "{} or {} if op does not know the account yet",
            spelling("secret-key"),
            spelling("secret-key-file")
        ));
    }
    if password.is_none() {
        missing.push(format!(
            "{} or {}",
            spelling("password"),
            spelling("password-file")
        ));
    }
    match (email, password) {
        (Some(email), Some(password)) => Some(Auth::User {
            address,
            email,
            secret_key,
            password,
        }),
        _ => {
            let missing = missing.join(", ");
            check.findings.push(format!(
                "signing in as a user needs {missing}; {OTHER_WAYS}"
            ));
            None
        }
    }
}

/// The password: given, in a file, on standard input, or asked for when there is somebody to ask.
fn password(check: &mut Check<'_>) -> Option<Password> {
    let flags = &check.inputs.flags;
    let text = flags.password.clone().filter(|text| !text.is_empty());
    let file = flags.password_file.clone().filter(|file| !file.is_empty());
    match (text, file) {
        (Some(_), Some(_)) => {
            clash(check, "password", "password-file");
            None
        }
        (Some(text), None) if text.expose() == "-" => Some(Password::Stdin),
        (Some(text), None) => Some(Password::Given(text)),
        (None, Some(file)) if file == "-" => Some(Password::Stdin),
        (None, Some(file)) => secret_file(check, "password-file", &file).map(Password::Given),
        (None, None) => check
            .inputs
            .surroundings
            .terminal
            .then_some(Password::Prompt),
    }
}

/// The C1 client secret, empty when there is none; one of client id and secret without the other
/// is a finding of the group rules, an empty one is a finding here.
pub(super) fn client_secret(check: &mut Check<'_>) -> Secret {
    let flags = &check.inputs.flags;
    let id = flags.client_id.as_deref().is_some_and(|id| !id.is_empty());
    let (text, file) = (
        flags.client_secret.clone(),
        flags.client_secret_file.clone(),
    );
    let nothing =
        text.as_ref().is_none_or(Secret::is_empty) && file.as_ref().is_none_or(String::is_empty);
    if nothing && id {
        check.not_empty("client-secret");
        check.not_empty("client-secret-file");
    }
    let secret = one_secret(check, ("client-secret", text), ("client-secret-file", file));
    if secret.is_some() && !id {
        check.not_empty("client-id");
    }
    secret.unwrap_or_default()
}

/// A secret that is given as a text or in a file, but not as both; empty ones are not given.
fn one_secret(
    check: &mut Check<'_>,
    (name, text): (&str, Option<Secret>),
    (file_name, file): (&str, Option<String>),
) -> Option<Secret> {
    let text = text.filter(|text| !text.is_empty());
    match (text, file.filter(|file| !file.is_empty())) {
        (Some(_), Some(_)) => {
            clash(check, name, file_name);
            None
        }
        (Some(text), None) => Some(text),
        (None, Some(file)) if file == "-" => {
            let reason = "only a password is read from standard input; name a file";
            check.refuse(file_name, file, reason);
            None
        }
        (None, Some(file)) => secret_file(check, file_name, &file),
        (None, None) => None,
    }
}

fn clash(check: &mut Check<'_>, one: &str, other: &str) {
    let (one, other) = (check.inputs.origin(one), check.inputs.origin(other));
    check
        .findings
        .push(format!("give only one of {one} and {other}"));
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
