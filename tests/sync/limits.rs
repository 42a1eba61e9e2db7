//! The limits of a service account: told before they are met, and waited for.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::world::{AT_A_TERMINAL, tenant};
use crate::support::{Run, STOPS, Sandbox, Started, send};

const LIMITED: &str = "[ERROR] 2026/11/23 08:01:02 (429) Too Many Requests: You've reached the maximum number of this type of requests this service account is allowed to make. Please retry in 41 minutes or try other requests.\n";
const UNNAMED: &str =
    "[ERROR] Too many requests. Your client has been rate-limited. Try again in  seconds\n";

/// One group and eight vaults: a sync reads seventeen listings of access.
const LISTINGS: usize = 17;

fn tenant_with(limits: Value) -> Value {
    let mut tenant = tenant("BUSINESS");
    let vaults = (0..8).map(|i| json!({"id": format!("vault{i}"), "name": format!("Vault {i}")}));
    tenant["vaults"] = vaults.collect();
    tenant["ratelimit"] = limits;
    tenant
}

fn row(kind: &str, action: &str, (remaining, limit): (i64, i64), reset: i64) -> Value {
    json!({"type": kind, "action": action, "limit": limit, "used": limit - remaining,
        "remaining": remaining, "reset": reset})
}

/// A Teams account: what is left of the hour and of the day.
fn teams(hour: i64, day: i64) -> Value {
    json!([
        row("token", "write", (0, 100), 2000),
        row("token", "read", (hour, 1000), 2400),
        row("account", "read_write", (day, 5000), 72_000),
    ])
}

fn service(sandbox: &Sandbox, arguments: &[&str]) -> Command {
    let mut command = sandbox.command();
    command
        .env("OP_SERVICE_ACCOUNT_TOKEN", "ops_token")
        .args(["--auth-type", "service"])
        .args(arguments);
    command
}

fn run(sandbox: &Sandbox, arguments: &[&str]) -> Run {
    Started::new(service(sandbox, arguments)).wait()
}

fn asked(sandbox: &Sandbox) -> Vec<String> {
    sandbox.calls().iter().map(|call| call.words()).collect()
}

fn is_listing(words: &str) -> bool {
    ["group user", "vault user", "vault group"]
        .iter()
        .any(|start| words.starts_with(start))
}

/// The question is free, comes once, and before the calls that count; a user is not asked it.
#[test]
fn what_is_left_is_told_before_the_start_when_it_is_not_enough() {
    for (limits, told) in [(teams(3, 5000), true), (teams(17, 5000), false)] {
        let sandbox = Sandbox::tenant(&tenant_with(limits));
        let ran = run(&sandbox, &[]);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        let asked = asked(&sandbox);
        let question = |words: &&String| *words == "service-account ratelimit";
        assert_eq!(asked.iter().filter(question).count(), 1, "{asked:?}");
        let before = asked.split(|words| question(&words)).next().unwrap();
        assert!(!before.iter().any(|words| is_listing(words)), "{asked:?}");
        for part in [
            "this sync needs 17 more calls of op",
            "3 of 1000 read requests left for this token, reset in 40 min",
            "5000 of 5000 read and write requests left for this account, reset in 20 h 0 min",
            "it waits for the reset",
        ] {
            let found = ran.stderr.contains(part);
            assert_eq!(found, told, "{part} in {}", ran.stderr);
        }
    }
    let sandbox = Sandbox::tenant(&tenant_with(teams(3, 3)));
    assert_eq!(sandbox.run(&[]).code, Some(0));
    assert!(asked(&sandbox).iter().all(|words| !words.contains("limit")));
}

/// Nothing is said of a question that an `op` does not know, refuses, or answers with something
/// else.
#[test]
fn without_an_answer_the_sync_goes_on_in_silence() {
    for fault in [
        json!({"exit": 1, "stderr": "[ERROR] unknown command \"ratelimit\" for \"op service-account\"\nUsage:  op service-account\n"}),
        json!({"exit": 1, "stderr": "[ERROR] (403) Forbidden: You aren't authorized to access this resource.\n"}),
        json!({"exit": 1, "stderr": LIMITED}),
        json!({"exit": 1, "stderr": "[ERROR] dial tcp: lookup my.1password.com: no such host\n"}),
        json!({"stdout_file": "odd"}),
        json!({"stdout_file": "empty"}),
    ] {
        let sandbox = Sandbox::tenant(&tenant_with(teams(3, 3)));
        sandbox.write("bin/odd", "[{\"type\": ");
        sandbox.write("bin/empty", "");
        let mut fault = fault;
        fault["words"] = json!("service-account");
        sandbox.set("faults", json!([fault]));
        let ran = run(&sandbox, &[AT_A_TERMINAL]);
        assert_eq!(ran.code, Some(0), "{fault}: {}", ran.stderr);
        // No record of a trouble, and no warning but that there are no projects.
        let told = (
            ran.stderr.contains('\t'),
            ran.stderr.matches("warning:").count(),
        );
        assert_eq!(told, (false, 1), "{fault}: {}", ran.stderr);
        let asked = asked(&sandbox);
        let listings = asked.iter().filter(|words| is_listing(words)).count();
        assert_eq!(listings, LISTINGS, "{fault}");
        assert_eq!(asked.len(), LISTINGS + 6, "{fault}: {asked:?}");
    }
}

/// Others need what is left of the day, and an answer would be too old when the rest can be asked
/// for: the sync ends before the calls that count, unless answers are kept for so long.
#[test]
fn a_day_that_is_used_up_ends_the_sync_before_it_begins() {
    let sandbox = Sandbox::tenant(&tenant_with(teams(1000, 5000)));
    assert_eq!(run(&sandbox, &[]).code, Some(0));
    let before = std::fs::read(sandbox.path("work/sync.c1z")).unwrap();
    sandbox.write("bin/tenant.json", tenant_with(teams(1000, 3)).to_string());
    let made = sandbox.calls().len();
    let ran = run(&sandbox, &[]);
    assert_eq!(ran.code, Some(4), "{}", ran.stderr);
    for part in [
        "needs 17 more calls",
        "3 of 5000 read and write requests left for this account, reset in 20 h 0 min",
        "start again after the reset",
        "sign in as a user",
        "--resume-window 21h",
    ] {
        assert!(ran.last_line().contains(part), "{part} in {}", ran.stderr);
    }
    assert!(
        !asked(&sandbox)[made..]
            .iter()
            .any(|words| is_listing(words))
    );
    assert!(std::fs::read(sandbox.path("work/sync.c1z")).unwrap() == before);
    sandbox.assert_clean();

    let ran = run(&sandbox, &["--resume-window", "21h"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stderr.contains("goes on from there"), "{}", ran.stderr);
}

/// The wait of the hour is told on a line where no line is live, and Ctrl-C ends it; what was
/// answered is used by the next run, which says how few calls it needs.
#[test]
fn an_hour_is_waited_for_and_ctrl_c_ends_it() {
    let sandbox = Sandbox::tenant(&tenant_with(teams(1000, 5000)));
    sandbox.set(
        "faults",
        json!([{"words": "vault user list vault7", "exit": 1, "stderr": LIMITED}]),
    );
    let mut command = service(&sandbox, &["--workers", "1"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut seen = String::new();
    while !seen.contains("next try in 42 min") {
        assert_ne!(stderr.read_line(&mut seen).unwrap(), 0, "it ended: {seen}");
    }
    let (signal, code) = STOPS[0];
    send(&mut child, signal).unwrap();
    stderr.read_to_string(&mut seen).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(code), "{seen}");
    assert_eq!(seen.matches("next try in").count(), 1, "{seen}");
    sandbox.assert_clean();

    // One call was refused, and none was made after it: with one worker, all before it were
    // answered.
    let asked = asked(&sandbox);
    assert_eq!(asked.last().unwrap(), "vault user list vault7", "{asked:?}");
    let answered = asked.iter().filter(|words| is_listing(words)).count() - 1;
    sandbox.set("faults", json!([]));
    let left = LISTINGS - answered;
    sandbox.write("bin/tenant.json", tenant_with(teams(0, 5000)).to_string());
    let ran = run(&sandbox, &[]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let needs = format!("this sync needs {left} more calls of op");
    assert!(ran.stderr.contains(&needs), "{needs} in {}", ran.stderr);
}

/// Where `op`'s words do not say for how long, its limits do. All reads keep still until then, not
/// only the refused one.
#[test]
fn a_limit_without_a_number_is_waited_for_once_and_by_all() {
    const RESET: u64 = 2;
    let limits = json!([row("token", "read", (0, 1000), RESET as i64)]);
    let sandbox = Sandbox::tenant(&tenant_with(limits));
    // Three of the four places stay taken until the question is answered, so that few calls come
    // before it.
    let refused =
        json!({"words": "vault user list vault0", "times": 1, "exit": 1, "stderr": UNNAMED});
    sandbox.set(
        "faults",
        json!([refused, {"words": " list vault", "times": 3, "until": ["ratelimit", 2]}]),
    );
    let ran = run(&sandbox, &[]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let calls = sandbox.calls();
    let mut questions = calls
        .iter()
        .filter(|call| call.words().contains("ratelimit"));
    let (first, second) = (questions.next().unwrap(), questions.next().unwrap());
    assert!(first.ended < Some(second.began) && questions.next().is_none());
    let until = second.ended.unwrap() + RESET * 1_000_000_000;
    // Without the wait all would be made at once; a few come early, whose places are free while the
    // answer is read.
    let after = calls.iter().filter(|call| call.began >= until).count();
    assert!(after >= 5, "{after} after");
}
