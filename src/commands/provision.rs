//! What a grant and a revocation from the command line share: look up, carry out, say what was done.

use anyhow::Context;

use crate::cli::config::Settings;
use crate::cli::logging;
use crate::cli::screen::{Screen, Snapshot};
use crate::exit::{self, Failure};
use crate::op::Client;
use crate::provision::{Change, Outcome, Request};
use crate::text::plain;

use super::stored::Stored;
use super::{block_on, connect, print, state};

/// Runs the request that `look_up` finds in the file. `op` is not asked for one that cannot be carried out.
///
/// # Errors
/// [`Failure`]; it says what holds then.
pub(super) fn run(
    settings: &Settings,
    screen: &Screen,
    look_up: impl FnOnce(&Stored) -> Result<Request, Failure> + Send + 'static,
) -> Result<u8, Failure> {
    let file = settings.sync.file.clone();
    let outcome = block_on(async {
        let found = tokio::task::spawn_blocking(move || look_up(&Stored::open(&file)?)).await;
        let request = found.context("reading the file")??;
        let client = client(settings).await?;
        let consent = connect::consent(&settings.op, &client);
        let _watch = screen.watch(move || Snapshot {
            request: consent(),
            ..Snapshot::default()
        });
        Ok(request.run(&client).await?)
    })?;
    tell(&outcome, settings, screen)
}

/// A client that may change access, or with `--dry-run` only tells what it would call.
///
/// # Errors
/// As [`connect::client`], and when answers of before cannot be forgotten.
pub(super) async fn client(settings: &Settings) -> Result<Client, Failure> {
    let client = connect::client(&settings.op).await?;
    for warning in client.warnings() {
        warning.record();
    }
    match settings.dry_run {
        true => Ok(client.rehearsing()),
        false => {
            state::forget_answers()?;
            Ok(client)
        }
    }
}

/// One line on stderr, or one record where stderr holds records only. The calls of a dry run are its result: they go to
/// stdout, one a line.
pub(super) fn tell(outcome: &Outcome, settings: &Settings, screen: &Screen) -> Result<u8, Failure> {
    let output = settings.output;
    if output.records && !output.quiet {
        tracing::info!("{outcome}");
    } else {
        tracing::info!(target: logging::FINAL, "{outcome}");
        if !output.quiet {
            screen.line(&plain(&outcome.to_string()));
        }
    }
    match &outcome.change {
        Change::Planned(calls) => print(
            &calls
                .iter()
                .map(|call| format!("{call}\n"))
                .collect::<String>(),
        ),
        Change::Done { .. } | Change::Already { .. } => Ok(exit::OK),
    }
}
