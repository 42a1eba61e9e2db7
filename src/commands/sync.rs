//! One-shot sync: reads 1Password, writes the file, says what came of it.

use std::path::Path;

use tokio::task::JoinError;

use crate::baton::ids::ResourceId;
use crate::c1z::{Abort, Limits, Reader, Retention, Target, TargetOptions};
use crate::cli::config::{self, Settings};
use crate::exit::Failure;
use crate::sync::{self, Plan, Progress, Report, engine};

use super::connect;

/// Runs the sync that the settings ask for.
///
/// # Errors
/// [`Failure`]; the old file is then untouched.
pub async fn run(settings: &Settings, progress: &Progress) -> Result<Report, Failure> {
    let plan = plan(settings)?;
    let target = target(&settings.sync, !plan.targets.is_empty()).await?;
    let client = connect::client(&settings.op).await?;
    Ok(engine::run(&client, &plan, target, progress).await?)
}

/// What to read and write.
fn plan(settings: &Settings) -> Result<Plan, Failure> {
    let sync = &settings.sync;
    let usage = |error: crate::baton::ids::IdError| config::Error(vec![error.to_string()]);
    let targets = sync.sync_resources.iter().map(|bid| ResourceId::from_bid(bid));
    let plan = Plan {
        skip_entitlements_and_grants: sync.skip_entitlements_and_grants,
        skip_grants: sync.skip_grants,
        targets: targets.collect::<Result<_, _>>().map_err(usage)?,
        workers: settings.op.workers,
        ..Plan::default()
    };
    let plan = plan.with_types(&sync.sync_resource_types).map_err(usage)?;
    Ok(plan.with_limit(&sync.limit_vault_permissions))
}

/// Checks, locks and takes over the output file before `op` is asked anything.
async fn target(settings: &config::Sync, targeted: bool) -> Result<Target, Failure> {
    let variable = |name: &str| std::env::var(name).ok();
    let abort = Abort::default();
    let options = TargetOptions {
        limits: Limits::from_env(variable)?,
        retention: Retention::from_env(variable),
        temp_dir: settings.c1z_temp_dir.clone(),
        abort: abort.clone(),
    };
    let file = settings.file.clone();
    let mut cancel = AbortOnDrop(Some(abort));
    let opened = tokio::task::spawn_blocking(move || {
        if targeted {
            refuse_to_hide_full_sync(&file, &options.limits)?;
        }
        Ok(Target::open(&file, options)?)
    });
    let target = opened.await.unwrap_or_else(|error| Err(internal(&error)));
    cancel.0 = None;
    target
}

/// Readers show the newest sync of any kind, so a partial one would hide a full one (contract c1z
/// §4.6).
fn refuse_to_hide_full_sync(file: &Path, limits: &Limits) -> Result<(), Failure> {
    if !file.metadata().is_ok_and(|meta| meta.len() > 0) {
        return Ok(());
    }
    if Reader::open(file, limits)?.latest_finished_full().is_none() {
        return Ok(());
    }
    let message = format!(
        "--sync-resources would hide the full sync in {}: choose another file with --file",
        file.display()
    );
    Err(config::Error(vec![message]).into())
}

fn internal(error: &JoinError) -> Failure {
    sync::Error::Internal(error.to_string()).into()
}

/// Stops a blocking step when the future that waits for it is dropped.
struct AbortOnDrop(Option<Abort>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        if let Some(abort) = &self.0 {
            abort.abort();
        }
    }
}
