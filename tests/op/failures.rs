//! Calls that fail: what is said, and what is tried again.

use std::time::Duration;

use baton_1password::op::{Auth, Client, ErrorKind, Settings};
use baton_1password::secret::Secret;
use serde_json::json;

use crate::op::common::{connected, faulty, settings};

const LIMITED: &str = "[ERROR] 2026/09/18 08:01:02 Too many requests. Your client has been rate-limited. Try again in  seconds\n";

/// `src/sync/mapping.md`, Failures
#[tokio::test]
async fn a_failure_names_command_exit_code_and_reason() {
    let stderr = "couldn't start daemon: x\n[ERROR] 2026/09/18 08:01:02 (404) Not Found: The requested resource was not found.\n";
    let sandbox = faulty(json!([{"words": "vault user list", "exit": 4, "stderr": stderr}]));
    let error = connected(&sandbox)
        .await
        .vault_user_list("v1")
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(
        error.to_string(),
        "`op vault user list v1` failed with exit code 4: (404) Not Found: The requested resource was not found."
    );
    assert_eq!(sandbox.calls().len(), 1);
}

#[tokio::test]
async fn an_answer_with_a_bad_exit_code_is_a_failure() {
    let sandbox = faulty(json!([{"words": "user list", "exit": 1, "stdout_file": "answer"}]));
    sandbox.write("bin/answer", "[]");
    let error = connected(&sandbox).await.user_list().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Other);
    assert!(error.to_string().contains("gave no reason"), "{error}");
}

#[tokio::test]
async fn a_warning_beside_a_good_answer_is_no_failure() {
    let sandbox =
        faulty(json!([{"words": "user list", "stderr": "couldn't start daemon: (403) x\n"}]));
    connected(&sandbox).await.user_list().await.unwrap();
}

/// `src/sync/mapping.md`, Failures
#[tokio::test]
async fn a_rate_limit_is_waited_out() {
    let sandbox = faulty(json!([{"words": "user list", "times": 1, "exit": 1, "stderr": LIMITED}]));
    let client = connected(&sandbox).await;
    client.user_list().await.unwrap();
    assert_eq!(
        (client.activity().calls_started(), sandbox.calls().len()),
        (2, 2)
    );
}

/// A sync waits for the limit of the hour. A probe or a grant beside it is told so at once, without
/// a call of `op`.
#[tokio::test]
async fn who_does_not_wait_for_a_limit_is_not_held_up_by_who_does() {
    let limited = "[ERROR] (429) Too Many Requests: Please retry in 41 minutes.\n";
    let sandbox = faulty(json!([{"words": "user list", "exit": 1, "stderr": limited}]));
    let service = Settings {
        auth: Auth::Service(Secret::new("ops_token".to_owned())),
        ..settings(&sandbox)
    };
    let client = Client::connect(service).await.unwrap();
    let patient = client.waiting_for_limits();
    let sync = tokio::spawn(async move { patient.user_list().await.map(drop) });
    while client.activity().wait().is_none() {
        tokio::task::yield_now().await;
    }
    let answer = tokio::time::timeout(Duration::from_secs(60), client.account_get()).await;
    let error = answer.expect("it does not wait").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert_eq!(
        error.to_string(),
        "`op account get` was not asked: this service account has used up a limit, which is reset in 42 min. Try again \
         later."
    );
    assert_eq!(sandbox.calls().len(), 1);
    assert!(!sync.is_finished());
    sync.abort();
    let alone = connected(&sandbox).await.user_list().await.unwrap_err();
    assert_eq!(alone.kind(), ErrorKind::RateLimited);
}

#[tokio::test]
async fn transient_failures_are_tried_again() {
    for text in [
        "(409) Conflict: Internal server conflict",
        "dial tcp: lookup my.1password.com: no such host",
        "read tcp 10.0.0.2:4711: connection reset by peer",
        "connecting to desktop app timed out, make sure it is installed, running and CLI integration is enabled",
    ] {
        let sandbox =
            faulty(json!([{"words": "user list", "times": 1, "exit": 1, "stderr": text}]));
        connected(&sandbox).await.user_list().await.unwrap();
        assert_eq!(sandbox.calls().len(), 2, "{text}");
    }
}

#[tokio::test]
async fn a_failure_that_stays_is_given_up_with_the_number_of_tries() {
    let stderr = "connecting to desktop app timed out, make sure it is installed, running";
    let sandbox = faulty(json!([{"words": "user list", "exit": 1, "stderr": stderr}]));
    let error = connected(&sandbox).await.user_list().await.unwrap_err();
    assert_eq!(
        (error.kind(), error.is_retryable()),
        (ErrorKind::AppUnreachable, true)
    );
    assert!(error.to_string().contains("Tried 3 times."), "{error}");
    assert_eq!(sandbox.calls().len(), 3);
}

#[tokio::test]
async fn a_write_is_repeated_only_when_it_was_not_carried_out() {
    let fault = |text: &str| json!([{"words": "grant", "times": 1, "exit": 1, "stderr": text}]);
    for (text, calls) in [
        ("(409) Conflict", 2),
        (LIMITED, 2),
        ("connection refused", 2),
        ("unexpected EOF", 1),
    ] {
        let sandbox = faulty(fault(text));
        let client = connected(&sandbox).await;
        let result = client.group_user_grant("g", "u", "member").await;
        assert_eq!(
            (result.is_ok(), sandbox.calls().len()),
            (calls == 2, calls),
            "{text}"
        );
    }
}

/// The n-th call fails whatever it asks; the others are answered.
#[tokio::test]
async fn one_failing_call_leaves_the_others() {
    let sandbox = faulty(
        json!([{"call": 2, "exit": 1, "stderr": "(403) Forbidden"}, {"words": "vault", "skip": 1, "exit": 1}]),
    );
    let client = connected(&sandbox).await;
    client.account_get().await.unwrap();
    assert_eq!(
        client.user_list().await.unwrap_err().kind(),
        ErrorKind::Forbidden
    );
    client.user_list().await.unwrap();
    client.vault_list(None).await.unwrap();
    client.vault_list(None).await.unwrap_err();
}
