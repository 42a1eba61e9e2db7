//! The health server: `/live`, `/ready` and `/health` (`src/c1/protocol.md`, Health).

use std::convert::Infallible;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use super::Error;
use crate::c1::{self, bare};
use crate::op;

/// How long the answer of 1Password is kept: frequent probes must not keep `op` busy.
const KEPT: Duration = Duration::from_secs(10);
/// Longest wait for 1Password in one probe.
const PROBE_LIMIT: Duration = Duration::from_secs(30);
/// How long C1 may leave calls without an answer until the service is not ready any more.
const AWAY_LIMIT: Duration = Duration::from_secs(300);
/// Longest wait for a request on an open connection.
const REQUEST_LIMIT: Duration = Duration::from_secs(10);

/// What the probes look at.
#[derive(Default)]
pub(super) struct Health {
    /// Set once C1 has answered the Hello.
    pub(super) ready: OnceLock<()>,
    /// Whom `/health` asks, and whose answers `/ready` looks at, once there is one of each.
    pub(super) clients: OnceLock<(op::Client, c1::Client)>,
    probed: Mutex<Option<(Instant, Result<(), String>)>>,
}

impl Health {
    /// Whether the account can be read, asked at most every few seconds, one probe at a time.
    async fn probe(&self) -> Result<(), String> {
        let Some((op, _)) = self.clients.get() else {
            return Err("not signed in to 1Password yet".to_owned());
        };
        let mut probed = self.probed.lock().await;
        if let Some((_, result)) = probed.as_ref().filter(|(at, _)| at.elapsed() < KEPT) {
            return result.clone();
        }
        let result = match timeout(PROBE_LIMIT, op.account_get()).await {
            Ok(Ok(Some(_))) => Ok(()),
            Ok(Ok(None)) => Err("`op account get` answered null".to_owned()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err(format!("no answer within {} s", PROBE_LIMIT.as_secs())),
        };
        *probed = Some((Instant::now(), result.clone()));
        result
    }

    async fn answer(&self, path: &str) -> Response<Full<Bytes>> {
        let (good, bad, fault) = match path {
            "/live" => ("alive", "", None),
            "/ready" => {
                let away = self.clients.get().map(|(_, c1)| c1.away_for());
                let fault = not_ready(self.ready.get().is_some(), away.unwrap_or_default());
                ("ready", "not_ready", fault.map(|why| json!({"error": why})))
            }
            "/health" => {
                const ERROR: &str = "connector validation failed";
                let fault = self.probe().await.err();
                let fault = fault.map(|why| json!({"error": ERROR, "validation_error": why}));
                ("healthy", "unhealthy", fault)
            }
            _ => {
                let text = "404 page not found\n".to_owned();
                return respond(StatusCode::NOT_FOUND, "text/plain; charset=utf-8", text);
            }
        };
        let (status, code, details) = match fault {
            None => (good, StatusCode::OK, String::new()),
            Some(fault) => {
                let details = format!(r#","details":{fault}"#);
                (bad, StatusCode::SERVICE_UNAVAILABLE, details)
            }
        };
        // Whole seconds, UTC.
        let now = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ");
        // The members in this order.
        let body = format!(r#"{{"status":"{status}","timestamp":"{now}"{details}}}"#);
        respond(code, "application/json", body + "\n")
    }
}

/// Why no task would come: C1 has not answered, at the start or for long.
fn not_ready(said_hello: bool, away: Duration) -> Option<&'static str> {
    match said_hello {
        false => Some("C1 has not answered the startup Hello yet"),
        true if away > AWAY_LIMIT => Some("C1 has not answered for more than five minutes"),
        true => None,
    }
}

fn respond(status: StatusCode, kind: &'static str, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, http::HeaderValue::from_static(kind));
    response
}

/// Takes the port, so that a port in use fails the start. An IPv6 address may have brackets.
pub(super) async fn bind(host: &str, port: u16) -> Result<TcpListener, Error> {
    let listener = TcpListener::bind((bare(host), port)).await;
    listener.map_err(|error| Error::Health(format!("{host}:{port}"), error))
}

/// Answers probes until it is dropped.
pub(super) async fn serve(listener: TcpListener, health: Arc<Health>) {
    if let Ok(address) = listener.local_addr() {
        tracing::info!(%address, "the health server listens");
    }
    let mut connections = JoinSet::new();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                while connections.try_join_next().is_some() {}
                connections.spawn(connection(stream, Arc::clone(&health)));
            }
            Err(error) => {
                tracing::warn!(%error, "the health server could not take a connection");
                sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

async fn connection(stream: TcpStream, health: Arc<Health>) {
    let service = service_fn(|request: Request<hyper::body::Incoming>| {
        let health = Arc::clone(&health);
        async move { Ok::<_, Infallible>(health.answer(request.uri().path()).await) }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(REQUEST_LIMIT)
        .serve_connection(TokioIo::new(stream), service)
        .await;
    if let Err(error) = served {
        tracing::debug!(%error, "a connection to the health server ended early");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_no_word_of_c1_for_five_minutes_is_not_ready() {
        assert!(not_ready(false, Duration::ZERO).is_some());
        assert_eq!(not_ready(true, AWAY_LIMIT), None);
        let longer = AWAY_LIMIT + Duration::from_secs(1);
        assert!(not_ready(true, longer).is_some_and(|why| why.contains("five minutes")));
    }
}
