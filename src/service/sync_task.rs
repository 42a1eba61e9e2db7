//! The full sync task: write a private file and upload it (`src/c1/protocol.md`, Full sync).

use std::sync::Arc;

use tempfile::TempDir;
use tonic::Code;

use super::context::Context;
use super::finish::{Cause, Failure, Outcome, code_of_op};
use crate::baton::ids::{ResourceId, ResourceKind};
use crate::baton::pb::api::baton_service_finish_task_request::Success;
use crate::baton::pb::api::task::SyncFullTask;
use crate::baton::pb::v2;
use crate::c1z::{Target, TargetOptions};
use crate::op;
use crate::sync::{self, Plan, Progress, Report};

/// Syncs and uploads. Dropping the future ends the `op` processes and removes the file.
pub(super) async fn run(context: &Context, task_id: &str, task: &SyncFullTask) -> Outcome {
    let plan = plan(&context.settings.plan, task)?;
    if task.storage_engine == "pebble" {
        tracing::info!(
            task_id,
            "C1 asked for a pebble file; this connector writes the sqlite format"
        );
    }
    let folder = private_folder(context)?;
    let target = Target::temporary(folder.path(), TargetOptions::default())
        .map_err(|error| failed(sync::Error::C1z(error)))?;
    let report = {
        let _reading = Arc::clone(&context.reading);
        let progress = Progress::default();
        tokio::select! {
            report = sync::engine::run(&context.op, &plan, target, &progress) => report.map_err(failed)?,
            // An hour is not waited for that nobody will be there to see.
            () = context.stopped_in_a_limit() => return Err(Failure::stopped(false)),
        }
    };
    log(task_id, &report);
    let file = Arc::new(report.written.file);
    let uploaded = context.c1.upload(task_id, &file).await;
    uploaded.map_err(|error| Failure::of_c1(&error))?;
    Ok(Success::default())
}

/// The answer to a full sync under `--skip-full-sync`. An upload, even of an empty sync, would
/// replace what C1 has, and a success without one would read as "synced just now"; only a refusal
/// leaves the last state as it is. It is final, so that C1 does not ask again at once.
pub(super) fn refusal() -> Failure {
    Failure::lasting(
        Code::FailedPrecondition,
        "full syncs are switched off on this connector (--skip-full-sync); \
         the state of the last sync is untouched",
    )
}

/// A folder of this task alone, mode 0700, gone at its end.
fn private_folder(context: &Context) -> Result<TempDir, Failure> {
    let made = tempfile::Builder::new()
        .prefix("baton-1password-")
        .tempdir_in(&context.settings.temp_dir);
    made.map_err(|error| {
        let folder = context.settings.temp_dir.display();
        let message = format!("no folder for the sync could be made in {folder}: {error}");
        Failure::retryable(Code::Unknown, message).caused_by(Cause::File)
    })
}

/// What the task asks for, on top of the settings of this connector.
fn plan(defaults: &Plan, task: &SyncFullTask) -> Result<Plan, Failure> {
    let engine = &*task.storage_engine;
    if !["", "sqlite", "pebble"].contains(&engine) {
        let message = format!("storage engine {engine:?} is not available; there is sqlite");
        return Err(Failure::retryable(Code::Unknown, message));
    }
    let mut plan = defaults.clone();
    let types = &task.sync_resource_type_ids;
    if !types.is_empty() {
        let types: Result<_, String> = types.iter().map(|name| name.parse()).collect();
        plan.types = types.map_err(|error| {
            let known = ResourceKind::ALL.map(ResourceKind::as_str).join(", ");
            let message = format!("invalid resource type in the task: {error}; there are {known}");
            Failure::retryable(Code::Unknown, message)
        })?;
    }
    plan.skip_expand_grants = task.skip_expand_grants;
    plan.skip_entitlements_and_grants = task.skip_entitlements_and_grants;
    plan.skip_grants = task.skip_grants;
    let targets = task.targeted_sync_resources.iter().map(target);
    plan.targets = targets.collect::<Result<_, _>>()?;
    // It was never asked for, so it must not be called missing.
    if let Some(target) = plan.targets.iter().find(|target| !plan.has(target.kind)) {
        let types: Vec<_> = plan.types().map(ResourceKind::as_str).collect();
        let message = format!(
            "the targeted sync asks for {target}, but only these resource types are synced, as the task or \
             --sync-resource-types has it: {}",
            types.join(", ")
        );
        return Err(Failure::lasting(Code::FailedPrecondition, message));
    }
    Ok(plan)
}

fn target(resource: &v2::Resource) -> Result<ResourceId, Failure> {
    let invalid = |why: &str| {
        let message = format!("a resource of the targeted sync cannot be used: {why}");
        Failure::lasting(Code::InvalidArgument, message)
    };
    let id = resource.id.as_ref();
    let id = id.ok_or_else(|| invalid("it has no id"))?;
    if id.resource.is_empty() {
        return Err(invalid("its id is empty"));
    }
    ResourceId::from_message(id).map_err(|error| invalid(&error.to_string()))
}

/// A sync that failed may be tried again, unless what it was asked for cannot be.
fn failed(error: sync::Error) -> Failure {
    let code = match &error {
        sync::Error::TargetMissing(_) => Code::NotFound,
        sync::Error::Op(error) | sync::Error::Refused(error) => match error.kind() {
            op::ErrorKind::Usage => Code::InvalidArgument,
            _ => code_of_op(error),
        },
        sync::Error::OverBudget(_) => Code::ResourceExhausted,
        sync::Error::Internal(_) => Code::Internal,
        // Not possible here: the file is new.
        sync::Error::OtherAccount(_) => Code::FailedPrecondition,
        sync::Error::C1z(_) | sync::Error::Unusable(_) => Code::Unknown,
    };
    let message = error.to_string();
    let failure = match code {
        Code::NotFound | Code::InvalidArgument | Code::FailedPrecondition => {
            Failure::lasting(code, message)
        }
        _ => Failure::retryable(code, message),
    };
    failure.caused_by(match error {
        sync::Error::TargetMissing(_) => Cause::C1,
        error => Cause::Sync(error.into()),
    })
}

/// What the sync has to tell, for which the protocol has no place (`src/c1/protocol.md`, Report).
fn log(task_id: &str, report: &Report) {
    for notice in report.warnings.notices() {
        let (code, count) = (notice.code, notice.count);
        tracing::warn!(task_id, code, count, "{}", notice.line());
    }
    tracing::info!(
        task_id,
        sync_id = report.written.sync_id,
        account = report.account.name,
        direct_grants = report.direct_grants,
        inherited_grants = report.inherited_grants,
        op_calls = report.op_calls,
        bytes = report.written.bytes,
        seconds = report.duration.as_secs_f32(),
        "synced; the upload begins"
    );
}
