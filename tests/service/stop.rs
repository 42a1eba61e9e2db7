//! Signals, in every state.

use std::time::{Duration, Instant};

use baton_1password::baton::pb::api::task::GrantTask;
use serde_json::json;
use tonic::Code;

use crate::service::agent::{
    Agent, each, entitlement, failure, grant, id, other, resource, success, sync,
};
use crate::support::c1_server::{C1, Method, Reply};
use crate::support::{STOPS, Signal};

/// Starts, waits for the state, sends the signal and checks the end.
fn stops(arguments: &[&str], script: impl Fn(&C1) + Sync, state: impl Fn(&C1, &Agent) + Sync) {
    each(STOPS, |&(signal, code)| {
        let c1 = C1::start();
        script(&c1);
        let agent = Agent::endless(&c1);
        let running = agent.start(arguments);
        state(&c1, &agent);
        running.send(signal);
        let run = running.wait();
        // A standing service is there to be stopped, unless something is cut off for it.
        let is_cut = arguments.contains(&"--once") || arguments.contains(&"0s");
        let code = if is_cut { code } else { 0 };
        assert_eq!(run.code, Some(code), "{}", run.stderr);
        assert_eq!(run.stdout, "");
        agent.sandbox.assert_clean();
    });
}

fn always(c1: &C1, method: Method, reply: Reply) {
    c1.script(|script| {
        script.always.insert(method, reply);
    });
}

/// `src/c1/protocol.md`, Stop
#[test]
fn idle() {
    stops(
        &[],
        |_| {},
        |c1, _| drop(c1.await_calls(Method::GetTask, 3)),
    );
}

/// `src/c1/protocol.md`, Stop: also while a poll is under way that nobody answers.
#[test]
fn with_a_poll_that_hangs() {
    let script = |c1: &C1| always(c1, Method::GetTask, Reply::Hang);
    stops(&[], script, |c1, _| {
        drop(c1.await_calls(Method::GetTask, 1))
    });
}

#[test]
fn with_a_token_request_that_hangs() {
    let script = |c1: &C1| always(c1, Method::Token, Reply::Hang);
    stops(&[], script, |c1, _| drop(c1.await_calls(Method::Token, 1)));
}

#[test]
fn with_a_hello_that_hangs() {
    let script = |c1: &C1| always(c1, Method::Hello, Reply::Hang);
    stops(&[], script, |c1, _| drop(c1.await_calls(Method::Hello, 1)));
}

#[test]
fn between_two_hellos() {
    let script = |c1: &C1| {
        always(
            c1,
            Method::Hello,
            Reply::Error(Code::Unavailable, "later".into()),
        )
    };
    stops(&[], script, |c1, _| drop(c1.await_calls(Method::Hello, 2)));
}

#[test]
fn between_two_polls_that_fail() {
    let script = |c1: &C1| {
        always(
            c1,
            Method::GetTask,
            Reply::Error(Code::Unavailable, "later".into()),
        )
    };
    stops(&[], script, |c1, _| {
        drop(c1.await_calls(Method::GetTask, 2))
    });
}

/// The running task is reported as cancelled, for another try.
#[test]
fn with_a_sync_that_goes_on() {
    each(STOPS, |&(signal, code)| {
        let c1 = C1::start();
        c1.queue([sync("one")]);
        let agent = Agent::endless(&c1);
        let running = agent.start(&["--grace", "1s"]);
        agent.sandbox.await_calls(1);
        running.send(signal);
        let polls = c1.calls(Method::GetTask).len();
        let run = running.wait();
        assert_eq!(run.code, Some(code), "{}", run.stderr);
        let report = c1.await_finish(&id("one"));
        let (got, message, non_retryable) = failure(&report);
        assert_eq!(
            (got, non_retryable),
            (Code::Cancelled as i32, false),
            "{message}"
        );
        assert!(
            c1.calls(Method::GetTask).len() <= polls + 1,
            "polling went on"
        );
        agent.sandbox.assert_clean();
    });
}

/// A task that ends within the grace period ends well.
#[test]
fn with_a_sync_that_ends_in_time() {
    let c1 = C1::start();
    c1.queue([sync("one")]);
    let agent = Agent::new(&c1);
    agent.sandbox.set(
        "faults",
        json!([{"words": "user list", "latency_ms": 1500}]),
    );
    let running = agent.start(&["--grace", "30s"]);
    agent.sandbox.await_calls(1);
    running.send(Signal::TERM);
    let run = running.wait();
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    success(&c1.await_finish(&id("one")));
    assert!(run.stderr.contains("Task complete!"), "{}", run.stderr);
    agent.sandbox.assert_clean();
}

/// A change under way is given its time; then it is reported as cancelled, and its `op` is gone.
#[test]
fn with_a_grant_that_goes_on() {
    each(STOPS, |&(signal, code)| {
        let c1 = C1::start();
        let agent = Agent::endless(&c1);
        agent
            .sandbox
            .set("faults", json!([{"words": "group user", "hang": true}]));
        let running = agent.start(&["--provisioning", "--grace", "1s"]);
        c1.queue([grant(
            "give",
            GrantTask {
                entitlement: Some(entitlement("group", "gteam00000000000000000000a", "member")),
                principal: Some(resource("user", "UADAB4Q7ZB5KX2MNP6RT3VWYHC")),
                ..Default::default()
            },
        )]);
        agent.sandbox.await_calls(2);
        running.send(signal);
        let run = running.wait();
        assert_eq!(run.code, Some(code), "{}", run.stderr);
        let report = c1.await_finish(&id("give"));
        assert_eq!(
            (failure(&report).0, failure(&report).2),
            (Code::Cancelled as i32, false)
        );
        agent.sandbox.assert_clean();
    });
}

#[test]
fn with_an_upload_that_hangs() {
    each(STOPS, |&(signal, code)| {
        let c1 = C1::start();
        c1.queue([sync("one")]);
        always(&c1, Method::Upload, Reply::Hang);
        let agent = Agent::new(&c1);
        let running = agent.start(&["--grace", "0s"]);
        c1.await_calls(Method::Upload, 1);
        running.send(signal);
        let run = running.wait();
        assert_eq!(run.code, Some(code), "{}", run.stderr);
        assert_eq!(
            failure(&c1.await_finish(&id("one"))).0,
            Code::Cancelled as i32
        );
        agent.sandbox.assert_clean();
    });
}

/// A report that does not land does not hold the end up for long.
#[test]
fn with_a_report_that_does_not_land() {
    let script = |c1: &C1| {
        always(
            c1,
            Method::Finish,
            Reply::Error(Code::Unavailable, "later".into()),
        );
        c1.queue([other("one")]);
    };
    stops(&["--grace", "0s"], script, |c1, _| {
        drop(c1.await_calls(Method::Finish, 1))
    });
}

/// Tasks that GetTasks has brought and that have no slot yet are given back.
#[test]
fn with_tasks_that_wait_for_a_slot() {
    let c1 = C1::start();
    c1.queue(["one", "two"].map(sync));
    let agent = Agent::endless(&c1);
    let mut command = agent.command(&["--grace", "0s", "--task-concurrency", "1"]);
    command.env("BATON_GET_TASKS", "true");
    let running = crate::support::Started::new(command);
    agent.sandbox.await_calls(1);
    let (signal, code) = STOPS[0];
    running.send(signal);
    let run = running.wait();
    assert_eq!(run.code, Some(code), "{}", run.stderr);
    for name in ["one", "two"] {
        let report = c1.await_finish(&id(name));
        assert_eq!(
            (failure(&report).0, failure(&report).2),
            (Code::Cancelled as i32, false)
        );
    }
    agent.sandbox.assert_clean();
}

/// A second signal does not wait for anything.
#[test]
fn a_second_signal_ends_the_run_at_once() {
    each(STOPS, |&(signal, code)| {
        let c1 = C1::start();
        c1.queue([sync("one")]);
        let agent = Agent::endless(&c1);
        let running = agent.start(&agent.logged(&["--grace", "1h"]));
        agent.sandbox.await_calls(1);
        running.send(signal);
        agent.await_log("stopping");
        let began = Instant::now();
        running.send(signal);
        let run = running.wait();
        assert!(began.elapsed() < Duration::from_secs(60));
        assert_eq!(run.code, Some(code), "{}", run.stderr);
        assert_eq!(c1.calls(Method::Finish).len(), 0);
        agent.sandbox.assert_clean();
    });
}

/// With `--once` a signal is no success either.
#[test]
fn with_once() {
    let state = |c1: &C1, _: &Agent| drop(c1.await_calls(Method::GetTask, 1));
    stops(&["--once"], |_| {}, state);
}
