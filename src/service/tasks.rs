//! The tasks: one function each, and what is common to them (`src/c1/protocol.md`, Full sync).
//!
//! Every task but `none` and `hello` is reported to C1, whatever happens to it. That includes a
//! full sync whose first heartbeat fails or brings word that it is cancelled: the Go client drops
//! such a task without a word, and C1 has to wait until it counts as lost.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;

use tonic::Code;

use super::context::Context;
use super::finish::{self, Cause, Failure, Outcome};
use super::heartbeat::{End, Heartbeat};
use super::turns::Turn;
use super::{grant_task, sync_task};
use crate::baton::pb::api::Task;
use crate::baton::pb::api::task::TaskType;
use crate::provision::{Job, Request};

/// How a task ended, as far as C1 knows.
pub(super) enum Done {
    /// C1 has taken its success.
    Finished,
    /// It failed, or C1 could not be told that it did not.
    Failed(String, Cause),
}

/// Carries out one task and reports its end.
pub(super) async fn handle(context: Arc<Context>, task: Task, turn: Turn) -> Done {
    let Task { id, task_type, .. } = task;
    let (context, id) = (&*context, &*id);
    let kind = task_type.as_ref().map_or("unknown", name);
    tracing::info!(task_id = id, kind, "a task begins");
    match task_type {
        Some(TaskType::Hello(_)) => hello(context, id).await,
        Some(TaskType::SyncFull(_)) if context.settings.skip_full_sync => {
            report(context, id, sync_task::refusal().into()).await
        }
        Some(TaskType::SyncFull(task)) => {
            let work = sync_task::run(context, id, task);
            attend(context, id, First::Needed, work, || false).await
        }
        Some(TaskType::Grant(task)) => {
            change(context, id, grant_task::grant(context, &task), turn).await
        }
        Some(TaskType::Revoke(task)) => {
            change(context, id, grant_task::revoke(context, &task), turn).await
        }
        // There are none of either, and that is an answer.
        Some(TaskType::ListEventFeeds(_)) => {
            report(context, id, Outcome::empty("ListEventFeedsResponse")).await
        }
        Some(TaskType::ActionListSchemas(_)) => {
            report(context, id, Outcome::empty("ListActionSchemasResponse")).await
        }
        _ => {
            let message = match kind {
                "unknown" => "this connector does not know the type of this task".to_owned(),
                kind => format!("this connector does not carry out tasks of type {kind}"),
            };
            let failure = Failure::lasting(Code::Unimplemented, message);
            report(context, id, failure.into()).await
        }
    }
}

async fn change(
    context: &Context,
    id: &str,
    request: Result<Request, Failure>,
    mut turn: Turn,
) -> Done {
    match request {
        Ok(request) => {
            let job = Job::of_c1(&context.op, &request);
            let work = async {
                turn.comes().await;
                let done = grant_task::make(&job, id).await;
                drop(turn);
                done
            };
            attend(context, id, First::Counted, work, || job.is_open()).await
        }
        Err(failure) => report(context, id, failure.into()).await,
    }
}

/// Says hello again. There is no report of this task: the Hello itself is the answer.
async fn hello(context: &Context, id: &str) -> Done {
    let request = crate::baton::pb::api::BatonServiceHelloRequest {
        task_id: id.to_owned(),
        ..context.hello.clone()
    };
    tokio::select! {
        answer = context.c1.hello(request) => match answer {
            Ok(()) => Done::Finished,
            Err(error) => {
                tracing::warn!(task_id = id, %error, "the Hello that C1 asked for failed");
                Done::Failed(error.to_string(), Cause::C1)
            }
        },
        () = context.stop.due() => Done::Failed("the connector was stopped".to_owned(), Cause::C1),
    }
}

/// What a failed first heartbeat means.
#[derive(Clone, Copy, PartialEq)]
enum First {
    /// The task does not begin, if two more tries fail as well.
    Needed,
    /// It goes out when the work begins, and counts as one failure among others: the work is short.
    Counted,
}

/// Does the work of a task under heartbeats, and reports its end. Dropping the work cancels it, but
/// while `is_open` says that this would leave a change half made, only the end of the service does
/// so.
async fn attend(
    context: &Context,
    id: &str,
    first: First,
    work: impl Future<Output = Result<Outcome, Failure>>,
    is_open: impl Fn() -> bool,
) -> Done {
    let mut heartbeat = Heartbeat::new(context, id);
    if first == First::Needed {
        let begun = tokio::select! {
            biased;
            begun = heartbeat.begin() => begun,
            () = context.stop.due() => return report(context, id, Failure::stopped(false).into()).await,
        };
        match begun {
            Ok(()) => {}
            Err(End::Cancelled) => return report(context, id, cancelled().into()).await,
            Err(End::Lost(error)) => {
                return report(context, id, Failure::of_c1(&error).into()).await;
            }
        }
    }
    let (mut work, mut beating) = (Box::pin(work), pin!(heartbeat.run(first == First::Counted)));
    let (mut done, is_beating) = tokio::select! {
        biased;
        done = &mut work => (done, true),
        end = &mut beating => (Err(lost(end)), false),
        () = context.stop.due() => (Err(Failure::stopped(is_open())), true),
    };
    if !is_beating && is_open() {
        // Too late to cancel: C1 is told what came of it.
        done = tokio::select! {
            biased;
            done = &mut work => done,
            () = context.stop.due() => Err(Failure::stopped(true)),
        };
    }
    // What is not polled any more must not keep a place in a line while C1 is told.
    drop(work);
    let mut report = pin!(report(context, id, done.unwrap_or_else(Outcome::Failure)));
    tokio::select! {
        biased;
        done = &mut report => done,
        _ = &mut beating, if is_beating => report.await,
    }
}

fn cancelled() -> Failure {
    Failure::cancelled("C1 cancelled the task")
}

fn lost(end: End) -> Failure {
    match end {
        End::Cancelled => cancelled(),
        End::Lost(error) if error.is_away() => Failure::cancelled(&format!(
            "the task was given up, because C1 was away for ten minutes; the last heartbeat: {error}"
        )),
        End::Lost(error) => Failure::cancelled(&format!(
            "the task was given up, because nine heartbeats in a row failed; the last one: {error}"
        )),
    }
}

/// Reports the end of a task to C1 and to the log.
pub(super) async fn report(context: &Context, task_id: &str, outcome: Outcome) -> Done {
    let reported = finish::report(context, task_id, &outcome).await;
    if let Err(error) = &reported {
        tracing::error!(task_id, %error, "C1 does not know how a task ended");
    }
    match (outcome, reported) {
        (Outcome::Success(_), Ok(())) => {
            tracing::info!(task_id, "a task succeeded");
            Done::Finished
        }
        (Outcome::Success(_), Err(error)) => Done::Failed(
            format!("it is done, but C1 did not take the report: {error}"),
            Cause::C1,
        ),
        (Outcome::Failure(failure), _) => {
            let Failure {
                code,
                message,
                retryable,
                cause,
                ..
            } = failure;
            tracing::warn!(task_id, ?code, retryable, error = message, "a task failed");
            Done::Failed(message, cause)
        }
    }
}

/// The name of a task type, as the protocol spells it.
fn name(kind: &TaskType) -> &'static str {
    match kind {
        TaskType::None(_) => "none",
        TaskType::Hello(_) => "hello",
        TaskType::SyncFull(_) => "sync_full",
        TaskType::Grant(_) => "grant",
        TaskType::Revoke(_) => "revoke",
        TaskType::CreateAccount(_) => "create_account",
        TaskType::CreateResource(_) => "create_resource",
        TaskType::DeleteResource(_) => "delete_resource",
        TaskType::RotateCredentials(_) => "rotate_credentials",
        TaskType::EventFeed(_) => "event_feed",
        TaskType::CreateTicketTask(_) => "create_ticket_task",
        TaskType::ListTicketSchemas(_) => "list_ticket_schemas",
        TaskType::GetTicket(_) => "get_ticket",
        TaskType::BulkCreateTickets(_) => "bulk_create_tickets",
        TaskType::BulkGetTickets(_) => "bulk_get_tickets",
        TaskType::ActionListSchemas(_) => "action_list_schemas",
        TaskType::ActionGetSchema(_) => "action_get_schema",
        TaskType::ActionInvoke(_) => "action_invoke",
        TaskType::ActionStatus(_) => "action_status",
        TaskType::CreateSyncDiff(_) => "create_sync_diff",
        TaskType::CompactSyncs(_) => "compact_syncs",
        TaskType::ListEventFeeds(_) => "list_event_feeds",
        TaskType::ListEvents(_) => "list_events",
        TaskType::IssueCredential(_) => "issue_credential",
    }
}
