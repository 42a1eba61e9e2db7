//! The channel to C1: how it is dialled, directly or through a proxy, and what its failures mean.

use std::time::Duration;

use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use rustls::RootCertStore;
use tokio::sync::watch;
use tonic::Status;
use tonic::transport::{Channel as Transport, ClientTlsConfig, Endpoint};

use super::way::{CONNECT_LIMIT, Way};
use super::{Error, Fault, SettingError};
use crate::baton::pb::api::baton_service_client::BatonServiceClient;

/// Largest answer that is accepted, in bytes.
const ANSWER_LIMIT: usize = 16 * 1024 * 1024;
/// Largest head of an answer, in bytes: the details of an error travel there, in base64, and may
/// have 1 MiB.
const HEAD_LIMIT: u32 = 2 * 1024 * 1024;
/// HTTP/2 pings on a silent open call. gRPC servers may cut clients that ping more often than every
/// five minutes; TCP keepalive and the deadlines above see a dead peer sooner.
const PING_EVERY: Duration = Duration::from_secs(305);
/// TCP keepalive on an idle connection, and how long sent data may stay without an answer.
const TCP_KEEPALIVE: Duration = Duration::from_secs(60);

pub(super) type Grpc = BatonServiceClient<Transport>;

/// The one connection that all calls share; clones have the same.
#[derive(Clone)]
pub(super) struct Channel {
    endpoint: Endpoint,
    grpc: watch::Sender<Grpc>,
    pub(super) way: Way,
}

impl Channel {
    /// Prepares it; the first call connects. `name` goes before the product in the user agent. An
    /// error means that one of them or the address cannot be used.
    pub(super) fn new(way: &Way, trusted: &RootCertStore, name: &str) -> Result<Self, Error> {
        let rule = "its host cannot be part of an address";
        let uri = way.address.grpc();
        let uri = uri.map_err(|_| SettingError("client id", rule))?;
        // An empty name would make the header start with a blank, which strict servers refuse.
        let agent = format!("{name} baton-1password/{}", env!("CARGO_PKG_VERSION"));
        let tls = ClientTlsConfig::new().trust_anchors(trusted.roots.iter().cloned());
        let endpoint = Endpoint::from(uri)
            .connect_timeout(CONNECT_LIMIT)
            .http2_keep_alive_interval(PING_EVERY)
            .keep_alive_timeout(TCP_KEEPALIVE)
            .http2_max_header_list_size(HEAD_LIMIT)
            .user_agent(agent.trim_start().as_bytes())
            .and_then(|endpoint| endpoint.tls_config(tls))
            .map_err(|error| Error::Roots(Fault::find(&error).to_string()))?;
        Ok(Self {
            grpc: watch::Sender::new(dial(&endpoint, way)),
            endpoint,
            way: way.clone(),
        })
    }

    pub(super) fn grpc(&self) -> Grpc {
        self.grpc.borrow().clone()
    }

    /// A call that was not answered in time. The connection may be dead without a sign of it, so
    /// later calls get a new one; calls that are under way keep theirs.
    pub(super) fn silent(&self, call: &'static str, limit: Duration) -> Error {
        self.grpc.send_replace(dial(&self.endpoint, &self.way));
        Error::Silent(self.way.address.clone(), call, limit)
    }

    pub(super) fn classify(&self, call: &'static str, limit: Duration, status: Status) -> Error {
        let address = self.way.address.clone();
        // Only what happened on this side has a source.
        let Some(cause) = std::error::Error::source(&status) else {
            return match http_status(&status) {
                Some(http) => Error::NotGrpc(address, call, http, status.code()),
                None => Error::Refused(call, Box::new(status)),
            };
        };
        let mut chain = std::iter::successors(Some(cause), |error| error.source());
        if chain.any(|error| error.is::<tonic::TimeoutExpired>()) {
            return self.silent(call, limit);
        }
        let fault = Fault::find(cause);
        if is_of_connecting(cause) {
            self.way.blocked(fault)
        } else if is_unsent(cause) {
            Error::Unsent(address, call, fault)
        } else {
            Error::Dropped(address, call, fault)
        }
    }
}

/// Whether an error is of the time before there was a connection. What an open connection comes to
/// is told by hyper; the limit on connecting has no type of its own.
fn is_of_connecting(cause: &(dyn std::error::Error + 'static)) -> bool {
    let mut chain = std::iter::successors(Some(cause), |error| error.source());
    let is_open = chain.clone().any(|error| error.is::<hyper::Error>());
    chain.any(|error| error.is::<tonic::ConnectError>())
        || (!is_open && Fault::find(cause) == Fault::TimedOut)
}

/// Whether the connection ended before the request was on it: hyper had not written it yet, or the
/// other end says that it will not look at it (RFC 9113 §6.8, §8.7).
fn is_unsent(cause: &(dyn std::error::Error + 'static)) -> bool {
    let mut chain = std::iter::successors(Some(cause), |error| error.source());
    chain.any(|error| {
        let hyper = error.downcast_ref::<hyper::Error>();
        let h2 = error.downcast_ref::<h2::Error>();
        hyper.is_some_and(hyper::Error::is_canceled)
            || h2.is_some_and(|h2| {
                h2.is_remote()
                    && match h2.reason() {
                        Some(h2::Reason::NO_ERROR) => h2.is_go_away(),
                        reason => reason == Some(h2::Reason::REFUSED_STREAM),
                    }
            })
    })
}

/// The HTTP status of an answer that was not gRPC, which tonic tells in words only.
fn http_status(status: &Status) -> Option<u16> {
    let text = status.message();
    let after = |mark: &str| text.split_once(mark).map(|(_, rest)| rest);
    let number = after("mapped from HTTP status code ").or_else(|| {
        // The body of a page, read as if it were a message.
        let rest = after("invalid compression flag: ")?;
        rest.split_once("with status: ").map(|(_, rest)| rest)
    })?;
    let digits = number.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

/// A channel that connects at its first call and again after a loss.
fn dial(endpoint: &Endpoint, way: &Way) -> Grpc {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_keepalive(Some(TCP_KEEPALIVE));
    tcp.set_keepalive_interval(Some(TCP_KEEPALIVE / 4));
    tcp.set_keepalive_retries(Some(3));
    #[cfg(target_os = "linux")]
    tcp.set_tcp_user_timeout(Some(TCP_KEEPALIVE));
    let channel = match &way.proxy {
        None => endpoint.connect_with_connector_lazy(tcp),
        Some(proxy) => {
            let mut tunnel = Tunnel::new(proxy.uri().clone(), tcp);
            if let Some(credentials) = proxy.basic_auth() {
                tunnel = tunnel.with_auth(credentials.clone());
            }
            endpoint.connect_with_connector_lazy(tunnel)
        }
    };
    BatonServiceClient::new(channel).max_decoding_message_size(ANSWER_LIMIT)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use std::io;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use hyper::rt::{Read, ReadBufCursor, Write};

    use super::*;

    /// An open connection whose other end does not answer any more.
    struct Lost;

    impl Read for Lost {
        fn poll_read(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            _: ReadBufCursor<'_>,
        ) -> Poll<io::Result<()>> {
            Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
        }
    }

    impl Write for Lost {
        fn poll_write(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            data: &[u8],
        ) -> Poll<io::Result<usize>> {
            Poll::Ready(Ok(data.len()))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    /// The same kind of time-out means "not reached" before there is a connection and "dropped"
    /// after that.
    #[tokio::test]
    async fn a_connection_that_times_out_is_not_one_that_was_never_made() {
        let limit = io::Error::new(io::ErrorKind::TimedOut, "deadline has elapsed");
        assert!(is_of_connecting(&limit));

        let executor = hyper_util::rt::TokioExecutor::new();
        let connected = hyper::client::conn::http2::handshake(executor, Lost).await;
        let (mut sender, connection) = connected.unwrap();
        let request = http::Request::new(http_body_util::Empty::<bytes::Bytes>::new());
        let (answer, _) = tokio::join!(sender.send_request(request), connection);
        let lost = answer.unwrap_err();
        assert_eq!(Fault::find(&lost), Fault::TimedOut);
        assert!(!is_of_connecting(&lost));
        assert!(!is_unsent(&lost));
    }

    /// The other end says goodbye without having looked at the request, or refuses its stream, or
    /// breaks off.
    #[tokio::test]
    async fn a_request_that_was_not_looked_at_is_one_that_was_not_sent() {
        use h2::Reason;
        for (reason, goodbye, unsent) in [
            (Reason::NO_ERROR, true, true),
            (Reason::REFUSED_STREAM, false, true),
            (Reason::INTERNAL_ERROR, false, false),
        ] {
            let (here, there) = tokio::io::duplex(1 << 16);
            tokio::spawn(async move {
                let mut connection = h2::server::handshake(there).await.unwrap();
                if goodbye {
                    connection.abrupt_shutdown(reason);
                } else {
                    let (_request, mut respond) = connection.accept().await.unwrap().unwrap();
                    respond.send_reset(reason);
                }
                while connection.accept().await.is_some() {}
            });
            let executor = hyper_util::rt::TokioExecutor::new();
            let io = hyper_util::rt::TokioIo::new(here);
            let connected = hyper::client::conn::http2::handshake(executor, io).await;
            let (mut sender, connection) = connected.unwrap();
            tokio::spawn(connection);
            let request = http::Request::builder().uri("http://c1.test/");
            let request = request.body(http_body_util::Empty::<bytes::Bytes>::new());
            let lost = sender.send_request(request.unwrap()).await.unwrap_err();
            assert_eq!(is_unsent(&lost), unsent, "{reason:?}: {lost:?}");
        }
    }

    #[test]
    fn an_answer_that_is_not_grpc_tells_its_http_status() {
        let of = |text: &str| http_status(&Status::unknown(text));
        let missing = "grpc-status header missing, mapped from HTTP status code 503";
        assert_eq!(of(missing), Some(503));
        let page = "protocol error: received message with invalid compression flag: 60 (valid flags are 0 and 1) while \
                    receiving response with status: 200 OK";
        assert_eq!(of(page), Some(200));
        assert_eq!(of("quota of 503 uploads"), None);
    }
}
