//! The tasks: one function each, and what is common to them (`src/c1/protocol.md`, Full sync).
//!
//! Every task but `none` and `hello` is reported to C1, whatever happens to it. That includes a
//! full sync whose first heartbeat fails or brings word that it is cancelled: the Go client drops
//! such a task without a word, and C1 has to wait until it counts as lost.

use std::pin::pin;
use std::sync::Arc;

use prost_types::Any;
use tokio_util::task::AbortOnDropHandle;
use tonic::Code;

use super::context::Context;
use super::finish::{Cause, Failure, Outcome, report};
use super::heartbeat::Heartbeat;
use super::turns::Turn;
use super::{grant_task, host, sync_task};
use crate::baton::pb::api::Task;
use crate::baton::pb::api::baton_service_finish_task_request::Success;
use crate::baton::pb::api::task::TaskType;
use crate::provision::{Job, Request};

/// How a task ended, as far as C1 knows: a success is one that C1 has taken.
pub(super) type Done = Result<(), Failure>;

/// Carries out a task and reports its end, also when it panics; the id tells which it was.
pub(super) async fn handle(context: Arc<Context>, task: Task, turn: Turn) -> (String, Done) {
    let task_id = task.id.clone();
    let work = tokio::spawn(carry_out(Arc::clone(&context), task, turn));
    let done = match AbortOnDropHandle::new(work).await {
        Ok(done) => done,
        Err(error) => {
            tracing::error!(task_id, %error, "a task stopped unexpectedly");
            let message = "the task stopped unexpectedly in the connector; its log tells more";
            let failure = Failure::retryable(Code::Internal, message).caused_by(Cause::Fault);
            report(&context, &task_id, Err(failure)).await
        }
    };
    (task_id, done)
}

async fn carry_out(context: Arc<Context>, task: Task, turn: Turn) -> Done {
    let Task { id, task_type, .. } = task;
    let (context, id) = (&*context, &*id);
    let kind = task_type.as_ref().map_or("unknown".to_owned(), name);
    tracing::info!(task_id = id, kind, "a task begins");
    let outcome = match task_type {
        Some(TaskType::Hello(_)) => return hello(context, id).await,
        Some(TaskType::SyncFull(_)) if context.settings.skip_full_sync => Err(sync_task::refusal()),
        Some(TaskType::SyncFull(task)) => {
            let work = sync_task::run(context, id, &task);
            return attend(context, id, true, work, || false).await;
        }
        Some(TaskType::Grant(task)) => {
            return change(context, id, grant_task::grant(context, &task), turn).await;
        }
        Some(TaskType::Revoke(task)) => {
            return change(context, id, grant_task::revoke(context, &task), turn).await;
        }
        // There are none of either, and that is an answer.
        Some(TaskType::ListEventFeeds(_)) => Ok(empty("ListEventFeedsResponse")),
        Some(TaskType::ActionListSchemas(_)) => Ok(empty("ListActionSchemasResponse")),
        _ => {
            let message = match &*kind {
                "unknown" => "this connector does not know the type of this task".to_owned(),
                kind => format!("this connector does not carry out tasks of type {kind}"),
            };
            Err(Failure::lasting(Code::Unimplemented, message))
        }
    };
    report(context, id, outcome).await
}

async fn change(
    context: &Context,
    id: &str,
    request: Result<Request, Failure>,
    turn: Turn,
) -> Done {
    let request = match request {
        Ok(request) => request,
        Err(failure) => return report(context, id, Err(failure)).await,
    };
    let job = Job::of_c1(&context.op, &request);
    let work = async {
        let _turn = turn.await;
        grant_task::make(&job, id).await
    };
    attend(context, id, false, work, || job.is_open()).await
}

/// Says hello again. There is no report of this task: the Hello itself is the answer.
async fn hello(context: &Context, id: &str) -> Done {
    tokio::select! {
        answer = context.c1.hello(host::hello(id)) => answer.map_err(|error| {
            tracing::warn!(task_id = id, %error, "the Hello that C1 asked for failed");
            Failure::of_c1(&error)
        }),
        () = context.stop.due.cancelled() => Err(Failure::stopped(false)),
    }
}

/// Does the work of a task under heartbeats, and reports its end. The work `waits` for a first one,
/// which has three tries, or it is short and begins beside it. Dropping the work cancels it, but
/// while `is_open` says that this would leave a change half made, only the end of the service does
/// so.
async fn attend(
    context: &Context,
    id: &str,
    waits: bool,
    work: impl Future<Output = Outcome>,
    is_open: impl Fn() -> bool,
) -> Done {
    let mut heartbeat = Heartbeat::new(context, id);
    if waits {
        let begun = tokio::select! {
            biased;
            begun = heartbeat.begin() => begun,
            () = context.stop.due.cancelled() => Err(Failure::stopped(false)),
        };
        if let Err(failure) = begun {
            return report(context, id, Err(failure)).await;
        }
    }
    let (mut work, mut beating) = (Box::pin(work), pin!(heartbeat.run(!waits)));
    let (mut done, is_beating) = tokio::select! {
        biased;
        done = &mut work => (done, true),
        failure = &mut beating => (Err(failure), false),
        () = context.stop.due.cancelled() => (Err(Failure::stopped(is_open())), true),
    };
    if !is_beating && is_open() {
        // Too late to cancel: C1 is told what came of it.
        done = tokio::select! {
            biased;
            done = &mut work => done,
            () = context.stop.due.cancelled() => Err(Failure::stopped(true)),
        };
    }
    // What is not polled any more must not keep a place in a line while C1 is told.
    drop(work);
    let mut report = pin!(report(context, id, done));
    tokio::select! {
        biased;
        done = &mut report => done,
        _ = &mut beating, if is_beating => report.await,
    }
}

/// A success whose answer is this message of the connector's API with nothing in it.
fn empty(message: &str) -> Success {
    let type_url = format!("type.googleapis.com/c1.connector.v2.{message}");
    let value = Vec::new();
    Success {
        response: Some(Any { type_url, value }),
        ..Default::default()
    }
}

/// The name of a task type as the protocol spells it: the generated code has it in camel case.
fn name(kind: &TaskType) -> String {
    let text = format!("{kind:?}");
    let mut name = String::new();
    for letter in text.chars().take_while(|letter| *letter != '(') {
        if letter.is_ascii_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}
