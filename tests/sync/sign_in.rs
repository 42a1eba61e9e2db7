//! Passwords from standard input and files, and addresses as people paste them.

use std::io::Write;
use std::process::Stdio;

use serde_json::json;

use super::world::tenant;
use crate::support::{Sandbox, Started};

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new(json!({
        "tenant": "tenant.json",
        "sign_in": {"accounts": [{
            "url": "acme.1password.com", "email": "ann@acme.example", "user_uuid": "UANN",
            "account_uuid": "ACC", "password": "correct-horse", "token": "session",
        }]},
    }));
    sandbox.write("bin/tenant.json", tenant("BUSINESS").to_string());
    sandbox
}

/// The first line is the password: an input that stays open does not make the run wait.
#[test]
fn the_password_is_the_first_line_of_standard_input() {
    let sandbox = sandbox();
    let mut command = sandbox.command();
    command
        .args(["--email", "ann@acme.example", "--password", "-"])
        .stdin(Stdio::piped());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(b"correct-horse\nanother line\n").unwrap();
    let status = child.wait().unwrap();
    drop(input);
    assert_eq!(status.code(), Some(0));
}

/// An endless file is no password, and is not read to its end.
#[test]
fn an_endless_password_file_is_refused() {
    let sandbox = sandbox();
    let run = sandbox.run(&[
        "--email",
        "ann@acme.example",
        "--password-file",
        "/dev/zero",
    ]);
    assert_ne!(run.code, Some(0));
    assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
}

/// An address may be pasted as a link; it chooses the account in either way of signing in.
#[test]
fn addresses_may_be_links() {
    let sandbox = Sandbox::tenant(&tenant("BUSINESS"));
    let mut command = sandbox.command();
    command.args(["--address", "HTTPS://Acme.1password.com/signin"]);
    assert_eq!(Started::new(command).wait().code, Some(0));
    assert!(sandbox.calls().iter().all(|call| {
        call.environment
            .get("OP_ACCOUNT")
            .is_some_and(|account| account == "acme.1password.com")
    }));
}
