//! `health-check`: asks a running connector over HTTP whether it is well.

use std::net::IpAddr;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Empty;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;

use crate::exit::{self, Failure};
use crate::settings::{self, Inputs};

/// Exit code 0 and no output when the answer is 200; `timeout` in seconds, 0 for no limit.
///
/// # Errors
/// [`Failure::Health`] for any other answer or none.
pub(super) fn run(inputs: &Inputs, endpoint: &str, timeout: u64) -> Result<u8, Failure> {
    if !["health", "ready", "live"].contains(&endpoint) {
        let finding = format!("invalid endpoint: {endpoint} (valid: health, ready, live)");
        return Err(settings::Error(vec![finding]).into());
    }
    let (address, port) = inputs.health()?;
    let url = format!("http://{}:{port}/{endpoint}", host(&address));
    let status = super::runtime::block_on(async {
        match timeout {
            0 => ask(&url).await,
            limit => match tokio::time::timeout(Duration::from_secs(limit), ask(&url)).await {
                Ok(answer) => answer,
                Err(_) => Err(Failure::Health(format!(
                    "health check failed: {url} gave no answer within {limit} s"
                ))),
            },
        }
    })?;
    match status {
        200 => Ok(exit::OK),
        status => Err(Failure::Health(format!(
            "health check returned status {status}"
        ))),
    }
}

/// The host to ask: a server that listens everywhere is asked on this machine.
fn host(address: &str) -> String {
    match address.trim_matches(['[', ']']).parse() {
        Ok(IpAddr::V4(ip)) if ip.is_unspecified() => "127.0.0.1".to_owned(),
        Ok(IpAddr::V6(ip)) if ip.is_unspecified() => "[::1]".to_owned(),
        Ok(IpAddr::V6(ip)) => format!("[{ip}]"),
        _ => address.to_owned(),
    }
}

async fn ask(url: &str) -> Result<u16, Failure> {
    let fault = |why: String| Failure::Health(format!("health check failed: {url}: {why}"));
    let target = url
        .parse()
        .map_err(|error: http::uri::InvalidUri| fault(error.to_string()))?;
    let client: Client<_, Empty<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let answer = client.get(target).await.map_err(|error| {
        // The outer text says only "client error (Connect)".
        let mut cause: &dyn std::error::Error = &error;
        while let Some(inner) = cause.source() {
            cause = inner;
        }
        fault(format!(
            "{cause}; is the connector running, with --health-check?"
        ))
    })?;
    Ok(answer.status().as_u16())
}
