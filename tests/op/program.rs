//! The same from further away: the real program, its settings in the environment, and what of that
//! reaches `op`.

use baton_1password::op::ErrorKind;
use serde_json::json;

use crate::op::common::{
    ACCOUNT_ID, PASSWORD, SECRET_KEY, TOKEN, USER_ID, connected, sign_in_of_ada,
};
use crate::support::{Run, STOPS, Sandbox, Started, fixture};

/// What a person may have in the environment; none of it is for `op` unless it is the chosen way to
/// sign in.
const OUTSIDE: &[(&str, &str)] = &[
    ("BATON_LOG_LEVEL", "debug"),
    ("OP_CONNECT_HOST", "https://connect.example"),
    ("OP_CONNECT_TOKEN", "connect-token"),
    ("OP_DEBUG", "true"),
    ("OP_FORMAT", "human-readable"),
    ("OP_CACHE", "true"),
    ("AWS_SECRET_ACCESS_KEY", "aws-secret"),
    ("https_proxy", "http://proxy.example:3128"),
];

fn tiny() -> Sandbox {
    Sandbox::canned(&fixture("golden/tiny/op"))
}

fn run(sandbox: &Sandbox, variables: &[(&str, &str)], arguments: &[&str]) -> Run {
    let mut command = sandbox.command();
    command.envs(OUTSIDE.iter().chain(variables).copied());
    command.args(["-f", "sync.c1z"]).args(arguments);
    Started::new(command).wait()
}

fn assert_only_chosen_variables_pass(sandbox: &Sandbox) {
    for call in sandbox.all_calls() {
        for (name, value) in &call.environment {
            assert!(
                !name.starts_with("BATON_") && !name.starts_with("OP_CONNECT_"),
                "{name} reached op"
            );
            assert!(
                !value.contains("secret") && !value.contains("human-readable"),
                "{name} reached op"
            );
        }
        assert_eq!(call.environment["OP_DEBUG"], "false");
        assert_eq!(call.environment["https_proxy"], "http://proxy.example:3128");
    }
}
#[test]
fn a_user_signs_in_with_settings_of_the_environment() {
    let sandbox = tiny();
    sandbox.set("sign_in", sign_in_of_ada());
    let settings = [
        ("BATON_EMAIL", "ada@kestrel.example"),
        ("BATON_PASSWORD", PASSWORD),
        ("BATON_SECRET_KEY", SECRET_KEY),
        ("OP_SERVICE_ACCOUNT_TOKEN", "ops_other"),
        ("OP_SESSION_other", "other-session"),
        ("OP_ACCOUNT", "other"),
    ];
    let run = run(&sandbox, &settings, &[]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_only_chosen_variables_pass(&sandbox);
    for call in sandbox.all_calls() {
        assert!(
            !call
                .environment
                .keys()
                .any(|name| name == "OP_SERVICE_ACCOUNT_TOKEN" || name == "OP_SESSION_other")
        );
        assert!(
            call.environment
                .get("OP_ACCOUNT")
                .is_none_or(|account| account == ACCOUNT_ID)
        );
    }
    let signed_in = sandbox
        .calls()
        .iter()
        .filter(|call| call.argv[0] == "signin")
        .count();
    assert_eq!(signed_in, 1);
    for secret in [PASSWORD, SECRET_KEY, TOKEN] {
        sandbox.assert_hidden(secret, &[&run.stdout, &run.stderr]);
    }
    sandbox.assert_clean();
}

#[test]
fn a_session_that_is_there_already_is_used() {
    let sandbox = tiny();
    sandbox.set("sign_in", sign_in_of_ada());
    // Ada has signed in once in this terminal.
    sandbox.write(format!("bin/counters/sign_in_{USER_ID}"), ".");
    let (variable, token) = (format!("OP_SESSION_{USER_ID}"), format!("{TOKEN}.1"));
    let run = run(
        &sandbox,
        &[
            (&variable, &token),
            ("OP_SERVICE_ACCOUNT_TOKEN", "ops_other"),
        ],
        &[],
    );
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_only_chosen_variables_pass(&sandbox);
    for call in sandbox.calls() {
        assert!(
            call.argv[0] != "signin" && !call.environment.contains_key("OP_SERVICE_ACCOUNT_TOKEN")
        );
    }
    sandbox.assert_hidden(TOKEN, &[&run.stdout, &run.stderr]);
}
#[test]
fn a_service_account_signs_in_with_its_token() {
    let sandbox = tiny();
    sandbox.set("sign_in", json!({"service_token": "ops_token"}));
    let variables = [
        ("OP_SERVICE_ACCOUNT_TOKEN", "ops_token"),
        ("OP_SESSION_other", "x"),
        ("OP_DEVICE", "device"),
        ("OP_LOAD_DESKTOP_APP_SETTINGS", "true"),
    ];
    let run = run(&sandbox, &variables, &["--auth-type", "service"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_only_chosen_variables_pass(&sandbox);
    assert!(
        sandbox
            .calls()
            .iter()
            .all(|call| !call.environment.contains_key("OP_SESSION_other"))
    );
    sandbox.assert_hidden("ops_token", &[&run.stdout, &run.stderr]);
}

/// `src/sync/mapping.md`, Failures
#[test]
fn a_failing_or_hanging_op_ends_the_run_with_its_reason() {
    let forbidden = "[ERROR] 2026/09/18 08:01:02 (403) Forbidden: You aren't authorized to access this resource.\n";
    for (fault, parts) in [
        (
            json!({"words": "user list", "exit": 1, "stderr": forbidden}),
            ["op user list", "exit code 1", "aren't authorized"],
        ),
        (
            json!({"words": "user list", "leave": "group", "hang": true}),
            ["op user list", "5 s", "a prompt that waits"],
        ),
    ] {
        let sandbox = tiny();
        sandbox.set("faults", json!([fault]));
        let run = run(&sandbox, &[], &["--op-timeout", "5s"]);
        assert!(run.code.is_some_and(|code| code != 0), "{run:?}");
        for part in parts {
            assert!(run.last_line().contains(part), "{}", run.stderr);
        }
        assert!(!sandbox.path("work/sync.c1z").exists());
        sandbox.assert_clean();
    }
}

/// `src/sync/mapping.md`, Failures
#[test]
fn a_signal_takes_op_and_its_helpers_along() {
    for (signal, code) in STOPS {
        let sandbox = tiny();
        sandbox.set(
            "faults",
            json!([{"words": "user list", "leave": "group", "hang": true}]),
        );
        let program = sandbox.start(&["-f", "sync.c1z"]);
        while sandbox.helpers().is_empty() {
            std::thread::yield_now();
        }
        program.send(*signal);
        let run = program.wait();
        assert_eq!(run.code, Some(*code), "{}", run.stderr);
        sandbox.assert_clean();
    }
}

#[tokio::test]
async fn a_command_that_the_fake_does_not_know_is_refused() {
    let sandbox = tiny();
    let error = connected(&sandbox)
        .await
        .connect_server_list()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
}

/// Linux on Windows: the program is `op.exe`, and sees only the variables that `WSLENV` names.
#[cfg(unix)]
#[test]
fn op_exe_is_found_where_there_is_no_op_and_told_its_variables() {
    let sandbox = tiny();
    std::fs::rename(sandbox.op(), sandbox.path("bin/op.exe")).unwrap();
    std::fs::rename(sandbox.path("bin/op.json"), sandbox.path("bin/op.exe.json")).unwrap();
    let variables = [
        ("OP_SERVICE_ACCOUNT_TOKEN", "ops_token"),
        ("WSL_INTEROP", "/run/WSL/1_interop"),
    ];
    let run = run(&sandbox, &variables, &["--auth-type", "service"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let call = sandbox.calls().remove(0);
    let named: Vec<&str> = call.environment["WSLENV"].split(':').collect();
    let own = call
        .environment
        .keys()
        .filter(|name| name.starts_with("OP_"));
    for name in own {
        assert!(named.contains(&name.as_str()), "{name}: {named:?}");
    }
    assert!(named.contains(&"OP_SERVICE_ACCOUNT_TOKEN"));
    assert_eq!(call.environment["WSL_INTEROP"], "/run/WSL/1_interop");

    let sandbox = tiny();
    assert_eq!(self::run(&sandbox, &[], &[]).code, Some(0));
    assert!(!sandbox.calls()[0].environment.contains_key("WSLENV"));
}
