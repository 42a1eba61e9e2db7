//! Log records: where they go, what they look like, what they never hold.

use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use crate::cli::common::{PASSWORD, TOKEN, ada};
use crate::support::{Sandbox, fixture};

fn sandbox() -> Sandbox {
    Sandbox::canned(&fixture("golden/tiny/op"))
}

/// A sandbox in which a call fails once and then works, which is worth a record.
fn shaky() -> Sandbox {
    let sandbox = sandbox();
    let stderr =
        "[ERROR] 2026/11/23 08:01:02 dial tcp: lookup kestrel.1password.com: no such host\n";
    sandbox.set(
        "faults",
        json!([{"words": "group list", "times": 1, "exit": 1, "stderr": stderr}]),
    );
    sandbox
}

fn broken() -> Sandbox {
    let sandbox = sandbox();
    sandbox.set(
        "faults",
        json!([{"words": "user list", "exit": 1, "stderr": "[ERROR] boom\n"}]),
    );
    sandbox
}

fn records(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}")))
        .collect()
}
#[test]
fn json_records_are_alone_on_stderr_and_have_three_fields_at_least() {
    let run = shaky().run(&["--log-format=json", "--log-level=debug"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(run.stdout, "");
    let records = records(&run.stderr);
    for record in &records {
        assert!(
            record["level"].is_string() && record["ts"].is_f64() && record["msg"].is_string(),
            "{record}"
        );
        assert!(record["ts"].as_f64().unwrap() > 1.7e9);
    }
    // What a record may hold is told to its readers.
    const SETTINGS: &str = include_str!("../../.github/SETTINGS.md");
    for record in &records {
        let keys = record.as_object().unwrap().keys().map(String::as_str);
        for word in keys.chain(record["target"].as_str()) {
            assert!(SETTINGS.contains(&format!("`{word}`")), "{word}: {record}");
        }
    }
    let level = |level: &str| {
        records
            .iter()
            .filter(|record| record["level"] == level)
            .count()
    };
    // One call that is made again, and two listings that the fake refuses.
    assert!(level("debug") > 0 && level("warn") == 3, "{}", run.stderr);
    let last = records.last().unwrap();
    assert_eq!(last["msg"], "Sync complete.");
    let summary: Value = serde_json::from_str(last["summary"].as_str().unwrap()).unwrap();
    assert!(summary["grants"]["direct"].is_u64());
}
#[test]
fn a_failure_is_one_plain_line_after_the_records() {
    let run = broken().run(&["--log-format=json"]);
    assert_eq!(run.code, Some(4));
    assert_eq!(run.stderr.matches("boom").count(), 1, "{}", run.stderr);
    assert!(run.last_line().starts_with("error: "));
    let (before, _) = run.stderr.trim_end().rsplit_once('\n').unwrap();
    records(before);
}
#[test]
fn console_records_are_lines_of_time_level_message_and_fields() {
    let run = shaky().run(&["--log-format=console"]);
    let line = run
        .stderr
        .lines()
        .find(|line| line.contains('\t'))
        .unwrap_or_else(|| panic!("{}", run.stderr));
    let cells: Vec<&str> = line.split('\t').collect();
    assert!(cells[0].parse::<jiff::Timestamp>().is_ok(), "{line}");
    assert_eq!(cells[1], "WARN");
    assert!(!cells[2].is_empty());
    assert!(serde_json::from_str::<Value>(cells[3]).unwrap().is_object());
}

#[test]
fn without_a_terminal_lines_are_for_people_and_log_files_for_machines() {
    let sandbox = shaky();
    let run = sandbox.run(&[]);
    assert!(
        !run.stderr.lines().any(|line| line.starts_with('{')),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("\tWARN\t"), "{}", run.stderr);
    let sandbox = shaky();
    sandbox.run(&["--log-path=a.log"]);
    let log = std::fs::read_to_string(sandbox.path("work/a.log")).unwrap();
    assert!(records(&log).iter().any(|record| record["level"] == "warn"));
}

#[test]
fn levels_in_any_case_choose_what_is_logged() {
    let count = |level: &str| {
        let run = shaky().run(&["--log-format=json", "--log-level", level]);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        run.stderr.lines().count()
    };
    assert!(count("DEBUG") > count("info"));
    assert_eq!(
        [
            count("Warning"),
            count("warn"),
            count("error"),
            count("fatal")
        ],
        [3, 3, 0, 0]
    );
}
#[test]
fn log_files_get_all_records_privately_and_are_appended_to() {
    let sandbox = shaky();
    sandbox.write("work/a.log", "before\n");
    std::fs::set_permissions(sandbox.path("work/a.log"), PermissionsExt::from_mode(0o600)).unwrap();
    let run = sandbox.run(&["--log-path=a.log,b.log", "--log-level=debug"]);
    assert_eq!(run.code, Some(0));
    assert!(!run.stderr.contains('{'), "{}", run.stderr);
    assert!(run.stderr.contains("/sync.c1z ("));
    let read = |name: &str| std::fs::read_to_string(sandbox.path("work").join(name)).unwrap();
    let (a, b) = (read("a.log"), read("b.log"));
    assert_eq!(a.strip_prefix("before\n"), Some(b.as_str()));
    assert!(
        records(&b)
            .iter()
            .any(|record| record["msg"] == "Sync complete.")
    );
    for name in ["a.log", "b.log"] {
        let mode = sandbox
            .path("work")
            .join(name)
            .metadata()
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[test]
fn the_final_error_is_in_the_log_file_and_on_stderr_once_each() {
    let sandbox = broken();
    let run = sandbox.run(&["--log-path=a.log"]);
    assert_eq!(run.stderr.matches("boom").count(), 1, "{}", run.stderr);
    let log = std::fs::read_to_string(sandbox.path("work/a.log")).unwrap();
    assert_eq!(log.matches("boom").count(), 1, "{log}");
    assert_eq!(records(&log).last().unwrap()["level"], "error");
}

#[test]
fn the_words_stderr_and_stdout_name_the_streams() {
    let run = shaky().run(&["--log-path=stdout", "--log-format=json"]);
    assert!(
        records(&run.stdout)
            .iter()
            .any(|record| record["level"] == "warn")
    );
    assert!(!run.stderr.contains('{') && run.stderr.contains("/sync.c1z ("));
    let run = shaky().run(&["--log-path=stderr", "--log-format=json"]);
    assert_eq!(run.stdout, "");
    records(&run.stderr);
}

/// Never in argv, never in any log at any level
#[test]
fn no_secret_is_in_a_log() {
    for faults in [
        json!([]),
        json!([{"words": "user list", "exit": 1, "stderr": "[ERROR] boom\n"}]),
    ] {
        let sandbox = sandbox();
        sandbox.set("sign_in", ada());
        sandbox.set("faults", faults);
        let mut command = sandbox.command();
        command.args([
            "--email=ada@kestrel.example",
            "--log-level=debug",
            "--log-path=stderr,all.log",
        ]);
        let output = command.env("BATON_PASSWORD", PASSWORD).output().unwrap();
        let log = std::fs::read_to_string(sandbox.path("work/all.log")).unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(log.contains("user list"), "{log}");
        for secret in [PASSWORD, TOKEN] {
            sandbox.assert_hidden(secret, &[&log, &stderr]);
        }
    }
}

#[test]
fn a_warning_of_a_secret_flag_comes_once() {
    let sandbox = sandbox();
    sandbox.set("sign_in", ada());
    let run = sandbox.run(&[
        "--email=ada@kestrel.example",
        "--password",
        PASSWORD,
        "--log-format=json",
    ]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(
        run.stderr.matches("can be seen by every user").count(),
        1,
        "{}",
        run.stderr
    );
}
