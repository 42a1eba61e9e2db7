//! `--once`, and the line that a finished sync prints.

use std::time::Duration;

use serde_json::json;
use tonic::Code;

use crate::service::agent::{Agent, client_id, each, hello, id, other, sync};
use crate::support::c1_server::{C1, Method, Reply, silent_server};
use crate::support::{Signal, Started};

const LINE: &str = "Task complete!";

/// How often it was said, as a line of its own or, where stderr is no terminal, as a record.
fn lines(text: &str) -> usize {
    let record = format!(r#""msg":"{LINE}""#);
    let is_it = |line: &&str| *line == LINE || line.contains(&record);
    text.lines().filter(is_it).count()
}

#[test]
fn once_ends_with_success_when_a_sync_is_done() {
    let c1 = C1::start();
    c1.queue([hello("wave"), other("first"), sync("one"), sync("two")]);
    let agent = Agent::new(&c1);
    let run = agent.once(&[]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(run.stdout, "");
    assert_eq!(lines(&run.stderr), 1, "{}", run.stderr);
    assert_eq!(c1.uploads().len(), 1, "one sync, not two");
    let finished = c1.calls(Method::Finish).len();
    assert_eq!(finished, 2, "the other task was answered as well");
    agent.sandbox.assert_clean();
}

/// Where stderr holds records, the line is one; and `--quiet` is quiet.
#[test]
fn the_line_is_a_record_among_records_and_silent_when_asked() {
    for (arguments, records, plain) in [
        (&["--log-format", "json"][..], 1, 0),
        (&["--log-format", "json", "--quiet"], 0, 0),
        (&["--log-format", "console"], 0, 1),
        (&["--log-format", "console", "--quiet"], 0, 0),
        (&["--quiet"], 0, 0),
    ] {
        let c1 = C1::start();
        c1.queue([sync("one")]);
        let run = Agent::new(&c1).once(arguments);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        let own = run.stderr.lines().filter(|line| *line == LINE);
        assert_eq!(own.count(), plain, "{}", run.stderr);
        let parsed = |line| serde_json::from_str::<serde_json::Value>(line);
        let told = run.stderr.lines().filter_map(|line| parsed(line).ok());
        let told: Vec<_> = told.collect();
        if arguments.contains(&"json") {
            assert_eq!(told.len(), run.stderr.lines().count(), "{}", run.stderr);
        }
        let done = told.iter().filter(|record| record["msg"] == LINE);
        assert_eq!(done.count(), records, "{}", run.stderr);
    }
}

/// Whoever waits for the end is told by the exit code where the cause lies.
#[test]
fn a_sync_that_failed_exits_by_its_cause() {
    let op = |stderr: &str| json!([{"words": "user list", "stderr": format!("[ERROR] {stderr}\n"), "exit": 1}]);
    let refusal = Reply::Error(Code::PermissionDenied, "not yours".into());
    each(
        [
            (op("You are not currently signed in"), None, 3),
            (op("(403) Forbidden: no luck"), None, 4),
            (json!([]), Some(refusal), 6),
        ],
        |(faults, upload, code)| {
            let c1 = C1::start();
            c1.queue([sync("one")]);
            if let Some(reply) = upload {
                c1.script(|script| script.reply(Method::Upload, reply));
            }
            let agent = Agent::new(&c1);
            agent.sandbox.set("faults", faults);
            let run = agent.once(&[]);
            assert_eq!(run.code, Some(code), "{}", run.stderr);
            c1.await_finish(&id("one"));
        },
    );
    // Its folder goes away while it waits.
    let c1 = C1::start();
    let agent = Agent::new(&c1);
    let folder = agent.sandbox.path("work/syncs");
    std::fs::create_dir(&folder).unwrap();
    let running = agent.start(&["--once", "--c1z-temp-dir", "syncs"]);
    c1.await_calls(Method::GetTask, 1);
    std::fs::remove_dir(&folder).unwrap();
    c1.queue([sync("one")]);
    let run = running.wait();
    assert_eq!(run.code, Some(5), "{}", run.stderr);
    let place = "could be made in syncs: ";
    assert!(run.last_line().contains(place), "{}", run.stderr);
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
    assert_eq!(run.code, Some(4), "{}", run.stderr);
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

/// Who could not be asked is not said to have asked for nothing: the last line says what stood in
/// the way.
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
    running.send(Signal::TERM);
    let run = running.wait();
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(lines(&run.stderr), 2, "{}", run.stderr);
    assert_eq!(run.stdout, "");
}
