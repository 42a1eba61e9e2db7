//! Uploads: messages, digest, repeated tries, and ends that come early.

use std::time::Duration;

use serde_json::{Value, json};
use tonic::Code;

use crate::service::agent::{Agent, beat, cancel, each, failure, id, success, sync};
use crate::support::c1_server::{C1, Method, Reply};
use crate::support::{Sandbox, Signal};

const CHUNK: usize = 524_288;

/// An account whose file is a few chunks long: few users, with long names that do not compress
/// well.
fn large() -> Sandbox {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut letter = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(b'0' + (state % 64) as u8)
    };
    let users: Vec<Value> = (0..1800)
        .map(|number| {
            let name: String = (0..900).map(|_| letter()).collect();
            let email = format!("u{number}@large.test");
            json!({"id": format!("U{number}"), "name": name, "email": email, "type": "MEMBER", "state": "ACTIVE"})
        })
        .collect();
    Sandbox::tenant(&json!({
        "account": {"id": "ACCT", "name": "Large", "domain": "large", "type": "BUSINESS", "state": "ACTIVE"},
        "users": users, "groups": [], "vaults": [], "connect_servers": [], "connect_tokens": []
    }))
}

/// `src/c1/protocol.md`, Upload
#[test]
fn a_large_file_goes_out_in_full_chunks_with_its_digest() {
    let c1 = C1::start();
    c1.queue([sync("one")]);
    let agent = Agent::with(&c1, large());
    let run = agent.once(&[]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let uploads = c1.uploads();
    assert_eq!(uploads.len(), 1);
    let upload = &uploads[0];
    let size = upload.bytes.len();

    assert!(size > 2 * CHUNK, "{size}");
    assert_eq!(upload.chunks.len(), size.div_ceil(CHUNK));
    let (last, full) = upload.chunks.split_last().unwrap();
    assert!(
        full.iter().all(|&chunk| chunk == CHUNK),
        "{:?}",
        upload.chunks
    );
    assert!(*last > 0 && *last <= CHUNK);
    assert_eq!(upload.digest_fits, Some(true));
    assert!(upload.closed);
    assert_eq!(
        (upload.task_id.as_str(), upload.host_id.is_empty()),
        (&*id("one"), false)
    );
    assert_eq!(&upload.bytes[..5], b"C1ZF\0");
    agent.sandbox.assert_clean();
}

/// `src/c1/protocol.md`, Upload: once refused or cut, it is made again from the first byte; the
/// result is the same file.
#[test]
fn an_upload_that_failed_is_made_again_from_the_start() {
    each(
        [
            Reply::Error(Code::Unavailable, "busy".into()),
            Reply::ErrorAtEnd(Code::Internal, "disk".into()),
            Reply::Cut,
            Reply::Early,
            Reply::Http(503),
        ],
        |reply| {
            let c1 = C1::narrow();
            c1.script(|script| script.reply(Method::Upload, reply.clone()));
            c1.queue([sync("one")]);
            let agent = Agent::with(&c1, large());
            let run = agent.once(&[]);
            assert_eq!(run.code, Some(0), "{reply:?}: {}", run.stderr);
            let uploads = c1.uploads();
            assert_eq!(uploads.len(), 2, "{reply:?}");
            let again = &uploads[1];
            assert_eq!((again.digest_fits, again.closed), (Some(true), true));
            assert_eq!(again.task_id, id("one"));
            success(&c1.await_finish(&id("one")));
        },
    );
}

/// `src/c1/protocol.md`, Upload: what went wrong three times, or is refused once, is the task's
/// failure, in the server's own words, also when it refused while the file was still going out.
#[test]
fn an_upload_that_is_refused_fails_the_task_in_the_servers_words() {
    const WORDS: &str = "quota of uploads is used up";
    let refused = |code| Reply::Error(code, WORDS.into());
    each(
        [
            (refused(Code::ResourceExhausted), 8, 3),
            (refused(Code::Internal), 13, 3),
            (Reply::ErrorAtEnd(Code::InvalidArgument, WORDS.into()), 3, 1),
            (refused(Code::PermissionDenied), 7, 1),
            (refused(Code::FailedPrecondition), 9, 1),
            (refused(Code::NotFound), 5, 1),
        ],
        |(reply, code, tries)| {
            let c1 = C1::start();
            c1.script(|script| {
                script.always.insert(Method::Upload, reply.clone());
            });
            c1.queue([sync("one")]);
            let agent = Agent::with(&c1, large());
            let run = agent.once(&[]);
            assert_eq!(run.code, Some(6), "{}", run.stderr);
            assert!(run.last_line().contains(WORDS), "{}", run.stderr);
            assert_eq!(c1.uploads().len(), tries, "{reply:?}");
            let report = c1.await_finish(&id("one"));
            let (told, message, non_retryable) = failure(&report);
            assert_eq!((told, non_retryable), (code, false));
            let refusal = format!("C1 refused the upload ({:?}): {WORDS}", Code::from(code));
            assert_eq!(message, refusal);
            agent.sandbox.assert_clean();
        },
    );
}

/// A yes to a part of the file is not a yes to the file.
#[test]
fn a_server_that_never_waits_for_the_whole_file_has_not_taken_it() {
    let c1 = C1::narrow();
    c1.script(|script| {
        script.always.insert(Method::Upload, Reply::Early);
    });
    c1.queue([sync("one")]);
    let run = Agent::with(&c1, large()).once(&[]);
    assert_eq!(run.code, Some(6), "{}", run.stderr);
    let words = "before it had the whole file";
    assert!(run.last_line().contains(words), "{}", run.stderr);
    assert_eq!(c1.uploads().len(), 3);
    let report = c1.await_finish(&id("one"));
    let (_, message, non_retryable) = failure(&report);
    assert!(message.contains(words) && !non_retryable, "{message}");
}

/// A sync may have taken long: while C1 is away its upload is tried for longer than a restart
/// takes.
#[test]
fn an_upload_outlives_a_restart_of_the_server() {
    let c1 = C1::start();
    c1.script(|script| {
        script.always.insert(Method::Upload, Reply::Cut);
    });
    c1.queue([sync("one")]);
    let agent = Agent::with(&c1, large());
    let running = agent.start(&agent.logged(&["--once"]));
    c1.await_calls(Method::Upload, 1);
    c1.go_away();
    agent.await_log(r#""tries":3"#);
    c1.script(|script| script.always.clear());
    c1.come_back();
    let run = running.wait();
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    success(&c1.await_finish(&id("one")));
}

/// A refused token is replaced within a try.
#[test]
fn a_token_refused_on_an_upload_is_replaced() {
    let c1 = C1::start();
    c1.script(|script| script.fail(Method::Upload, Code::Unauthenticated, 1));
    c1.queue([sync("one")]);
    let run = Agent::new(&c1).once(&[]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(c1.calls(Method::Token).len(), 2);
}

#[test]
fn a_slow_server_gets_the_whole_file() {
    let c1 = C1::start();
    c1.script(|script| script.reply(Method::Upload, Reply::Slow(Duration::from_millis(400))));
    c1.queue([sync("one")]);
    let run = Agent::with(&c1, large()).once(&[]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(c1.uploads()[0].digest_fits, Some(true));
}

/// Cancelled while it goes out: no further try, and the task is reported as cancelled.
#[test]
fn an_upload_stops_when_its_task_is_cancelled() {
    let c1 = C1::start();
    c1.script(|script| {
        script
            .heartbeats
            .extend(vec![beat(Duration::from_secs(1)); 30]);
        script.reply(Method::Upload, Reply::Hang);
    });
    c1.queue([sync("one")]);
    let agent = Agent::with(&c1, large());
    let running = agent.start(&[]);
    c1.await_calls(Method::Upload, 1);
    c1.script(|script| script.heartbeats.push_front(cancel()));
    let report = c1.await_finish(&id("one"));
    assert_eq!(
        (failure(&report).0, failure(&report).2),
        (Code::Cancelled as i32, false)
    );
    c1.await_calls(Method::GetTask, c1.calls(Method::GetTask).len() + 2);
    assert_eq!(c1.uploads().len(), 1);
    running.send(Signal::TERM);
    running.wait();
    agent.sandbox.assert_clean();
}

/// An upload that the server does not read may hold up the connection; heartbeats find another one.
#[test]
fn an_upload_that_stands_still_does_not_silence_heartbeats() {
    let c1 = C1::narrow();
    c1.script(|script| {
        script
            .heartbeats
            .extend(vec![beat(Duration::from_secs(1)); 30]);
        script.reply(Method::Upload, Reply::Hang);
    });
    c1.queue([sync("one")]);
    let agent = Agent::with(&c1, large());
    let _running = agent.start(&[]);
    c1.await_calls(Method::Upload, 1);
    let before = c1.calls(Method::Heartbeat).len();
    c1.await_calls(Method::Heartbeat, before + 2);
    c1.script(|script| script.heartbeats.push_front(cancel()));
    let report = c1.await_finish(&id("one"));
    assert_eq!(failure(&report).0, Code::Cancelled as i32);
}
