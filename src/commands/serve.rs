//! Service mode: settings and environment in, exit code out.

use std::io::Write;
use std::pin::pin;

use tokio::sync::mpsc;

use super::runtime::starting;
use super::system::Signals;
use super::{connect, state};
use crate::exit::{self, Failure};
use crate::service::{self, Ended};
use crate::settings::{self, Output, Settings};
use crate::{c1, sync};

/// Serves C1 until a signal, or with `--once` until one sync is done.
///
/// # Errors
/// Everything that ends the service but the success of `--once`.
pub(super) async fn run(settings: &Settings) -> Result<u8, Failure> {
    let mut signals = Signals::listen().map_err(starting)?;
    let (stop, stops) = mpsc::channel(2);
    let service = service_settings(settings)?;
    let mut serving = pin!(service::run(service, connect::client(&settings.op), stops));
    let mut stopped = None;
    let ended = loop {
        tokio::select! {
            ended = &mut serving => break ended,
            signal = signals.next() => {
                stopped = Some(signal);
                // More signals than the service can hold say nothing new.
                let _ = stop.try_send(());
            }
        }
    };
    match (ended, stopped) {
        // A standing service is there to be stopped.
        (Ok(Ended::Stopped), Some(_)) if !settings.service.once => Ok(exit::OK),
        (_, Some(signal)) => Err(Failure::Stopped(signal)),
        (Ok(Ended::Complete | Ended::Stopped | Ended::Cut), None) => Ok(exit::OK),
        (Err(failure), None) => Err(failure),
    }
}

fn service_settings(settings: &Settings) -> Result<service::Settings, Failure> {
    let (given, sync) = (&settings.service, &settings.sync);
    let mut plan = sync::Plan::default()
        .with_types(&sync.sync_resource_types)
        .map_err(|error| settings::Error(vec![error.to_string()]))?
        .with_limit(&sync.limit_vault_permissions);
    plan.workers = settings.op.workers;
    plan.last_sign_in = sync.last_sign_in;
    let health = given.health.as_ref();
    Ok(service::Settings {
        c1: c1_settings(settings).map_err(c1::Error::from)?,
        get_tasks: variable("BATON_GET_TASKS").is_some_and(|text| is_true(&text)),
        task_concurrency: given.task_concurrency,
        provisioning: given.provisioning,
        once: given.once,
        once_timeout: given.once_timeout,
        grace: given.grace,
        skip_full_sync: given.skip_full_sync,
        health: health.map(|health| (health.address.clone(), health.port)),
        temp_dir: sync.c1z_temp_dir.clone().unwrap_or_else(std::env::temp_dir),
        state_folder: state::folder(),
        plan,
        done: done_line(settings.output),
    })
}

/// The line that the documentation promises at the end of a sync. stdout is for data only.
fn done_line(output: Output) -> fn() {
    const LINE: &str = "Task complete!";
    match output {
        Output { quiet: true, .. } => || {},
        Output { records: true, .. } => || tracing::info!("{LINE}"),
        _ => || {
            let _ = writeln!(std::io::stderr(), "{LINE}");
        },
    }
}

/// How to reach C1, from settings and environment.
///
/// # Errors
/// The setting that cannot be used.
pub(super) fn c1_settings(settings: &Settings) -> Result<c1::Settings, c1::SettingError> {
    let given = &settings.service;
    Ok(c1::Settings {
        client_id: given.client_id.parse()?,
        client_secret: c1::ClientSecret::parse(&given.client_secret)?,
        api_host: api_host()?,
        host_id: host_id(variable("BATON_HOST_ID")),
        proxy: proxy()?,
        http_timeout: given.http_timeout,
    })
}

/// Each setting for C1 that cannot be used, with its name. A client secret that is missing is a
/// matter of the rules among settings.
pub(super) fn faults(settings: &Settings) -> Vec<(&'static str, c1::SettingError)> {
    let given = &settings.service;
    let secret = Some(&given.client_secret).filter(|secret| !secret.is_empty());
    let faults = [
        ("client-id", given.client_id.parse::<c1::ClientId>().err()),
        (
            "client-secret",
            secret.and_then(|secret| c1::ClientSecret::parse(secret).err()),
        ),
        (API_HOST, api_host().err()),
        ("HTTPS_PROXY", proxy().err()),
    ];
    let fault = |(name, fault): (_, Option<_>)| Some((name, fault?));
    faults.into_iter().filter_map(fault).collect()
}

const API_HOST: &str = "BATON_C1_API_HOST";

/// The variable counts whenever it exists: an empty one must not lead to another host.
fn api_host() -> Result<Option<c1::Address>, c1::SettingError> {
    variable(API_HOST).map(|text| text.parse()).transpose()
}

fn proxy() -> Result<Option<c1::Proxy>, c1::SettingError> {
    let https_proxy = first(["HTTPS_PROXY", "https_proxy"]);
    c1::Proxy::new(&https_proxy, &first(["NO_PROXY", "no_proxy"]))
}

/// How this host is named to C1 (`src/c1/protocol.md`, Network): a variable that is there but empty
/// is a name too.
fn host_id(given: Option<String>) -> String {
    match given {
        Some(given) if given.is_empty() => "baton-sdk".to_owned(),
        Some(given) => given,
        None => service::default_host_id(),
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var_os(name).map(|text| text.to_string_lossy().into_owned())
}

/// The first of these variables that is set and not empty, or nothing.
fn first(names: [&str; 2]) -> String {
    names
        .into_iter()
        .filter_map(variable)
        .find(|text| !text.is_empty())
        .unwrap_or_default()
}

/// The spellings of "true" that the field's tools know; `yes` is not one of them.
fn is_true(text: &str) -> bool {
    matches!(text, "1" | "t" | "T" | "true" | "TRUE" | "True")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `src/c1/protocol.md`, Network
    #[test]
    fn an_empty_host_id_is_the_old_default_and_none_is_the_host_name() {
        assert_eq!(host_id(Some(String::new())), "baton-sdk");
        assert_eq!(host_id(Some("lab-7".to_owned())), "lab-7");
        assert_eq!(host_id(None), service::default_host_id());
    }
}
