//! The `health-check` subcommand against a server of a few lines.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread::JoinHandle;

use serde_json::json;

use crate::support::Sandbox;

/// Answers one request with a status and returns the request's first line.
fn server(status: &'static str) -> (u16, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let answer = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            request.push(byte[0]);
        }
        write!(stream, "HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n").unwrap();
        String::from_utf8(request)
            .unwrap()
            .lines()
            .next()
            .unwrap()
            .to_owned()
    });
    (port, answer)
}
#[test]
fn only_status_200_is_well() {
    let sandbox = Sandbox::new(json!({}));
    for (status, endpoint, code) in [
        ("200 OK", "health", 0),
        ("200 OK", "live", 0),
        ("503 Service Unavailable", "ready", 1),
        ("204 No Content", "health", 1),
    ] {
        let (port, request) = server(status);
        let run = sandbox.run(&[
            "health-check",
            "--endpoint",
            endpoint,
            &format!("--health-check-port={port}"),
        ]);
        assert_eq!(request.join().unwrap(), format!("GET /{endpoint} HTTP/1.1"));
        assert_eq!(
            (run.code, run.stdout.as_str()),
            (Some(code), ""),
            "{}",
            run.stderr
        );
        let number = &status[..3];
        let said = format!("error: health check returned status {number}\n");
        assert_eq!(run.stderr, if code == 0 { String::new() } else { said });
    }
}

#[test]
fn target_comes_from_the_variables_too() {
    let (port, request) = server("200 OK");
    let sandbox = Sandbox::new(json!({}));
    let mut command = sandbox.command();
    command
        .arg("health-check")
        .env("BATON_HEALTH_CHECK_PORT", port.to_string());
    command
        .env("BATON_HEALTH_CHECK_BIND_ADDRESS", "0.0.0.0")
        .env("BATON_ENDPOINT", "live");
    assert_eq!(command.output().unwrap().status.code(), Some(0));
    assert_eq!(request.join().unwrap(), "GET /health HTTP/1.1");
}

#[test]
fn nobody_there_and_no_answer_are_failures() {
    let sandbox = Sandbox::new(json!({}));
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = |listener: &TcpListener| {
        format!(
            "--health-check-port={}",
            listener.local_addr().unwrap().port()
        )
    };
    let run = sandbox.run(&["health-check", "--timeout=1", &port(&silent)]);
    assert_eq!(run.code, Some(1));
    assert!(
        run.stderr.contains("no answer within 1 s"),
        "{}",
        run.stderr
    );
    let gone = port(&silent);
    drop(silent);
    let run = sandbox.run(&["health-check", &gone]);
    assert_eq!(run.code, Some(1));
    assert!(
        run.stderr.starts_with("error: health check failed: ") && run.stderr.contains("refused"),
        "{}",
        run.stderr
    );
    assert!(sandbox.all_calls().is_empty());
}
