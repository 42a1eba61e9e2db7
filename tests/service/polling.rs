//! Asking for tasks: pace, failures, slots, and the same task twice.

use std::time::Duration;

use baton_1password::baton::pb::api::Task;
use serde_json::json;
use tonic::Code;

use crate::service::agent::{Agent, each, failure, id, other, sync};
use crate::support::c1_server::{C1, Event, Method, Reply, What};
use crate::support::{Signal, Started};

/// An agent whose syncs take a second at least.
fn slow(c1: &C1) -> Agent {
    let agent = Agent::new(c1);
    agent.sandbox.set(
        "faults",
        json!([{"words": "user list", "latency_ms": 1000}]),
    );
    agent
}

/// Most tasks that had begun and not ended at any moment, and when polls came in that time.
fn most_at_once(events: &[Event], begins: Method) -> usize {
    let (mut now, mut most) = (0_usize, 0);
    for event in events {
        if event.what.method() == begins {
            now += 1;
        } else if event.what.method() == Method::Finish {
            now -= 1;
        }
        most = most.max(now);
    }
    most
}

/// `src/c1/protocol.md`, Polling: the pace is C1's, and does not depend on when tasks end.
#[test]
fn polls_keep_the_pace_that_c1_names() {
    let c1 = C1::start();
    c1.script(|script| script.next_poll = Some(Duration::from_millis(700)));
    c1.queue([other("quick")]);
    let agent = Agent::new(&c1);
    let _running = agent.start(&[]);
    let polls = c1.await_calls(Method::GetTask, 4);
    for pair in polls.windows(2) {
        let wait = pair[1].at - pair[0].at;
        assert!(wait >= Duration::from_millis(690), "{wait:?}");
    }
}

/// Without a pace C1 is not asked without a pause, unless it has just given a task.
#[test]
fn without_a_pace_an_idle_poll_waits_a_second_and_a_busy_one_does_not() {
    let c1 = C1::start();
    c1.script(|script| script.next_poll = None);
    c1.queue([other("a"), other("b"), other("c"), other("d")]);
    let agent = Agent::new(&c1);
    let _running = agent.start(&[]);
    let polls = c1.await_calls(Method::GetTask, 7);
    assert!(
        polls[4].at - polls[0].at < Duration::from_secs(4),
        "four tasks in a row"
    );
    for pair in polls[4..].windows(2) {
        let wait = pair[1].at - pair[0].at;
        assert!(wait >= Duration::from_millis(990), "{wait:?}");
    }
}

/// `src/c1/protocol.md`, Polling: waits grow with failures in a row, and one success ends that.
#[test]
fn failing_polls_wait_longer_each_time_and_recover() {
    let c1 = C1::start();
    c1.script(|script| {
        script.fail(Method::GetTask, Code::Unavailable, 2);
        script.reply(Method::GetTask, Reply::Usual);
        script.reply(Method::GetTask, Reply::Http(502));
    });
    let agent = Agent::new(&c1);
    let _running = agent.start(&[]);
    let polls = c1.await_calls(Method::GetTask, 5);
    let wait = |n: usize| polls[n + 1].at - polls[n].at;
    assert!(wait(0) >= Duration::from_millis(990), "{:?}", wait(0));
    assert!(wait(1) >= Duration::from_millis(3990), "{:?}", wait(1));
    assert!(wait(3) >= Duration::from_millis(990), "{:?}", wait(3));
    assert!(
        wait(3) < Duration::from_millis(3990),
        "the count began anew: {:?}",
        wait(3)
    );
}

/// `src/c1/protocol.md`, Polling: no code ends the process.
#[test]
fn no_code_of_a_poll_ends_the_process() {
    let c1 = C1::start();
    c1.script(|script| {
        for code in 1..=16 {
            let times = if code == Code::Unauthenticated as i32 {
                2
            } else {
                1
            };
            script.fail(Method::GetTask, Code::from(code), times);
            script.reply(Method::GetTask, Reply::Usual);
        }
    });
    let agent = Agent::new(&c1);
    let _running = agent.start(&[]);
    c1.await_calls(Method::GetTask, 33);
    c1.queue([other("after")]);
    c1.await_finish(&id("after"));
}

/// `src/c1/protocol.md`, Slots: three slots by default, of which syncs leave one for changes of
/// access.
#[test]
fn syncs_take_all_slots_but_one() {
    let c1 = C1::start();
    let names = ["a", "b", "c", "d", "e"];
    c1.queue(names.map(sync));
    let agent = slow(&c1);
    let _running = agent.start(&[]);
    for name in names {
        c1.await_finish(&id(name));
    }
    assert_eq!(most_at_once(&c1.events(), Method::Heartbeat), 2);
}

/// While all slots are busy nothing is asked for.
#[test]
fn a_full_house_is_not_polled_for() {
    let c1 = C1::start();
    c1.queue([sync("one")]);
    let agent = slow(&c1);
    let _running = agent.start(&["--task-concurrency", "1"]);
    c1.await_finish(&id("one"));
    let events = c1.events();
    let methods: Vec<Method> = events.iter().map(|event| event.what.method()).collect();
    let place = |method| methods.iter().position(|it| *it == method).unwrap();
    let busy = &methods[place(Method::GetTask) + 1..place(Method::Finish)];
    assert!(!busy.contains(&Method::GetTask), "{methods:?}");
}

/// However many syncs there are, a task of another kind does not wait for one of them.
#[test]
fn syncs_hold_nothing_else_back() {
    each(
        [("2", ""), ("3", ""), ("3", "true")],
        |(slots, all_at_once)| {
            let c1 = C1::start();
            c1.queue(["a", "b", "c", "d", "e", "f", "g"].map(sync));
            let agent = Agent::endless(&c1);
            let _running = get_tasks(&agent, &["--task-concurrency", slots], all_at_once);
            c1.await_calls(Method::Heartbeat, 1);
            c1.queue([other("last")]);
            c1.await_finish(&id("last"));
            assert_eq!(c1.calls(Method::Finish).len(), 1);
        },
    );
}

/// A sync that only waits for a limit of rate has no slot meanwhile, and nobody waits for it when
/// the service stops.
#[test]
fn a_sync_that_waits_for_a_limit_gives_its_slot_back_and_ends_with_the_service() {
    let c1 = C1::start();
    c1.queue([sync("one")]);
    let agent = Agent::new(&c1);
    let limit = "[ERROR] Too many requests. Try again in 300 seconds";
    let fault = json!([{"words": "user list", "exit": 1, "stderr": limit}]);
    agent.sandbox.set("faults", fault);
    let running = agent.start(&["--task-concurrency", "1", "--grace", "10m"]);
    c1.await_calls(Method::Heartbeat, 1);
    c1.queue([other("next")]);
    c1.await_finish(&id("next"));
    running.send(Signal::TERM);
    let run = running.wait();
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let report = c1.await_finish(&id("one"));
    let (code, message, non_retryable) = failure(&report);
    assert_eq!(
        (code, non_retryable),
        (Code::Cancelled as i32, false),
        "{message}"
    );
    agent.sandbox.assert_clean();
}

/// `src/c1/protocol.md`, Slots
#[test]
fn task_concurrency_is_the_number_of_slots_and_has_bounds() {
    let c1 = C1::start();
    c1.queue(["a", "b", "c"].map(sync));
    let agent = slow(&c1);
    let running = agent.start(&["--task-concurrency", "1"]);
    for name in ["a", "b", "c"] {
        c1.await_finish(&id(name));
    }
    assert_eq!(most_at_once(&c1.events(), Method::Heartbeat), 1);
    drop(running);
    for bad in ["0", "101", "-1"] {
        let before = c1.gate.count();
        let run = agent.run(&[&format!("--task-concurrency={bad}")]);
        assert_eq!(run.code, Some(2), "{bad}: {}", run.stderr);
        assert_eq!(c1.gate.count(), before);
    }
}

/// An id that is at work already is not taken again.
#[test]
fn the_same_task_twice_runs_once() {
    let c1 = C1::start();
    c1.queue([sync("one"), sync("one"), other("next")]);
    let agent = slow(&c1);
    let _running = agent.start(&[]);
    c1.await_finish(&id("next"));
    c1.await_finish(&id("one"));
    c1.await_calls(Method::GetTask, c1.calls(Method::GetTask).len() + 2);
    let ends = c1.calls(Method::Finish);
    assert_eq!(
        ends.len(),
        2,
        "{ends:?}",
        ends = ends.iter().map(|it| &it.what).collect::<Vec<_>>()
    );
}

fn get_tasks(agent: &Agent, arguments: &[&str], value: &str) -> Started {
    let mut command = agent.command(arguments);
    command.env("BATON_GET_TASKS", value);
    Started::new(command)
}

fn asked(event: &Event) -> (u32, Vec<String>) {
    match &event.what {
        What::GetTasks(asked) => (asked.page_size, asked.known_task_ids.clone()),
        other => panic!("{other:?}"),
    }
}

/// GetTasks asks for twice the slots less what is known, names what is known, and runs all in
/// order.
#[test]
fn get_tasks_fills_a_queue_of_twice_the_slots() {
    let c1 = C1::start();
    let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
    c1.queue(names.map(sync));
    let agent = slow(&c1);
    let _running = get_tasks(&agent, &[], "true");
    for name in names {
        c1.await_finish(&id(name));
    }
    assert_eq!(c1.calls(Method::GetTask).len(), 0);
    let polls = c1.calls(Method::GetTasks);
    assert_eq!(asked(&polls[0]), (6, vec![]));
    for poll in &polls[1..] {
        let (page, known) = asked(poll);
        assert_eq!(page as usize, 6_usize.saturating_sub(known.len()).max(1));
    }
    assert_eq!(most_at_once(&c1.events(), Method::Heartbeat), 2);
    let began: Vec<String> = c1
        .calls(Method::Heartbeat)
        .iter()
        .map(|event| match &event.what {
            What::Heartbeat(beat) => beat.task_id.clone(),
            _ => unreachable!(),
        })
        .collect();
    let mut first = began[..2].to_vec();
    first.sort();
    assert_eq!(first, [id("a"), id("b")]);
}

/// Duplicates and `none` tasks are dropped; a failing GetTasks waits and does not turn to GetTask.
#[test]
fn get_tasks_drops_what_is_known_and_never_falls_back() {
    let c1 = C1::start();
    c1.script(|script| script.fail(Method::GetTasks, Code::Unimplemented, 1));
    let none = Task {
        id: id("none"),
        task_type: Some(baton_1password::baton::pb::api::task::TaskType::None(
            Default::default(),
        )),
        ..Task::default()
    };
    c1.queue([sync("one"), sync("one"), none, other("last")]);
    let agent = slow(&c1);
    let _running = get_tasks(&agent, &[], "1");
    c1.await_finish(&id("last"));
    c1.await_finish(&id("one"));
    c1.await_calls(Method::GetTasks, c1.calls(Method::GetTasks).len() + 1);
    assert_eq!(c1.calls(Method::Finish).len(), 2);
    assert_eq!(c1.calls(Method::GetTask).len(), 0);
}

#[test]
fn other_spellings_do_not_turn_get_tasks_on() {
    let c1 = C1::start();
    let agent = Agent::new(&c1);
    let _running = get_tasks(&agent, &[], "yes");
    c1.await_calls(Method::GetTask, 1);
    assert_eq!(c1.calls(Method::GetTasks).len(), 0);
}

/// An answer larger than the old limit of 4 MiB is taken.
#[test]
fn an_answer_of_ten_mebibytes_is_taken() {
    let c1 = C1::start();
    let mut task = sync("big");
    if let Some(baton_1password::baton::pb::api::task::TaskType::SyncFull(sync)) =
        &mut task.task_type
    {
        sync.sync_resource_type_ids = vec!["x".repeat(10 << 20)];
    }
    c1.queue([task]);
    let agent = Agent::new(&c1);
    let _running = agent.start(&[]);
    c1.await_finish(&id("big"));
}
