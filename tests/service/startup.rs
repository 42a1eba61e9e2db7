//! Hello: what it says, when it is said again, and when the start gives up.

use std::time::Duration;

use baton_1password::baton::pb::v2::{Capability, resource_type::Trait};
use tonic::Code;

use crate::service::agent::{Agent, each, hello, id, sync};
use crate::support::c1_server::{C1, Method, Reply, What};
use crate::support::{Sandbox, Started, fixture};

/// `src/c1/protocol.md`, Hello
#[test]
fn the_first_call_is_hello_with_all_it_must_tell() {
    let c1 = C1::start();
    c1.queue([sync("one")]);
    let run = Agent::new(&c1).once(&[]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let calls: Vec<Method> = c1
        .events()
        .iter()
        .map(|event| event.what.method())
        .collect();
    assert_eq!(calls[..3], [Method::Token, Method::Hello, Method::GetTask]);
    let hellos = c1.calls(Method::Hello);
    let What::Hello(said) = &hellos[0].what else {
        unreachable!()
    };
    assert!(!said.host_id.is_empty());
    assert_eq!(said.task_id, "");
    let build = said.build_info.as_ref().unwrap();
    assert_eq!(build.package, "baton-1password");
    assert!(!build.package_version.is_empty() && !build.lang_version.is_empty());
    let os = said.os_info.as_ref().unwrap();
    for field in [
        &os.hostname,
        &os.os,
        &os.platform,
        &os.platform_version,
        &os.platform_family,
        &os.kernel_version,
        &os.kernel_arch,
        &os.virtualization_system,
    ] {
        assert!(!field.is_empty(), "{os:?}");
    }
    let metadata = said.connector_metadata.as_ref().unwrap();
    assert_eq!(metadata.display_name, "1Password");
    let capabilities = metadata.capabilities.as_ref().unwrap();
    let types: Vec<_> = capabilities
        .resource_type_capabilities
        .iter()
        .map(|kind| {
            let shown = kind.resource_type.as_ref().unwrap();
            (&*shown.id, shown.traits.clone(), kind.capabilities.clone())
        })
        .collect();
    let (sync, provision) = (Capability::Sync as i32, Capability::Provision as i32);
    let targeted = Capability::TargetedSync as i32;
    assert_eq!(
        types,
        [
            ("account", vec![], vec![sync, targeted]),
            (
                "group",
                vec![Trait::Group as i32],
                vec![sync, targeted, provision]
            ),
            ("project", vec![Trait::App as i32], vec![sync, targeted]),
            ("user", vec![Trait::User as i32], vec![sync, targeted]),
            ("vault", vec![], vec![sync, targeted, provision]),
        ]
    );
    let in_service = Capability::ServiceModeTargetedSync as i32;
    let expected = [provision, sync, targeted, in_service];
    assert_eq!(capabilities.connector_capabilities, expected);
}

/// `src/c1/protocol.md`, Network
#[test]
fn the_host_id_is_the_same_on_every_call() {
    let c1 = C1::start();
    c1.queue([sync("one")]);
    let agent = Agent::new(&c1);
    let mut command = agent.command(&["--once"]);
    command.env("BATON_HOST_ID", "lab-7");
    let run = Started::new(command).wait();
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let mut seen = Vec::new();
    for event in c1.events() {
        let host = match &event.what {
            What::Token(..) | What::GetTasks(_) => continue,
            What::Hello(hello) => &hello.host_id,
            What::GetTask(host_id) => host_id,
            What::Heartbeat(beat) => &beat.host_id,
            What::Finish(finish) => &finish.host_id,
            What::Upload(upload) => &upload.host_id,
        };
        assert_eq!(host, "lab-7", "{:?}", event.what);
        seen.push(event.what.method());
    }
    for method in [
        Method::Hello,
        Method::GetTask,
        Method::Heartbeat,
        Method::Upload,
        Method::Finish,
    ] {
        assert!(seen.contains(&method), "{method:?} was not called");
    }
}

/// `src/c1/protocol.md`, Failed Hello: the first waits; the rest of the row is a unit test of the
/// back-off.
#[test]
fn a_hello_that_fails_for_a_moment_is_said_again() {
    let c1 = C1::start();
    c1.script(|script| {
        script.fail(Method::Hello, Code::Unavailable, 1);
        script.reply(Method::Hello, Reply::Http(503));
        script.reply(Method::Hello, Reply::Cut);
    });
    let agent = Agent::new(&c1);
    let _running = agent.start(&[]);
    c1.await_calls(Method::GetTask, 1);
    let hellos = c1.calls(Method::Hello);
    assert_eq!(hellos.len(), 4);
    for (pair, least) in hellos.windows(2).zip([1, 2, 4]) {
        let wait = pair[1].at - pair[0].at;
        assert!(wait >= Duration::from_millis(1000 * least - 10), "{wait:?}");
    }
}

/// Codes that are not final are worth another try.
#[test]
fn every_other_code_of_hello_is_worth_another_try() {
    each(
        [
            Code::Cancelled,
            Code::Unknown,
            Code::DeadlineExceeded,
            Code::AlreadyExists,
            Code::ResourceExhausted,
            Code::Aborted,
            Code::OutOfRange,
            Code::Internal,
            Code::DataLoss,
        ],
        |code| {
            let c1 = C1::start();
            c1.script(|script| script.fail(Method::Hello, code, 1));
            let agent = Agent::new(&c1);
            let _running = agent.start(&[]);
            c1.await_calls(Method::GetTask, 1);
            assert_eq!(c1.calls(Method::Hello).len(), 2, "{code:?}");
        },
    );
}

/// `src/c1/protocol.md`, Failed Hello; a refused token is renewed once before that counts.
#[test]
fn a_final_code_of_hello_ends_the_run_at_once() {
    each(
        [
            (Code::Unauthenticated, 2),
            (Code::PermissionDenied, 1),
            (Code::InvalidArgument, 1),
            (Code::Unimplemented, 1),
            (Code::FailedPrecondition, 1),
            (Code::NotFound, 1),
        ],
        |(code, attempts)| {
            let c1 = C1::start();
            c1.script(|script| {
                script
                    .always
                    .insert(Method::Hello, Reply::Error(code, "said by C1".into()));
            });
            let run = Agent::new(&c1).run(&[]);
            assert_eq!(run.code, Some(6), "{}", run.stderr);
            assert!(run.last_line().contains("said by C1"), "{}", run.stderr);
            assert_eq!(
                run.stderr.matches("said by C1").count(),
                1,
                "{}",
                run.stderr
            );
            let credentials = matches!(code, Code::Unauthenticated | Code::PermissionDenied);
            assert_eq!(
                run.last_line().contains("--client-secret"),
                credentials,
                "{}",
                run.stderr
            );
            assert_eq!(c1.calls(Method::Hello).len(), attempts, "{code:?}");
            assert_eq!(c1.calls(Method::GetTask).len(), 0);
        },
    );
}

/// `src/c1/protocol.md`, Other tasks
#[test]
fn a_hello_task_is_answered_by_a_hello_with_its_id_alone() {
    let c1 = C1::start();
    c1.queue([hello("wave"), sync("one")]);
    let run = Agent::new(&c1).once(&[]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let hellos = c1.calls(Method::Hello);
    assert_eq!(hellos.len(), 2);
    let (What::Hello(first), What::Hello(second)) = (&hellos[0].what, &hellos[1].what) else {
        unreachable!()
    };
    assert_eq!(second.task_id, id("wave"));
    assert_eq!(first.connector_metadata, second.connector_metadata);
    let finished = c1.calls(Method::Finish);
    assert_eq!(finished.len(), 1, "the sync alone is reported");
}

/// Without `op` there is nothing to say hello for.
#[test]
fn a_missing_op_ends_the_run_before_hello() {
    let c1 = C1::start();
    let agent = Agent::new(&c1);
    std::fs::remove_file(agent.sandbox.op()).unwrap();
    let run = agent.run(&[]);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    assert_eq!(c1.gate.count(), 0);
}

/// A folder for temporary files that is not there is said before anything is tried.
#[test]
fn a_missing_folder_for_temporary_files_is_refused() {
    let c1 = C1::start();
    let agent = Agent::with(&c1, Sandbox::canned(&fixture("golden/tiny/op")));
    let missing = agent.sandbox.path("missing");
    let run = agent.run(&["--c1z-temp-dir", missing.to_str().unwrap()]);
    assert!(matches!(run.code, Some(2 | 5)), "{}", run.stderr);
    assert_eq!(c1.gate.count(), 0);
}
