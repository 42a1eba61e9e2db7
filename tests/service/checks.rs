//! A change that `op` took and whose check cannot be read: it is asked for again, and then it is C1
//! that may.

use serde_json::{Value, json};
use tonic::Code;

use crate::service::agent::{Agent, each, failure, grant, id, success};
use crate::service::changes::{agent, member};
use crate::support::c1_server::C1;

const LOCKED: &str = "[ERROR] connecting to desktop app timed out";
const SIGNED_OUT: &str = "[ERROR] You are not currently signed in. Please run `op signin --help`";
const LIMIT: &str = "[ERROR] (429) Too Many Requests: Please retry in 58 minutes";

/// Answers for who is in the group, behind the first one.
fn set_check(agent: &Agent, stderr: &str, times: u64) {
    let fault = json!([{"words": "group user list", "skip": 1, "times": times, "exit": 1, "stderr": stderr}]);
    agent.sandbox.set("faults", fault);
}

fn writes(agent: &Agent) -> usize {
    let calls = agent.sandbox.calls();
    let grants = |call: &&crate::support::Call| call.words().contains("group user grant");
    calls.iter().filter(grants).count()
}

#[test]
fn a_check_that_cannot_be_read_for_a_while_is_read_later() {
    // The app is tried three times in a row by each read.
    each([(LOCKED, 5), (SIGNED_OUT, 2)], |(stderr, times)| {
        let c1 = C1::start();
        let agent = agent(&c1);
        set_check(&agent, stderr, times);
        let _running = agent.start(&["--provisioning"]);
        c1.queue([grant("give", member("UADA"))]);
        let report = c1.await_finish(&id("give"));
        assert!(success(&report).annotations.is_empty());
        assert_eq!(writes(&agent), 1);
    });
}

#[test]
fn a_check_that_stays_unread_is_an_error_that_c1_may_repeat() {
    let c1 = C1::start();
    let agent = agent(&c1);
    set_check(&agent, LIMIT, 1);
    let running = agent.start(&["--provisioning"]);
    c1.queue([grant("give", member("UADA"))]);
    let report = c1.await_finish(&id("give"));
    let (code, text, non_retryable) = failure(&report);
    assert_eq!(
        (code, non_retryable),
        (Code::ResourceExhausted as i32, false)
    );
    for words in [
        "`op` took the change",
        "only the check of it is missing",
        "58 minutes",
    ] {
        assert!(text.contains(words), "{text}");
    }
    let group = &agent.sandbox.tenant_now()["group_users"]["gops"];
    assert_eq!(group["UADA"], Value::from("MEMBER"));
    // The limit is over, as far as `op` is concerned; the repeat finds what is there.
    drop(running);
    let _running = agent.start(&["--provisioning"]);
    c1.queue([grant("again", member("UADA"))]);
    let report = c1.await_finish(&id("again"));
    let annotation = &success(&report).annotations[0];
    assert!(annotation.type_url.ends_with("GrantAlreadyExists"));
    assert_eq!(writes(&agent), 1);
}
