//! C1 goes away and comes back: nothing that runs is lost, and nobody waits longer than it takes.

use std::time::Duration;

use tonic::Code;

use crate::service::agent::{Agent, beat, each, failure, id, other, success, sync};
use crate::support::Started;
use crate::support::c1_server::{C1, Method, Reply};

/// An outage in the middle of an upload, at two paces of heartbeats: longer than nine of them. It
/// lasts as long as it does.
#[test]
fn a_task_outlives_an_outage_of_many_heartbeats() {
    each([(1, 12), (5, 50)], |(pace, outage)| {
        let c1 = C1::start();
        c1.script(|script| {
            let pace = beat(Duration::from_secs(pace));
            script.heartbeats.extend(std::iter::repeat_n(pace, 100));
            script.reply(Method::Upload, Reply::Hang);
        });
        c1.queue([sync("one")]);
        let agent = Agent::new(&c1);
        let running = agent.start(&["--once"]);
        c1.await_calls(Method::Upload, 1);
        c1.go_away();
        std::thread::sleep(Duration::from_secs(outage));
        c1.come_back();
        success(&c1.await_finish(&id("one")));
        let run = running.wait();
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert_eq!(c1.uploads().last().unwrap().digest_fits, Some(true));
        agent.sandbox.assert_clean();
    });
}

/// Away is away, whether the connection is lost or what stands in front of C1 says so.
#[test]
fn heartbeats_that_nobody_answers_do_not_count() {
    each(
        [
            Reply::Http(502),
            Reply::Http(503),
            Reply::Http(504),
            Reply::Error(Code::Unavailable, "restarting".into()),
        ],
        |reply| {
            let c1 = C1::start();
            c1.script(|script| {
                script.heartbeats.push_back(beat(Duration::from_secs(1)));
                script.reply(Method::Heartbeat, Reply::Usual);
                for _ in 0..12 {
                    script.reply(Method::Heartbeat, reply.clone());
                }
            });
            c1.queue([sync("one")]);
            let agent = Agent::endless(&c1);
            let _running = agent.start(&[]);
            c1.await_calls(Method::Heartbeat, 14);
            assert_eq!(c1.calls(Method::Finish).len(), 0, "{reply:?}");
        },
    );
}

/// The same of uploads: more than three times, each from the first byte.
#[test]
fn an_upload_outlives_answers_that_say_away() {
    each(
        [
            Reply::Error(Code::Unavailable, "restarting".into()),
            Reply::Http(502),
            Reply::Http(503),
            Reply::Http(504),
            Reply::Wait(1500),
        ],
        |reply| {
            let c1 = C1::start();
            c1.script(|script| {
                for _ in 0..4 {
                    script.reply(Method::Upload, reply.clone());
                }
            });
            c1.queue([sync("one")]);
            let run = Agent::new(&c1).once(&[]);
            assert_eq!(run.code, Some(0), "{reply:?}: {}", run.stderr);
            assert_eq!(c1.uploads().len(), 5, "{reply:?}");
            success(&c1.await_finish(&id("one")));
        },
    );
}

/// The waits of a failed poll stay below five seconds while C1 is away, and grow when it answers.
#[test]
fn the_next_poll_is_not_far_when_c1_is_away() {
    const FAILURES: usize = 5;
    each(
        [
            (Reply::Error(Code::Unavailable, "restarting".into()), true),
            (Reply::Http(503), true),
            (Reply::Error(Code::Internal, "broken".into()), false),
        ],
        |(reply, is_away)| {
            let c1 = C1::start();
            c1.script(|script| {
                for _ in 0..FAILURES {
                    script.reply(Method::GetTask, reply.clone());
                }
            });
            let agent = Agent::new(&c1);
            let _running = agent.start(&agent.logged(&["--log-format", "json"]));
            let wait = |line: &str| {
                let record: serde_json::Value = serde_json::from_str(line).ok()?;
                record["wait_s"].as_f64()
            };
            agent.await_log(if is_away {
                r#""wait_s":4"#
            } else {
                r#""wait_s":9"#
            });
            let log = std::fs::read_to_string(agent.sandbox.path("work/log")).unwrap();
            let waits: Vec<f64> = log.lines().filter_map(wait).collect();
            let longest = waits.iter().copied().fold(0.0, f64::max);
            assert_eq!(longest < 5.0, is_away, "{waits:?}");
            if is_away {
                c1.await_calls(Method::GetTask, FAILURES + 1);
            }
        },
    );
}

/// C1 may hold a poll open until there is something to do.
#[test]
fn a_poll_that_is_held_open_is_waited_for() {
    let c1 = C1::start();
    c1.script(|script| script.reply(Method::GetTask, Reply::Late(Duration::from_secs(65))));
    c1.queue([other("one")]);
    let agent = Agent::new(&c1);
    let _running = agent.start(&agent.logged(&[]));
    c1.await_calls(Method::GetTask, 1);
    std::thread::sleep(Duration::from_secs(10));
    c1.await_finish(&id("one"));
    let log = std::fs::read_to_string(agent.sandbox.path("work/log")).unwrap();
    assert!(!log.contains("asking C1 for tasks failed"), "{log}");
}

/// The details of an error are read, and go back with its code.
#[test]
fn an_error_with_a_mebibyte_of_details_keeps_its_code() {
    for size in [20_000, 1 << 20] {
        let c1 = C1::start();
        c1.script(|script| {
            let reply = Reply::Details(Code::FailedPrecondition, size);
            script.reply(Method::Upload, reply);
        });
        c1.queue([sync("one")]);
        let run = Agent::new(&c1).once(&[]);
        assert_eq!(run.code, Some(6), "{}", run.stderr);
        assert_eq!(c1.uploads().len(), 1);
        let report = c1.await_finish(&id("one"));
        assert_eq!(failure(&report).0, Code::FailedPrecondition as i32);
        let details = &report.status.as_ref().unwrap().details;
        assert_eq!(details[0].value.len(), size);
    }
}

/// Who answers without speaking gRPC is named, with what it said.
#[test]
fn an_answer_of_something_else_than_c1_is_told_as_it_is() {
    each([200, 404, 503], |status| {
        let c1 = C1::start();
        c1.script(|script| {
            script.always.insert(Method::Hello, Reply::Http(status));
        });
        let agent = Agent::new(&c1);
        let run = agent.once(&["--once-timeout", "3s"]);
        assert_eq!(run.code, Some(6), "{}", run.stderr);
        let words = format!("localhost:{} answered HTTP {status}, not gRPC", c1.port());
        assert!(run.last_line().contains(&words), "{}", run.stderr);
    });
}

/// What `nohup` asks for holds.
#[cfg(unix)]
#[test]
fn a_hangup_that_was_ignored_at_the_start_stays_ignored() {
    let c1 = C1::start();
    let agent = Agent::new(&c1);
    let command = agent.command(&[]);
    let mut shell = std::process::Command::new("/bin/sh");
    shell
        .args(["-c", "trap '' HUP; exec \"$0\" \"$@\""])
        .arg(command.get_program())
        .args(command.get_args())
        .env_clear()
        .envs(
            command
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .current_dir(agent.sandbox.path("work"))
        .stdin(std::process::Stdio::null());
    let running = Started::new(shell);
    c1.await_calls(Method::GetTask, 1);
    running.send(crate::support::Signal::HUP);
    c1.queue([other("after")]);
    c1.await_finish(&id("after"));
    running.send(crate::support::Signal::TERM);
    assert_eq!(running.wait().code, Some(0));
}
