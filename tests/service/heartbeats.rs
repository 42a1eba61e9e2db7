//! Heartbeats: pace, failures, and cancellation.

use std::time::{Duration, Instant};

use baton_1password::baton::pb::api::BatonServiceHeartbeatResponse;
use serde_json::json;
use tonic::Code;

use crate::service::agent::{Agent, beat, cancel, each, failure, id, success, sync};
use crate::support::Signal;
use crate::support::c1_server::{C1, Method, Reply};

fn pace(millis: u64) -> BatonServiceHeartbeatResponse {
    beat(Duration::from_millis(millis))
}

/// Waits until no process of `op` is left.
fn until_op_is_gone(agent: &Agent) {
    let give_up = Instant::now() + Duration::from_secs(60);
    while agent.sandbox.running().is_some() {
        assert!(Instant::now() < give_up, "op goes on");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// `src/c1/protocol.md`, Heartbeats: 10 ms is cut to a second.
#[test]
fn heartbeats_keep_the_pace_that_c1_names_but_no_faster_than_one_a_second() {
    let c1 = C1::start();
    c1.script(|script| script.heartbeats.extend([pace(10), pace(1500), pace(1000)]));
    c1.queue([sync("one")]);
    let agent = Agent::endless(&c1);
    let _running = agent.start(&[]);
    let beats = c1.await_calls(Method::Heartbeat, 4);
    let waits: Vec<_> = beats
        .windows(2)
        .map(|pair| pair[1].at - pair[0].at)
        .collect();
    assert!(waits[0] >= Duration::from_millis(990), "{waits:?}");
    assert!(waits[1] >= Duration::from_millis(1490), "{waits:?}");
    assert!(waits[2] >= Duration::from_millis(990), "{waits:?}");
}

/// `src/c1/protocol.md`, Heartbeats: the work stops at once, the task is reported, nothing is left.
#[test]
fn a_cancelled_task_stops_its_op_and_is_reported() {
    let c1 = C1::start();
    c1.script(|script| script.heartbeats.extend([pace(1000), cancel()]));
    c1.queue([sync("one")]);
    let agent = Agent::endless(&c1);
    let running = agent.start(&[]);
    let report = c1.await_finish(&id("one"));
    until_op_is_gone(&agent);
    let (code, message, non_retryable) = failure(&report);
    assert_eq!(
        (code, non_retryable),
        (Code::Cancelled as i32, false),
        "{message}"
    );
    agent.sandbox.assert_clean();
    c1.await_calls(Method::GetTask, 2);
    drop(running);
}

/// The list of cancelled tasks counts as well, also when another task's heartbeat brings it.
#[test]
fn a_task_named_among_the_cancelled_ones_is_cancelled() {
    let c1 = C1::start();
    let named = |name: &str, base: BatonServiceHeartbeatResponse| BatonServiceHeartbeatResponse {
        cancelled_task_ids: vec![id("nobody"), id(name)],
        ..base
    };
    c1.queue([sync("one")]);
    let agent = Agent::endless(&c1);
    let _running = agent.start(&[]);
    c1.await_calls(Method::Heartbeat, 1);
    // The first heartbeat of the second task names the first one, later its own.
    c1.script(|script| {
        script
            .heartbeats
            .extend([named("one", pace(1000)), named("two", pace(1000))]);
    });
    c1.queue([sync("two")]);
    for name in ["one", "two"] {
        let report = c1.await_finish(&id(name));
        assert_eq!(failure(&report).0, Code::Cancelled as i32);
    }
    until_op_is_gone(&agent);
}

/// `src/c1/protocol.md`, Heartbeats: what C1 itself says counts.
#[test]
fn nine_failures_in_a_row_cancel_the_task() {
    let c1 = C1::start();
    c1.script(|script| {
        script.heartbeats.push_back(pace(1000));
        script.reply(Method::Heartbeat, Reply::Usual);
        script.fail(Method::Heartbeat, Code::Internal, 20);
    });
    c1.queue([sync("one")]);
    let agent = Agent::endless(&c1);
    let _running = agent.start(&[]);
    let report = c1.await_finish(&id("one"));
    let (code, message, non_retryable) = failure(&report);
    assert_eq!(
        (code, non_retryable),
        (Code::Cancelled as i32, false),
        "{message}"
    );
    assert_eq!(c1.calls(Method::Heartbeat).len(), 10);
}

/// `src/c1/protocol.md`, Heartbeats: six failures, a success and six more are survived.
#[test]
fn a_success_between_failures_starts_the_count_anew() {
    let c1 = C1::start();
    c1.script(|script| {
        script
            .heartbeats
            .extend([pace(1000), pace(1000), pace(1000)]);
        script.reply(Method::Heartbeat, Reply::Usual);
        script.fail(Method::Heartbeat, Code::Unauthenticated, 12);
        script.reply(Method::Heartbeat, Reply::Usual);
        script.fail(Method::Heartbeat, Code::Internal, 6);
    });
    c1.queue([sync("one")]);
    let agent = Agent::endless(&c1);
    let _running = agent.start(&[]);
    // A refused token is renewed once, so UNAUTHENTICATED takes two requests for one failure.
    c1.await_calls(Method::Heartbeat, 1 + 12 + 1 + 6 + 1);
    assert_eq!(c1.calls(Method::Finish).len(), 0);
}

/// The first heartbeat decides whether a sync begins; a failure that may pass is given two more
/// tries. It is reported either way: C1 is not left waiting.
#[test]
fn a_sync_whose_first_heartbeat_fails_does_not_begin() {
    each(1..=16, |code| {
        let code = Code::from(code);
        let (fails, beats) = match code {
            // Twice, for the one that renews the token.
            Code::Unauthenticated => (2, 2),
            Code::PermissionDenied
            | Code::InvalidArgument
            | Code::Unimplemented
            | Code::FailedPrecondition
            | Code::NotFound
            | Code::AlreadyExists
            | Code::OutOfRange => (1, 1),
            _ => (3, 3),
        };
        let c1 = C1::start();
        let agent = Agent::new(&c1);
        let running = agent.start(&[]);
        c1.script(|script| script.fail(Method::Heartbeat, code, fails));
        c1.queue([sync("one")]);
        let report = c1.await_finish(&id("one"));
        let (got, message, non_retryable) = failure(&report);
        assert_eq!((got, non_retryable), (code as i32, false), "{message}");
        assert!(message.contains("scripted"), "{message}");
        assert_eq!(c1.calls(Method::Heartbeat).len(), beats, "{code:?}");
        assert_eq!(agent.sandbox.calls().len(), 0, "op was not asked");
        running.send(Signal::TERM);
        running.wait();
        agent.sandbox.assert_clean();
    });
}

#[test]
fn a_sync_that_is_cancelled_before_it_begins_is_reported() {
    let c1 = C1::start();
    c1.script(|script| script.heartbeats.push_back(cancel()));
    c1.queue([sync("one")]);
    let agent = Agent::new(&c1);
    let _running = agent.start(&[]);
    let report = c1.await_finish(&id("one"));
    assert_eq!(
        (failure(&report).0, failure(&report).2),
        (Code::Cancelled as i32, false)
    );
    assert_eq!(agent.sandbox.calls().len(), 0, "op was not asked");
}

/// A first heartbeat that fails for a moment costs a moment, not the sync.
#[test]
fn a_first_heartbeat_that_fails_for_a_moment_is_made_again() {
    let c1 = C1::start();
    c1.script(|script| script.fail(Method::Heartbeat, Code::Unavailable, 2));
    c1.queue([sync("one")]);
    let run = Agent::new(&c1).once(&[]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(c1.calls(Method::Heartbeat).len(), 3);
}

/// A token request that outlasts a heartbeat goes on, and the next heartbeat has its token.
#[test]
fn a_slow_token_costs_one_heartbeat_and_not_all() {
    let c1 = C1::start();
    c1.script(|script| {
        script
            .heartbeats
            .extend(vec![beat(Duration::from_secs(1)); 30]);
    });
    c1.queue([sync("one")]);
    let agent = Agent::endless(&c1);
    let _running = agent.start(&["--task-concurrency", "1"]);
    agent.sandbox.await_calls(1);
    c1.script(|script| {
        script.revoked.insert("access-token-1".into());
        let slow = Reply::Late(Duration::from_secs(12));
        script.always.insert(Method::Token, slow);
    });
    c1.wait("heartbeat with the new token", |events| {
        events.iter().any(|event| {
            event.what.method() == Method::Heartbeat
                && event.header("authorization") == "Bearer access-token-2"
        })
    });
    assert_eq!(c1.calls(Method::Token).len(), 2);
}

/// A service account waits for its limit, and keeps its task meanwhile.
#[test]
fn heartbeats_go_on_while_a_limit_is_waited_for() {
    let c1 = C1::start();
    c1.script(|script| {
        for _ in 0..10 {
            script.heartbeats.push_back(pace(1000));
        }
    });
    c1.queue([sync("one")]);
    let agent = Agent::new(&c1);
    let limited =
        "[ERROR] (429) Too Many Requests: Please retry in 3 seconds or try other requests.\n";
    agent.sandbox.set(
        "faults",
        json!([{"words": "group user list", "times": 1, "exit": 1, "stderr": limited}]),
    );
    let mut command = agent.command(&["--once", "--auth-type", "service"]);
    command.env("OP_SERVICE_ACCOUNT_TOKEN", "ops_token");
    let run = crate::support::Started::new(command).wait();
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    success(&c1.await_finish(&id("one")));
    let calls = agent.sandbox.calls();
    let mut tries = calls
        .iter()
        .filter(|call| call.words().starts_with("group user list"));
    let (refused, answered) = (tries.next().unwrap(), tries.next().unwrap());
    assert!(answered.began - refused.ended.unwrap() >= 3_000_000_000);
    let beats = c1.calls(Method::Heartbeat).len();
    assert!(beats >= 4, "{beats} heartbeats");
}

/// Heartbeats go on while the file is uploaded and the end is reported.
#[test]
fn heartbeats_go_on_during_upload_and_report() {
    let c1 = C1::start();
    c1.script(|script| {
        for _ in 0..40 {
            script.heartbeats.push_back(pace(1000));
        }
        script.reply(Method::Upload, Reply::Slow(Duration::from_millis(600)));
        script.reply(Method::Finish, Reply::Late(Duration::from_millis(2500)));
    });
    c1.queue([sync("one")]);
    let run = Agent::new(&c1).once(&[]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    success(&c1.await_finish(&id("one")));
    let beats = c1.calls(Method::Heartbeat);
    let finish = c1.calls(Method::Finish)[0].at;
    assert!(
        beats.iter().filter(|beat| beat.at > finish).count() >= 2,
        "{}",
        beats.len()
    );
    assert!(beats.len() >= 4);
}
