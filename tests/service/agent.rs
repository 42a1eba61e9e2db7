//! What the tests of service mode share: a sandbox that knows a C1, and tasks.

use std::process::Command;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use baton_1password::baton::pb::api::baton_service_finish_task_request as finish;
use baton_1password::baton::pb::api::task::{
    GrantTask, HelloTask, OtherTask, RevokeTask, SyncFullTask, TaskType,
};
use baton_1password::baton::pb::api::{
    BatonServiceFinishTaskRequest, BatonServiceHeartbeatResponse, Task,
};
use baton_1password::baton::pb::v2;

use serde_json::json;

use crate::support::c1_server::{C1, SECRET_JWK};
use crate::support::{Run, Sandbox, Started, fixture};

/// Longest wait for something that must happen.
const PATIENCE: Duration = Duration::from_secs(60);

/// A connector that may be started against a C1.
pub struct Agent {
    pub sandbox: Sandbox,
    client_id: String,
}

impl Agent {
    /// For the tiny golden tenant.
    pub fn new(c1: &C1) -> Self {
        Self::with(c1, Sandbox::canned(&fixture("golden/tiny/op")))
    }

    /// The same, whose syncs never end by themselves.
    pub fn endless(c1: &C1) -> Self {
        let agent = Self::new(c1);
        let hang = json!([{"words": "user list", "leave": "group", "hang": true}]);
        agent.sandbox.set("faults", hang);
        agent
    }

    pub fn with(c1: &C1, sandbox: Sandbox) -> Self {
        c1.write_authority(&sandbox.path("ca.pem"));
        Self {
            sandbox,
            client_id: client_id(c1.port()),
        }
    }

    /// The command, with C1's credentials and authority in its environment.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.sandbox.command();
        command
            .env("BATON_CLIENT_ID", &self.client_id)
            .env("BATON_CLIENT_SECRET", secret(SECRET_JWK))
            .env("SSL_CERT_FILE", self.sandbox.path("ca.pem"))
            .args(arguments);
        command
    }

    pub fn start(&self, arguments: &[&str]) -> Started {
        Started::new(self.command(arguments))
    }

    pub fn run(&self, arguments: &[&str]) -> Run {
        self.start(arguments).wait()
    }

    /// The arguments, and those for a log that [`Agent::await_log`] can read.
    pub fn logged<'a>(&self, arguments: &[&'a str]) -> Vec<&'a str> {
        [arguments, &["--log-path", "log"]].concat()
    }

    /// Waits until the log holds these words.
    pub fn await_log(&self, words: &str) {
        let give_up = Instant::now() + PATIENCE;
        let log = || std::fs::read_to_string(self.sandbox.path("work/log")).unwrap_or_default();
        while !log().contains(words) {
            assert!(
                Instant::now() < give_up,
                "no {words:?} in the log: {}",
                log()
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Runs until one sync is done.
    pub fn once(&self, arguments: &[&str]) -> Run {
        self.run(&[&["--once"], arguments].concat())
    }
}

/// Runs a check for each row of a table, all at the same time: they mostly wait.
pub fn each<T: Send>(rows: impl IntoIterator<Item = T>, check: impl Fn(T) + Sync) {
    std::thread::scope(|scope| {
        for row in rows {
            scope.spawn(|| check(row));
        }
    });
}

/// The client id of the connector for a server on this port.
pub fn client_id(port: u16) -> String {
    format!("fake-client@localhost:{port}/spe")
}

/// A client secret with this key.
pub fn secret(jwk: &str) -> String {
    format!(
        "part-one:part-two:v1:{}",
        BASE64_URL_SAFE_NO_PAD.encode(jwk)
    )
}

/// A task id as C1 makes them: 27 letters and digits.
pub fn id(name: &str) -> String {
    format!("{name:Z<27}")
}

fn task(name: &str, kind: Option<TaskType>) -> Task {
    Task {
        id: id(name),
        task_type: kind,
        ..Task::default()
    }
}

pub fn sync(name: &str) -> Task {
    sync_with(name, SyncFullTask::default())
}

pub fn sync_with(name: &str, sync: SyncFullTask) -> Task {
    task(name, Some(TaskType::SyncFull(sync)))
}

pub fn hello(name: &str) -> Task {
    task(name, Some(TaskType::Hello(HelloTask {})))
}

/// A task that the connector does not carry out.
pub fn other(name: &str) -> Task {
    task(name, Some(TaskType::CreateAccount(OtherTask {})))
}

pub fn of_type(name: &str, kind: Option<TaskType>) -> Task {
    task(name, kind)
}

pub fn grant(name: &str, grant: GrantTask) -> Task {
    task(name, Some(TaskType::Grant(grant)))
}

pub fn revoke(name: &str, revoke: RevokeTask) -> Task {
    task(name, Some(TaskType::Revoke(revoke)))
}

pub fn resource(kind: &str, id: &str) -> v2::Resource {
    let id = v2::ResourceId {
        resource_type: kind.into(),
        resource: id.into(),
    };
    v2::Resource {
        id: Some(id),
        ..Default::default()
    }
}

pub fn entitlement(kind: &str, id: &str, slug: &str) -> v2::Entitlement {
    v2::Entitlement {
        id: format!("{kind}:{id}:{slug}"),
        slug: slug.into(),
        resource: Some(resource(kind, id)),
        ..Default::default()
    }
}

/// A heartbeat's answer with this pace.
pub fn beat(pace: Duration) -> BatonServiceHeartbeatResponse {
    BatonServiceHeartbeatResponse {
        next_heartbeat: Some(pace.try_into().unwrap()),
        ..Default::default()
    }
}

/// A heartbeat's answer that cancels the task.
pub fn cancel() -> BatonServiceHeartbeatResponse {
    BatonServiceHeartbeatResponse {
        cancelled: true,
        ..Default::default()
    }
}

/// Code, message and `non_retryable` of a report of failure.
pub fn failure(report: &BatonServiceFinishTaskRequest) -> (i32, &str, bool) {
    let status = report.status.as_ref().expect("a status");
    match report.final_state.as_ref().expect("a final state") {
        finish::FinalState::Error(error) => (status.code, &status.message, error.non_retryable),
        finish::FinalState::Success(_) => panic!("a success: {report:?}"),
    }
}

/// The success of a report.
pub fn success(report: &BatonServiceFinishTaskRequest) -> &finish::Success {
    assert_eq!(report.status, None);
    match report.final_state.as_ref().expect("a final state") {
        finish::FinalState::Success(success) => success,
        finish::FinalState::Error(_) => panic!("a failure: {report:?}"),
    }
}
