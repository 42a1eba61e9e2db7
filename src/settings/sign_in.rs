//! Who signs in to 1Password, decided from the settings.

use std::fs::File;

use super::Password;
use super::check::Check;
use super::flags::spelling;
use crate::op::{Auth, UserCredentials};
use crate::secret::Secret;
use crate::text::{host, unmarked};

const OTHER_WAYS: &str = "or sign in with a service account: --auth-type service and \
    OP_SERVICE_ACCOUNT_TOKEN; or give no credentials and unlock 1Password first";

/// The means of signing in, and where a password is still to be read from.
pub(super) fn auth(check: &mut Check<'_>) -> (Auth, Option<Password>) {
    let is_user = USER.iter().any(|name| check.inputs.setting(name).is_some());
    match &*check.inputs.flags.auth_type {
        "service" => (service(check), None),
        word if check.takes("auth-type", word) && is_user => user(check),
        _ => (unlocked(check), None),
    }
}

const USER: [&str; 5] = [
    "email",
    "secret-key",
    "secret-key-file",
    "password",
    "password-file",
];

fn service(check: &mut Check<'_>) -> Auth {
    let around = &check.inputs.surroundings;
    let token = around.variable("OP_SERVICE_ACCOUNT_TOKEN");
    let token = token.map_or("", |token| unmarked(token).trim());
    if token.is_empty() {
        let needs =
            "--auth-type service needs the token of a service account in OP_SERVICE_ACCOUNT_TOKEN";
        check.findings.push(needs.to_owned());
    }
    Auth::Service(Secret::new(token.to_owned()))
}

/// Nothing to sign in with: whoever unlocked `op`. An address alone says which account.
fn unlocked(check: &mut Check<'_>) -> Auth {
    check.not_empty(&["address", "account"]);
    // An address that is written as a link, or in capitals, becomes its host; an id or a shorthand
    // stays as it is.
    let account = |text: &str| match text.contains(['.', '/']) && !text.contains('@') {
        true => host(text),
        false => text.trim().to_owned(),
    };
    let inputs = check.inputs;
    let account = inputs.text("account").map(account);
    let account = account.or(inputs.text("address").map(host));
    Auth::Unlocked { account }
}

fn user(check: &mut Check<'_>) -> (Auth, Option<Password>) {
    check.not_empty(&["address"]);
    let inputs = check.inputs;
    let before = check.findings.len();
    let secret_key = one_secret(check, "secret-key");
    let password = password(check);
    let or = |one, other| format!("{} or {}", spelling(one), spelling(other));
    let key = || or("secret-key", "secret-key-file") + " if op does not know the account yet";
    let email = inputs.flags.email.clone();
    if check.findings.len() == before && (email.is_none() || password.is_none()) {
        let missing = [
            email.is_none().then(|| spelling("email")),
            secret_key.is_none().then(key),
            password.is_none().then(|| or("password", "password-file")),
        ];
        let missing: Vec<String> = missing.into_iter().flatten().collect();
        let missing = missing.join(", ");
        let needs = format!("signing in as a user needs {missing}; {OTHER_WAYS}");
        check.findings.push(needs);
    }
    let (password, read_from) = password.unwrap_or_default();
    let user = UserCredentials {
        address: inputs.text("address").unwrap_or_default().to_owned(),
        email: email.unwrap_or_default(),
        secret_key,
        password,
    };
    (Auth::User(user), read_from)
}

/// The password; empty where it is to be read from standard input, or there is somebody to ask.
fn password(check: &mut Check<'_>) -> Option<(Secret, Option<Password>)> {
    let inputs = check.inputs;
    let read_from = match (inputs.path("password"), inputs.path("password-file")) {
        (None, None) if inputs.surroundings.terminal => Password::Prompt,
        (None, None) => return None,
        (Some(one), None) | (None, Some(one)) if one == "-" => Password::Stdin,
        _ => return Some((one_secret(check, "password")?, None)),
    };
    Some((Secret::default(), Some(read_from)))
}

/// A secret that stands as a text or in a file, but not as both.
pub(super) fn one_secret(check: &mut Check<'_>, name: &str) -> Option<Secret> {
    let inputs = check.inputs;
    let file_name = &*format!("{name}-file");
    match (inputs.text(name), inputs.path(file_name)) {
        (Some(_), Some(_)) => {
            check.clash(&[name, file_name]);
            None
        }
        (text, None) => Some(Secret::new(text?.to_owned())),
        (None, Some(path)) if path == "-" => {
            let reason = "only a password is read from standard input; name a file";
            check.refuse(file_name, "-", reason);
            None
        }
        (None, Some(path)) => {
            let fault = match File::open(path).and_then(Secret::of_file) {
                Ok(secret) if secret.is_empty() => "the file is empty".to_owned(),
                Ok(secret) => return Some(secret),
                Err(error) => error.to_string(),
            };
            check.refuse(file_name, path.display(), fault);
            None
        }
    }
}
