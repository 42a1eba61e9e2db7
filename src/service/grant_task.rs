//! The tasks that change 1Password: grant and revoke (`src/c1/protocol.md`, Other tasks).

use prost_types::Any;
use tonic::Code;

use super::context::Context;
use super::finish::{Failure, Outcome, code_of_op};
use crate::baton::pb::api::baton_service_finish_task_request::Success;
use crate::baton::pb::api::task::{GrantTask, RevokeTask};
use crate::baton::pb::v2;
use crate::baton::resource::ID_LIMIT;
use crate::op::Journal;
use crate::provision::{Error, Job, Refusal, Request, Verb};

/// Reads a grant, unless grants are switched off or it cannot be carried out.
pub(super) fn grant(context: &Context, task: &GrantTask) -> Result<Request, Failure> {
    let (Some(entitlement), Some(principal)) = (&task.entitlement, &task.principal) else {
        let message = "malformed grant task: it names no entitlement or no principal";
        return Err(Failure::lasting(Code::Unknown, message));
    };
    prepare(context, "entitlement", &entitlement.id)?;
    Request::grant(entitlement, principal).map_err(|error| failed(&error))
}

/// Reads a revocation, likewise.
pub(super) fn revoke(context: &Context, task: &RevokeTask) -> Result<Request, Failure> {
    let Some(grant) = &task.grant else {
        let message = "malformed revoke task: it names no grant";
        return Err(Failure::lasting(Code::Unknown, message));
    };
    prepare(context, "grant", &grant.id)?;
    // C1 may have expanded the grant itself, and then the message does not name its groups.
    Request::revoke(grant, |_| None).map_err(|error| failed(&error))
}

/// Makes the change. What is so already is a success that says so.
pub(super) async fn make(job: &Job<'_>, task_id: &str) -> Outcome {
    let done = job.run().await.map_err(|error| failed(&error))?;
    tracing::info!(task_id, "{done}");
    let annotations: Vec<_> = done.annotation().into_iter().collect();
    let repeated = annotations.clone();
    let response = match done.request.verb {
        Verb::Grant => Any::from_msg(&v2::GrantManagerServiceGrantResponse {
            annotations: repeated,
            grants: Vec::new(),
        }),
        Verb::Revoke => Any::from_msg(&v2::GrantManagerServiceRevokeResponse {
            annotations: repeated,
        }),
    };
    Ok(Success {
        annotations,
        // Encoding into memory cannot fail.
        response: response.ok(),
    })
}

/// The protocol's rule on ids comes before the question whether changes are allowed here. Answers
/// from before a change are not true any more, so where they stay the change is not made.
fn prepare(context: &Context, what: &str, id: &str) -> Result<(), Failure> {
    if id.is_empty() || id.len() > ID_LIMIT {
        let message = format!(
            "the id of the {what} must have 1 to {ID_LIMIT} bytes, not {}",
            id.len()
        );
        return Err(Failure::lasting(Code::InvalidArgument, message));
    }
    if !context.settings.provisioning {
        return Err(Failure::lasting(
            Code::FailedPrecondition,
            "provisioning is not enabled: start the connector with --provisioning to let C1 change access",
        ));
    }
    let folder = context.settings.state_folder.as_deref();
    folder.map_or(Ok(()), Journal::forget_all).map_err(|error| {
        let message = format!(
            "the answers of an interrupted sync could not be deleted, so nothing was changed: {error}"
        );
        Failure::retryable(Code::Unknown, message)
    })
}

fn failed(error: &Error) -> Failure {
    let message = error.to_string();
    let code = match error {
        Error::Refused(why, _) => match why {
            Refusal::Unsupported => Code::Unimplemented,
            Refusal::Malformed => Code::InvalidArgument,
            Refusal::Inherited | Refusal::OtherAccount => Code::FailedPrecondition,
            Refusal::NoAccount => Code::Unknown,
        },
        error => error.op().map_or(Code::Unknown, code_of_op),
    };
    match error.is_retryable() {
        true => Failure::retryable(code, message),
        false => Failure::lasting(code, message),
    }
}
