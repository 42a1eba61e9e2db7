//! A C1 for tests: gRPC and the token endpoint on one TLS port of this machine, scripted, with a
//! record of every request.
//!
//! The server lives behind a relay that can count, cut and close connections, so it can go away and
//! come back on its port (see `c1_server/gate.rs`). What it answers by default: a token for an
//! hour, Hello, tasks from its queue every 20 ms, heartbeats every 30 s, and yes to uploads and
//! reports.

mod gate;
mod proxy;
mod rpc;
mod script;
mod tls;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use baton_1password::baton::pb::api::{BatonServiceFinishTaskRequest, Task};
use tokio::runtime::Runtime;

pub use gate::Gate;
pub use proxy::Proxy;
pub use script::{Event, Method, Reply, Script, TokenAnswer, Upload, What};
pub use tls::{Authority, Web, silent_server, tls_alert_server, web_server};

/// Longest wait for something that must happen.
const PATIENCE: Duration = Duration::from_secs(180);

/// The key that signs for the connector: the one of RFC 8037, appendix A.
pub const SECRET_JWK: &str = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"}"#;

/// A running C1; gone when dropped.
pub struct C1 {
    pub gate: Gate,
    pub authority: Authority,
    shared: Arc<script::Shared>,
    runtime: Option<Runtime>,
}

impl C1 {
    /// A server for `localhost`.
    pub fn start() -> Self {
        Self::named("localhost")
    }

    /// A server whose certificate is for this name.
    pub fn named(name: &str) -> Self {
        Self::with(name, 16 << 20)
    }

    /// A server on whose connections one upload that is not read leaves no room for other calls.
    pub fn narrow() -> Self {
        Self::with("localhost", 1 << 16)
    }

    fn with(name: &str, window: u32) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let authority = Authority::new();
        let shared = Arc::new(script::Shared::new());
        let identity = authority.identity(name);
        let gate = runtime.block_on(async {
            let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
                .await
                .unwrap();
            let inner = listener.local_addr().unwrap();
            let gate = Gate::open(inner).await;
            tokio::spawn(rpc::serve(
                listener,
                identity,
                Arc::clone(&shared),
                gate.clone(),
                window,
            ));
            gate
        });
        Self {
            gate,
            authority,
            shared,
            runtime: Some(runtime),
        }
    }

    /// The port that connectors use.
    pub fn port(&self) -> u16 {
        self.gate.port()
    }

    /// Changes what the server answers.
    pub fn script(&self, change: impl FnOnce(&mut Script)) {
        change(&mut self.shared.state.lock().unwrap().script);
    }

    /// Queues tasks.
    pub fn queue(&self, tasks: impl IntoIterator<Item = Task>) {
        self.script(|script| script.tasks.extend(tasks));
    }

    /// All that happened so far.
    pub fn events(&self) -> Vec<Event> {
        self.shared.state.lock().unwrap().events.clone()
    }

    /// The requests of one method so far.
    pub fn calls(&self, method: Method) -> Vec<Event> {
        let mut events = self.events();
        events.retain(|event| event.what.method() == method);
        events
    }

    /// Waits until the condition holds for what has happened, and returns that.
    pub fn wait(&self, what: &str, condition: impl Fn(&[Event]) -> bool) -> Vec<Event> {
        let give_up = Instant::now() + PATIENCE;
        let mut state = self.shared.state.lock().unwrap();
        while !condition(&state.events) {
            let left = give_up.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero(),
                "no {what} in {PATIENCE:?}; seen: {:#?}",
                names(&state.events)
            );
            state = self.shared.changed.wait_timeout(state, left).unwrap().0;
        }
        state.events.clone()
    }

    /// Waits for so many requests of one method.
    pub fn await_calls(&self, method: Method, count: usize) -> Vec<Event> {
        let fits = |events: &[Event]| {
            events
                .iter()
                .filter(|event| event.what.method() == method)
                .count()
                >= count
        };
        self.wait(&format!("{count} x {method:?}"), fits);
        self.calls(method)
    }

    /// Waits for the report of a task.
    pub fn await_finish(&self, task: &str) -> BatonServiceFinishTaskRequest {
        let finish = |event: &Event| match &event.what {
            What::Finish(finish) if finish.task_id == task => Some(finish.clone()),
            _ => None,
        };
        let events = self.wait(&format!("end of task {task}"), |events| {
            events.iter().any(|event| finish(event).is_some())
        });
        events.iter().find_map(finish).unwrap()
    }

    /// The uploads so far.
    pub fn uploads(&self) -> Vec<Upload> {
        let upload = |event: Event| match event.what {
            What::Upload(upload) => Some(upload),
            _ => None,
        };
        self.events().into_iter().filter_map(upload).collect()
    }

    /// Takes the server away: its port is closed and every connection is cut.
    pub fn go_away(&self) {
        self.runtime().block_on(self.gate.close());
    }

    /// Brings it back on the same port.
    pub fn come_back(&self) {
        self.runtime().block_on(self.gate.reopen());
    }

    /// A proxy that leads every name to this server.
    pub fn proxy(&self) -> Proxy {
        self.runtime().block_on(Proxy::open(self.port()))
    }

    fn runtime(&self) -> &Runtime {
        self.runtime.as_ref().unwrap()
    }

    /// Writes the authority's certificate for `SSL_CERT_FILE`.
    pub fn write_authority(&self, path: &Path) {
        std::fs::write(path, self.authority.pem()).unwrap();
    }
}

impl Drop for C1 {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// What happened, short enough for a failure message: a row of polls is one line.
fn names(events: &[Event]) -> Vec<String> {
    let same = |a: &&Event, b: &&Event| {
        a.what.method() == b.what.method() && a.what.method() == Method::GetTask
    };
    let events: Vec<&Event> = events.iter().collect();
    let rows = events.chunk_by(same);
    rows.map(|row| format!("{:?} {} x {:?}", row[0].at, row.len(), row[0].what))
        .collect()
}
