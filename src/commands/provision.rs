//! What a grant and a revocation from the command line share: look up, carry out, say what was done.

use anyhow::Context;

use crate::exit::{self, Failure};
use crate::op::{Client, Journal};
use crate::provision::{Change, Job, Outcome, Request};
use crate::records;
use crate::settings::Settings;
use crate::terminal::screen::{Screen, Snapshot};
use crate::text::plain;

use super::output::print;
use super::runtime::{block_on, on_thread};
use super::stored::Stored;
use super::{confirm, connect};

/// Runs the request that `look_up` finds in the file. `op` is not asked for one that cannot be carried out.
///
/// # Errors
/// [`Failure`]; it says what holds then.
pub(super) fn run(
    settings: &Settings,
    screen: &Screen,
    look_up: impl FnOnce(&Stored) -> Result<Request, Failure> + Send + 'static,
) -> Result<u8, Failure> {
    let (file, limits) = (settings.file.clone(), settings.limits);
    let outcome = block_on(async {
        let request = on_thread("reading the file", move |_| {
            let stored = Stored::open(&file, &limits)?;
            stored.tell_lack();
            look_up(&stored)
        })
        .await?;
        let asks = request.takes_from_group() && !settings.dry_run && !settings.yes;
        if asks {
            confirm::can_ask("taking access from a whole group")?;
        }
        let client = client(settings).await?;
        let job = Job::new(&client, &request);
        let watch = || {
            let consent = connect::consent(settings, &client);
            screen.watch(move || Snapshot {
                request: consent(),
                ..Snapshot::default()
            })
        };
        let watched = watch();
        let loss = job.loss().await?;
        drop(watched);
        match loss {
            Some(loss) if asks => confirm::ask(&format!("{loss} Revoke it?")).await?,
            Some(loss) => print_line(&loss, settings, screen),
            None => {}
        }
        let _watched = watch();
        Ok(job.run().await?)
    })?;
    print_outcome(&outcome, settings, screen)
}

/// A client that may change access, or with `--dry-run` only tells what it would call.
///
/// # Errors
/// As [`connect::client`], and when answers of before cannot be forgotten.
pub(super) async fn client(settings: &Settings) -> Result<Client, Failure> {
    let client = connect::client(settings).await?;
    for warning in client.warnings() {
        warning.record();
    }
    match settings.dry_run {
        true => Ok(client.rehearsing()),
        false => {
            let what = "deleting the answers of an interrupted sync before access is changed";
            let forgotten = settings
                .state_folder
                .as_deref()
                .map_or(Ok(()), Journal::forget_all);
            forgotten.context(what)?;
            Ok(client)
        }
    }
}

/// What was done. The calls of a dry run are its result: they go to stdout, one a line.
pub(super) fn print_outcome(
    outcome: &Outcome,
    settings: &Settings,
    screen: &Screen,
) -> Result<u8, Failure> {
    print_line(&outcome.to_string(), settings, screen);
    match &outcome.change {
        Change::Planned { calls, .. } => print(
            &calls
                .iter()
                .map(|call| format!("{call}\n"))
                .collect::<String>(),
        ),
        Change::Done { .. } | Change::Already { .. } => Ok(exit::OK),
    }
}

/// One line on stderr, or one record where stderr holds records only.
fn print_line(text: &str, settings: &Settings, screen: &Screen) {
    let output = settings.output;
    if output.records && !output.quiet {
        tracing::info!("{text}");
    } else {
        tracing::info!(target: records::FINAL, "{text}");
        if !output.quiet {
            screen.line(&plain(text));
        }
    }
}
