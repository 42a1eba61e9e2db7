//! What a sync shows: on a terminal, in a pipe, with colours and without.

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::cli::pty::{Pty, lines};
use crate::support::{Run, Sandbox, Started, fixture};

fn sandbox() -> Sandbox {
    Sandbox::canned(&fixture("golden/tiny/op"))
}

/// The same account to somebody from whom nothing is kept.
fn whole() -> Sandbox {
    let sandbox = Sandbox::new(json!({"answers": "answers"}));
    let answers = fixture("golden/tiny/op");
    for entry in std::fs::read_dir(answers).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        sandbox.write(format!("bin/answers/{name}"), std::fs::read(path).unwrap());
    }
    for name in [
        "vault_list_--permission=manage_vault",
        "connect_server_list",
        "connect_token_list",
    ] {
        sandbox.write(format!("bin/answers/{name}.json"), "[]");
    }
    sandbox
}

fn run(sandbox: &Sandbox, flags: &[&str], variables: &[(&str, &str)]) -> Run {
    let mut command = sandbox.command();
    command.args(flags).envs(variables.iter().copied());
    let run = Started::new(command).wait();
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    run
}

fn at_a_terminal(columns: u16, variables: &[(&str, &str)]) -> String {
    let sandbox = sandbox();
    sandbox.set("latency_ms", json!(150));
    let mut command = sandbox.command();
    command
        .args(["--workers=1"])
        .envs(variables.iter().copied());
    let (code, shown) = Pty::start(command, columns).end();
    assert_eq!(code, Some(0), "{shown}");
    shown
}

const PHASES: [&str; 3] = [
    "Reading accounts, users, groups and vaults",
    "Reading memberships and vault access",
    "Saving the file",
];
#[test]
fn in_a_pipe_the_summary_is_all_that_is_said() {
    let run = run(&sandbox(), &[], &[]);
    assert_eq!(run.stdout, "");
    assert!(!run.stderr.contains('\u{1b}') && !run.stderr.contains('\r'));
    let lines: Vec<&str> = run.stderr.lines().collect();
    assert!(lines[0].starts_with("Synced "), "{}", run.stderr);
    let [.., saved, next, other] = lines[..] else {
        panic!("{lines:?}")
    };
    assert!(saved.starts_with("Saved /") && next.starts_with("Next: baton-1password report /"));
    assert!(other.starts_with("      baton resources -f /"));
}

/// Nothing else stands between records
#[test]
fn as_records_each_phase_and_the_summary_are_one() {
    let run = run(&sandbox(), &["--log-format=json"], &[]);
    assert_eq!(run.stdout, "");
    let records = run.stderr.lines().map(serde_json::from_str);
    let records: Vec<Value> = records.map(Result::unwrap).collect();
    let messages: Vec<&str> = records
        .iter()
        .filter(|one| one["level"] != "warn")
        .map(|one| one["msg"].as_str().unwrap())
        .collect();
    assert_eq!(messages[..3], PHASES);
    assert!(messages[3].starts_with("Synced "), "{}", run.stderr);
    let [.., saved, next, other, complete] = &messages[..] else {
        panic!("{messages:?}")
    };
    assert!(saved.starts_with("Saved /") && next.starts_with("Next: baton-1password report /"));
    assert!(other.starts_with("baton resources -f /"));
    assert_eq!(*complete, "Sync complete.");
}

#[test]
fn at_a_terminal_one_line_changes_and_fits() {
    for columns in [40, 80, 120] {
        let shown = at_a_terminal(columns, &[("TERM", "xterm-256color")]);
        let lines = lines(&shown);
        let live: Vec<&String> = lines
            .iter()
            .filter(|line| line.contains("Reading "))
            .collect();
        assert!(live.len() > 2, "{shown}");
        // A terminal that echoes ^C after the line must not begin another: that would be left
        // behind.
        let drawn = anstream::adapter::strip_str(&shown).to_string();
        let drawn = drawn
            .split(['\r', '\n'])
            .filter(|line| line.contains("Reading "));
        let widest = drawn.map(|line| line.chars().count()).max().unwrap();
        assert!(widest + "^C".len() < columns.into(), "{widest}: {live:?}");
        let summary = lines
            .iter()
            .position(|line| line.starts_with("Synced "))
            .unwrap();
        assert!(
            lines[summary..]
                .iter()
                .all(|line| !line.contains("Reading")),
            "{shown}"
        );
    }
}

#[test]
fn a_known_total_is_counted_off() {
    let shown = at_a_terminal(120, &[("TERM", "xterm-256color")]);
    assert!(
        lines(&shown)
            .iter()
            .any(|line| line.contains(" of ") && line.contains('%')),
        "{shown}"
    );
}

#[test]
fn a_wait_is_counted_down() {
    let sandbox = sandbox();
    let limit = "(429) Too Many Requests: You've reached the maximum number of this type of requests. Please retry in 1 seconds";
    sandbox.set("faults", json!([{"words": "user list", "times": 1, "exit": 1, "stderr": format!("[ERROR] 2026/11/23 08:01:02 {limit}\n")}]));
    let mut command = sandbox.command();
    command.env("TERM", "xterm-256color");
    let pty = Pty::start(command, 80);
    pty.expect("next try in 1 s");
    let (code, shown) = pty.end();
    assert_eq!(code, Some(0), "{shown}");
}

/// A service account waits for the reset of its hour; Ctrl-C ends that.
#[test]
fn an_hour_is_counted_down() {
    let sandbox = sandbox();
    let limit =
        "[ERROR] (429) Too Many Requests: Please retry in 41 minutes or try other requests.\n";
    sandbox.set(
        "faults",
        json!([{"words": "vault user list", "exit": 1, "stderr": limit}]),
    );
    let mut command = sandbox.command();
    command.args(["--auth-type", "service"]).envs([
        ("TERM", "xterm-256color"),
        ("OP_SERVICE_ACCOUNT_TOKEN", "ops_token"),
    ]);
    let pty = Pty::start(command, 120);
    for left in ["42 min", "41 min"] {
        pty.expect(&format!("next try in {left}"));
    }
    pty.send(Signal::INT);
    assert_eq!(pty.end().0, Some(130));
}

#[test]
fn a_dumb_terminal_gets_plain_lines() {
    let shown = at_a_terminal(80, &[("TERM", "dumb")]);
    assert!(!shown.contains('\u{1b}'), "{shown}");
    assert_eq!(shown.matches("Reading accounts").count(), 1);
}

#[test]
fn colours_are_where_they_are_wanted() {
    let bold = "\u{1b}[1m";
    assert!(at_a_terminal(80, &[("TERM", "xterm-256color")]).contains(bold));
    assert!(!at_a_terminal(80, &[("TERM", "xterm-256color"), ("NO_COLOR", "1")]).contains(bold));
    assert!(
        run(
            &sandbox(),
            &["--log-format=console"],
            &[("CLICOLOR_FORCE", "1")]
        )
        .stderr
        .contains(bold)
    );
}

#[test]
fn quiet_says_nothing_of_a_success_and_everything_of_a_failure() {
    for format in ["json", "console"] {
        let format = format!("--log-format={format}");
        let run = run(&whole(), &["--quiet", &format], &[]);
        assert_eq!(run.stderr, "");
    }
    let broken = sandbox();
    broken.set(
        "faults",
        json!([{"words": "account get", "exit": 1, "stderr": "[ERROR] boom\n"}]),
    );
    let run = broken.run(&["--quiet"]);
    assert_eq!(run.code, Some(4));
    assert!(
        run.stderr.starts_with("error: ") && run.stderr.contains("boom"),
        "{}",
        run.stderr
    );
}

#[test]
fn the_summary_as_json_is_alone_on_stdout() {
    let sandbox = sandbox();
    let flags = [
        "--summary-format=json",
        "--log-format=console",
        "-f",
        "out.c1z",
    ];
    let run = run(&sandbox, &flags, &[]);
    assert!(!run.stderr.contains("Synced "), "{}", run.stderr);
    assert_eq!(run.stdout.lines().count(), 1);
    let summary: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(summary["version"], 1);
    assert_eq!(
        summary["file"]
            .as_str()
            .map(|file| file.ends_with("out.c1z")),
        Some(true)
    );
    let file = std::fs::read(sandbox.path("work/out.c1z")).unwrap();
    assert_eq!(summary["bytes"], file.len());
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &file);
    let digest: String = digest
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(summary["sha256"], digest);
    assert_eq!(summary["op_calls"], sandbox.calls().len());
    assert!(summary["resources"]["vault"].as_u64().unwrap() > 0);
}

/// Somebody who looks at the terminal may not see the window behind it that asks for consent.
#[test]
fn who_has_to_consent_is_told_where_to_look() {
    let slow = |latency: u64| {
        let sandbox = sandbox();
        sandbox.set(
            "faults",
            json!([{"words": "account get", "latency_ms": latency}]),
        );
        run(&sandbox, &[], &[]).stderr
    };
    let hint = "Waiting for 1Password: look for its prompt.";
    assert_eq!(slow(4000).matches(hint).count(), 1);
    assert!(!slow(0).contains(hint));
}

/// The live line says that the network is away; records of every try would tear it.
#[test]
fn at_a_terminal_a_network_failure_is_one_changing_line() {
    let sandbox = sandbox();
    let away = "[ERROR] 2026/11/23 08:01:02 dial tcp: lookup my.1password.com: no such host\n";
    sandbox.set(
        "faults",
        json!([{"words": "user list", "times": 2, "exit": 1, "stderr": away}]),
    );
    let mut command = sandbox.command();
    command.env("TERM", "xterm-256color");
    let (code, shown) = Pty::start(command, 120).end();
    assert_eq!(code, Some(0), "{shown}");
    assert!(
        shown.contains("1Password cannot be reached; next try in"),
        "{shown}"
    );
    assert!(!shown.contains("trying again"), "{shown}");
    let records = run(&sandbox, &["--log-format=json"], &[]);
    assert_eq!(records.code, Some(0));
}

/// The file is saved by then; what was asked for and cannot be delivered otherwise is a failure.
#[cfg(target_os = "linux")]
#[test]
fn a_summary_that_cannot_be_printed_is_a_warning_and_a_report_is_a_failure() {
    let sandbox = whole();
    let full = || {
        std::fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .unwrap()
    };
    let mut command = sandbox.command();
    command.arg("--summary-format=json").stdout(full());
    let output = command.output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    assert!(
        stderr.contains("the file is saved, but its summary"),
        "{stderr}"
    );
    assert!(sandbox.path("work/sync.c1z").exists());
    let mut command = sandbox.command();
    command.args(["report", "--json"]).stdout(full());
    assert_eq!(command.output().unwrap().status.code(), Some(1));
    let mut shell = std::process::Command::new("sh");
    let program = env!("CARGO_BIN_EXE_baton-1password");
    let closed = format!("'{program}' report --json >&-");
    let run = shell
        .args(["-c", &closed])
        .current_dir(sandbox.path("work"))
        .output()
        .unwrap();
    assert_eq!(run.status.code(), Some(1), "{run:?}");
}

#[test]
fn who_has_to_consent_to_a_change_is_told_too() {
    let sandbox = sandbox();
    assert_eq!(sandbox.run(&[]).code, Some(0));
    let records =
        std::fs::read_to_string(fixture("golden/tiny/op").join("user_list.json")).unwrap();
    let users: Value = serde_json::from_str(&records).unwrap();
    let user = users[0]["id"].as_str().unwrap();
    let vaults =
        std::fs::read_to_string(fixture("golden/tiny/op").join("vault_list.json")).unwrap();
    let vaults: Value = serde_json::from_str(&vaults).unwrap();
    let vault = vaults[0]["id"].as_str().unwrap();
    sandbox.set(
        "faults",
        json!([{"words": "account get", "latency_ms": 4000}]),
    );
    let entitlement = format!("vault:{vault}:view items");
    let run = sandbox.run(&[
        "--grant-entitlement",
        &entitlement,
        "--grant-principal",
        user,
        "--grant-principal-type",
        "user",
        "--dry-run",
    ]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(
        run.stderr.matches("look for its prompt").count(),
        1,
        "{}",
        run.stderr
    );
}
