//! A report at a terminal: as wide as that is, coloured, and in a pager.

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use rustix::process::Signal;
use serde_json::json;
use unicode_width::UnicodeWidthStr;

use super::pty::{Pty, lines};
use crate::support::{Sandbox, fixture};

const BOLD: &str = "\u{1b}[1m";

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::canned(&fixture("golden/business/op"));
    let run = sandbox.run(&[]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    sandbox
}

/// A program beside the fake `op`.
fn program(sandbox: &Sandbox, name: &str, script: &str) {
    sandbox.write(format!("bin/{name}"), format!("#!/bin/sh\n{script}\n"));
    let mode = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(sandbox.path(format!("bin/{name}")), mode).unwrap();
}

fn report(sandbox: &Sandbox) -> Command {
    let mut command = sandbox.command();
    command.arg("report").env("TERM", "xterm");
    command
}

fn shown(command: Command, columns: u16) -> String {
    let (code, shown) = Pty::start(command, columns).end();
    assert_eq!(code, Some(0), "{shown}");
    shown
}

#[test]
fn text_is_as_wide_as_the_terminal() {
    let sandbox = sandbox();
    let widest = |columns| {
        let lines = lines(&shown(report(&sandbox), columns));
        lines.iter().map(|line| line.width()).max().unwrap()
    };
    assert!((101..=160).contains(&widest(160)));
    assert!((70..=80).contains(&widest(80)));
    assert!(widest(60) <= 60);
    let piped = sandbox.run(&["report"]).stdout;
    assert!(piped.lines().all(|line| line.width() <= 80));
}

/// Colours where a terminal wants them, and nowhere else.
#[test]
fn colours_are_for_terminals_that_want_them() {
    let sandbox = sandbox();
    let coloured = shown(report(&sandbox), 80);
    assert!(coloured.contains(&format!("{BOLD}OVERVIEW")), "{coloured}");
    for (name, value) in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        let mut command = report(&sandbox);
        command.env(name, value);
        assert!(!shown(command, 80).contains('\u{1b}'), "{name}");
    }
    let piped = sandbox.run(&["report"]).stdout;
    assert!(!piped.contains('\u{1b}'));
    let plain = anstream::adapter::strip_str(&coloured).to_string();
    assert_eq!(plain.replace("\r\n", "\n"), piped, "the same text");
}

/// What came is green and what went is red.
#[test]
fn a_difference_is_coloured() {
    let tenant = |vault: &str| {
        json!({
            "account": {"id": "ACC", "name": "Acme", "type": "BUSINESS"},
            "users": [{"id": "UADA", "name": "Ada", "email": "", "type": "MEMBER", "state": "ACTIVE"}],
            "groups": [],
            "vaults": [{"id": vault, "name": vault}],
            "vault_users": {vault: {}},
            "vault_groups": {vault: {}},
        })
    };
    let sandbox = Sandbox::tenant(&tenant("vold"));
    assert_eq!(sandbox.run(&["-f", "old.c1z"]).code, Some(0));
    sandbox.write("bin/tenant.json", tenant("vnew").to_string());
    assert_eq!(sandbox.run(&[]).code, Some(0));
    let mut command = report(&sandbox);
    command.args(["--diff", "old.c1z"]);
    let shown = shown(command, 100);
    assert!(shown.contains("\u{1b}[32m  + new"), "{shown}");
    assert!(shown.contains("\u{1b}[31m  - gone"), "{shown}");
}

#[test]
fn a_terminal_gets_a_pager_and_a_pipe_none() {
    let sandbox = sandbox();
    program(&sandbox, "less", "echo \"less got $*\"; exec /bin/cat");
    program(&sandbox, "mine", "echo \"mine got $*\"; exec /bin/cat");
    for (pager, begins) in [
        (None, Some("less got -FRX")),
        (Some("mine  -a b"), Some("mine got -a b")),
        (Some("cat"), None),
        (Some(""), None),
        (Some("no-such-pager -x"), None),
    ] {
        let mut command = report(&sandbox);
        command.envs(pager.map(|pager| ("PAGER", pager)));
        let shown = shown(command, 80);
        assert!(shown.contains("OVERVIEW"), "{pager:?}: {shown}");
        assert_eq!(
            begins.is_some(),
            shown.contains(" got "),
            "{pager:?}: {shown}"
        );
        assert!(
            begins.is_none_or(|begins| shown.starts_with(begins)),
            "{pager:?}: {shown}"
        );
    }
    let mut json = report(&sandbox);
    json.arg("--json");
    assert!(!shown(json, 80).contains(" got "), "JSON is for programs");
    let mut piped = report(&sandbox);
    piped.env("PAGER", "mine");
    let out = piped.output().unwrap();
    assert!(!String::from_utf8_lossy(&out.stdout).contains(" got "));
}

/// Who has seen enough ends the pager and with it the run, and variables of the connector do not
/// reach it.
#[test]
fn a_pager_that_ends_early_is_no_failure_and_learns_no_secret() {
    let sandbox = sandbox();
    program(&sandbox, "less", "/usr/bin/env; exit 3");
    let mut command = report(&sandbox);
    command
        .env("BATON_PASSWORD", "hunter2")
        .env("OP_SERVICE_ACCOUNT_TOKEN", "ops_hunter2");
    command.env("LESS", "-i");
    let shown = shown(command, 80);
    assert!(shown.contains("LESS=-i"), "{shown}");
    assert!(!shown.contains("hunter2"), "{shown}");
}

/// Ctrl-C is for the pager, which must not lose its terminal to the shell.
#[test]
fn a_signal_is_left_to_the_pager() {
    let sandbox = sandbox();
    program(
        &sandbox,
        "less",
        "/bin/cat >/dev/null; echo WAITING; while [ ! -e go ]; do /bin/sleep 0.02; done; echo SEEN",
    );
    let pty = Pty::start(report(&sandbox), 80);
    pty.expect("WAITING");
    pty.send(Signal::INT);
    sandbox.write("work/go", "");
    let (code, shown) = pty.end();
    assert_eq!(code, Some(0), "{shown}");
    assert!(shown.contains("SEEN"), "{shown}");
}
