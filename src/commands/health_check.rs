//! `health-check`: asks a running connector over HTTP whether it is well.

use std::net::IpAddr;
use std::time::Duration;

use anyhow::anyhow;
use bytes::Bytes;
use http_body_util::Empty;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;

use crate::exit::{self, Failure};
use crate::settings::Inputs;

use super::output::misuse;
use super::runtime::block_on;

/// Exit code 0 and no output when the answer is 200; `timeout` in seconds, 0 for no limit.
pub(super) fn run(inputs: &Inputs, endpoint: &str, timeout: u64) -> Result<u8, Failure> {
    if !["health", "ready", "live"].contains(&endpoint) {
        let why = format!("invalid endpoint: {endpoint} (valid: health, ready, live)");
        return Err(misuse(why));
    }
    let (address, port) = inputs.health()?;
    let place = format!("http://{}:{port}/{endpoint}", host(&address));
    let limit = match timeout {
        0 => Duration::MAX,
        seconds => Duration::from_secs(seconds),
    };
    let asked = async { Ok(tokio::time::timeout(limit, ask(&place)).await) };
    let fault = match block_on(asked)? {
        Ok(Ok(200)) => return Ok(exit::OK),
        Ok(Ok(status)) => anyhow!("health check returned status {status}"),
        Ok(Err(why)) => anyhow!(
            "health check failed: {place}: {why:#}; is the connector running, with --health-check?"
        ),
        Err(_) => anyhow!("health check failed: {place} gave no answer within {timeout} s"),
    };
    Err(fault.into())
}

/// The host to ask: a server that listens everywhere is asked on this machine.
fn host(address: &str) -> String {
    match address.trim_matches(['[', ']']).parse() {
        Ok(IpAddr::V4(ip)) if ip.is_unspecified() => "127.0.0.1".to_owned(),
        Ok(IpAddr::V6(ip)) if ip.is_unspecified() => "[::1]".to_owned(),
        Ok(IpAddr::V6(ip)) => format!("[{ip}]"),
        // With a zone.
        Err(_) if address.contains(':') && !address.starts_with('[') => format!("[{address}]"),
        _ => address.to_owned(),
    }
}

async fn ask(address: &str) -> anyhow::Result<u16> {
    let client = Client::builder(TokioExecutor::new()).build_http::<Empty<Bytes>>();
    Ok(client.get(address.parse()?).await?.status().as_u16())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_host_that_a_server_can_listen_on_can_be_asked() {
        for (address, asked) in [
            ("0.0.0.0", "127.0.0.1"),
            ("::", "[::1]"),
            ("[::]", "[::1]"),
            ("fe80::1", "[fe80::1]"),
            ("fe80::1%eth0", "[fe80::1%eth0]"),
            ("localhost", "localhost"),
        ] {
            assert_eq!(host(address), asked);
            let address = format!("http://{asked}:8081/health");
            address.parse::<hyper::Uri>().unwrap();
        }
    }
}
