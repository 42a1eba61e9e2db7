//! `--once`, and the line that a finished sync prints.

use std::time::Duration;

use serde_json::json;
use tonic::Code;

use crate::agent::{Agent, client_id, each, hello, id, other, sync};
use crate::c1_server::{C1, Method, Reply, silent_server};
use crate::support::Started;

const LINE: &str = "Task complete!";

fn lines(text: &str) -> usize {
    text.lines().filter(|line| *line == LINE).count()
}

#[test]
fn once_ends_with_success_when_a_sync_is_done() {
    let c1 = C1::start();
    c1.queue([hello("wave"), other("first"), sync("one"), sync("two")]);
    let agent = Agent::new(&c1);
    let run = agent.once(&["--quiet"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(run.stdout, "");
    assert_eq!(lines(&run.stderr), 1, "{}", run.stderr);
    assert_eq!(c1.uploads().len(), 1, "one sync, not two");
    let finished = c1.calls(Method::Finish).len();
    assert_eq!(finished, 2, "the other task was answered as well");
    agent.sandbox.assert_clean();
}

#[test]
fn once_fails_when_the_sync_fails() {
    let c1 = C1::start();
    c1.queue([sync("one")]);
    let agent = Agent::new(&c1);
    agent.sandbox.set(
        "faults",
        json!([{"words": "user list", "stderr": "[ERROR] no luck\n", "exit": 1}]),
    );
    let run = agent.once(&[]);
    assert_eq!(run.code, Some(6), "{}", run.stderr);
    assert!(run.last_line().contains("no luck"), "{}", run.stderr);
    assert!(run.last_line().contains(&id("one")), "{}", run.stderr);
    assert_eq!(lines(&run.stderr), 0);
    c1.await_finish(&id("one"));
}

/// Uploaded but not finished is not done.
#[test]
fn once_fails_when_the_report_is_refused() {
    let c1 = C1::start();
    c1.script(|script| {
        script.reply(
            Method::Finish,
            Reply::Error(Code::NotFound, "no such task".into()),
        )
    });
    c1.queue([sync("one")]);
    let run = Agent::new(&c1).once(&[]);
    assert_eq!(run.code, Some(6), "{}", run.stderr);
    assert!(run.last_line().contains("no such task"), "{}", run.stderr);
    assert_eq!(lines(&run.stderr), 0);
}

#[test]
fn once_gives_up_after_its_timeout_without_a_sync() {
    let c1 = C1::start();
    c1.queue([other("first")]);
    let agent = Agent::new(&c1);
    let run = agent.once(&["--once-timeout", "6s"]);
    assert_eq!(run.code, Some(6), "{}", run.stderr);
    assert!(run.last_line().contains("--once-timeout"), "{}", run.stderr);
    assert_eq!(c1.calls(Method::Finish).len(), 1);
    agent.sandbox.assert_clean();
}

/// The timeout counts from the start, whatever keeps C1 from handing out a task.
#[test]
fn the_timeout_covers_the_hello() {
    let c1 = C1::start();
    c1.script(|script| {
        script.always.insert(
            Method::Hello,
            Reply::Error(Code::Unavailable, "later".into()),
        );
    });
    let run = Agent::new(&c1).once(&["--once-timeout", "6s"]);
    assert_eq!(run.code, Some(6), "{}", run.stderr);
    assert!(run.last_line().contains("--once-timeout"), "{}", run.stderr);
    assert!(run.last_line().contains("later"), "{}", run.stderr);
}

/// Who could not be asked is not said to have asked for nothing: the last line says what stood in the way.
#[test]
fn the_timeout_tells_why_c1_could_not_be_asked() {
    let (listener, refusing) = silent_server();
    drop(listener);
    let (_open, silent) = silent_server();
    each(
        [
            (Some(refusing), "could not connect to C1 at localhost:"),
            (Some(silent), "did not answer Hello"),
            (None, "polls are off"),
        ],
        |(port, words)| {
            let c1 = C1::start();
            let error = Reply::Error(Code::Unavailable, "polls are off".into());
            c1.script(|script| {
                script.always.insert(Method::GetTask, error);
            });
            let agent = Agent::new(&c1);
            let mut command = agent.command(&["--once", "--once-timeout", "6s"]);
            if let Some(port) = port {
                command.env("BATON_CLIENT_ID", client_id(port));
            }
            let run = Started::new(command).wait();
            assert_eq!(run.code, Some(6), "{}", run.stderr);
            assert!(run.last_line().contains(words), "{}", run.stderr);
            assert!(run.last_line().contains("--once-timeout"), "{}", run.stderr);
        },
    );
}

/// A poll under way may hold the task already: its answer is waited for, and its sync is done.
#[test]
fn a_poll_under_way_at_the_timeout_still_counts() {
    let c1 = C1::start();
    c1.script(|script| script.reply(Method::GetTask, Reply::Late(Duration::from_secs(9))));
    c1.queue([sync("one")]);
    let run = Agent::new(&c1).once(&["--once-timeout", "6s"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(c1.calls(Method::GetTask).len(), 1);
}

/// A sync that runs is not cut off by the timeout.
#[test]
fn the_timeout_does_not_end_a_sync_that_has_begun() {
    let c1 = C1::start();
    c1.queue([sync("one")]);
    let agent = Agent::new(&c1);
    agent.sandbox.set(
        "faults",
        json!([{"words": "user list", "latency_ms": 7000}]),
    );
    let run = agent.once(&["--once-timeout", "6s"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
}

/// In the standing mode the same line follows each finished sync.
#[test]
fn the_standing_mode_prints_the_line_after_each_sync() {
    let c1 = C1::start();
    c1.queue([sync("one"), other("other"), sync("two")]);
    let agent = Agent::new(&c1);
    let running = agent.start(&agent.logged(&[]));
    c1.await_finish(&id("one"));
    c1.await_finish(&id("two"));
    c1.await_calls(Method::GetTask, c1.calls(Method::GetTask).len() + 2);
    running.send(rustix::process::Signal::INT);
    let run = running.wait();
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(lines(&run.stderr), 2, "{}", run.stderr);
    assert_eq!(run.stdout, "");
}
