//! TLS, proxies, and servers that are not what they should be.

use std::time::Duration;

use crate::service::agent::{Agent, client_id, each, sync};
use crate::support::c1_server::{
    Authority, C1, Method, Web, silent_server, tls_alert_server, web_server,
};
use crate::support::{Run, Signal, Started};

const TOKEN: &str = r#"{"access_token":"t","token_type":"bearer","expires_in":3600}"#;

/// Runs against another port than C1's, trusting the authority.
fn run_against(port: u16, authority: &Authority, arguments: &[&str]) -> Run {
    let c1 = C1::start();
    let agent = Agent::new(&c1);
    std::fs::write(agent.sandbox.path("ca.pem"), authority.pem()).unwrap();
    let mut command = agent.command(arguments);
    command.env("BATON_CLIENT_ID", client_id(port));
    let run = Started::new(command).wait();
    agent.sandbox.assert_clean();
    run
}

fn assert_gives_up(run: &Run, words: &str) {
    assert_eq!(run.code, Some(6), "{}", run.stderr);
    assert!(run.last_line().contains(words), "{}", run.stderr);
    assert!(
        run.last_line().contains("localhost:"),
        "it names the server: {}",
        run.stderr
    );
    assert_eq!(run.stdout, "");
}

/// `src/c1/protocol.md`, Network
#[test]
fn an_unknown_authority_is_refused_at_once() {
    let c1 = C1::start();
    let agent = Agent::new(&c1);
    std::fs::write(agent.sandbox.path("ca.pem"), Authority::new().pem()).unwrap();
    let run = agent.run(&[]);
    assert_gives_up(&run, "SSL_CERT_FILE");
    assert_eq!(c1.events().len(), 0);
}

#[test]
fn no_authority_at_all_names_the_variable() {
    let c1 = C1::start();
    let agent = Agent::new(&c1);
    std::fs::remove_file(agent.sandbox.path("ca.pem")).unwrap();
    let run = agent.run(&[]);
    assert_eq!(run.code, Some(6), "{}", run.stderr);
    let line = run.last_line();
    let names_it = line.contains("SSL_CERT_FILE") && line.contains("ca.pem");
    assert!(names_it && !line.contains("https://"), "{line}");
    assert_eq!(c1.gate.count(), 0);
}

/// `src/c1/protocol.md`, Network: `SSL_CERT_DIR` counts as well.
#[test]
fn a_folder_of_authorities_counts_too() {
    let c1 = C1::start();
    c1.queue([sync("one")]);
    let agent = Agent::new(&c1);
    agent.sandbox.write("certs/c1.pem", c1.authority.pem());
    let mut command = agent.command(&["--once"]);
    command
        .env_remove("SSL_CERT_FILE")
        .env("SSL_CERT_DIR", agent.sandbox.path("certs"));
    let run = Started::new(command).wait();
    assert_eq!(run.code, Some(0), "{}", run.stderr);
}

#[test]
fn a_certificate_for_another_name_is_refused_at_once() {
    let c1 = C1::named("elsewhere.test");
    let run = Agent::new(&c1).run(&[]);
    assert_gives_up(&run, "another host name");
}

const WEB: Web<'_> = Web {
    body: TOKEN,
    protocols: &["http/1.1"],
    past: false,
    versions: rustls::ALL_VERSIONS,
};

#[test]
fn an_expired_certificate_is_refused_at_once() {
    let authority = Authority::new();
    let port = web_server(&authority, &Web { past: true, ..WEB });
    assert_gives_up(&run_against(port, &authority, &[]), "expired");
}

/// `src/c1/protocol.md`, Network: a server that gives a token over HTTP/1.1 but has no HTTP/2, by
/// refusal or by silence. That its token was taken shows that TLS 1.2 and 1.3 are.
#[test]
fn a_server_without_http2_is_refused_at_once() {
    let protocols = [&["http/1.1"][..], &[]];
    let versions = [&[&rustls::version::TLS12][..], &[&rustls::version::TLS13]];
    for (protocols, versions) in protocols.into_iter().zip(versions) {
        let authority = Authority::new();
        let port = web_server(
            &authority,
            &Web {
                protocols,
                versions,
                ..WEB
            },
        );
        assert_gives_up(&run_against(port, &authority, &[]), "HTTP/2");
    }
}

/// `src/c1/protocol.md`, Network: a server that knows TLS 1.1 at most, and one that speaks no TLS.
#[test]
fn a_server_without_tls_12_is_refused_at_once() {
    let authority = Authority::new();
    let old = tls_alert_server(b"\x15\x03\x02\x00\x02\x02\x46");
    assert_gives_up(&run_against(old, &authority, &[]), "TLS 1.2");
    let plain = tls_alert_server(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    assert_gives_up(&run_against(plain, &authority, &[]), "TLS 1.2");
}

/// Nobody listens, or somebody who never answers: with `--once` somebody waits for the end, so it
/// comes within the connect limit.
#[test]
fn a_server_that_is_not_reached_ends_the_start_within_the_connect_limit() {
    let authority = Authority::new();
    let (_open, silent) = silent_server();
    let (listener, refusing) = silent_server();
    drop(listener);
    each(
        [(refusing, "refused"), (silent, "did not answer")],
        |(port, words)| {
            let run = run_against(port, &authority, &["--once"]);
            assert_gives_up(&run, words);
            assert_eq!(
                run.stderr.contains("trying again"),
                port == refusing,
                "{}",
                run.stderr
            );
        },
    );
}

/// A standing service goes on trying beyond the connect limit: its waits grow past what the limit
/// leaves room for.
#[test]
fn a_standing_service_waits_for_a_server_that_is_away() {
    let c1 = C1::start();
    c1.go_away();
    let agent = Agent::new(&c1);
    let running = agent.start(&agent.logged(&[]));
    // The sixth wait, of 32 s and a little, begins after 31 s.
    agent.await_log(r#""wait_s":3"#);
    running.send(Signal::TERM);
    assert_eq!(running.wait().code, Some(0));
}

/// A server that comes up while the start is trying is found.
#[test]
fn a_server_that_comes_up_late_is_found() {
    let c1 = C1::start();
    c1.go_away();
    let agent = Agent::new(&c1);
    let _running = agent.start(&agent.logged(&[]));
    agent.await_log("trying again");
    c1.come_back();
    c1.await_calls(Method::GetTask, 1);
}

/// An address that cannot be used is said before anything is tried.
#[test]
fn an_unusable_address_is_refused_before_any_traffic() {
    let c1 = C1::start();
    let agent = Agent::new(&c1);
    for address in ["", "https://localhost", "localhost:port", "local host"] {
        let mut command = agent.command(&[]);
        command.env("BATON_C1_API_HOST", address);
        let run = Started::new(command).wait();
        assert_eq!(run.code, Some(2), "{address:?}: {}", run.stderr);
        assert!(run.last_line().contains("C1 address"), "{}", run.stderr);
    }
    assert_eq!(c1.gate.count(), 0);
}

/// Both the token request and gRPC go through the proxy, by name, with its credentials.
#[test]
fn the_proxy_carries_the_token_request_and_grpc() {
    let c1 = C1::named("tenant.test");
    c1.queue([sync("one")]);
    let proxy = c1.proxy();
    let agent = Agent::new(&c1);
    let mut command = agent.command(&["--once", "--log-level", "debug"]);
    command
        .env("BATON_CLIENT_ID", "fake-client@tenant.test:8443/spe")
        .env(
            "HTTPS_PROXY",
            format!("http://ada:pw-of-proxy@127.0.0.1:{}", proxy.port),
        )
        .env("HTTP_PROXY", "http://127.0.0.1:1")
        .env("ALL_PROXY", "http://127.0.0.1:1");
    let run = Started::new(command).wait();
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let heads = proxy.heads();
    assert_eq!(heads.len(), 2, "{heads:?}");
    for head in &heads {
        assert!(
            head.starts_with("CONNECT tenant.test:8443 HTTP/1.1\r\n"),
            "{head}"
        );
        let head = head.to_ascii_lowercase();
        assert!(
            head.contains("proxy-authorization: basic ywrhonb3lw9mlxbyb3h5\r\n"),
            "{head}"
        );
    }
    agent
        .sandbox
        .assert_hidden("pw-of-proxy", &[&run.stderr, &run.stdout]);
}

#[test]
fn no_proxy_and_this_machine_are_reached_directly() {
    let c1 = C1::start();
    c1.queue([sync("one")]);
    let agent = Agent::new(&c1);
    let mut command = agent.command(&["--once"]);
    command.env("https_proxy", "http://127.0.0.1:1");
    let run = Started::new(command).wait();
    assert_eq!(run.code, Some(0), "{}", run.stderr);
}

#[test]
fn a_proxy_that_refuses_is_named_without_its_password() {
    let c1 = C1::named("tenant.test");
    let proxy = c1.proxy();
    proxy.refuse("407 Proxy Authentication Required");
    let agent = Agent::new(&c1);
    let mut command = agent.command(&["--once", "--once-timeout", "2s"]);
    command
        .env("BATON_CLIENT_ID", "fake-client@tenant.test/spe")
        .env(
            "HTTPS_PROXY",
            format!("http://ada:pw-of-proxy@127.0.0.1:{}", proxy.port),
        );
    let run = Started::new(command).wait();
    assert_eq!(run.code, Some(6), "{}", run.stderr);
    assert!(
        run.stderr.contains(&format!("127.0.0.1:{}", proxy.port)),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("HTTPS_PROXY"), "{}", run.stderr);
    let status = "407 Proxy Authentication Required";
    assert!(run.last_line().contains(status), "{}", run.stderr);
    assert!(!run.stderr.contains("pw-of-proxy"), "{}", run.stderr);
}

#[test]
fn a_proxy_that_cannot_be_used_is_refused() {
    let c1 = C1::start();
    let agent = Agent::new(&c1);
    let mut command = agent.command(&[]);
    command.env("HTTPS_PROXY", "socks5://127.0.0.1:1");
    let run = Started::new(command).wait();
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(run.last_line().contains("HTTPS_PROXY"), "{}", run.stderr);
}

/// A lost connection costs polls, not the process; there is no second Hello.
#[test]
fn a_server_restart_is_survived_without_another_hello() {
    let c1 = C1::start();
    let agent = Agent::new(&c1);
    let _running = agent.start(&agent.logged(&[]));
    c1.await_calls(Method::GetTask, 2);
    c1.go_away();
    agent.await_log("asking C1 for tasks failed");
    let polls = c1.calls(Method::GetTask).len();
    c1.come_back();
    // One poll may still lie in a connection that was cut; a task must not go to that one.
    c1.await_calls(Method::GetTask, polls + 2);
    c1.queue([sync("after")]);
    c1.await_finish(&crate::service::agent::id("after"));
    assert_eq!(c1.calls(Method::Hello).len(), 1);
}

/// All calls share one connection.
#[test]
fn one_connection_carries_all_calls() {
    let c1 = C1::start();
    c1.script(|script| script.next_poll = Some(Duration::from_millis(1)));
    c1.queue([sync("one")]);
    let run = Agent::new(&c1).once(&[]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let events = c1.events();
    let calls = events
        .iter()
        .filter(|event| event.what.method() != Method::Token);
    let peers: std::collections::BTreeSet<_> = calls.map(|event| event.peer.unwrap()).collect();
    assert_eq!(peers.len(), 1);
    assert_eq!(c1.gate.count(), 2, "one for the token, one for gRPC");
}
