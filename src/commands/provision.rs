//! `--grant-entitlement` and `--revoke-grant`: look up ids or names, carry it out, say what was done.

use anyhow::Context;

use crate::baton::ids::ResourceId;
use crate::baton::pb::v2;
use crate::exit::{self, Failure};
use crate::op::{Client, Journal};
use crate::provision::{Change, Job, Outcome, Request};
use crate::records;
use crate::settings::{Grant, Settings};
use crate::terminal::screen::{Screen, Snapshot};
use crate::text::plain;

use super::output::print;
use super::runtime::{block_on, on_thread};
use super::stored::Stored;
use super::{connect, output};

pub(super) fn grant(grant: Grant, settings: &Settings, screen: &Screen) -> Result<u8, Failure> {
    run(settings, screen, move |stored| {
        let entitlement = stored.entitlement(&grant.entitlement)?;
        let principal = stored.principal(&grant.principal_type, &grant.principal)?;
        Ok(Request::grant(&entitlement, &principal)?)
    })
}

pub(super) fn revoke(id: String, settings: &Settings, screen: &Screen) -> Result<u8, Failure> {
    run(settings, screen, move |stored| revocation(&id, stored))
}

pub(super) fn revocation(id: &str, stored: &Stored) -> Result<Request, Failure> {
    let mut grant = stored.grant(id)?;
    if let Some(entitlement) = &mut grant.entitlement {
        complete(&mut entitlement.resource, stored)?;
    }
    complete(&mut grant.principal, stored)?;
    let name = |group: &ResourceId| {
        let group = stored.resource(&group.to_message());
        Some(group.ok()??.display_name)
    };
    Ok(Request::revoke(&grant, name)?)
}

/// A grant repeats ids only; the names for messages are those of the resources.
fn complete(stub: &mut Option<v2::Resource>, stored: &Stored) -> Result<(), Failure> {
    let id = stub.as_ref().and_then(|stub| stub.id.as_ref());
    if let Some(id) = id
        && let Some(whole) = stored.resource(id)?
    {
        *stub = Some(whole);
    }
    Ok(())
}

/// Looks the request up in the file before `op` is asked anything, and runs it.
fn run(
    settings: &Settings,
    screen: &Screen,
    look_up: impl FnOnce(&Stored) -> Result<Request, Failure> + Send + 'static,
) -> Result<u8, Failure> {
    let (file, limits) = (settings.flags.file.clone(), settings.limits);
    let outcome = block_on(async {
        let work = move |_: &_| look_up(&Stored::open(&file, &limits)?);
        let request = on_thread("reading the file", work).await?;
        let asks = request.takes_from_group() && !settings.flags.dry_run && !settings.flags.yes;
        if asks {
            output::can_ask("taking access from a whole group")?;
        }
        let client = client(settings).await?;
        let job = Job::new(&client, &request);
        let watch = || connect::watch(settings, &client, screen, |_| Snapshot::default());
        let watched = watch();
        let loss = job.loss().await?;
        drop(watched);
        match loss {
            Some(loss) if asks => output::ask(&format!("{loss} Revoke it?")).await?,
            Some(loss) => print_line(&loss, settings, screen),
            None => {}
        }
        let _watched = watch();
        Ok(job.run().await?)
    })?;
    print_outcome(&outcome, settings, screen)
}

/// A client that may change access, or with `--dry-run` only says what it would call.
pub(super) async fn client(settings: &Settings) -> Result<Client, Failure> {
    let client = connect::client(settings).await?;
    for warning in client.warnings() {
        warning.record();
    }
    if settings.flags.dry_run {
        return Ok(client.rehearsing());
    }
    if let Some(folder) = &settings.state_folder {
        Journal::forget_all(folder)
            .context("deleting the answers of an interrupted sync before access is changed")?;
    }
    Ok(client)
}

/// What was done. The calls of a dry run are its result: they go to stdout, one a line.
pub(super) fn print_outcome(
    outcome: &Outcome,
    settings: &Settings,
    screen: &Screen,
) -> Result<u8, Failure> {
    print_line(&outcome.to_string(), settings, screen);
    let Change::Planned { calls, .. } = &outcome.change else {
        return Ok(exit::OK);
    };
    let lines = calls.iter().map(|call| format!("{call}\n"));
    print(&lines.collect::<String>())
}

/// One line on stderr, or one record where stderr holds records only.
fn print_line(text: &str, settings: &Settings, screen: &Screen) {
    let quiet = settings.flags.quiet;
    if settings.only_records && !quiet {
        tracing::info!("{text}");
    } else {
        tracing::info!(target: records::FINAL, "{text}");
        if !quiet {
            screen.line(&plain(text));
        }
    }
}
