//! `health-check`: asks a running connector over HTTP whether it is well.

use std::net::IpAddr;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http::header::HOST;
use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

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
    let place = format!("{}:{port}", host(&address));
    let asked = ask(&place, endpoint);
    let status = super::runtime::block_on(async {
        match timeout {
            0 => asked.await,
            limit => match tokio::time::timeout(Duration::from_secs(limit), asked).await {
                Ok(answer) => answer,
                Err(_) => Err(Failure::Health(format!(
                    "health check failed: http://{place}/{endpoint} gave no answer within {limit} s"
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

/// The status that the server at `place`, a host and a port, answers with.
async fn ask(place: &str, endpoint: &str) -> Result<u16, Failure> {
    let fault = |why: &dyn std::fmt::Display| {
        Failure::Health(format!(
            "health check failed: http://{place}/{endpoint}: {why}; is the connector running, with --health-check?"
        ))
    };
    let stream = TcpStream::connect(place).await.map_err(|e| fault(&e))?;
    let connected = http1::handshake(TokioIo::new(stream)).await;
    let (mut requests, connection) = connected.map_err(|e| fault(&e))?;
    let request = Request::get(format!("/{endpoint}"))
        .header(HOST, place)
        .body(Empty::<Bytes>::new())
        .map_err(|e| fault(&e))?;
    // The connection carries the answer, and a fault of it is the fault of the request.
    tokio::spawn(connection);
    let answer = requests.send_request(request).await;
    Ok(answer.map_err(|e| fault(&e))?.status().as_u16())
}
