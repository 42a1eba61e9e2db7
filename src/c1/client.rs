//! The task service: one gRPC channel, kept and shared, and one method per call.

use std::fs::File;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::Intercept;
use tokio::time::timeout;
use tonic::transport::{Channel, ClientTlsConfig, Endpoint};
use tonic::{Request, Response, Status};

use super::away::Away;
use super::token::{Token, Tokens};
use super::{Address, ClientId, ClientSecret, Error, Fault, Proxy, SettingError, upload};
use crate::baton::pb::api::baton_service_client::BatonServiceClient;
use crate::baton::pb::api::{
    BatonServiceFinishTaskRequest, BatonServiceGetTaskRequest, BatonServiceGetTaskResponse,
    BatonServiceGetTasksRequest, BatonServiceGetTasksResponse, BatonServiceHeartbeatRequest,
    BatonServiceHeartbeatResponse, BatonServiceHelloRequest,
};

/// Until a connection stands: name, TCP, proxy and TLS together.
pub(super) const CONNECT_LIMIT: Duration = Duration::from_secs(30);
/// Longest wait for a token answer, whatever `--http-timeout-seconds` says.
const TOKEN_LIMIT: Duration = Duration::from_secs(60);
/// Longest wait for Hello. The Go client waits for ever.
const CALL_LIMIT: Duration = Duration::from_secs(60);
/// Longest wait for GetTask and GetTasks: C1 may hold a poll open for ten minutes until there is something to do. A
/// connection that has died meanwhile is found by the keepalive below.
const POLL_LIMIT: Duration = Duration::from_secs(630);
/// Longest wait for FinishTask (contract c1 §7.5).
const REPORT_LIMIT: Duration = Duration::from_secs(30);
/// Longest wait for Heartbeat. An upload that a server does not read can use up what the connection may
/// send; the next heartbeat then goes out on a new one, and a cancellation is not late by more than this.
const HEARTBEAT_LIMIT: Duration = Duration::from_secs(10);
/// Largest answer that is accepted, in bytes.
const ANSWER_LIMIT: usize = 16 * 1024 * 1024;
/// Largest head of an answer, in bytes: the details of an error travel there, in base64, and may have 1 MiB.
const HEAD_LIMIT: u32 = 2 * 1024 * 1024;
/// How often a call that never left this machine is made again at once.
pub(super) const UNSENT_TRIES: u32 = 5;
/// HTTP/2 pings on a silent open call. gRPC servers may cut clients that ping more often than every
/// five minutes; TCP keepalive and the deadlines above see a dead peer sooner.
const PING_EVERY: Duration = Duration::from_secs(305);
/// TCP keepalive on an idle connection, and how long sent data may stay without an answer.
const TCP_KEEPALIVE: Duration = Duration::from_secs(60);

pub(super) type Grpc = BatonServiceClient<Channel>;

/// What a client needs to know.
#[derive(Debug)]
pub struct Settings {
    /// The client id.
    pub client_id: ClientId,
    /// The client secret.
    pub client_secret: ClientSecret,
    /// Replaces the address in the client id, but not the audience of the assertion
    /// (`BATON_C1_API_HOST`).
    pub api_host: Option<Address>,
    /// Names this host in every call.
    pub host_id: String,
    /// The way out, when there is one.
    pub proxy: Option<Proxy>,
    /// Limit of one token request; never more than 60 s.
    pub http_timeout: Duration,
}

/// A client of the task service. Clones share the channel and the token.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    endpoint: Endpoint,
    proxy: Option<Intercept>,
    grpc: Mutex<Grpc>,
    tokens: Tokens,
    address: Address,
    via: String,
    host_id: String,
    away: Away,
}

impl Client {
    /// Prepares a client; the first call connects.
    ///
    /// # Errors
    /// When a setting cannot be used or the machine has no root certificates.
    pub fn new(settings: Settings) -> Result<Self, Error> {
        // A provider that is installed already serves as well.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let address = match settings.api_host {
            Some(address) => address,
            None => settings.client_id.address()?,
        };
        let proxy = settings
            .proxy
            .as_ref()
            .and_then(|proxy| proxy.towards(&address));
        let via = proxy.as_ref().map(via).unwrap_or_default();
        let endpoint = endpoint(&address, settings.client_id.name())?;
        let tokens = Tokens::new(
            address.clone(),
            settings.client_id,
            settings.client_secret,
            settings.proxy.as_ref(),
            (CONNECT_LIMIT, settings.http_timeout.min(TOKEN_LIMIT)),
        )?;
        let grpc = Mutex::new(dial(&endpoint, proxy.as_ref()));
        let host_id = settings.host_id;
        Ok(Self(Arc::new(Inner {
            endpoint,
            proxy,
            grpc,
            tokens,
            address,
            via,
            host_id,
            away: Away::default(),
        })))
    }

    /// Where C1 is.
    pub fn address(&self) -> &Address {
        &self.0.address
    }

    /// For how long every call has been left without an answer of C1; zero while it answers.
    pub fn away_for(&self) -> Duration {
        self.0.away.time()
    }

    /// Gets an access token and asks for nothing: C1 can be reached and takes the credentials.
    ///
    /// # Errors
    /// As every call's, before it is made.
    pub async fn authorize(&self) -> Result<(), Error> {
        self.ready(CALL_LIMIT).await.map(drop)
    }

    /// Says hello; `request.host_id` is filled in.
    ///
    /// # Errors
    /// [`Error::startup`] tells what the failure means at the start.
    pub async fn hello(&self, mut request: BatonServiceHelloRequest) -> Result<(), Error> {
        request.host_id.clone_from(&self.0.host_id);
        self.call(
            "Hello",
            CALL_LIMIT,
            &request,
            |mut grpc, request| async move { grpc.hello(request).await },
        )
        .await
        .map(drop)
    }

    /// Asks for one task.
    ///
    /// # Errors
    /// Every failure is worth another try later.
    pub async fn get_task(&self) -> Result<BatonServiceGetTaskResponse, Error> {
        let request = BatonServiceGetTaskRequest {
            host_id: self.0.host_id.clone(),
        };
        self.call(
            "GetTask",
            POLL_LIMIT,
            &request,
            |mut grpc, request| async move { grpc.get_task(request).await },
        )
        .await
    }

    /// Asks for up to `page_size` tasks besides those that are known.
    ///
    /// # Errors
    /// Every failure is worth another try later.
    pub async fn get_tasks(
        &self,
        page_size: u32,
        known_task_ids: Vec<String>,
    ) -> Result<BatonServiceGetTasksResponse, Error> {
        let request = BatonServiceGetTasksRequest {
            host_id: self.0.host_id.clone(),
            page_size,
            known_task_ids,
            annotations: Vec::new(),
        };
        self.call(
            "GetTasks",
            POLL_LIMIT,
            &request,
            |mut grpc, request| async move { grpc.get_tasks(request).await },
        )
        .await
    }

    /// Says that a task is still worked on.
    ///
    /// # Errors
    /// When C1 did not take it.
    pub async fn heartbeat(&self, task_id: &str) -> Result<BatonServiceHeartbeatResponse, Error> {
        let request = BatonServiceHeartbeatRequest {
            host_id: self.0.host_id.clone(),
            task_id: task_id.to_owned(),
            ..Default::default()
        };
        self.call(
            "the heartbeat",
            HEARTBEAT_LIMIT,
            &request,
            |mut grpc, request| async move { grpc.heartbeat(request).await },
        )
        .await
    }

    /// Reports how a task ended; `request.host_id` is filled in. One try, 30 s.
    ///
    /// # Errors
    /// [`Error::is_no`] tells whether another try can help.
    pub async fn finish_task(
        &self,
        request: &mut BatonServiceFinishTaskRequest,
    ) -> Result<(), Error> {
        request.host_id.clone_from(&self.0.host_id);
        self.call(
            "FinishTask",
            REPORT_LIMIT,
            request,
            |mut grpc, request| async move { grpc.finish_task(request).await },
        )
        .await
        .map(drop)
    }

    /// Uploads a file for a task: up to three tries, or ten minutes while C1 is away, each from the first byte (contract c1 §8.3).
    ///
    /// # Errors
    /// The last try's error, or at once when the file cannot be read.
    pub async fn upload(&self, task_id: &str, file: &Arc<File>) -> Result<(), Error> {
        upload::upload(self, &self.0.host_id, task_id, file).await
    }

    /// One call with a deadline and a token. A token that C1 refuses is forgotten, and the call is
    /// made once more with a new one. What was not sent is sent again.
    async fn call<M, R, F, A>(
        &self,
        call: &'static str,
        limit: Duration,
        message: &M,
        send: F,
    ) -> Result<R, Error>
    where
        M: Clone,
        F: Fn(Grpc, Request<M>) -> A,
        A: Future<Output = Result<Response<R>, Status>>,
    {
        let attempt = || async {
            let (grpc, token) = self.ready(limit).await?;
            let mut request = Request::new(message.clone());
            request
                .metadata_mut()
                .insert("authorization", token.header());
            request.set_timeout(limit);
            let answer = timeout(limit, send(grpc, request)).await;
            match answer {
                Ok(Ok(response)) => Ok(response.into_inner()),
                Ok(Err(status)) => Err(self.failed(call, limit, status, &token)),
                Err(_) => Err(self.silent(call, limit)),
            }
        };
        let (mut is_renewed, mut unsent) = (false, 0);
        loop {
            let result = attempt().await;
            match &result {
                Err(Error::Unsent { .. }) if unsent < UNSENT_TRIES => unsent += 1,
                Err(error) if error.is_refused_token() && !is_renewed => is_renewed = true,
                _ => {
                    self.note(result.as_ref().err());
                    return result;
                }
            }
        }
    }

    /// Notes how a call went.
    pub(super) fn note(&self, error: Option<&Error>) {
        self.0.away.note(error);
    }

    /// The channel and a token for one call, which may have to wait for its turn at the token endpoint.
    pub(super) async fn ready(&self, limit: Duration) -> Result<(Grpc, Token), Error> {
        let token = timeout(limit, self.0.tokens.get()).await;
        let token = token.unwrap_or_else(|_| {
            Err(Error::Silent {
                address: self.0.address.clone(),
                call: "the token request",
                limit,
            })
        })?;
        Ok((locked(&self.0.grpc).clone(), token))
    }

    /// What a failed call means; a refused token is forgotten.
    pub(super) fn failed(
        &self,
        call: &'static str,
        limit: Duration,
        status: Status,
        token: &Token,
    ) -> Error {
        let error = self.classify(call, limit, status);
        if error.is_refused_token() {
            self.0.tokens.forget(token);
        }
        error
    }

    /// A call that was not answered in time. The connection may be dead without a sign of it, so
    /// later calls get a new one; calls that are under way keep theirs.
    pub(super) fn silent(&self, call: &'static str, limit: Duration) -> Error {
        let fresh = dial(&self.0.endpoint, self.0.proxy.as_ref());
        *locked(&self.0.grpc) = fresh;
        Error::Silent {
            address: self.0.address.clone(),
            call,
            limit,
        }
    }

    fn classify(&self, call: &'static str, limit: Duration, status: Status) -> Error {
        // Only what happened on this side has a source.
        let Some(cause) = std::error::Error::source(&status) else {
            return match http_status(&status) {
                Some(http) => Error::NotGrpc {
                    address: self.0.address.clone(),
                    call,
                    status: http,
                    code: status.code(),
                },
                None => Error::Refused {
                    call,
                    status: Box::new(status),
                },
            };
        };
        let mut chain = std::iter::successors(Some(cause), |error| error.source());
        if chain.any(|error| error.is::<tonic::TimeoutExpired>()) {
            return self.silent(call, limit);
        }
        let address = self.0.address.clone();
        let fault = Fault::find(cause);
        if is_of_connecting(cause) {
            Error::Connect {
                address,
                via: self.0.via.clone(),
                fault,
            }
        } else if is_unsent(cause) {
            Error::Unsent {
                address,
                call,
                fault,
            }
        } else {
            Error::Dropped {
                address,
                call,
                fault,
            }
        }
    }
}

/// Whether an error is of the time before there was a connection. What an open connection comes to is told by hyper;
/// the limit on connecting has no type of its own.
fn is_of_connecting(cause: &(dyn std::error::Error + 'static)) -> bool {
    let mut chain = std::iter::successors(Some(cause), |error| error.source());
    let is_open = chain.clone().any(|error| error.is::<hyper::Error>());
    chain.any(|error| error.is::<tonic::ConnectError>())
        || (!is_open && Fault::find(cause) == Fault::TimedOut)
}

/// Whether the connection ended before the request was on it: hyper had not written it yet, or the other end says that it
/// will not look at it (RFC 9113 §6.8, §8.7).
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

fn locked<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How messages name the proxy; never with its credentials.
pub(super) fn via(proxy: &Intercept) -> String {
    let authority = proxy
        .uri()
        .authority()
        .map(ToString::to_string)
        .unwrap_or_default();
    format!(" through the proxy {authority}")
}

fn endpoint(address: &Address, name: &str) -> Result<Endpoint, Error> {
    let wrong = |rule| Error::Setting(SettingError::new("client id", rule));
    let uri = address
        .grpc()
        .map_err(|_| wrong("its host cannot be part of an address"))?;
    let product = concat!("baton-1password/", env!("CARGO_PKG_VERSION"));
    // An empty name would make the header start with a blank, which strict servers refuse.
    let agent = format!("{name} {product}");
    let agent = http::HeaderValue::from_bytes(agent.trim_start().as_bytes())
        .map_err(|_| wrong("its name cannot be part of a header"))?;
    let tls = ClientTlsConfig::new().with_native_roots();
    Endpoint::from(uri)
        .connect_timeout(CONNECT_LIMIT)
        .http2_keep_alive_interval(PING_EVERY)
        .keep_alive_timeout(TCP_KEEPALIVE)
        .http2_max_header_list_size(HEAD_LIMIT)
        .user_agent(agent)
        .and_then(|endpoint| endpoint.tls_config(tls))
        .map_err(|error| roots(&error))
}

/// The error for certificates that cannot be used. The library does not name the file that it could not read.
pub(super) fn roots(error: &(dyn std::error::Error + 'static)) -> Error {
    let named = ["SSL_CERT_FILE", "SSL_CERT_DIR"].into_iter();
    let unread = named.filter_map(|name| {
        let places = std::env::var_os(name)?;
        let mut places = std::env::split_paths(&places);
        places.find_map(|place| {
            let why = match name {
                "SSL_CERT_DIR" => std::fs::read_dir(&place).err(),
                _ => File::open(&place).err(),
            };
            Some(format!("{name} names {}: {}", place.display(), why?))
        })
    });
    let unread: Vec<String> = unread.collect();
    Error::Roots(match (&*unread, Fault::find(error)) {
        ([], Fault::Broken(why)) => why,
        ([], fault) => fault.to_string(),
        (unread, _) => unread.join("; "),
    })
}

/// A channel that connects at its first call and again after a loss.
fn dial(endpoint: &Endpoint, proxy: Option<&Intercept>) -> Grpc {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_keepalive(Some(TCP_KEEPALIVE));
    tcp.set_keepalive_interval(Some(TCP_KEEPALIVE / 4));
    tcp.set_keepalive_retries(Some(3));
    #[cfg(target_os = "linux")]
    tcp.set_tcp_user_timeout(Some(TCP_KEEPALIVE));
    let channel = match proxy {
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

    /// The same kind of time-out means "not reached" before there is a connection and "dropped" after that.
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

    /// The other end says goodbye without having looked at the request, or refuses its stream, or breaks off.
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
