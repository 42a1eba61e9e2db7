//! Child processes: deadlines, bounds, and that none is left.

use std::time::Duration;

use baton_1password::op::{Client, ErrorKind, Settings};
use serde_json::json;

use crate::op::common::{connected, faulty, refused, settings};
use crate::support::Sandbox;

/// Long enough for the fake to start on a busy machine and write its log.
fn impatient(sandbox: &Sandbox) -> Settings {
    Settings {
        timeout: Duration::from_secs(5),
        ..settings(sandbox)
    }
}

/// `src/sync/mapping.md`, Failures
#[tokio::test]
async fn a_hanging_op_is_stopped_at_the_deadline_with_all_it_started() {
    for leave in [json!(null), json!("group")] {
        let sandbox = faulty(json!([{"words": "user list", "leave": leave, "hang": true}]));
        let client = Client::connect(impatient(&sandbox)).await.unwrap();
        client.account_get().await.unwrap();
        let error = client.user_list().await.unwrap_err();
        assert_eq!(
            (error.kind(), error.is_retryable()),
            (ErrorKind::Timeout, false)
        );
        let text = error.to_string();
        assert!(
            text.contains("`op user list`")
                && text.contains("5 s")
                && text.contains("a prompt that waits"),
            "{text}"
        );
        assert_eq!(sandbox.calls().len(), 2, "a call that hung is not repeated");
        assert_eq!(sandbox.helpers().len(), usize::from(leave.is_string()));
        sandbox.assert_clean();
    }
}

#[tokio::test]
async fn a_version_call_that_hangs_is_stopped() {
    let sandbox = faulty(json!([{"words": "--version", "hang": true}]));
    let error = refused(impatient(&sandbox)).await;
    assert_eq!(error.kind(), ErrorKind::Timeout);
    sandbox.assert_clean();
}

/// `src/op/op-cli.md`, Daemon
#[tokio::test]
async fn a_helper_that_holds_the_output_open_does_not_hold_up_the_answer() {
    let sandbox = faulty(
        json!([{"words": "user list", "leave": "group"}, {"words": "group list", "leave": "daemon"}]),
    );
    let client = connected(&sandbox).await;
    client.user_list().await.unwrap();
    sandbox.assert_clean();

    client.group_list().await.unwrap();
    // What has left the group is not ours to end; nobody leaves a job.
    #[cfg(unix)]
    {
        use rustix::process::{Pid, Signal, kill_process};
        let daemon = sandbox.helpers()[1];
        assert!(crate::support::is_alive(daemon));
        kill_process(Pid::from_raw(daemon.cast_signed()).unwrap(), Signal::KILL).unwrap();
    }
    sandbox.assert_clean();
}

/// `src/sync/mapping.md`, Failures
#[tokio::test]
async fn a_call_that_nobody_waits_for_is_killed() {
    let sandbox = faulty(json!([{"words": "user list", "leave": "group", "hang": true}]));
    let client = connected(&sandbox).await;
    let call = tokio::spawn({
        let client = client.clone();
        async move { client.user_list().await }
    });
    while sandbox.helpers().is_empty() {
        tokio::task::yield_now().await;
    }
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());
    assert_eq!(client.activity().calls_done(), 1);
    sandbox.assert_clean();
    // Nor is it left unreaped.
    #[cfg(unix)]
    {
        use rustix::process::{Pid, test_kill_process};
        let pid = Pid::from_raw(sandbox.calls()[0].pid.cast_signed()).unwrap();
        while test_kill_process(pid).is_ok() {
            tokio::task::yield_now().await;
        }
    }
    // The place of the call is free again.
    client.group_list().await.unwrap();
}

#[tokio::test]
async fn ten_megabytes_on_stderr_are_survived() {
    let reason = "[ERROR] 2026/09/18 08:01:02 (403) Forbidden: You aren't authorized to access this resource.\n";
    let sandbox = faulty(json!([
        {"words": "user list", "flood_stderr": 10 << 20},
        {"words": "group list", "flood_stderr": 10 << 20, "stderr": reason, "exit": 1},
    ]));
    let client = connected(&sandbox).await;
    client.user_list().await.unwrap();
    let error = client.group_list().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Forbidden);
    assert!(error.to_string().len() < 400, "{error}");
}

#[tokio::test]
async fn a_flood_on_stdout_is_stopped() {
    let sandbox = faulty(json!([{"words": "user list", "flood_stdout": 1_u64 << 40}]));
    let error = connected(&sandbox).await.user_list().await.unwrap_err();
    assert_eq!(
        (error.kind(), error.is_retryable()),
        (ErrorKind::TooMuchOutput, false)
    );
    assert!(error.to_string().contains("`op user list`"), "{error}");
    sandbox.assert_clean();
}

#[cfg(unix)]
#[tokio::test]
async fn an_op_that_a_signal_ends_is_an_error() {
    let sandbox = faulty(json!([{"words": "user list", "abort": true}]));
    let error = connected(&sandbox).await.user_list().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Other);
    assert!(error.to_string().contains("SIGABRT"), "{error}");
}

/// A program that somebody still writes cannot be started for that moment.
#[cfg(unix)]
#[tokio::test]
async fn an_op_that_is_being_installed_is_waited_for() {
    use std::os::unix::fs::PermissionsExt;
    let sandbox = Sandbox::new(json!({}));
    sandbox.write("bin/new", "#!/bin/sh\necho 2.31.0\n");
    std::fs::set_permissions(sandbox.path("bin/new"), PermissionsExt::from_mode(0o700)).unwrap();
    let writer = std::fs::OpenOptions::new()
        .append(true)
        .open(sandbox.path("bin/new"))
        .unwrap();
    let settings = Settings {
        path: Some(sandbox.path("bin/new")),
        ..settings(&sandbox)
    };
    let (client, ()) = tokio::join!(Client::connect(settings), async { drop(writer) });
    assert_eq!(client.unwrap().version(), Some("2.31.0"));
}
