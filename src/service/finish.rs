//! The end of a task: what came of it, and the report of it to C1 (`src/c1/protocol.md`, Report).

use std::time::Duration;

use tokio::time::{Instant, sleep};
use tonic::Code;

use super::context::Context;
use crate::baton::pb::api::BatonServiceFinishTaskRequest;
use crate::baton::pb::api::baton_service_finish_task_request::{self as wire, Success};
use crate::baton::pb::google::rpc;
use crate::{backoff, c1, op, sync};

/// How long a report is tried: it is the only record of a grant.
const PATIENCE: Duration = Duration::from_secs(600);
/// Longest wait between two tries that C1 answers.
const WAIT_CAP: Duration = Duration::from_secs(30);
/// How long a report is still tried when the grace period of a stop is over.
const LAST_CHANCE: Duration = Duration::from_secs(5);

/// What came of a task.
pub(super) type Outcome = Result<Success, Failure>;

/// A task that failed.
pub(super) struct Failure {
    /// Code, text and details, as C1 is told them.
    pub(super) status: rpc::Status,
    /// Whether C1 may hand the task out again.
    pub(super) retryable: bool,
    /// What went wrong, for whoever waits for the end of the run.
    pub(super) cause: Cause,
}

/// What a task failed by.
#[derive(Debug)]
pub enum Cause {
    /// The sync.
    Sync(Box<sync::Error>),
    /// The file, or its folder.
    File,
    /// C1, or what it asked for.
    C1,
    /// The connector itself.
    Fault,
}

impl Failure {
    /// A failure of C1, or of what it asked for, after which it may try again.
    pub(super) fn retryable(code: Code, message: impl Into<String>) -> Self {
        let status = rpc::Status {
            code: code.into(),
            message: message.into(),
            ..Default::default()
        };
        Self {
            status,
            retryable: true,
            cause: Cause::C1,
        }
    }

    /// A failure that another try cannot change, or must not repeat.
    pub(super) fn lasting(code: Code, message: impl Into<String>) -> Self {
        Self {
            retryable: false,
            ..Self::retryable(code, message)
        }
    }

    /// A task that the end of the service cut off; `is_open`: a change may have been made.
    pub(super) fn stopped(is_open: bool) -> Self {
        let message = if is_open {
            "the connector was stopped in the middle of a change: it is not known whether 1Password made it; \
             a sync shows it"
        } else {
            "the connector was stopped before the task was done"
        };
        Self::retryable(Code::Cancelled, message)
    }

    /// A call to C1 that failed: its own code and details where it gave any, and what was refused.
    pub(super) fn of_c1(error: &c1::Error) -> Self {
        let mut failure = Self::retryable(error.code(), error.to_string());
        failure.status.details = error.details();
        match error {
            c1::Error::File(_) => failure.caused_by(Cause::File),
            _ => failure,
        }
    }

    /// The same failure with its cause.
    pub(super) fn caused_by(self, cause: Cause) -> Self {
        Self { cause, ..self }
    }
}

/// The code for a failed `op`: UNKNOWN, as the field has it, but for limits of rate and time.
pub(super) fn code_of_op(error: &op::Error) -> Code {
    match error.kind() {
        op::ErrorKind::RateLimited => Code::ResourceExhausted,
        op::ErrorKind::Timeout => Code::DeadlineExceeded,
        _ => Code::Unknown,
    }
}

/// Reports the end of a task to the log and to C1, again and again until C1 has taken it or said
/// no, or patience ends. Once a stop is due, little time is left. A failure is that of the task, or
/// that C1 does not know of its success.
pub(super) async fn report(
    context: &Context,
    task_id: &str,
    outcome: Outcome,
) -> Result<(), Failure> {
    let last_chance = async {
        context.stop.due.cancelled().await;
        sleep(LAST_CHANCE).await;
    };
    let reported = tokio::select! {
        biased;
        done = insist(context, task_id, &outcome) => done.map_err(|error| error.to_string()),
        () = last_chance => Err("the connector was stopped before C1 took the report".to_owned()),
    };
    if let Err(error) = &reported {
        tracing::error!(task_id, %error, "C1 does not know how a task ended");
    }
    if let Err(failure) = outcome {
        let (code, retryable) = (Code::from(failure.status.code), failure.retryable);
        let error = &failure.status.message;
        tracing::warn!(task_id, ?code, retryable, error, "a task failed");
        return Err(failure);
    }
    reported.map_err(|error| {
        let message = format!("it is done, but C1 did not take the report: {error}");
        Failure::retryable(Code::Unknown, message)
    })?;
    tracing::info!(task_id, "a task succeeded");
    Ok(())
}

async fn insist(context: &Context, task_id: &str, outcome: &Outcome) -> Result<(), c1::Error> {
    let (status, state) = match outcome {
        Ok(success) => (None, wire::FinalState::Success(success.clone())),
        Err(failure) => {
            let error = wire::Error {
                non_retryable: !failure.retryable,
                ..Default::default()
            };
            let status = failure.status.clone();
            (Some(status), wire::FinalState::Error(error))
        }
    };
    let mut request = BatonServiceFinishTaskRequest {
        task_id: task_id.to_owned(),
        status,
        final_state: Some(state),
        ..Default::default()
    };
    let give_up = Instant::now() + PATIENCE;
    let mut failures = 0;
    let mut may_have_landed = false;
    loop {
        let Err(error) = context.c1.finish_task(&mut request).await else {
            return Ok(());
        };
        if may_have_landed && error.code() == Code::AlreadyExists {
            return Ok(());
        }
        may_have_landed |= error.may_have_landed();
        failures += 1;
        let wait = backoff::doubling(failures, error.wait_cap(WAIT_CAP));
        if error.is_no() || Instant::now() + wait > give_up {
            return Err(error);
        }
        tracing::warn!(task_id, %error, "C1 did not take the end of a task; trying again");
        sleep(wait).await;
    }
}
