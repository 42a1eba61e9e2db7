//! The task service: one method per call, over the one channel.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;
use tonic::{Request, Response, Status};

use super::channel::{Channel, Grpc};
use super::token::{self, Token, Tokens};
use super::way::{Way, trusted};
use super::{Address, Away, Error, Fault, Settings};
use crate::baton::pb::api::{
    BatonServiceFinishTaskRequest, BatonServiceGetTaskRequest, BatonServiceGetTasksRequest,
    BatonServiceGetTasksResponse, BatonServiceHeartbeatRequest, BatonServiceHeartbeatResponse,
    BatonServiceHelloRequest,
};

/// Longest wait for Hello. The Go client waits for ever.
const CALL_LIMIT: Duration = Duration::from_secs(60);
/// Longest wait for GetTask and GetTasks: C1 may hold a poll open for ten minutes until there is
/// something to do. A connection that has died meanwhile is found by the keepalive below.
const POLL_LIMIT: Duration = Duration::from_secs(630);
/// Longest wait for FinishTask (`src/c1/protocol.md`, Report).
const REPORT_LIMIT: Duration = Duration::from_secs(30);
/// Longest wait for Heartbeat, and so most that a cancellation is late: an upload that a server
/// does not read can use up what the connection may send, and the next heartbeat finds a new one.
const HEARTBEAT_LIMIT: Duration = Duration::from_secs(10);
/// How often a call that never left this machine is made again at once.
const UNSENT_TRIES: u32 = 5;

/// Makes one call of the task service, by the name that messages have for it.
macro_rules! call {
    ($client:ident.$method:ident, $call:literal, $limit:expr, $request:expr) => {{
        let send = |mut grpc: Grpc, request| async move { grpc.$method(request).await };
        $client.call($call, $limit, $request, send).await
    }};
}

/// A client of the task service. Clones share the channel and the token.
#[derive(Clone)]
pub struct Client {
    pub(super) channel: Channel,
    tokens: Arc<Tokens>,
    pub(super) settings: Arc<Settings>,
    away: Away,
}

impl Client {
    /// Prepares a client; the first call connects. An error means that a setting cannot be used or
    /// the machine has no root certificates.
    pub fn new(settings: Arc<Settings>) -> Result<Self, Error> {
        // A provider that is installed already serves as well.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let address = match &settings.api_host {
            Some(address) => address.clone(),
            None => settings.client_id.address()?,
        };
        let proxy = settings.proxy.as_ref();
        let proxy = proxy.and_then(|proxy| proxy.towards(&address));
        let (way, trusted) = (Way { address, proxy }, trusted()?);
        Ok(Self {
            channel: Channel::new(&way, &trusted, &settings.client_id.name)?,
            tokens: Arc::new(Tokens::new(way, trusted, Arc::clone(&settings))?),
            settings,
            away: Away::default(),
        })
    }

    /// Where C1 is.
    pub fn address(&self) -> &Address {
        &self.channel.way.address
    }

    /// For how long every call has been left without an answer of C1; zero while it answers.
    pub fn away_for(&self) -> Duration {
        self.away.time()
    }

    /// Gets an access token and asks for nothing: C1 can be reached and takes the credentials.
    pub async fn authorize(&self) -> Result<(), Error> {
        self.token(CALL_LIMIT).await.map(drop)
    }

    /// Says hello; `request.host_id` is filled in. [`Error::is_lasting`] tells whether another try
    /// can help at the start.
    pub async fn hello(&self, mut request: BatonServiceHelloRequest) -> Result<(), Error> {
        request.host_id.clone_from(&self.settings.host_id);
        call!(self.hello, "Hello", CALL_LIMIT, &request).map(drop)
    }

    /// Asks for one task. Every failure is worth another try later.
    pub async fn get_task(&self) -> Result<BatonServiceGetTasksResponse, Error> {
        let request = BatonServiceGetTaskRequest {
            host_id: self.settings.host_id.clone(),
        };
        let answer = call!(self.get_task, "GetTask", POLL_LIMIT, &request)?;
        Ok(BatonServiceGetTasksResponse {
            tasks: answer.task.into_iter().collect(),
            next_poll: answer.next_poll,
            ..Default::default()
        })
    }

    /// Asks for up to `page_size` tasks besides those that are known, likewise.
    pub async fn get_tasks(
        &self,
        page_size: u32,
        known_task_ids: Vec<String>,
    ) -> Result<BatonServiceGetTasksResponse, Error> {
        let request = BatonServiceGetTasksRequest {
            host_id: self.settings.host_id.clone(),
            page_size,
            known_task_ids,
            annotations: Vec::new(),
        };
        call!(self.get_tasks, "GetTasks", POLL_LIMIT, &request)
    }

    /// Says that a task is still worked on.
    pub async fn heartbeat(&self, task_id: &str) -> Result<BatonServiceHeartbeatResponse, Error> {
        let request = BatonServiceHeartbeatRequest {
            host_id: self.settings.host_id.clone(),
            task_id: task_id.to_owned(),
            ..Default::default()
        };
        call!(self.heartbeat, "the heartbeat", HEARTBEAT_LIMIT, &request)
    }

    /// Reports how a task ended; `request.host_id` is filled in. One try, 30 s; [`Error::is_no`]
    /// tells whether another one can help.
    pub async fn finish_task(
        &self,
        request: &mut BatonServiceFinishTaskRequest,
    ) -> Result<(), Error> {
        request.host_id.clone_from(&self.settings.host_id);
        call!(self.finish_task, "FinishTask", REPORT_LIMIT, request).map(drop)
    }

    /// One call with a deadline.
    async fn call<M, R, A>(
        &self,
        call: &'static str,
        limit: Duration,
        message: &M,
        send: impl Fn(Grpc, Request<M>) -> A,
    ) -> Result<R, Error>
    where
        M: Clone,
        A: Future<Output = Result<Response<R>, Status>>,
    {
        let (channel, send) = (&self.channel, &send);
        let attempt = |grpc, request: Request<()>| async move {
            let mut request = request.map(|()| message.clone());
            request.set_timeout(limit);
            match timeout(limit, send(grpc, request)).await {
                Ok(Ok(response)) => Ok(response.into_inner()),
                Ok(Err(status)) => Err(channel.classify(call, limit, status)),
                Err(_) => Err(channel.silent(call, limit)),
            }
        };
        self.made(limit, attempt).await
    }

    /// What comes of a call. It is made once more when C1 refuses its token, which is not used
    /// again, and a few times when it was not sent.
    pub(super) async fn made<R, A>(
        &self,
        limit: Duration,
        attempt: impl Fn(Grpc, Request<()>) -> A,
    ) -> Result<R, Error>
    where
        A: Future<Output = Result<R, Error>>,
    {
        let attempt = async || {
            let token = self.token(limit).await?;
            let mut request = Request::new(());
            let header = token.header.clone();
            request.metadata_mut().insert("authorization", header);
            let result = attempt(self.channel.grpc(), request).await;
            if result.as_ref().is_err_and(Error::is_refused_token) {
                self.tokens.forget(&token);
            }
            result
        };
        let (mut is_renewed, mut unsent) = (false, 0);
        let mut result = loop {
            match attempt().await {
                Err(Error::Unsent(..)) if unsent < UNSENT_TRIES => unsent += 1,
                Err(error) if error.is_refused_token() && !is_renewed => is_renewed = true,
                result => break result,
            }
        };
        self.away.note(result.as_ref().err());
        // The proxy's own word on why it did not open the way.
        if let Err(Error::Connect(.., Fault::Proxy(reason))) = &mut result
            && let Some(status) = self.channel.way.refusal().await
        {
            *reason = status;
        }
        result
    }

    /// A token for one call, which may have to wait for its turn at the token endpoint.
    async fn token(&self, limit: Duration) -> Result<Token, Error> {
        let silent = |_| Error::Silent(self.address().clone(), token::CALL, limit);
        let token = timeout(limit, self.tokens.get()).await;
        token.map_err(silent)?
    }
}
