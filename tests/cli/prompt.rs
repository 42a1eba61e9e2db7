//! Passwords from a person at a terminal, and from standard input.

use std::io::Write;
use std::process::Stdio;

use rustix::process::Signal;
use rustix::termios::{InputModes, LocalModes};
use serde_json::json;

use crate::cli::common::{PASSWORD, ada};
use crate::cli::pty::Pty;
use crate::support::{Sandbox, fixture};

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::canned(&fixture("golden/tiny/op"));
    sandbox.set("sign_in", ada());
    sandbox
}

fn prompt(sandbox: &Sandbox) -> Pty {
    let mut command = sandbox.command();
    command.arg("--email=ada@kestrel.example");
    let pty = Pty::start(command, 80);
    pty.expect("Password of ada@kestrel.example: ");
    pty
}

#[test]
fn a_missing_password_is_asked_for_without_echo() {
    let sandbox = sandbox();
    let mut pty = prompt(&sandbox);
    assert!(!pty.echoes());
    // A line that is taken back, then a slip of two letters, one of them of two bytes.
    pty.type_in("nonsense\u{15}correct horse batté\u{7f}\u{7f}tery\r");
    pty.expect("Next: baton-1password report");
    assert!(pty.echoes());
    let (code, shown) = pty.end();
    assert_eq!(code, Some(0), "{shown}");
    assert!(!shown.contains("horse"), "{shown}");
    let calls = sandbox.calls();
    let sign_in = calls.iter().find(|call| call.argv[0] == "signin").unwrap();
    assert_eq!(sign_in.stdin, format!("{PASSWORD}\n"));
}

/// Some programs leave a terminal that hands on each key at once, where Enter ends no line.
#[test]
fn a_terminal_that_edits_no_lines_does_so_for_the_password() {
    let sandbox = sandbox();
    let mut command = sandbox.command();
    command.arg("--email=ada@kestrel.example");
    let mut pty = Pty::start_in(command, 80, |modes| {
        modes.local_modes.remove(LocalModes::ICANON);
        modes.input_modes.remove(InputModes::ICRNL);
    });
    pty.expect("Password of ada@kestrel.example: ");
    pty.type_in("correct horse battery\r");
    pty.expect("Next: baton-1password report");
    assert!(!pty.echoes(), "the terminal is as it was");
    assert_eq!(pty.end().0, Some(0));
    let calls = sandbox.calls();
    let sign_in = calls.iter().find(|call| call.argv[0] == "signin").unwrap();
    assert_eq!(sign_in.stdin, format!("{PASSWORD}\n"));
}

#[test]
fn a_signal_ends_the_prompt_and_restores_the_terminal() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)] {
        let sandbox = sandbox();
        let mut pty = prompt(&sandbox);
        pty.type_in("corr");
        pty.send(signal);
        pty.expect("stopped by");
        assert!(pty.echoes());
        assert_eq!(pty.end().0, Some(code));
        assert_eq!(sandbox.calls().len(), 1, "only the account is looked for");
        assert!(!sandbox.path("work/sync.c1z").exists());
    }
}

#[test]
fn an_empty_answer_is_refused() {
    for keys in ["\r", "\u{4}"] {
        let sandbox = sandbox();
        let mut pty = prompt(&sandbox);
        pty.type_in(keys);
        let (code, shown) = pty.end();
        assert_eq!(code, Some(2), "{shown}");
        assert!(shown.contains("no password on standard input"), "{shown}");
        assert_eq!(sandbox.calls().len(), 1, "only the account is looked for");
    }
}

#[test]
fn nobody_types_a_password_for_an_account_that_is_not_there() {
    let sandbox = sandbox();
    let mut command = sandbox.command();
    command.args([
        "--email=ada@kestrel.example",
        "--address=other.1password.com",
    ]);
    let (code, shown) = Pty::start(command, 200).end();
    assert_eq!(code, Some(3), "{shown}");
    assert!(!shown.contains("Password of"), "{shown}");
    assert!(shown.contains("other.1password.com"), "{shown}");
    assert_eq!(sandbox.calls().len(), 1);
}

#[test]
fn standard_input_gives_the_password() {
    for flag in ["--password=-", "--password-file=-"] {
        let sandbox = sandbox();
        let mut command = sandbox.command();
        command.args(["--email=ada@kestrel.example", flag]);
        let mut child = command
            .stdin(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(format!("\u{feff}{PASSWORD}\n").as_bytes())
            .unwrap();
        assert!(child.wait().unwrap().success());
        let calls = sandbox.calls();
        let sign_in = calls.iter().find(|call| call.argv[0] == "signin").unwrap();
        assert_eq!(sign_in.stdin, format!("{PASSWORD}\n"));
    }
    let sandbox = sandbox();
    let run = sandbox.run(&["--email=ada@kestrel.example", "--password=-"]);
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(run.last_line().contains("no password on standard input"));
}

/// The question before a review is carried out hears a signal as the other prompts do, and takes no
/// for an answer.
#[test]
fn the_question_of_a_review_can_be_left() {
    for (signal, code) in [
        (Some(Signal::INT), 130),
        (Some(Signal::TERM), 143),
        (None, 2),
    ] {
        let sandbox = Sandbox::canned(&fixture("golden/tiny/op"));
        assert_eq!(sandbox.run(&[]).code, Some(0));
        let review = sandbox.run(&["report", "--csv", "review.csv"]);
        assert_eq!(review.code, Some(0), "{}", review.stderr);
        let path = sandbox.path("work/review.csv");
        let text = std::fs::read_to_string(&path).unwrap();
        let is_direct = |line: &&str| line.contains(",,,,") && line.contains(",direct");
        let line = text.lines().find(is_direct).expect("a line to revoke");
        let place = line.rfind(",,,,").expect("a line that is not decided");
        let decided = format!("{},revoke{}", &line[..place], &line[place + 1..]);
        std::fs::write(&path, text.replacen(line, &decided, 1)).unwrap();
        let calls = sandbox.calls().len();
        let mut command = sandbox.command();
        command.args(["report", "--apply", "review.csv"]);
        let mut pty = Pty::start(command, 120);
        pty.expect("Type yes: ");
        match signal {
            Some(signal) => pty.send(signal),
            None => pty.type_in("no\r"),
        }
        assert_eq!(pty.end().0, Some(code));
        assert_eq!(sandbox.calls().len(), calls, "op is not asked");
    }
}

/// Taking a vault from a group says how many people lose it, and asks.
#[test]
fn taking_access_from_a_group_is_asked_for() {
    let tenant = json!({
        "account": {"id": "ACC", "name": "Acme", "type": "BUSINESS"},
        "users": [{"id": "UADA", "name": "Ada", "email": "", "type": "MEMBER", "state": "ACTIVE"}],
        "groups": [{"id": "gteam", "name": "Team", "state": "ACTIVE"}],
        "vaults": [{"id": "vprod", "name": "Prod"}],
        "group_users": {"gteam": {"UADA": "MEMBER"}},
        "vault_users": {"vprod": {}},
        "vault_groups": {"vprod": {"gteam": ["view_items"]}},
    });
    for (answer, code) in [("yes\r", 0), ("no\r", 2), ("\r", 2), ("\u{3}", 130)] {
        let sandbox = Sandbox::tenant(&tenant);
        assert_eq!(sandbox.run(&[]).code, Some(0));
        let mut command = sandbox.command();
        command.args(["--revoke-grant", "vault:Prod:view items:group:Team"]);
        let mut pty = Pty::start(command, 120);
        pty.expect("1 person of group Team (gteam) loses view items on vault Prod (vprod). Revoke it? Type yes: ");
        match code {
            130 => pty.send(Signal::INT),
            _ => pty.type_in(answer),
        }
        let (ended, shown) = pty.end();
        assert_eq!(ended, Some(code), "{shown}");
        let is_there = sandbox.tenant_now()["vault_groups"]["vprod"] != json!({});
        assert_eq!(is_there, code != 0, "{shown}");
    }
}
