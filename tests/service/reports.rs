//! The report of a task's end: repeated until it has landed or was refused.

use std::time::Duration;

use tonic::Code;

use crate::service::agent::{Agent, failure, id, other, success, sync};
use crate::support::c1_server::{C1, Method, Reply};

/// `src/c1/protocol.md`, Report
#[test]
fn every_report_carries_a_deadline_of_thirty_seconds() {
    let c1 = C1::start();
    c1.queue([other("one")]);
    let agent = Agent::new(&c1);
    let _running = agent.start(&[]);
    c1.await_finish(&id("one"));
    let timeout = c1.calls(Method::Finish)[0]
        .header("grpc-timeout")
        .to_owned();
    let (number, unit) = timeout.split_at(timeout.len() - 1);
    let unit = match unit {
        "n" => 1e-9,
        "u" => 1e-6,
        "m" => 1e-3,
        "S" => 1.0,
        other => panic!("{other}"),
    };
    let seconds = number.parse::<f64>().unwrap() * unit;
    assert!(seconds > 20.0 && seconds <= 30.0, "{timeout}");
}

/// A code that may pass is tried again; one that says no is not.
#[test]
fn a_report_is_repeated_unless_c1_says_no() {
    let c1 = C1::start();
    let agent = Agent::new(&c1);
    let _running = agent.start(&[]);
    for code in 1..=16 {
        let code = Code::from(code);
        let is_no = matches!(
            code,
            Code::InvalidArgument
                | Code::NotFound
                | Code::AlreadyExists
                | Code::PermissionDenied
                | Code::FailedPrecondition
                | Code::OutOfRange
                | Code::Unimplemented
                | Code::Unauthenticated
        );
        // A refused token is renewed once, which is one more request.
        let (fails, requests) = match code {
            Code::Unauthenticated => (2, 2),
            _ if is_no => (1, 1),
            _ => (1, 2),
        };
        let before = c1.calls(Method::Finish).len();
        c1.script(|script| script.fail(Method::Finish, code, fails));
        c1.queue([other(&format!("task{}", code as i32))]);
        c1.await_calls(Method::Finish, before + requests);
        // The next task shows that nothing more came of this one.
        c1.queue([other(&format!("mark{}", code as i32))]);
        c1.await_finish(&id(&format!("mark{}", code as i32)));
        assert_eq!(
            c1.calls(Method::Finish).len(),
            before + requests + 1,
            "{code:?}"
        );
    }
}

/// A restart of the server does not lose a result.
#[test]
fn a_report_outlives_a_restart_of_the_server() {
    let c1 = C1::start();
    c1.script(|script| script.reply(Method::Finish, Reply::Cut));
    c1.queue([sync("one")]);
    let agent = Agent::new(&c1);
    let run = agent.start(&agent.logged(&["--once"]));
    c1.await_calls(Method::Finish, 1);
    c1.go_away();
    agent.await_log("C1 did not take the end of a task");
    c1.come_back();
    let run = run.wait();
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(c1.calls(Method::Finish).len() >= 2);
    success(&c1.await_finish(&id("one")));
}

/// A report whose answer was lost, and which C1 then says it has already, has landed.
#[test]
fn a_report_that_landed_without_an_answer_is_a_success() {
    let c1 = C1::start();
    c1.script(|script| {
        script.reply(Method::Finish, Reply::Cut);
        script.fail(Method::Finish, Code::AlreadyExists, 1);
    });
    c1.queue([sync("one")]);
    let run = Agent::new(&c1).once(&[]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(c1.calls(Method::Finish).len(), 2);
}

/// The report goes out although its task was cancelled, and is repeated like any other.
#[test]
fn the_report_of_a_cancelled_task_is_repeated_too() {
    let c1 = C1::start();
    c1.script(|script| {
        script.heartbeats.push_back(crate::service::agent::cancel());
        script.fail(Method::Finish, Code::Unavailable, 1);
    });
    c1.queue([sync("one")]);
    let agent = Agent::new(&c1);
    let _running = agent.start(&[]);
    let reports = c1.await_calls(Method::Finish, 2);
    assert!(reports[1].at - reports[0].at >= Duration::from_millis(990));
    assert_eq!(
        failure(&c1.await_finish(&id("one"))).0,
        Code::Cancelled as i32
    );
}
