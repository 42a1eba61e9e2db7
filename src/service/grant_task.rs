//! The tasks that change 1Password: grant and revoke (`src/c1/protocol.md`, Other tasks).

use tonic::Code;

use super::context::Context;
use super::finish::{Failure, Outcome, code_of_op};
use crate::baton::pb::api::task::{GrantTask, RevokeTask};
use crate::baton::pb::v2;
use crate::baton::resource::ID_LIMIT;
use crate::op::Journal;
use crate::provision::{Error, Job, Refusal, Request, Verb};

/// Reads a grant, unless grants are switched off or it cannot be carried out.
pub(super) fn grant(context: &Context, task: &GrantTask) -> Result<Request, Failure> {
    let (Some(entitlement), Some(principal)) = (&task.entitlement, &task.principal) else {
        return Err(malformed(
            "malformed grant task: it names no entitlement or no principal",
        ));
    };
    allowed(context, "entitlement", &entitlement.id)?;
    forget_answers(context)?;
    Request::grant(entitlement, principal).map_err(|error| failed(&error))
}

/// Reads a revocation, likewise.
pub(super) fn revoke(context: &Context, task: &RevokeTask) -> Result<Request, Failure> {
    let Some(grant) = &task.grant else {
        return Err(malformed("malformed revoke task: it names no grant"));
    };
    allowed(context, "grant", &grant.id)?;
    forget_answers(context)?;
    // C1 may have expanded the grant itself, and then the message does not name its groups.
    Request::revoke(grant, |_| None).map_err(|error| failed(&error))
}

/// Makes the change. What is so already is a success that says so.
pub(super) async fn make(job: &Job<'_>, task_id: &str) -> Result<Outcome, Failure> {
    let done = job.run().await.map_err(|error| failed(&error))?;
    tracing::info!(task_id, "{done}");
    let annotations: Vec<_> = done.annotation().into_iter().collect();
    Ok(match done.verb {
        Verb::Grant => {
            let response = v2::GrantManagerServiceGrantResponse {
                annotations: annotations.clone(),
                grants: Vec::new(),
            };
            Outcome::answered(&response, annotations)
        }
        Verb::Revoke => {
            let response = v2::GrantManagerServiceRevokeResponse {
                annotations: annotations.clone(),
            };
            Outcome::answered(&response, annotations)
        }
    })
}

fn malformed(message: &str) -> Failure {
    Failure::lasting(Code::Unknown, message)
}

/// The protocol's rule on ids comes before the question whether changes are allowed here.
fn allowed(context: &Context, what: &str, id: &str) -> Result<(), Failure> {
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
    Ok(())
}

/// Answers from before a change are not true any more, so without this the change is not made.
fn forget_answers(context: &Context) -> Result<(), Failure> {
    let forgotten = context
        .settings
        .state_folder
        .as_deref()
        .map(Journal::forget_all);
    forgotten.unwrap_or(Ok(())).map_err(|error| {
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
