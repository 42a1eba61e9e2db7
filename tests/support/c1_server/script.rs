//! What the server is told to answer, and what it has seen.

use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt;
use std::net::SocketAddr;
use std::sync::{Condvar, Mutex};
use std::time::{Duration, Instant};

use baton_1password::baton::pb::api::{
    BatonServiceFinishTaskRequest, BatonServiceGetTasksRequest, BatonServiceHeartbeatRequest,
    BatonServiceHeartbeatResponse, BatonServiceHelloRequest, Task,
};
use tonic::Code;

/// The calls of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    Token,
    Hello,
    GetTask,
    GetTasks,
    Heartbeat,
    Finish,
    Upload,
}

/// How one call ends.
#[derive(Clone, Debug)]
pub enum Reply {
    /// As if nothing were scripted.
    Usual,
    /// With an error; an upload is refused before it is read.
    Error(Code, String),
    /// With an error and details of so many bytes; an upload is refused before it is read.
    Details(Code, usize),
    /// With RESOURCE_EXHAUSTED and this wait in milliseconds.
    Wait(u64),
    /// With an error after an upload was read to its end.
    ErrorAtEnd(Code, String),
    /// An upload with yes, after its first message.
    Early,
    /// With an HTTP status and a page instead of gRPC.
    Http(u16),
    /// Never.
    Hang,
    /// Its connection is cut, as are all others.
    Cut,
    /// An upload is read so slowly: a wait before each message.
    Slow(Duration),
    /// As usual, but this much later.
    Late(Duration),
}

/// An answer of the token endpoint.
#[derive(Clone, Debug)]
pub struct TokenAnswer {
    pub status: u16,
    pub body: String,
    pub headers: Vec<(&'static str, String)>,
}

/// What the server answers from now on.
#[derive(Default)]
pub struct Script {
    /// Handed out by GetTask and GetTasks.
    pub tasks: VecDeque<Task>,
    /// In answers to GetTask and GetTasks; absent when `None`.
    pub next_poll: Option<Duration>,
    /// Replies for the next calls of a method, in order.
    pub replies: HashMap<Method, VecDeque<Reply>>,
    /// Replies for all further calls of a method.
    pub always: HashMap<Method, Reply>,
    /// Answers to the next heartbeats, in order.
    pub heartbeats: VecDeque<BatonServiceHeartbeatResponse>,
    /// Answers to the next token requests, in order.
    pub tokens: VecDeque<TokenAnswer>,
    /// Life of a token, in seconds.
    pub expires_in: i64,
    /// `token_type` of a token.
    pub token_type: String,
    /// Tokens that are refused.
    pub revoked: HashSet<String>,
}

impl Script {
    /// Queues a reply for one more call.
    pub fn reply(&mut self, method: Method, reply: Reply) {
        self.replies.entry(method).or_default().push_back(reply);
    }

    /// Queues the same error for several calls.
    pub fn fail(&mut self, method: Method, code: Code, times: usize) {
        for _ in 0..times {
            self.reply(method, Reply::Error(code, format!("scripted {code:?}")));
        }
    }
}

/// One request.
#[derive(Clone)]
pub struct Event {
    /// Since the server began.
    pub at: Duration,
    /// The connection that it came on: a port of its own each.
    pub peer: Option<SocketAddr>,
    pub headers: http::HeaderMap,
    pub what: What,
}

impl Event {
    /// A header's text, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map(|value| value.to_str().unwrap())
            .unwrap_or_default()
    }
}

/// What was asked.
#[derive(Clone, Debug)]
pub enum What {
    /// Method and path, version, and the form fields in order.
    Token(String, http::Version, Vec<(String, String)>),
    Hello(Box<BatonServiceHelloRequest>),
    GetTask(String),
    GetTasks(BatonServiceGetTasksRequest),
    Heartbeat(BatonServiceHeartbeatRequest),
    Finish(BatonServiceFinishTaskRequest),
    Upload(Upload),
}

impl What {
    pub fn method(&self) -> Method {
        match self {
            Self::Token(..) => Method::Token,
            Self::Hello(_) => Method::Hello,
            Self::GetTask(_) => Method::GetTask,
            Self::GetTasks(_) => Method::GetTasks,
            Self::Heartbeat(_) => Method::Heartbeat,
            Self::Finish(_) => Method::Finish,
            Self::Upload(_) => Method::Upload,
        }
    }
}

/// An upload as far as it was read.
#[derive(Clone, Default)]
pub struct Upload {
    pub host_id: String,
    pub task_id: String,
    /// Bytes in each data message.
    pub chunks: Vec<usize>,
    pub bytes: Vec<u8>,
    /// Whether the digest at the end fits the bytes; `None` without an end.
    pub digest_fits: Option<bool>,
    /// Whether the stream was closed behind the end, and nothing but the end stood there.
    pub closed: bool,
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            task_id,
            chunks,
            digest_fits,
            closed,
            ..
        } = self;
        write!(
            f,
            "Upload({task_id}, {chunks:?}, {digest_fits:?}, {closed})"
        )
    }
}

/// Script and record, behind one lock.
pub(super) struct Shared {
    pub(super) state: Mutex<State>,
    pub(super) changed: Condvar,
    began: Instant,
}

pub(super) struct State {
    pub(super) script: Script,
    pub(super) events: Vec<Event>,
    pub(super) issued: u32,
}

impl Shared {
    pub(super) fn new() -> Self {
        let script = Script {
            next_poll: Some(Duration::from_millis(20)),
            expires_in: 3600,
            token_type: "bearer".to_owned(),
            ..Script::default()
        };
        let state = Mutex::new(State {
            script,
            events: Vec::new(),
            issued: 0,
        });
        Self {
            state,
            changed: Condvar::new(),
            began: Instant::now(),
        }
    }

    /// Notes a request.
    pub(super) fn note(&self, peer: Option<SocketAddr>, headers: http::HeaderMap, what: What) {
        let event = Event {
            at: self.began.elapsed(),
            peer,
            headers,
            what,
        };
        self.state.lock().unwrap().events.push(event);
        self.changed.notify_all();
    }

    /// The scripted reply for the next call of a method.
    pub(super) fn next(&self, method: Method) -> Reply {
        let script = &mut self.state.lock().unwrap().script;
        let queued = script
            .replies
            .get_mut(&method)
            .and_then(VecDeque::pop_front);
        queued
            .or_else(|| script.always.get(&method).cloned())
            .unwrap_or(Reply::Usual)
    }
}
