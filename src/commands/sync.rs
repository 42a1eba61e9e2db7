//! One-shot sync: reads 1Password, writes the file, says what came of it.

use crate::c1z::{Abort, Reader, SyncType, Target, TargetOptions};
use crate::exit::{self, Failure};
use crate::op::{Client, ErrorKind};
use crate::settings::Settings;
use crate::sync::{Phase, Progress, Report, engine};
use crate::terminal::screen::{Screen, Snapshot};

use super::output::misuse;
use super::runtime::{block_on, on_thread};
use super::{connect, summary};

/// Syncs and says what came of it. After a failure the old file is untouched.
pub(super) fn run(settings: &Settings, screen: &Screen) -> Result<u8, Failure> {
    let report = block_on(sync(settings, screen))?;
    summary::show(&report, settings, screen)?;
    Ok(match settings.flags.strict && report.warnings.has_gaps() {
        true => exit::UNREAD,
        false => exit::OK,
    })
}

async fn sync(settings: &Settings, screen: &Screen) -> Result<Report, Failure> {
    let progress = Progress::default();
    let target = target(settings).await?;
    let client = connect::client(settings).await?;
    let watched = progress.clone();
    let sample = move |client: &Client| snapshot(client, &watched);
    let _watch = connect::watch(settings, &client, screen, sample);
    Ok(engine::run(&client, &settings.plan, target, &progress).await?)
}

fn snapshot(client: &Client, progress: &Progress) -> Snapshot {
    let wait = client.activity().wait().map(|wait| {
        let reason = match wait.reason {
            ErrorKind::RateLimited => "1Password limits the rate",
            kind if kind.is_of_app() => "the 1Password app does not answer",
            _ => "1Password cannot be reached",
        };
        let now = tokio::time::Instant::now();
        let left = wait.until.saturating_duration_since(now);
        (reason, 1 + left.as_secs())
    });
    let state = progress.borrow().clone();
    let (done, total) = match state.phases.last() {
        Some(Phase::Access) => (state.done, Some(state.total)),
        Some(Phase::Saving) => (0, None),
        _ => (client.activity().calls_done(), None),
    };
    Snapshot {
        phases: state.phases.into_iter().map(Phase::label).collect(),
        done,
        total,
        wait,
        request: None,
    }
}

/// Checks and locks the output file before `op` is asked anything.
pub(super) async fn target(settings: &Settings) -> Result<Target, Failure> {
    let mut options = TargetOptions {
        limits: settings.limits,
        retention: settings.retention,
        replace_v3: settings.plan.sync_type() == SyncType::Full,
        temp_dir: settings.flags.c1z_temp_dir.clone(),
        abort: Abort::default(),
    };
    let file = settings.flags.file.clone();
    let targeted = !settings.plan.targets.is_empty();
    on_thread("opening the file", move |abort| {
        options.abort = abort.clone();
        // Readers show the newest sync of any kind, so a partial one would hide a full one
        // (`src/c1z/format.md`, Syncs).
        let has_syncs = targeted && file.metadata().is_ok_and(|meta| meta.len() > 0);
        if has_syncs
            && Reader::open(&file, &options.limits)?
                .latest_finished_full()
                .is_some()
        {
            return Err(misuse(format!(
                "--sync-resources would hide the full sync in {}: choose another file with --file",
                file.display()
            )));
        }
        Ok(Target::open(&file, options)?)
    })
    .await
}
