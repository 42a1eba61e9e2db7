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
use crate::settings::Inputs;

use super::output::misuse;
use super::runtime::block_on;

/// Exit code 0 and no output when the answer is 200; `timeout` in seconds, 0 for no limit.
pub(super) fn run(inputs: &Inputs, endpoint: &str, timeout: u64) -> Result<u8, Failure> {
    if !["health", "ready", "live"].contains(&endpoint) {
        return Err(misuse(format!(
            "invalid endpoint: {endpoint} (valid: health, ready, live)"
        )));
    }
    let (address, port) = inputs.health()?;
    let place = format!("{}:{port}", host(&address));
    let limit = match timeout {
        0 => Duration::MAX,
        seconds => Duration::from_secs(seconds),
    };
    let late = |_| {
        Failure::Health(format!(
            "health check failed: http://{place}/{endpoint} gave no answer within {timeout} s"
        ))
    };
    let asked = async {
        tokio::time::timeout(limit, ask(&place, endpoint))
            .await
            .map_err(late)?
    };
    match block_on(asked)? {
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
    let answer = async {
        let stream = TcpStream::connect(place).await?;
        let (mut requests, connection) = http1::handshake(TokioIo::new(stream)).await?;
        let request = Request::get(format!("/{endpoint}"))
            .header(HOST, place)
            .body(Empty::<Bytes>::new())?;
        // The connection carries the answer, and a fault of it is the fault of the request.
        tokio::spawn(connection);
        anyhow::Ok(requests.send_request(request).await?.status().as_u16())
    };
    answer.await.map_err(|why| {
        Failure::Health(format!(
            "health check failed: http://{place}/{endpoint}: {why}; is the connector running, with \
             --health-check?"
        ))
    })
}
