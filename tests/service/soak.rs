//! A thousand tasks: one connection, flat memory, nothing left.

use std::collections::BTreeSet;

use serde_json::json;

use crate::service::agent::{Agent, entitlement, grant, id, other, resource, sync};
use crate::support::c1_server::{C1, Method};
use crate::support::{Sandbox, Signal};
use baton_1password::baton::pb::api::task::GrantTask;

/// Resident memory of a process, in KiB.
#[cfg(unix)]
fn memory(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[cfg(unix)]
fn open_files(pid: u32) -> usize {
    std::fs::read_dir(format!("/proc/{pid}/fd"))
        .unwrap()
        .count()
}

fn run_tasks(c1: &C1, from: usize, count: usize) {
    let finished = c1.calls(Method::Finish).len();
    c1.queue((from..from + count).map(|number| other(&format!("task{number}"))));
    c1.await_calls(Method::Finish, finished + count);
}

#[cfg(unix)]
#[test]
fn a_thousand_short_tasks_cost_one_connection_and_no_memory() {
    let c1 = C1::start();
    c1.script(|script| script.next_poll = None);
    let agent = Agent::new(&c1);
    let running = agent.start(&["--log-level", "error"]);
    run_tasks(&c1, 0, 300);
    let (memory_before, files_before) = (memory(running.id()), open_files(running.id()));
    run_tasks(&c1, 300, 1000);
    let (memory_after, files_after) = (memory(running.id()), open_files(running.id()));
    assert!(
        memory_after < memory_before + 2048,
        "from {memory_before} to {memory_after} KiB"
    );
    assert!(
        files_after <= files_before + 2,
        "from {files_before} to {files_after} open files"
    );
    let events = c1.events();
    let calls = events
        .iter()
        .filter(|event| event.what.method() != Method::Token);
    let peers: BTreeSet<_> = calls.map(|event| event.peer.unwrap()).collect();
    assert_eq!(peers.len(), 1, "one connection for all calls");
    running.send(Signal::TERM);
    assert_eq!(running.wait().code, Some(0));
    agent.sandbox.assert_clean();
}

/// Tasks that ask 1Password leave no process and no file either.
#[test]
fn syncs_and_grants_leave_nothing_behind() {
    let c1 = C1::start();
    let sandbox = Sandbox::tenant(&json!({
        "account": {"id": "ACCT", "name": "K", "domain": "k", "type": "BUSINESS", "state": "ACTIVE"},
        "users": [{"id": "UADA", "name": "ada", "email": "a@k.test", "type": "MEMBER", "state": "ACTIVE"}],
        "groups": [{"id": "gops", "name": "Ops", "state": "ACTIVE"}], "vaults": [],
        "group_users": {"gops": {}}, "connect_servers": [], "connect_tokens": []
    }));
    let agent = Agent::with(&c1, sandbox);
    let running = agent.start(&["--provisioning"]);
    let change = GrantTask {
        entitlement: Some(entitlement("group", "gops", "member")),
        principal: Some(resource("user", "UADA")),
        ..Default::default()
    };
    for round in 0..10 {
        let (one, two) = (format!("sync{round}"), format!("grant{round}"));
        c1.queue([sync(&one), grant(&two, change.clone())]);
        c1.await_finish(&id(&one));
        c1.await_finish(&id(&two));
    }
    #[cfg(unix)]
    {
        let files = open_files(running.id());
        assert!(files < 40, "{files} open files");
    }
    assert_eq!(c1.uploads().len(), 10);
    running.send(Signal::TERM);
    assert_eq!(running.wait().code, Some(0));
    agent.sandbox.assert_clean();
}

/// Two tasks at once, with every secret in reach: none shows anywhere.
#[test]
fn no_secret_shows_in_any_log_argument_or_report() {
    let c1 = C1::start();
    c1.script(|script| script.revoked.extend(["access-token-1".to_owned()]));
    c1.queue([sync("one"), sync("two"), other("three")]);
    let agent = Agent::new(&c1);
    let mut command = agent.command(&agent.logged(&["--log-level", "debug"]));
    command
        .env("RUST_LOG", "trace")
        .env("OP_SERVICE_ACCOUNT_TOKEN", "ops_service-token");
    command.args(["--auth-type", "service"]);
    let running = crate::support::Started::new(command);
    for name in ["one", "two", "three"] {
        c1.await_finish(&id(name));
    }
    running.send(Signal::TERM);
    let run = running.wait();
    let log = std::fs::read_to_string(agent.sandbox.path("work/log")).unwrap();
    assert!(log.contains("a task begins"), "{log}");
    let secret = crate::service::agent::secret(crate::support::c1_server::SECRET_JWK);
    let key = secret.rsplit(':').next().unwrap();
    for hidden in [
        key,
        "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
        "access-token-",
        "ops_service-token",
        "eyJhbGci",
    ] {
        agent
            .sandbox
            .assert_hidden(hidden, &[&run.stdout, &run.stderr, &log]);
    }
    for event in c1.events() {
        if event.what.method() != Method::Token {
            let text = format!("{:?}", event.what);
            assert!(
                !text.contains("ops_service-token") && !text.contains("access-token-"),
                "{text}"
            );
        }
    }
}
