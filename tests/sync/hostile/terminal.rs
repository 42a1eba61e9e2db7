//! Names and messages that would move a terminal, turn its text around or forge a line: spelled out
//! wherever people read them.

use serde_json::{Value, json};

use super::super::world::user;
use super::assert_harmless;
use crate::support::{Run, Sandbox, Started};

/// Colours, a cleared screen, a title, a C1 control, a turned line, forged lines, a backspace, NUL
/// and DEL.
const HOSTILE: &str = "\u{1b}[31m\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}2J\u{202e}gnp.exe\u{2066}\nerror: forged\r\
                       Synced \u{2028}line\u{200b}\u{feff}\u{8}\0\u{7f}end";

/// A tenant with that in every text that `op` prints.
fn hostile() -> Value {
    let text = |start: &str| format!("{start}{HOSTILE}");
    json!({
        "account": {"id": text("ACC"), "name": text("Acme"), "type": text("TEAM"), "domain": text("d"), "state": text("s")},
        "users": [
            {"id": text("UANN"), "name": text("Ann"), "email": text("ann@"), "state": text("ODD"), "type": text("T")},
            {"id": text("UNIX"), "name": "", "email": text("nix@")},
            user("UBOB", "Bob"), user("UBOB", "Bob"),
        ],
        "groups": [{"id": "gteam", "name": text("Team"), "description": text("d"), "state": text("s")}],
        "vaults": [{"id": "vprod", "name": text("Prod").repeat(20), "description": text("d")}],
        "group_users": {"gteam": {"UBOB": text("MEMBER"), text("UGUEST"): "MEMBER"}},
        "vault_users": {"vprod": {"UBOB": [text("fly"), "allow_viewing"], text("UGHOST"): ["allow_viewing"]}},
        "vault_groups": {"vprod": {"gteam": [text("swim")]}},
        "connect_servers": [{"id": text("S"), "name": text("Deploy"), "state": text("ODD"), "created_at": text("t")}],
        "connect_tokens": [
            {"id": "T1", "name": text("token"), "state": text("ODD"), "integration_id": text("S"),
             "expires_at": "2999-01-01T00:00:00Z", "vaults": [{"id": text("V"), "acl": [text("acl")]}]},
            {"id": "T2", "name": text("lost"), "state": "ACTIVE", "integration_id": text("X"), "vaults": []}],
    })
}

fn run(sandbox: &Sandbox, arguments: &[&str]) -> Run {
    let mut command = sandbox.command();
    command.args(arguments);
    Started::new(command).wait()
}

#[test]
fn names_are_spelled_out_in_summary_warnings_and_logs() {
    let sandbox = Sandbox::tenant(&hostile());
    for arguments in [
        &[][..],
        &["--summary-format", "json"],
        &["--log-level", "debug", "--log-format", "console"],
        &["--log-level", "debug", "--log-format", "json"],
        &[
            "--log-level",
            "debug",
            "--log-path",
            "stdout",
            "--log-format",
            "console",
        ],
    ] {
        let run = run(&sandbox, arguments);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert_harmless(&run.stderr);
        assert_harmless(&run.stdout);
        let all = format!("{}{}", run.stdout, run.stderr);
        assert!(all.contains("Acme"), "{all}");
        assert!(
            !all.lines().any(|line| line.starts_with("error:")),
            "a line was forged: {all}"
        );
        if !arguments.contains(&"json") {
            assert!(all.contains(r"\u{202e}gnp.exe"), "{all}");
            for told in ["fly", "swim", "Deploy", "lost", "UGHOST", "UGUEST"] {
                assert!(all.contains(told), "{told} is not told of: {all}");
            }
        }
    }
    let doctor = run(&sandbox, &["doctor"]);
    assert_harmless(&doctor.stdout);
    assert_harmless(&doctor.stderr);
    assert!(doctor.stdout.contains("Prod"), "{}", doctor.stdout);
    for report in [
        &["report", "sync.c1z"][..],
        &["report", "sync.c1z", "--json"],
    ] {
        let report = run(&sandbox, report);
        assert_eq!(report.code, Some(0), "{}", report.stderr);
        assert_harmless(&report.stdout);
        assert_harmless(&report.stderr);
    }
}

/// The JSON is the same text for a program that reads it.
#[test]
fn json_keeps_every_character() {
    let sandbox = Sandbox::tenant(&hostile());
    let run = run(&sandbox, &["--summary-format", "json"]);
    let summary: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(summary["account"]["name"], json!(format!("Acme{HOSTILE}")));
}

/// `op`'s own words, whatever the way they come out, in one line.
#[test]
fn messages_of_op_are_one_harmless_line() {
    let sandbox = Sandbox::tenant(&super::super::world::tenant("BUSINESS"));
    for (stderr, code) in [
        (format!("[ERROR] 2026/09/18 08:01:02 {HOSTILE}\n"), 4),
        (HOSTILE.to_owned(), 4),
        (format!("[ERROR] (403) Forbidden: {HOSTILE}"), 4),
        (
            format!(
                "{}not currently signed in{HOSTILE}",
                "noise\n".repeat(50_000)
            ),
            3,
        ),
    ] {
        sandbox.set(
            "faults",
            json!([{"words": "group user list", "exit": 1, "stderr": stderr}]),
        );
        for arguments in [
            &[][..],
            &["--log-level", "debug", "--log-format", "console"],
        ] {
            let run = run(&sandbox, arguments);
            assert_eq!(run.code, Some(code), "{}", run.stderr);
            assert_harmless(&run.stderr);
            assert!(
                run.last_line()
                    .starts_with("error: `op group user list gteam`"),
                "{}",
                run.stderr
            );
            assert!(!run.stderr.contains("\nerror: forged"), "{}", run.stderr);
        }
    }
    // A refusal that is a warning, and words beside a good answer.
    let fault = json!([
        {"words": "connect server list", "exit": 1, "stderr": format!("(403) {HOSTILE}")},
        {"words": "user list", "stderr": HOSTILE},
    ]);
    sandbox.set("faults", fault);
    let run = run(
        &sandbox,
        &["--log-level", "debug", "--log-format", "console"],
    );
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_harmless(&run.stderr);
    assert!(run.stderr.contains("(403)"), "{}", run.stderr);
}

/// What a grant says names people and places of the file, which `op` named before.
#[test]
fn a_grant_tells_names_spelled_out() {
    let mut tenant = hostile();
    tenant["account"]["type"] = json!("TEAM");
    let sandbox = Sandbox::tenant(&tenant);
    assert_eq!(run(&sandbox, &[]).code, Some(0));
    for (entitlement, principal) in [
        ("vault:vprod:allow editing", "UBOB"),
        ("vault:vprod:allow viewing", "UBOB"),
        ("vault:vprod:nothing", "UBOB"),
        ("vault:vprod:allow editing", "UNOBODY"),
    ] {
        let run = run(
            &sandbox,
            &[
                "--grant-entitlement",
                entitlement,
                "--grant-principal",
                principal,
                "--grant-principal-type",
                "user",
            ],
        );
        assert_harmless(&run.stderr);
        assert!(
            run.stderr.contains("UBOB")
                || run.stderr.contains("nothing")
                || run.stderr.contains("UNOBODY"),
            "{}",
            run.stderr
        );
    }
}
