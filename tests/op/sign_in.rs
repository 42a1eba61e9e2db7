//! The three ways to be signed in.

use std::io::Write;
use std::sync::{Arc, Mutex};

use baton_1password::op::{Auth, Client, ErrorKind, Settings, UserCredentials};
use baton_1password::secret::Secret;
use serde_json::{Value, json};

use crate::op::common::{
    ACCOUNT_ID, PASSWORD, SECRET_KEY, TOKEN, USER_ID, faulty, refused, settings, settings_of_ada,
    sign_in_of_ada,
};
use crate::support::Sandbox;

fn world(sign_in: Value) -> Sandbox {
    let sandbox = faulty(json!([]));
    sandbox.set("sign_in", sign_in);
    sandbox
}

fn with(mut settings: Settings, change: impl FnOnce(&mut UserCredentials)) -> Settings {
    if let Auth::User(user) = &mut settings.auth {
        change(user);
    }
    settings
}

fn words(sandbox: &Sandbox) -> Vec<String> {
    sandbox.calls().iter().map(|call| call.words()).collect()
}

/// No secret in an argument list; the password only on standard input of a sign-in, the Secret Key
/// only where the account is added, the token only in its own variable of data calls.
fn assert_secrets_are_kept(sandbox: &Sandbox) {
    for secret in [PASSWORD, SECRET_KEY, TOKEN] {
        sandbox.assert_hidden(secret, &[]);
    }
    for call in sandbox.all_calls() {
        let words = call.words();
        let (adds, signs_in) = (
            words.starts_with("account add"),
            words.starts_with("signin"),
        );
        let is_data = !adds && !signs_in && words != "account list" && words != "--version";
        for (name, value) in &call.environment {
            assert!(
                !value.contains(PASSWORD),
                "the password in {name} of {words}"
            );
            assert_eq!(
                value.contains(SECRET_KEY),
                adds && name == "OP_SECRET_KEY",
                "{name} of {words}"
            );
            let token = is_data && *name == format!("OP_SESSION_{USER_ID}");
            assert_eq!(value.contains(TOKEN), token, "{name} of {words}");
        }
        let line = if adds || signs_in {
            format!("{PASSWORD}\n")
        } else {
            String::new()
        };
        assert_eq!(call.stdin, line, "standard input of {words}");
        assert_eq!(
            call.null_input,
            line.is_empty(),
            "standard input of {words}"
        );
    }
}
#[tokio::test]
async fn a_known_account_is_signed_in_once() {
    let sandbox = world(sign_in_of_ada());
    let client = Client::connect(settings_of_ada(&sandbox)).await.unwrap();
    client.account_get().await.unwrap();
    client.user_list().await.unwrap();
    let signin = format!("signin --account {ACCOUNT_ID} --raw");
    assert_eq!(
        words(&sandbox),
        ["account list", &signin, "account get", "user list"]
    );
    let calls = sandbox.calls();
    assert_eq!(calls[0].argv, ["account", "list", "--format=json"]);
    assert_eq!(calls[1].argv, ["signin", "--account", ACCOUNT_ID, "--raw"]);
    for call in &calls[2..] {
        assert_eq!(
            call.environment[&format!("OP_SESSION_{USER_ID}")],
            format!("{TOKEN}.1")
        );
        assert_eq!(call.environment["OP_ACCOUNT"], ACCOUNT_ID);
    }
    assert_secrets_are_kept(&sandbox);
}
#[tokio::test]
async fn an_unknown_account_is_added_first() {
    let mut sign_in = sign_in_of_ada();
    sign_in["accounts"][0]["registered"] = json!(false);
    sign_in["accounts"][0]["email"] = json!("ada@kestrel.example");
    let sandbox = world(sign_in);
    let settings = with(settings_of_ada(&sandbox), |user| {
        user.secret_key = Some(Secret::new(SECRET_KEY.to_owned()))
    });
    let client = Client::connect(settings).await.unwrap();
    client.account_get().await.unwrap();
    let add = "account add --address kestrel.1password.com --email ada@kestrel.example --raw";
    let signin = format!("signin --account {ACCOUNT_ID} --raw");
    assert_eq!(
        words(&sandbox),
        ["account list", add, "account list", &signin, "account get"]
    );
    assert_secrets_are_kept(&sandbox);
}

#[tokio::test]
async fn the_secret_key_is_asked_for_only_when_the_account_must_be_added() {
    let sandbox = world(sign_in_of_ada());
    let elsewhere = with(settings_of_ada(&sandbox), |user| {
        user.address = "other.1password.com".to_owned()
    });
    let error = refused(elsewhere).await;
    assert_eq!(error.kind(), ErrorKind::NoAccount);
    let text = error.to_string();
    for part in [
        "--secret-key",
        "BATON_SECRET_KEY",
        "other.1password.com",
        "kestrel.1password.com",
    ] {
        assert!(text.contains(part), "{text}");
    }
    assert_eq!(words(&sandbox), ["account list"]);

    // Without an address the e-mail decides.
    let anywhere = with(settings_of_ada(&sandbox), |user| {
        user.address = String::new()
    });
    Client::connect(anywhere).await.unwrap();
}

#[tokio::test]
async fn an_account_that_does_not_appear_after_adding_is_an_error() {
    let sandbox = faulty(json!([{"words": "account add", "exit": 0}]));
    sandbox.set("sign_in", json!({"accounts": []}));
    let settings = with(settings_of_ada(&sandbox), |user| {
        user.secret_key = Some(Secret::new(SECRET_KEY.to_owned()))
    });
    let error = refused(settings).await;
    assert_eq!(error.kind(), ErrorKind::NoAccount);
    assert!(error.to_string().contains("op account add"), "{error}");
}

#[tokio::test]
async fn a_machine_without_accounts_may_say_so_by_failing() {
    let none = "[ERROR] 2026/09/18 08:01:02 No accounts configured for use with 1Password CLI.\n";
    let mut sign_in = sign_in_of_ada();
    sign_in["accounts"][0]["email"] = json!("ada@kestrel.example");
    let sandbox = world(sign_in);
    sandbox.set(
        "faults",
        json!([{"words": "account list", "times": 1, "exit": 1, "stderr": none}]),
    );
    let settings = with(settings_of_ada(&sandbox), |user| {
        user.secret_key = Some(Secret::new(SECRET_KEY.to_owned()))
    });
    Client::connect(settings).await.unwrap();
    assert!(words(&sandbox)[1].starts_with("account add "));
}
#[tokio::test]
async fn several_fitting_accounts_are_listed_and_none_is_signed_in() {
    let mut sign_in = sign_in_of_ada();
    let mut other = sign_in["accounts"][0].clone();
    other["user_uuid"] = json!("M5XGU26JAGZYCAOL2C2BQW4HBI");
    sign_in["accounts"].as_array_mut().unwrap().push(other);
    let sandbox = world(sign_in);
    let error = refused(settings_of_ada(&sandbox)).await;
    assert_eq!(error.kind(), ErrorKind::AmbiguousAccount);
    let text = error.to_string();
    assert!(
        text.contains(USER_ID) && text.contains("M5XGU26JAGZYCAOL2C2BQW4HBI"),
        "{text}"
    );
    assert_eq!(words(&sandbox), ["account list"]);
}

#[tokio::test]
async fn two_users_of_one_account_are_told_apart() {
    let mut sign_in = sign_in_of_ada();
    let mut bob = sign_in["accounts"][0].clone();
    bob["email"] = json!("bob@kestrel.example");
    bob["user_uuid"] = json!("M5XGU26JAGZYCAOL2C2BQW4HBI");
    sign_in["accounts"].as_array_mut().unwrap().push(bob);
    let sandbox = world(sign_in);
    Client::connect(settings_of_ada(&sandbox))
        .await
        .unwrap()
        .account_get()
        .await
        .unwrap();
    let calls = sandbox.calls();
    assert_eq!(calls[1].argv[2], USER_ID);
    assert_eq!(calls[2].environment["OP_ACCOUNT"], USER_ID);
}
#[tokio::test]
async fn a_refused_sign_in_says_why_without_the_password() {
    let sandbox = world(sign_in_of_ada());
    let wrong = "hunter2 hunter2";
    let echo = format!("[ERROR] 2026/09/18 08:01:02 (401) Unauthorized: {wrong} is not it.\n");
    sandbox.set(
        "faults",
        json!([{"words": "signin", "exit": 1, "stderr": echo}]),
    );
    let settings = with(settings_of_ada(&sandbox), |user| {
        user.password = Secret::new(wrong.to_owned())
    });
    let error = refused(settings).await;
    assert_eq!(error.kind(), ErrorKind::WrongPassword);
    let text = format!("{error} {error:?}");
    assert!(
        text.contains(&format!(
            "`op signin --account {ACCOUNT_ID} --raw` failed with exit code 1"
        )),
        "{text}"
    );
    assert!(
        text.contains("(401) Unauthorized: *** is not it.") && !text.contains(wrong),
        "{text}"
    );
    assert_eq!(
        words(&sandbox).len(),
        2,
        "a wrong password is not tried again"
    );
}

#[tokio::test]
async fn the_desktop_app_may_hold_the_session_after_sign_in() {
    let mut sign_in = sign_in_of_ada();
    sign_in["app"] = json!(true);
    let sandbox = world(sign_in);
    let client = Client::connect(settings_of_ada(&sandbox)).await.unwrap();
    client.account_get().await.unwrap();
    let call = &sandbox.calls()[2];
    assert!(
        !call
            .environment
            .keys()
            .any(|name| name.starts_with("OP_SESSION"))
    );
    assert_eq!(call.environment["OP_ACCOUNT"], ACCOUNT_ID);
}

/// A wrapper that drops `--raw` gives the line that a shell would take.
#[tokio::test]
async fn an_export_line_gives_its_token() {
    for line in [
        format!(
            "export OP_SESSION_{USER_ID}=\"{TOKEN}.1\"\n# This command is meant to be used with your shell's eval.\n"
        ),
        format!("export OP_SESSION_{USER_ID}={TOKEN}.1;\n"),
    ] {
        let sandbox = world(sign_in_of_ada());
        sandbox.set(
            "faults",
            json!([{"words": "signin", "late": true, "stdout_file": "line"}]),
        );
        sandbox.write("bin/line", &line);
        let client = Client::connect(settings_of_ada(&sandbox)).await.unwrap();
        client.account_get().await.unwrap();
        assert_secrets_are_kept(&sandbox);
    }
}

#[tokio::test]
async fn what_is_no_token_is_refused_and_not_shown() {
    let sandbox = world(sign_in_of_ada());
    for output in ["two words", "a\0b", "caf\u{e9}"] {
        sandbox.set(
            "faults",
            json!([{"words": "signin", "stdout_file": "token"}]),
        );
        sandbox.write("bin/token", output);
        let error = refused(settings_of_ada(&sandbox)).await;
        assert_eq!(error.kind(), ErrorKind::BadAnswer);
        assert!(!error.to_string().contains(output), "{error}");
    }
}

/// A session that expires during a run is renewed once, whatever the number of calls that notice.
#[tokio::test]
async fn an_expired_session_is_renewed() {
    let mut sign_in = sign_in_of_ada();
    sign_in["expire_after"] = json!(4);
    let sandbox = world(sign_in);
    let client = Client::connect(settings_of_ada(&sandbox)).await.unwrap();
    for _ in 0..4 {
        client.account_get().await.unwrap();
    }
    let (users, groups, vaults) = tokio::join!(
        client.user_list(),
        client.group_list(),
        client.vault_list(None)
    );
    users.unwrap();
    groups.unwrap();
    vaults.unwrap();
    let signed_in = words(&sandbox)
        .iter()
        .filter(|words| words.starts_with("signin"))
        .count();
    assert_eq!(signed_in, 2, "{:?}", words(&sandbox));
    let last = &sandbox.calls()[sandbox.calls().len() - 1];
    assert_eq!(
        last.environment[&format!("OP_SESSION_{USER_ID}")],
        format!("{TOKEN}.2")
    );
    assert_secrets_are_kept(&sandbox);
}

/// What `op` means does not change with a password that is one of its words.
#[tokio::test]
async fn a_password_of_op_s_own_words_renews_the_session_too() {
    for word in ["session", "expired"] {
        let mut sign_in = sign_in_of_ada();
        sign_in["expire_after"] = json!(1);
        sign_in["accounts"][0]["password"] = json!(word);
        let sandbox = world(sign_in);
        let settings = with(settings_of_ada(&sandbox), |user| {
            user.password = Secret::new(word.to_owned())
        });
        let client = Client::connect(settings).await.unwrap();
        client.account_get().await.unwrap();
        client.account_get().await.unwrap();
        assert_eq!(
            words(&sandbox)
                .iter()
                .filter(|words| words.starts_with("signin"))
                .count(),
            2
        );
    }
}

#[tokio::test]
async fn a_session_that_expires_at_once_again_is_an_error() {
    let mut sign_in = sign_in_of_ada();
    sign_in["expire_after"] = json!(0);
    let sandbox = world(sign_in);
    let client = Client::connect(settings_of_ada(&sandbox)).await.unwrap();
    let error = client.account_get().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SessionExpired);
    // What was given and has worked is no next step.
    let text = error.to_string();
    assert!(
        !text.contains("--password") && text.contains("approve"),
        "{text}"
    );
    let signin = format!("signin --account {ACCOUNT_ID} --raw");
    assert_eq!(
        words(&sandbox),
        [
            "account list",
            &signin,
            "account get",
            &signin,
            "account get"
        ]
    );
}

#[tokio::test]
async fn without_the_means_a_session_is_not_renewed() {
    let sandbox = world(sign_in_of_ada());
    let client = Client::connect(settings(&sandbox)).await.unwrap();
    let error = client.account_get().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotSignedIn);
    assert!(
        error.to_string().contains("Unlock the 1Password app"),
        "{error}"
    );
    assert!(
        error
            .steps()
            .iter()
            .any(|step| step.contains("eval $(op signin)"))
    );
    assert_eq!(words(&sandbox), ["account get"]);
}
#[tokio::test]
async fn a_service_account_needs_its_token_only() {
    let token = "ops_eyJzaWduSW5BZGRyZXNzIjoi";
    let sandbox = world(json!({"service_token": token}));
    let service = |token: &str| Settings {
        auth: Auth::Service(Secret::new(token.to_owned())),
        ..settings(&sandbox)
    };
    Client::connect(service(token))
        .await
        .unwrap()
        .account_get()
        .await
        .unwrap();
    assert_eq!(words(&sandbox), ["account get"]);
    sandbox.assert_hidden(token, &[]);
    let error = Client::connect(service("ops_wrong"))
        .await
        .unwrap()
        .account_get()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MalformedToken);
    assert!(
        error.to_string().contains("OP_SERVICE_ACCOUNT_TOKEN"),
        "{error}"
    );
}

/// No secret in the log at any level, even when `op` echoes them.
#[tokio::test]
async fn nothing_secret_is_logged() {
    let sandbox = world(sign_in_of_ada());
    let echo = format!("{PASSWORD} {SECRET_KEY} {TOKEN}.1\n");
    sandbox.set(
        "faults",
        json!([
            {"words": "user list", "stderr": echo},
            {"words": "group list", "times": 1, "exit": 1, "stderr": format!("connection reset {echo}")},
            {"words": "vault list", "stdout_file": "echo"},
        ]),
    );
    sandbox.write("bin/echo", &echo);
    // For all threads: a subscriber of one thread races with other tests for the log statements.
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone());
    tracing::subscriber::set_global_default(subscriber.finish()).unwrap();
    let settings = with(settings_of_ada(&sandbox), |user| {
        user.secret_key = Some(Secret::new(SECRET_KEY.to_owned()))
    });
    let client = Client::connect(settings.clone()).await.unwrap();
    client.user_list().await.unwrap();
    client.group_list().await.unwrap();
    let error = client.vault_list(None).await.unwrap_err();
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let texts = [log, format!("{error} {error:?} {settings:?}")];
    assert!(
        texts[0].contains("user list") && texts[0].contains("connection reset"),
        "{}",
        texts[0]
    );
    for secret in [PASSWORD, SECRET_KEY, TOKEN] {
        sandbox.assert_hidden(secret, &[&texts[0], &texts[1]]);
    }
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
