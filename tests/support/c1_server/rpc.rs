//! The server's side of the protocol.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use baton_1password::baton::pb::api;
use baton_1password::baton::pb::api::baton_service_upload_asset_request::Msg;
use baton_1password::baton::pb::google::rpc as google;
use http_body_util::BodyExt;
use prost::Message;
use tokio::net::TcpListener;
use tokio::time::sleep;
use tokio_stream::wrappers::ReceiverStream;
use tonic::body::Body;
use tonic::transport::server::{TcpConnectInfo, TlsConnectInfo};
use tonic::transport::{Identity, Server, ServerTlsConfig};
use tonic::{Request, Response, Status, Streaming};
use tower_service::Service;

use super::gate::Gate;
use super::script::{Method, Reply, Shared, TokenAnswer, Upload, What};

mod pb {
    #![allow(clippy::all, missing_docs, unreachable_pub, rustdoc::all)]
    include!("../pb/c1.connectorapi.baton.v1.rs");
}
use pb::baton_service_server::{BatonService, BatonServiceServer};

/// Serves until the runtime ends.
pub(super) async fn serve(
    listener: TcpListener,
    identity: Identity,
    shared: Arc<Shared>,
    gate: Gate,
    window: u32,
) {
    let (sender, incoming) = tokio::sync::mpsc::channel(8);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let _ = stream.set_nodelay(true);
            let _ = sender.send(Ok::<_, std::io::Error>(stream)).await;
        }
    });
    let api = Api { shared, gate };
    let rpc = BatonServiceServer::new(api.clone()).max_decoding_message_size(64 << 20);
    Server::builder()
        .initial_connection_window_size(window)
        .tls_config(ServerTlsConfig::new().identity(identity))
        .unwrap()
        .serve_with_incoming(Front { api, rpc }, ReceiverStream::new(incoming))
        .await
        .unwrap();
}

/// Tells the token endpoint and gRPC apart.
#[derive(Clone)]
struct Front {
    api: Api,
    rpc: BatonServiceServer<Api>,
}

type Answer = Pin<Box<dyn Future<Output = Result<http::Response<Body>, Infallible>> + Send>>;

impl Service<http::Request<Body>> for Front {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Answer;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Answer {
        if request.uri().path().starts_with("/c1.connectorapi") {
            let mut rpc = self.rpc.clone();
            return Box::pin(async move {
                let mut response = rpc.call(request).await?;
                // An `Http` reply travels as a status with this mark.
                if let Some(code) = response.headers_mut().remove("x-plain-http") {
                    let code = http::StatusCode::from_bytes(code.as_bytes()).unwrap();
                    let page = http_body_util::Full::from("<html><body>no</body></html>");
                    response = http::Response::new(Body::new(page));
                    *response.status_mut() = code;
                }
                Ok(response)
            });
        }
        let api = self.api.clone();
        Box::pin(async move { Ok(api.token(request).await) })
    }
}

#[derive(Clone)]
struct Api {
    shared: Arc<Shared>,
    gate: Gate,
}

fn peer(extensions: &http::Extensions) -> Option<SocketAddr> {
    extensions
        .get::<TlsConnectInfo<TcpConnectInfo>>()?
        .get_ref()
        .remote_addr()
}

impl Api {
    async fn token(&self, request: http::Request<Body>) -> http::Response<Body> {
        let (head, body) = request.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let decoded = reqwest::Url::parse(&format!("http://x/?{}", String::from_utf8_lossy(&body)));
        let form = decoded.unwrap().query_pairs().into_owned().collect();
        let line = format!("{} {}", head.method, head.uri.path());
        let what = What::Token(line, head.version, form);
        self.shared.note(peer(&head.extensions), head.headers, what);
        match self.shared.next(Method::Token) {
            Reply::Hang => std::future::pending().await,
            Reply::Cut => self.gate.cut(),
            Reply::Late(wait) => sleep(wait).await,
            _ => {}
        }
        let answer = self.token_answer();
        let mut response = http::Response::builder()
            .status(answer.status)
            .header("content-type", "application/json");
        for (name, value) in answer.headers {
            response = response.header(name, value);
        }
        response
            .body(Body::new(http_body_util::Full::from(answer.body)))
            .unwrap()
    }

    fn token_answer(&self) -> TokenAnswer {
        let mut state = self.shared.state.lock().unwrap();
        if let Some(answer) = state.script.tokens.pop_front() {
            return answer;
        }
        state.issued += 1;
        let (number, life, kind) = (
            state.issued,
            state.script.expires_in,
            &state.script.token_type,
        );
        let body = format!(
            r#"{{"access_token":"access-token-{number}","token_type":"{kind}","expires_in":{life}}}"#
        );
        TokenAnswer {
            status: 200,
            body,
            headers: Vec::new(),
        }
    }

    /// Notes a call and does what is scripted for it; `Ok` means: go on as usual.
    async fn enter<T>(
        &self,
        request: Request<T>,
        what: impl FnOnce(T) -> What,
    ) -> Result<(), Status> {
        let (metadata, extensions, message) = request.into_parts();
        let what = what(message);
        let method = what.method();
        let headers = metadata.into_headers();
        let bearer = headers
            .get("authorization")
            .map(|value| value.to_str().unwrap().to_owned());
        self.shared.note(peer(&extensions), headers, what);
        self.admit(bearer)?;
        self.obey(self.shared.next(method)).await
    }

    /// Refuses calls without a token, and those whose token is revoked.
    fn admit(&self, bearer: Option<String>) -> Result<(), Status> {
        let token = bearer.as_deref().and_then(|text| text.split(' ').nth(1));
        let token = token.ok_or_else(|| Status::unauthenticated("no token"))?;
        let state = self.shared.state.lock().unwrap();
        if state.script.revoked.contains(token) {
            return Err(Status::unauthenticated("the token is revoked"));
        }
        Ok(())
    }

    async fn obey(&self, reply: Reply) -> Result<(), Status> {
        match reply {
            Reply::Usual | Reply::Slow(_) | Reply::ErrorAtEnd(..) | Reply::Early => Ok(()),
            Reply::Error(code, message) => Err(Status::new(code, message)),
            Reply::Details(code, size) => Err(Status::with_details(
                code,
                "scripted",
                details(size).encode_to_vec().into(),
            )),
            Reply::Wait(millis) => {
                let mut status = Status::resource_exhausted("busy");
                let millis = millis.to_string().parse().unwrap();
                let metadata = status.metadata_mut();
                metadata.insert("grpc-retry-pushback-ms", millis);
                Err(status)
            }
            Reply::Http(code) => {
                let mut status = Status::unknown("plain HTTP");
                status
                    .metadata_mut()
                    .insert("x-plain-http", code.to_string().parse().unwrap());
                Err(status)
            }
            Reply::Hang => std::future::pending().await,
            Reply::Cut => {
                self.gate.cut();
                std::future::pending().await
            }
            Reply::Late(wait) => {
                sleep(wait).await;
                Ok(())
            }
        }
    }

    async fn read_upload(
        &self,
        stream: &mut Streaming<api::BatonServiceUploadAssetRequest>,
        pause: Duration,
        upload: &mut Upload,
    ) -> Result<(), Status> {
        while let Some(message) = stream.message().await? {
            sleep(pause).await;
            match message
                .msg
                .ok_or_else(|| Status::invalid_argument("no msg"))?
            {
                Msg::Metadata(metadata) => {
                    upload.host_id = metadata.host_id;
                    upload.task_id = metadata.task_id;
                }
                Msg::Data(data) => {
                    upload.chunks.push(data.data.len());
                    upload.bytes.extend_from_slice(&data.data);
                }
                Msg::Eof(eof) => {
                    let digest = digest(&SHA256, &upload.bytes);
                    upload.digest_fits = Some(eof.sha256_checksum == digest.as_ref());
                    upload.closed = stream.message().await?.is_none();
                    return Ok(());
                }
            }
        }
        Err(Status::data_loss(
            "the stream ended without its end message",
        ))
    }
}

/// The details of an error with so many bytes in them.
fn details(size: usize) -> google::Status {
    google::Status {
        details: vec![prost_types::Any {
            type_url: "type.googleapis.com/scripted".to_owned(),
            value: vec![7; size],
        }],
        ..Default::default()
    }
}

fn duration(wait: Duration) -> prost_types::Duration {
    wait.try_into().unwrap()
}

#[tonic::async_trait]
impl BatonService for Api {
    async fn hello(
        &self,
        request: Request<api::BatonServiceHelloRequest>,
    ) -> Result<Response<api::BatonServiceHelloResponse>, Status> {
        self.enter(request, |said| What::Hello(Box::new(said)))
            .await?;
        Ok(Response::new(api::BatonServiceHelloResponse::default()))
    }

    async fn get_task(
        &self,
        request: Request<api::BatonServiceGetTaskRequest>,
    ) -> Result<Response<api::BatonServiceGetTaskResponse>, Status> {
        self.enter(request, |message| What::GetTask(message.host_id))
            .await?;
        let script = &mut self.shared.state.lock().unwrap().script;
        Ok(Response::new(api::BatonServiceGetTaskResponse {
            task: script.tasks.pop_front(),
            next_poll: script.next_poll.map(duration),
            ..Default::default()
        }))
    }

    async fn get_tasks(
        &self,
        request: Request<api::BatonServiceGetTasksRequest>,
    ) -> Result<Response<api::BatonServiceGetTasksResponse>, Status> {
        let most = request.get_ref().page_size as usize;
        self.enter(request, What::GetTasks).await?;
        let script = &mut self.shared.state.lock().unwrap().script;
        let count = most.min(script.tasks.len());
        Ok(Response::new(api::BatonServiceGetTasksResponse {
            tasks: script.tasks.drain(..count).collect(),
            next_poll: script.next_poll.map(duration),
            ..Default::default()
        }))
    }

    async fn heartbeat(
        &self,
        request: Request<api::BatonServiceHeartbeatRequest>,
    ) -> Result<Response<api::BatonServiceHeartbeatResponse>, Status> {
        self.enter(request, What::Heartbeat).await?;
        let script = &mut self.shared.state.lock().unwrap().script;
        Ok(Response::new(
            script.heartbeats.pop_front().unwrap_or_default(),
        ))
    }

    async fn finish_task(
        &self,
        request: Request<api::BatonServiceFinishTaskRequest>,
    ) -> Result<Response<api::BatonServiceFinishTaskResponse>, Status> {
        self.enter(request, What::Finish).await?;
        Ok(Response::new(api::BatonServiceFinishTaskResponse::default()))
    }

    async fn upload_asset(
        &self,
        request: Request<Streaming<api::BatonServiceUploadAssetRequest>>,
    ) -> Result<Response<api::BatonServiceUploadAssetResponse>, Status> {
        let (metadata, extensions, mut stream) = request.into_parts();
        let headers = metadata.into_headers();
        let bearer = headers
            .get("authorization")
            .map(|value| value.to_str().unwrap().to_owned());
        let reply = self.shared.next(Method::Upload);
        let mut upload = Upload::default();
        let pause = match reply {
            Reply::Slow(pause) => pause,
            _ => Duration::ZERO,
        };
        let mut result = self.admit(bearer);
        if result.is_ok() {
            result = match reply.clone() {
                Reply::Cut => {
                    // In the middle: after the first message.
                    let _ = stream.message().await;
                    self.shared
                        .note(peer(&extensions), headers, What::Upload(upload));
                    self.gate.cut();
                    return std::future::pending().await;
                }
                Reply::Hang => {
                    self.shared
                        .note(peer(&extensions), headers, What::Upload(upload));
                    return std::future::pending().await;
                }
                Reply::Early => {
                    let _ = stream.message().await;
                    self.shared
                        .note(peer(&extensions), headers, What::Upload(upload));
                    return Ok(Response::new(
                        api::BatonServiceUploadAssetResponse::default(),
                    ));
                }
                reply => self.obey(reply).await,
            };
        }
        if result.is_ok() {
            result = self.read_upload(&mut stream, pause, &mut upload).await;
        }
        self.shared
            .note(peer(&extensions), headers, What::Upload(upload));
        result?;
        if let Reply::ErrorAtEnd(code, message) = reply {
            return Err(Status::new(code, message));
        }
        Ok(Response::new(
            api::BatonServiceUploadAssetResponse::default(),
        ))
    }
}
