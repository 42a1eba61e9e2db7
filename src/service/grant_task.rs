//! The tasks that change 1Password: grant and revoke (contract c1 §9).

use tonic::Code;

use super::context::Context;
use super::finish::{Failure, Outcome, code_of_op};
use crate::baton::pb::api::task::{GrantTask, RevokeTask};
use crate::baton::pb::v2;
use crate::op::{ErrorKind, Journal};
use crate::provision::{self, Error};

/// Longest id that the protocol allows, in bytes.
const ID_LIMIT: usize = 1024;

/// A grant or revocation that may be carried out.
pub(super) enum Change {
    Grant(v2::Entitlement, v2::Resource),
    Revoke(v2::Grant),
}

impl Change {
    /// A grant, unless the task is malformed or grants are switched off.
    pub(super) fn of_grant(context: &Context, task: GrantTask) -> Result<Self, Failure> {
        let (Some(entitlement), Some(principal)) = (task.entitlement, task.principal) else {
            return Err(malformed(
                "malformed grant task: it names no entitlement or no principal",
            ));
        };
        allowed(context, "entitlement", &entitlement.id)?;
        forget_answers(context)?;
        Ok(Self::Grant(entitlement, principal))
    }

    /// A revocation, unless the task is malformed or revocations are switched off.
    pub(super) fn of_revoke(context: &Context, task: RevokeTask) -> Result<Self, Failure> {
        let Some(grant) = task.grant else {
            return Err(malformed("malformed revoke task: it names no grant"));
        };
        allowed(context, "grant", &grant.id)?;
        forget_answers(context)?;
        Ok(Self::Revoke(grant))
    }

    /// Makes the change. What is so already is a success that says so.
    pub(super) async fn make(self, context: &Context, task_id: &str) -> Result<Outcome, Failure> {
        let done = match &self {
            Self::Grant(entitlement, principal) => {
                provision::grant(&context.op, entitlement, principal).await
            }
            Self::Revoke(grant) => provision::revoke(&context.op, grant).await,
        };
        let done = done.map_err(|error| failed(&error))?;
        tracing::info!(task_id, "{done}");
        let annotations: Vec<_> = done.annotation().into_iter().collect();
        Ok(match self {
            Self::Grant(..) => {
                let response = v2::GrantManagerServiceGrantResponse {
                    annotations: annotations.clone(),
                    grants: Vec::new(),
                };
                Outcome::answered(&response, annotations)
            }
            Self::Revoke(_) => {
                let response = v2::GrantManagerServiceRevokeResponse {
                    annotations: annotations.clone(),
                };
                Outcome::answered(&response, annotations)
            }
        })
    }
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
    if !context.provisioning {
        return Err(Failure::lasting(
            Code::FailedPrecondition,
            "provisioning is not enabled: start the connector with --provisioning to let C1 change access",
        ));
    }
    Ok(())
}

/// Answers from before a change are not true any more, so without this the change is not made.
fn forget_answers(context: &Context) -> Result<(), Failure> {
    let forgotten = context.state_folder.as_deref().map(Journal::forget_all);
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
        Error::Unsupported { .. } => Code::Unimplemented,
        Error::Principal(_) | Error::Malformed(_) => Code::InvalidArgument,
        Error::Inherited(_) | Error::OtherAccount { .. } => Code::FailedPrecondition,
        Error::NoAccount { .. } => Code::Unknown,
        Error::Unread { .. } | Error::NotTaken { .. } => {
            error.op().map_or(Code::Unknown, code_of_op)
        }
    };
    // A repeated task reads first and changes only what is missing, so it does no harm after a limit of
    // rate, a session that is over, or a locked app, even where it is not known what was done.
    let passes = error.op().is_some_and(|error| {
        matches!(
            error.kind(),
            ErrorKind::RateLimited
                | ErrorKind::SessionExpired
                | ErrorKind::NotSignedIn
                | ErrorKind::AppUnreachable
                | ErrorKind::PromptDismissed
        )
    });
    if passes || error.is_retryable() {
        Failure::retryable(code, message)
    } else {
        Failure::lasting(code, message)
    }
}
