//! The health server: paths, bodies, statuses, and when each is there.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tonic::Code;

use crate::service::agent::Agent;
use crate::support::c1_server::{C1, Method, Reply};
use crate::support::{Signal, Started};

/// An answer, taken apart.
#[derive(Debug)]
struct Answer {
    status: u16,
    kind: String,
    body: String,
}

/// Asks; `None` when nobody listens.
fn ask(port: u16, method: &str, path: &str) -> Option<Answer> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    )
    .ok()?;
    let mut text = String::new();
    stream.read_to_string(&mut text).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let kind = head.lines().find_map(|line| {
        line.to_ascii_lowercase()
            .strip_prefix("content-type: ")
            .map(str::to_owned)
    });
    Some(Answer {
        status: head.split(' ').nth(1)?.parse().ok()?,
        kind: kind.unwrap_or_default(),
        body: body.to_owned(),
    })
}

/// Asks until somebody answers with this status.
fn await_status(port: u16, path: &str, status: u16) -> Answer {
    let give_up = Instant::now() + Duration::from_secs(60);
    loop {
        let answer = ask(port, "GET", path);
        if let Some(answer) = answer.filter(|answer| answer.status == status) {
            return answer;
        }
        assert!(Instant::now() < give_up, "no {status} on {path}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0))
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

fn start(agent: &Agent, port: u16) -> Started {
    agent.start(&["--health-check", "--health-check-port", &port.to_string()])
}

/// The body's members in their order, and the time checked and taken out.
fn report(answer: &Answer) -> Value {
    assert_eq!(answer.kind, "application/json");
    assert!(answer.body.ends_with("}\n"), "{}", answer.body);
    assert!(answer.body.starts_with(r#"{"status":""#), "{}", answer.body);
    let mut body: Value = serde_json::from_str(&answer.body).unwrap();
    let time = body.as_object_mut().unwrap().remove("timestamp").unwrap();
    let time = time.as_str().unwrap();
    assert_eq!(time.len(), "2026-01-02T03:04:05Z".len(), "{time}");
    assert!(
        time.ends_with('Z') && time.parse::<jiff::Timestamp>().is_ok(),
        "{time}"
    );
    body
}

/// `src/c1/protocol.md`, Health
#[test]
fn three_paths_answer_and_no_other() {
    let c1 = C1::start();
    let agent = Agent::new(&c1);
    let port = free_port();
    let _running = start(&agent, port);
    for (path, word) in [
        ("/live", "alive"),
        ("/ready", "ready"),
        ("/health", "healthy"),
    ] {
        let answer = await_status(port, path, 200);
        assert_eq!(report(&answer), json!({"status": word}));
        assert_eq!(ask(port, "POST", path).unwrap().status, 200);
        assert_eq!(
            ask(port, "GET", &format!("{path}?x=1")).unwrap().status,
            200
        );
        let head = ask(port, "HEAD", path).unwrap();
        assert_eq!((head.status, &*head.body), (200, ""));
    }
    for path in ["/", "/health/", "/healthz", "/LIVE"] {
        let answer = ask(port, "GET", path).unwrap();
        assert_eq!(
            (answer.status, &*answer.body),
            (404, "404 page not found\n"),
            "{path}"
        );
        assert!(answer.kind.starts_with("text/plain"), "{}", answer.kind);
    }
}

/// It is there before Hello: alive at once, ready when C1 has answered.
#[test]
fn live_comes_before_hello_and_ready_after_it() {
    let c1 = C1::start();
    c1.script(|script| {
        script.always.insert(
            Method::Hello,
            Reply::Error(Code::Unavailable, "later".into()),
        );
    });
    let agent = Agent::new(&c1);
    let port = free_port();
    let _running = start(&agent, port);
    await_status(port, "/live", 200);
    let body = report(&await_status(port, "/ready", 503));
    assert_eq!(body["status"], "not_ready");
    assert!(body["details"]["error"].is_string());
    c1.script(|script| script.always.clear());
    await_status(port, "/ready", 200);
}

/// A failing 1Password is unhealthy, in its own words; `op` is not asked again for a while.
#[test]
fn health_asks_1password_but_not_every_time() {
    let c1 = C1::start();
    let agent = Agent::new(&c1);
    agent.sandbox.set(
        "faults",
        json!([{"words": "account get", "stderr": "[ERROR] locked away\n", "exit": 1}]),
    );
    let port = free_port();
    let _running = start(&agent, port);
    await_status(port, "/ready", 200);
    let body = report(&await_status(port, "/health", 503));
    assert_eq!(body["status"], "unhealthy");
    assert_eq!(body["details"]["error"], "connector validation failed");
    assert!(
        body["details"]["validation_error"]
            .as_str()
            .unwrap()
            .contains("locked away")
    );
    let calls = agent.sandbox.calls().len();
    for _ in 0..5 {
        assert_eq!(ask(port, "GET", "/health").unwrap().status, 503);
    }
    assert_eq!(agent.sandbox.calls().len(), calls);
}

#[test]
fn a_port_in_use_ends_the_start() {
    let c1 = C1::start();
    let agent = Agent::new(&c1);
    let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port();
    let run = start(&agent, port).wait();
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(
        run.last_line().contains(&format!("127.0.0.1:{port}")),
        "{}",
        run.stderr
    );
    assert_eq!(c1.gate.count(), 0);
}

/// Off unless asked for; a free port is taken for 0; the address can be another one.
#[test]
fn it_listens_where_it_is_told_and_only_when_asked() {
    let c1 = C1::start();
    let agent = Agent::new(&c1);
    let running = agent.start(&["--health-check-port", "0"]);
    c1.await_calls(Method::GetTask, 1);
    running.send(Signal::TERM);
    let run = running.wait();
    assert!(!run.stderr.contains("health server"), "{}", run.stderr);
    let arguments = [
        "--health-check",
        "--health-check-port",
        "0",
        "--health-check-bind-address",
        "0.0.0.0",
    ];
    let _running = agent.start(&agent.logged(&arguments));
    agent.await_log("0.0.0.0:");
}
