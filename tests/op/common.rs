//! Shared by the tests of `op`.

use std::time::Duration;

use baton_1password::op::{Auth, Client, Error, Settings, UserCredentials};
use baton_1password::secret::Secret;
use serde_json::{Value, json};

use crate::support::Sandbox;

pub(crate) const PASSWORD: &str = "correct horse battery";
pub(crate) const SECRET_KEY: &str = "A3-KESTREL-SECRET";
pub(crate) const TOKEN: &str = "session-token";
pub(crate) const USER_ID: &str = "RRM5IIGYYT7B2WMHOF5YJ2KH2L";
pub(crate) const ACCOUNT_ID: &str = "4OEEOQ7WFGIUAPAKQWFN6V2EOR";

/// Settings for the sandbox's `op` that needs no sign-in.
pub(crate) fn settings(sandbox: &Sandbox) -> Settings {
    Settings {
        path: Some(sandbox.op()),
        timeout: Duration::from_secs(60),
        workers: 4,
        auth: Auth::Unlocked { account: None },
    }
}

/// The same with Ada's credentials; without the Secret Key.
pub(crate) fn settings_of_ada(sandbox: &Sandbox) -> Settings {
    let user = UserCredentials {
        address: "kestrel.1password.com".to_owned(),
        email: "ada@kestrel.example".to_owned(),
        secret_key: None,
        password: Secret::new(PASSWORD.to_owned()),
    };
    Settings {
        auth: Auth::User(user),
        ..settings(sandbox)
    }
}

/// Ada's account as `sign_in` of a world.
pub(crate) fn sign_in_of_ada() -> Value {
    json!({"accounts": [{
        "url": "https://kestrel.1password.com", "email": "Ada@kestrel.example", "user_uuid": USER_ID,
        "account_uuid": ACCOUNT_ID, "secret_key": SECRET_KEY, "password": PASSWORD, "token": TOKEN,
    }]})
}

/// A client that is connected to the sandbox's `op`.
pub(crate) async fn connected(sandbox: &Sandbox) -> Client {
    Client::connect(settings(sandbox)).await.unwrap()
}

/// The error of a connection that must fail.
pub(crate) async fn refused(settings: Settings) -> Error {
    Client::connect(settings)
        .await
        .err()
        .expect("the connection fails")
}

/// A world with canned answers in `bin/answers`, all of them `[]` but `account get`, and these
/// faults.
pub(crate) fn faulty(faults: Value) -> Sandbox {
    let sandbox = Sandbox::new(json!({"answers": "answers", "faults": faults}));
    sandbox.write("bin/answers/account_get.json", r#"{"id": "A"}"#);
    for listing in ["user_list", "group_list", "vault_list"] {
        sandbox.write(format!("bin/answers/{listing}.json"), "[]");
    }
    sandbox
}
