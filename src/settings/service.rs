//! Service mode: how to reach C1, and how its tasks are done.

use std::time::Duration;

use super::check::Check;
use super::sign_in::one_secret;
use crate::c1;
use crate::secret::Secret;
use crate::service::{self, Settings};
use crate::sync::Plan;
use crate::text::truth;

/// The settings; none outside service mode. Numbers are looked at in any mode.
pub(super) fn of(check: &mut Check<'_>, plan: Plan) -> Option<Settings> {
    let secret = client_secret(check);
    let flags = &check.inputs.flags;
    let port = check.within("health-check-port", flags.health_check_port);
    let tasks = check.within("task-concurrency", flags.task_concurrency);
    let seconds = check.within("http-timeout-seconds", flags.http_timeout_seconds);
    let around = &check.inputs.surroundings;
    let id = flags.client_id.as_deref()?;
    let temp_dir = flags.c1z_temp_dir.clone();
    let health = (flags.health_check_bind_address.clone(), port);
    let get_tasks = around.text("BATON_GET_TASKS");
    Some(Settings {
        c1: c1(check, id, secret, Duration::from_secs(seconds.into()))?.into(),
        get_tasks: get_tasks.is_some_and(|text| truth(&text) == Some(true)),
        task_concurrency: tasks.into(),
        provisioning: flags.provisioning,
        once: flags.once,
        once_timeout: flags.once_timeout,
        grace: flags.grace,
        skip_full_sync: flags.skip_full_sync,
        health: flags.health_check.then_some(health),
        temp_dir: temp_dir.unwrap_or_else(std::env::temp_dir),
        state_folder: around.state_folder(),
        plan,
    })
}

/// The C1 client secret; one of client id and secret without the other is a finding of the group
/// rules, an empty one is a finding here.
fn client_secret(check: &mut Check<'_>) -> Option<Secret> {
    const NAMES: [&str; 2] = ["client-secret", "client-secret-file"];
    let inputs = check.inputs;
    let has_id = inputs.flags.client_id.is_some();
    if has_id && NAMES.iter().all(|name| inputs.text(name).is_none()) {
        check.not_empty(&NAMES);
    }
    let secret = one_secret(check, NAMES[0]);
    if secret.is_some() && !has_id {
        check.not_empty(&["client-id"]);
    }
    secret
}

fn c1(
    check: &mut Check<'_>,
    id: &str,
    secret: Option<Secret>,
    http_timeout: Duration,
) -> Option<c1::Settings> {
    const API_HOST: &str = "BATON_C1_API_HOST";
    let around = &check.inputs.surroundings;
    let client_id = check.good("client-id", id.parse());
    let client_secret = secret.as_ref().map(c1::ClientSecret::parse);
    let client_secret = client_secret.and_then(|parsed| check.good("client-secret", parsed));
    // The variable counts whenever it exists: an empty one must not lead to another host.
    let api_host = around.text(API_HOST).map(|text| text.parse());
    let api_host = check.good(API_HOST, api_host.transpose());
    let https_proxy = around.first(["HTTPS_PROXY", "https_proxy"]);
    let no_proxy = around.first(["NO_PROXY", "no_proxy"]);
    let proxy = check.good("HTTPS_PROXY", c1::Proxy::new(&https_proxy, &no_proxy));
    Some(c1::Settings {
        client_id: client_id?,
        client_secret: client_secret?,
        api_host: api_host?,
        host_id: host_id(around.text("BATON_HOST_ID")),
        proxy: proxy?,
        http_timeout,
    })
}

/// How this host is named to C1 (`src/c1/protocol.md`, Network): an empty variable names it too.
fn host_id(variable: Option<String>) -> String {
    match variable {
        Some(empty) if empty.is_empty() => "baton-sdk".to_owned(),
        other => other.unwrap_or_else(service::default_host_id),
    }
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
