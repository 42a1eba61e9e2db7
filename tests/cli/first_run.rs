//! The first run as a new user meets it: each step ends in one message with
//! the next step.

use std::path::MAIN_SEPARATOR;

use serde_json::json;

use crate::cli::common::{PASSWORD, ada};
use crate::support::{Run, Sandbox, Started, fixture};

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::canned(&fixture("golden/tiny/op"));
    sandbox.set("sign_in", ada());
    sandbox
}

/// Runs without `op` on `PATH`.
fn without_op(sandbox: &Sandbox, flags: &[&str], variables: &[(&str, &str)]) -> Run {
    let mut command = sandbox.command();
    command
        .args(flags)
        .env("PATH", sandbox.path("tmp"))
        .envs(variables.iter().copied());
    Started::new(command).wait()
}

fn message(run: &Run, code: i32, words: &[&str]) {
    assert_eq!(run.code, Some(code), "{}", run.stderr);
    let errors: Vec<&str> = run
        .stderr
        .lines()
        .filter(|line| line.starts_with("error: "))
        .collect();
    assert_eq!(errors.len(), 1, "{}", run.stderr);
    for word in words {
        assert!(errors[0].contains(word), "{word}: {}", errors[0]);
    }
}

const INSTALL: [&str; 1] = ["Install the 1Password CLI: https://"];

/// A machine without `op`
#[test]
fn nothing_installed_and_no_flags() {
    message(&without_op(&sandbox(), &[], &[]), 3, &INSTALL);
    let service = [("OP_SERVICE_ACCOUNT_TOKEN", "ops_token")];
    message(
        &without_op(&sandbox(), &["--auth-type=service"], &service),
        3,
        &INSTALL,
    );
}

/// step 2
#[test]
fn the_documented_quick_start() {
    let address = [("BATON_ADDRESS", "https://kestrel.1password.com")];
    message(&without_op(&sandbox(), &[], &address), 3, &INSTALL);
    let locked = sandbox();
    let run = locked.run(&["--address=kestrel.1password.com"]);
    message(
        &run,
        3,
        &["not currently signed in", "Unlock the 1Password app"],
    );
    assert!(!locked.path("work/sync.c1z").exists());
}

/// step 3
#[test]
fn one_field_names_all_the_others() {
    let run = sandbox().run(&["--email=ada@kestrel.example"]);
    message(
        &run,
        2,
        &[
            "--password (BATON_PASSWORD)",
            "--secret-key (BATON_SECRET_KEY)",
            "--auth-type service",
        ],
    );
}

/// step 4
#[test]
fn all_fields_but_no_op() {
    let flags = ["--email=ada@kestrel.example", "--secret-key=A3"];
    let run = without_op(&sandbox(), &flags, &[("BATON_PASSWORD", PASSWORD)]);
    message(&run, 3, &INSTALL);
}

/// A failure
#[test]
fn a_wrong_password() {
    let sandbox = sandbox();
    let run = sandbox.run(&["--email=ada@kestrel.example", "--password=wrong"]);
    message(
        &run,
        3,
        &["signin", "exit code", "(401)", "Check the password."],
    );
    assert!(!sandbox.path("work/sync.c1z").exists());
}

/// A success
#[test]
fn success_says_what_was_written_where_in_few_lines() {
    let sandbox = sandbox();
    let mut command = sandbox.command();
    command
        .args(["--email=ada@kestrel.example", "--log-format=console"])
        .env("BATON_PASSWORD", PASSWORD);
    let run = Started::new(command).wait();
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(run.stderr.lines().count() <= 8, "{}", run.stderr);
    assert!(
        run.stderr.contains(&format!("{MAIN_SEPARATOR}sync.c1z ("))
            && run.last_line().contains("baton resources -f ")
    );
}
#[test]
fn a_failing_first_call_leaves_the_old_file_alone() {
    let sandbox = sandbox();
    sandbox.set("sign_in", json!({"unlocked": true}));
    sandbox.write("work/sync.c1z", "");
    sandbox.set(
        "faults",
        json!([{"call": 1, "exit": 1, "stderr": "[ERROR] boom\n"}]),
    );
    message(&sandbox.run(&[]), 4, &["boom"]);
    assert_eq!(std::fs::read(sandbox.path("work/sync.c1z")).unwrap(), b"");
}
