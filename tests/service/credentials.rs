//! Client id, client secret, token request, and how long a token is used.

use std::collections::BTreeSet;
use std::time::Duration;

use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::Value;
use tonic::Code;

use crate::service::agent::{Agent, client_id, each, secret, sync};
use crate::support::c1_server::{C1, Method, Reply, SECRET_JWK, TokenAnswer, What};

/// `src/c1/protocol.md`, Client id: exit before any connection, and no part of the key in any
/// message.
#[test]
fn malformed_credentials_end_the_run_before_any_connection() {
    let c1 = C1::start();
    let agent = Agent::new(&c1);
    let good = secret(SECRET_JWK);
    let id = client_id(c1.port());
    for (id, secret, rule) in [
        ("no-at-sign", &*good, "invalid client id"),
        ("name@no-slash", &*good, "invalid client id"),
        (&*id, "a:b:v1", "invalid client secret"),
        (
            &*id,
            &*good.replace(":v1:", ":v2:"),
            "invalid client secret",
        ),
        (&*id, &*format!("{good}="), "invalid client secret"),
        (
            &*id,
            &*secret(&SECRET_JWK.replace("OKP", "EC")),
            "invalid client secret",
        ),
        (
            &*id,
            &*secret(&SECRET_JWK.replace("\"d\"", "\"e\"")),
            "invalid client secret",
        ),
    ] {
        let mut command = agent.command(&["--log-level", "debug"]);
        command
            .env("BATON_CLIENT_ID", id)
            .env("BATON_CLIENT_SECRET", secret);
        let run = crate::support::Started::new(command).wait();
        assert_eq!(run.code, Some(2), "{}", run.stderr);
        assert!(run.last_line().contains(rule), "{}", run.stderr);
        assert_eq!(run.stderr.matches(rule).count(), 1, "{}", run.stderr);
        let key = secret.split(':').next_back().unwrap();
        assert!(
            key.len() < 20 || !run.stderr.contains(key),
            "{}",
            run.stderr
        );
        assert!(!run.stderr.contains("nWGxne"), "{}", run.stderr);
    }
    assert_eq!(c1.gate.count(), 0);
    assert_eq!(agent.sandbox.all_calls().len(), 0);
}

fn part(token: &str, index: usize) -> Value {
    let part = token.split('.').nth(index).unwrap();
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// `src/c1/protocol.md`, Access token
#[test]
fn the_token_request_is_what_c1_expects_and_its_token_is_on_every_call() {
    let c1 = C1::start();
    c1.queue([sync("one")]);
    let agent = Agent::new(&c1);
    let mut command = agent.command(&["--once"]);
    let id = "nm@tenant.conductor.one:8443/spe";
    command.env("BATON_CLIENT_ID", id);
    command.env("BATON_C1_API_HOST", format!("localhost:{}", c1.port()));
    let run = crate::support::Started::new(command).wait();
    assert_eq!(run.code, Some(0), "{}", run.stderr);

    let tokens = c1.calls(Method::Token);
    assert_eq!(tokens.len(), 1);
    let What::Token(line, version, form) = &tokens[0].what else {
        unreachable!()
    };
    assert_eq!(
        (&**line, *version),
        ("POST /auth/v1/token", http::Version::HTTP_2)
    );
    assert_eq!(
        tokens[0].header("content-type"),
        "application/x-www-form-urlencoded"
    );
    assert_eq!(tokens[0].header("authorization"), "");
    assert!(
        tokens[0]
            .header("user-agent")
            .starts_with("baton-c1-credential-provider ")
    );
    let names: Vec<&str> = form.iter().map(|(name, _)| &**name).collect();
    assert_eq!(
        names,
        [
            "client_assertion",
            "client_assertion_type",
            "client_id",
            "grant_type"
        ]
    );
    assert_eq!(
        form[1].1,
        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    );
    assert_eq!(form[2].1, id);
    assert_eq!(form[3].1, "client_credentials");

    let assertion = &form[0].1;
    let (signed, signature) = assertion.rsplit_once('.').unwrap();
    let jwk: Value = serde_json::from_str(SECRET_JWK).unwrap();
    let public = BASE64_URL_SAFE_NO_PAD
        .decode(jwk["x"].as_str().unwrap())
        .unwrap();
    let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).unwrap();
    UnparsedPublicKey::new(&ED25519, public)
        .verify(signed.as_bytes(), &signature)
        .unwrap();
    let claims = part(assertion, 1);
    assert_eq!((&claims["iss"], &claims["sub"]), (&id.into(), &id.into()));
    assert_eq!(claims["aud"], "tenant.conductor.one");
    let time = |name: &str| claims[name].as_i64().unwrap();
    assert_eq!(
        (time("exp") - time("iat"), time("iat") - time("nbf")),
        (120, 120)
    );

    for event in c1
        .events()
        .iter()
        .filter(|event| event.what.method() != Method::Token)
    {
        assert_eq!(event.header("authorization"), "Bearer access-token-1");
        let agent = event.header("user-agent");
        let product = concat!("nm baton-1password/", env!("CARGO_PKG_VERSION"), " tonic/");
        assert!(agent.starts_with(product), "{agent}");
    }
}

/// `src/c1/protocol.md`, Access token: a life of 0 means a new token for every call.
#[test]
fn a_token_without_life_is_used_once() {
    let c1 = C1::start();
    c1.script(|script| script.expires_in = 0);
    c1.queue([sync("one")]);
    let run = Agent::new(&c1).once(&[]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let calls = c1.events();
    let calls: Vec<_> = calls
        .iter()
        .filter(|event| event.what.method() != Method::Token)
        .collect();
    let used: BTreeSet<_> = calls
        .iter()
        .map(|event| event.header("authorization"))
        .collect();
    assert_eq!(used.len(), calls.len(), "{used:?}");
    assert_eq!(c1.calls(Method::Token).len(), calls.len());
}

/// `src/c1/protocol.md`, Access token: a token is not used in the last ten seconds of its life.
#[test]
fn a_token_is_renewed_ten_seconds_before_its_end() {
    let c1 = C1::start();
    c1.script(|script| script.expires_in = 12);
    let agent = Agent::new(&c1);
    let _running = agent.start(&[]);
    let tokens = c1.await_calls(Method::Token, 3);
    for pair in tokens.windows(2) {
        let (life, least) = (pair[1].at - pair[0].at, Duration::from_millis(1990));
        assert!(life >= least, "renewed after {life:?}");
    }
    let polls = c1.calls(Method::GetTask);
    let with = |token: &str| {
        polls
            .iter()
            .filter(|poll| poll.header("authorization").ends_with(token))
            .count()
    };
    assert!(with("access-token-1") > 1 && with("access-token-2") > 1);
    for poll in &polls {
        let number: usize = poll
            .header("authorization")
            .rsplit('-')
            .next()
            .unwrap()
            .parse()
            .unwrap();
        let age = poll.at - tokens[number - 1].at;
        assert!(
            age < Duration::from_secs(12),
            "a token of age {age:?} was used"
        );
    }
}

#[test]
fn a_token_that_the_server_refuses_is_replaced_once() {
    let c1 = C1::start();
    let agent = Agent::new(&c1);
    let _running = agent.start(&[]);
    c1.await_calls(Method::GetTask, 2);
    c1.script(|script| {
        script.revoked.insert("access-token-1".into());
    });
    c1.queue([sync("one")]);
    c1.await_finish(&crate::service::agent::id("one"));
    assert_eq!(c1.calls(Method::Token).len(), 2);
    let refused: Vec<_> = c1
        .events()
        .into_iter()
        .skip_while(|event| !matches!(&event.what, What::Token(..)))
        .collect();
    assert!(
        refused
            .iter()
            .any(|event| event.header("authorization") == "Bearer access-token-2")
    );
}

fn answer(status: u16, body: &str) -> TokenAnswer {
    TokenAnswer {
        status,
        body: body.into(),
        headers: Vec::new(),
    }
}

/// Credentials that C1 does not take end the start at once, with one sentence.
#[test]
fn refused_credentials_end_the_start_at_once() {
    each(
        [
            (
                answer(400, r#"{"error":"invalid_client"}"#),
                "invalid_client",
            ),
            (
                answer(401, r#"{"error":"x","error_description":"no such client"}"#),
                "no such client",
            ),
            (answer(403, ""), "--client-secret"),
            (answer(404, "<html>"), "BATON_C1_API_HOST"),
            (answer(200, "<html>"), "is this host C1?"),
            (answer(200, r#"{"access_token":""}"#), "no usable token"),
            (
                answer(200, r#"{"access_token":"t","expires_in":"3600"}"#),
                "not a token",
            ),
            (
                answer(201, r#"{"access_token":"t","expires_in":3600}"#),
                "201",
            ),
        ],
        |(answer, words)| {
            let c1 = C1::start();
            c1.script(|script| script.tokens.push_back(answer.clone()));
            let run = Agent::new(&c1).run(&[]);
            assert_eq!(run.code, Some(6), "{}", run.stderr);
            assert!(run.last_line().contains("access token"), "{}", run.stderr);
            assert!(
                run.last_line().contains(words),
                "{answer:?} gave {}",
                run.stderr
            );
            assert_eq!(c1.calls(Method::Token).len(), 1, "{answer:?}");
            assert_eq!(c1.calls(Method::Hello).len(), 0);
        },
    );
}

/// A token endpoint that is down for a moment is asked again; so is one that hangs or drops the
/// connection.
#[test]
fn a_token_endpoint_that_fails_for_a_moment_is_asked_again() {
    let c1 = C1::start();
    c1.script(|script| {
        script.tokens.push_back(answer(503, ""));
        let headers = vec![("retry-after", "2".to_owned())];
        script.tokens.push_back(TokenAnswer {
            headers,
            ..answer(429, "")
        });
    });
    let agent = Agent::new(&c1);
    let _running = agent.start(&[]);
    let tokens = c1.await_calls(Method::Token, 3);
    assert!(tokens[1].at - tokens[0].at >= Duration::from_millis(990));
    assert!(
        tokens[2].at - tokens[1].at >= Duration::from_millis(1990),
        "Retry-After is kept"
    );
    c1.await_calls(Method::GetTask, 1);
}

#[test]
fn a_token_request_that_hangs_or_is_cut_is_made_again() {
    let c1 = C1::start();
    c1.script(|script| {
        script.reply(Method::Token, Reply::Hang);
        script.reply(Method::Token, Reply::Cut);
    });
    let agent = Agent::new(&c1);
    let _running = agent.start(&["--http-timeout-seconds", "1"]);
    c1.await_calls(Method::GetTask, 1);
    assert_eq!(c1.calls(Method::Token).len(), 3);
}

/// In the loop a refused token request costs a wait, not the process.
#[test]
fn the_loop_survives_a_token_endpoint_that_refuses() {
    let c1 = C1::start();
    c1.script(|script| script.expires_in = 0);
    let agent = Agent::new(&c1);
    let _running = agent.start(&[]);
    c1.await_calls(Method::GetTask, 1);
    c1.script(|script| script.tokens.extend([answer(401, ""), answer(503, "")]));
    c1.queue([sync("late")]);
    c1.await_finish(&crate::service::agent::id("late"));
}

/// `src/c1/protocol.md`, Polling: so does UNAUTHENTICATED on a call.
#[test]
fn the_loop_survives_unauthenticated() {
    let c1 = C1::start();
    let agent = Agent::new(&c1);
    let _running = agent.start(&[]);
    c1.await_calls(Method::GetTask, 1);
    c1.script(|script| script.fail(Method::GetTask, Code::Unauthenticated, 2));
    c1.queue([sync("late")]);
    c1.await_finish(&crate::service::agent::id("late"));
}

/// The signed assertion goes to the host that was asked for, and nowhere else: the error names
/// both.
#[test]
fn a_redirected_token_request_is_not_followed() {
    each([301, 302, 303, 307, 308], |status| {
        let (c1, other) = (C1::start(), C1::start());
        let place = format!("https://localhost:{}/auth/v1/token", other.port());
        let elsewhere = format!("https://elsewhere.test/auth/{place}");
        for (location, host) in [(place, "to localhost"), (elsewhere, "to elsewhere.test")] {
            c1.script(|script| {
                script.tokens.push_back(TokenAnswer {
                    headers: vec![("location", location)],
                    ..answer(status, "")
                })
            });
            let run = Agent::new(&c1).run(&[]);
            assert_eq!(run.code, Some(6), "{status}: {}", run.stderr);
            let line = run.last_line();
            let asked = format!("localhost:{}", c1.port());
            assert!(line.contains(&asked) && line.contains(host), "{line}");
        }
        assert_eq!(c1.calls(Method::Token).len(), 2);
        assert_eq!(other.gate.count(), 0);
    });
}

/// A clock that is wrong makes every signature invalid: that is said, and not that the secret is
/// wrong.
#[test]
fn a_wrong_clock_is_told_from_a_wrong_secret() {
    for (minutes, words) in [
        (7, "behind the server's"),
        (-7, "ahead of the server's"),
        (0, "--client-secret"),
    ] {
        let c1 = C1::start();
        let date = jiff::Timestamp::now() + jiff::SignedDuration::from_mins(minutes);
        let date = date.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        c1.script(|script| {
            script.tokens.push_back(TokenAnswer {
                headers: vec![("date", date)],
                ..answer(401, r#"{"error":"invalid_client"}"#)
            })
        });
        let run = Agent::new(&c1).run(&[]);
        assert_eq!(run.code, Some(6), "{}", run.stderr);
        let line = run.last_line();
        assert!(line.contains(words), "{line}");
        assert_eq!(line.contains("clock"), minutes != 0, "{line}");
    }
}

/// The secret may come from a file.
#[test]
fn the_secret_may_come_from_a_file() {
    let c1 = C1::start();
    let agent = Agent::new(&c1);
    agent
        .sandbox
        .write("work/secret", secret(SECRET_JWK) + "\n");
    let mut command = agent.command(&["--client-secret-file", "secret"]);
    command.env_remove("BATON_CLIENT_SECRET");
    let _running = crate::support::Started::new(command);
    c1.await_calls(Method::GetTask, 1);
}
