//! Export to an OpenTelemetry collector.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use serde_json::json;

use crate::cli::collector::Collector;
use crate::cli::common::{PASSWORD, TOKEN, ada};
use crate::support::{Run, Sandbox, fixture};

fn sandbox() -> Sandbox {
    Sandbox::canned(&fixture("golden/tiny/op"))
}

fn run(sandbox: &Sandbox, collector: &Collector, flags: &[&str]) -> Run {
    let endpoint = format!("--otel-collector-endpoint={}", collector.endpoint());
    sandbox.run(&[&[endpoint.as_str()], flags].concat())
}

const PLAIN: &str = "--otel-collector-endpoint-tls-insecure";

fn messages(collector: &Collector) -> Vec<String> {
    let bodies = collector
        .logs()
        .into_iter()
        .filter_map(|log| log.body?.value);
    let texts = bodies.map(|body| match body {
        Value::StringValue(text) => text,
        other => format!("{other:?}"),
    });
    texts.collect()
}

#[test]
fn a_short_run_is_one_trace_with_its_calls_and_its_records() {
    let (sandbox, collector) = (sandbox(), Collector::start(false));
    let run = run(&sandbox, &collector, &[PLAIN]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let spans = collector.spans();
    let root = spans.iter().find(|span| span.name == "sync").unwrap();
    let calls: Vec<_> = spans
        .iter()
        .filter(|span| span.parent_span_id == root.span_id)
        .collect();
    assert_eq!(calls.len(), sandbox.all_calls().len());
    assert!(calls.iter().any(|span| span.name == "op user list"));
    assert!(spans.iter().all(|span| span.trace_id == root.trace_id));
    assert!(messages(&collector).contains(&"Sync complete.".to_owned()));
}

#[test]
fn each_disabled_option_works_alone() {
    for (flags, traces, logs) in [
        (&["--otel-tracing-disabled"][..], false, true),
        (&["--otel-logging-disabled"], true, false),
        (
            &["--otel-tracing-disabled", "--otel-logging-disabled"],
            false,
            false,
        ),
    ] {
        let (sandbox, collector) = (sandbox(), Collector::start(false));
        let run = run(&sandbox, &collector, &[flags, &[PLAIN]].concat());
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert_eq!(
            (!collector.spans().is_empty(), !collector.logs().is_empty()),
            (traces, logs)
        );
    }
}

#[test]
fn without_an_endpoint_nothing_is_asked_of_the_other_options() {
    let run = sandbox().run(&["--otel-collector-endpoint-tls-cert-path=/nope"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
}
#[test]
fn a_failing_run_keeps_its_exit_code_and_is_told_in_full() {
    let (sandbox, collector) = (sandbox(), Collector::start(false));
    sandbox.set(
        "faults",
        json!([{"words": "user list", "exit": 1, "stderr": "[ERROR] boom\n"}]),
    );
    let run = run(&sandbox, &collector, &[PLAIN]);
    assert_eq!(run.code, Some(4));
    assert_eq!(run.stderr.matches("boom").count(), 1, "{}", run.stderr);
    assert!(
        messages(&collector)
            .iter()
            .any(|message| message.contains("boom"))
    );
    let spans = collector.spans();
    let root = spans.iter().find(|span| span.name == "sync").unwrap();
    assert_eq!(root.status.as_ref().unwrap().code, 2);
}

// On Windows an authority is the system's to name.
#[cfg(unix)]
#[test]
fn tls_trusts_the_given_authority_in_each_spelling() {
    let collector = Collector::start(true);
    let sandbox = sandbox();
    sandbox.write("work/ca.pem", collector.authority());
    let encoded = URL_SAFE_NO_PAD.encode(collector.authority());
    for option in [
        "--otel-collector-endpoint-tls-cert-path=ca.pem".to_owned(),
        format!(
            "--otel-collector-endpoint-tls-cert={}",
            collector.authority()
        ),
        format!("--otel-collector-endpoint-tls-cert={encoded}"),
    ] {
        let before = collector.logs().len();
        let run = run(&sandbox, &collector, &[&option]);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert!(!run.stderr.contains("telemetry is lost"), "{}", run.stderr);
        assert!(collector.logs().len() > before);
    }
}

#[test]
fn what_cannot_be_sent_is_one_warning_and_nothing_else() {
    let (plain, tls) = (Collector::start(false), Collector::start(true));
    let closed = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("localhost:{}", listener.local_addr().unwrap().port())
    };
    for (endpoint, flags) in [
        (closed, &[PLAIN][..]),
        (tls.endpoint(), &[]), // An authority that nobody trusts.
        (tls.endpoint(), &[PLAIN]),
        (plain.endpoint(), &[]),
    ] {
        let endpoint = format!("--otel-collector-endpoint={endpoint}");
        let flags = [&[endpoint.as_str()], flags].concat();
        let run = sandbox().run(&flags);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert_eq!(
            run.stderr.matches("telemetry is lost").count(),
            1,
            "{flags:?}: {}",
            run.stderr
        );
        let failing = Sandbox::new(json!({}));
        failing.set(
            "faults",
            json!([{"words": "account get", "exit": 1, "stderr": "[ERROR] boom\n"}]),
        );
        let run = failing.run(&flags);
        assert_eq!(run.code, Some(4));
        // The last word is why the run failed.
        assert!(run.stderr.contains("telemetry is lost"), "{}", run.stderr);
        assert!(run.last_line().starts_with("error: ") && run.last_line().contains("boom"));
    }
}

#[test]
fn an_address_that_is_none_is_refused_and_its_password_never_shown() {
    let sandbox = sandbox();
    for endpoint in [
        "ada:hunter2@host:4317",
        "http://ada:hunter2@host",
        "two words",
        ":1",
        "a/b",
    ] {
        let flag = format!("--otel-collector-endpoint={endpoint}");
        let run = sandbox.run(&[&flag]);
        assert_eq!(run.code, Some(2), "{}", run.stderr);
        assert!(run.last_line().contains("use host:port"), "{}", run.stderr);
        let settings = sandbox.run(&["settings", &flag]);
        for text in [run.stderr, settings.stdout, settings.stderr] {
            assert!(!text.contains("hunter2"), "{text}");
        }
    }
    assert!(sandbox.all_calls().is_empty());
}

#[test]
fn bad_certificate_options_are_refused() {
    let sandbox = sandbox();
    sandbox.write("work/ca.pem", "no certificate");
    for (flags, word) in [
        (
            &["--otel-collector-endpoint-tls-cert-path=/nope"][..],
            "/nope",
        ),
        (
            &["--otel-collector-endpoint-tls-cert-path=ca.pem"],
            "no PEM certificate",
        ),
        (
            &["--otel-collector-endpoint-tls-cert=?"],
            "no PEM certificate",
        ),
        (
            &[
                "--otel-collector-endpoint-tls-cert-path=ca.pem",
                "--otel-collector-endpoint-tls-cert=x",
            ],
            "give only one of",
        ),
    ] {
        let run = sandbox.run(&[&["--otel-collector-endpoint=localhost:1"], flags].concat());
        assert_eq!(run.code, Some(2), "{}", run.stderr);
        assert!(run.stderr.contains(word), "{}", run.stderr);
    }
    assert!(sandbox.all_calls().is_empty());
}

/// Never in telemetry
#[test]
fn no_secret_is_exported() {
    let (sandbox, collector) = (sandbox(), Collector::start(false));
    sandbox.set("sign_in", ada());
    sandbox.set(
        "faults",
        json!([{"words": "group list", "exit": 1, "stderr": "[ERROR] boom\n"}]),
    );
    let flags = [
        "--email=ada@kestrel.example",
        "--password",
        PASSWORD,
        "--log-level=debug",
        PLAIN,
    ];
    let run = run(&sandbox, &collector, &flags);
    assert_eq!(run.code, Some(4), "{}", run.stderr);
    let text = collector.text();
    assert!(text.contains("op signin") && text.contains("group list"));
    sandbox.assert_hidden(PASSWORD, &[&text, &run.stderr]);
    sandbox.assert_hidden(TOKEN, &[&text, &run.stderr]);
}
