//! One call of `op`: words in, output or classified error out. No retry, no parsing.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Output;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;
use tokio::process::Command;
use tracing::{Instrument, Span, debug, info_span};

use super::environment::{self, environment, is_session};
use super::error::{Error, excerpt};
use super::pace::Activity;
use super::process;
use super::redact::redacted;
use super::{Auth, Settings, json, locate, lock};
use crate::secret::Secret;

/// Asks for an answer as JSON.
pub(super) const FORMAT: &str = "--format=json";

/// The `op` that was found, and what all its calls share.
pub(super) struct Runner {
    pub(super) path: PathBuf,
    pub(super) environment: Vec<(OsString, OsString)>,
    pub(super) deadline: Duration,
    /// Every secret that `op` gets to see or gives, so that none is repeated in a message.
    pub(super) secrets: Mutex<Vec<Secret>>,
    pub(super) activity: Activity,
    /// The run that all calls are part of, for traces.
    pub(super) span: Span,
}

/// What one call adds.
#[derive(Default, Clone, Copy)]
pub(super) struct Call<'a> {
    /// Everything after `op`.
    pub(super) words: &'a [&'a str],
    /// Whether the answer is asked for as JSON.
    pub(super) json: bool,
    /// The account and credentials, for the environment.
    pub(super) variables: &'a [(String, Secret)],
    /// What `op` reads, without the end of its last line.
    pub(super) line: Option<&'a Secret>,
    /// Of a batch, whose answer is what it printed, although it failed then: how much time it may
    /// take beyond the deadline of one request.
    pub(super) batch: Option<Duration>,
}

impl<'a> Call<'a> {
    /// A call that answers with JSON.
    pub(super) fn of(words: &'a [&'a str]) -> Self {
        Self {
            words,
            json: true,
            ..Self::default()
        }
    }
}

impl Runner {
    /// What all calls of these settings share.
    pub(super) fn new(settings: &Settings) -> Result<Self, Error> {
        let path = environment::own("PATH");
        let path = locate::find(settings.path.as_deref(), path.as_deref())?;
        let environment = environment(environment::all(), &settings.auth);
        Ok(Self {
            secrets: Mutex::new(secrets(&settings.auth, &environment)),
            environment,
            path,
            deadline: settings.timeout,
            activity: Activity::default(),
            span: Span::current(),
        })
    }

    /// Makes the call: what it printed; an exit code other than 0 is an error.
    pub(super) async fn run(&self, call: Call<'_>) -> Result<Vec<u8>, Error> {
        let command = call.words.join(" ");
        let counted = (command != "--version").then(|| self.activity.call());
        let span = info_span!(parent: &self.span, "op", otel.name = format!("op {command}"));
        let (began, deadline) = (
            Instant::now(),
            self.deadline + call.batch.unwrap_or_default(),
        );
        let run = process::run(self.process(&call), &command, call.line, deadline);
        let result = run.instrument(span).await;
        drop(counted);
        let Output {
            status,
            stdout,
            stderr,
        } = result?;
        let stderr = String::from_utf8_lossy(&stderr);
        debug!(
            op = command,
            exit = status.code(),
            milliseconds = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
            bytes = stdout.len(),
            stderr = excerpt(&self.redacted(&stderr), 500),
            "op ended"
        );
        let has_part = || call.batch.is_some() && !stdout.trim_ascii().is_empty();
        // Before 2.32.1 some failures ended with exit code 0 and an answer that says nothing.
        let says_nothing = matches!(stdout.trim_ascii(), b"" | b"[]" | b"null");
        let is_error = says_nothing && stderr.contains("[ERROR]");
        if (status.success() && !is_error) || has_part() {
            return Ok(stdout);
        }
        let ending = match status.code() {
            Some(0) => "ended with exit code 0".to_owned(),
            Some(code) => format!("failed with exit code {code}"),
            None => format!("was ended by a signal ({status})"),
        };
        let ended = (&*ending, status.code());
        Err(Error::failed(&command, ended, &stderr, |text| {
            self.redacted(text)
        }))
    }

    /// The answer as its reader has it, or an error when that cannot use it.
    pub(super) fn parsed<T: DeserializeOwned>(
        &self,
        words: &[&str],
        stdout: &[u8],
    ) -> Result<T, Error> {
        json::parse(stdout).map_err(|problem| {
            // Longer than what is shown, so that a secret at the cut is still whole and found.
            let start = &stdout[..stdout.len().min(8 << 10)];
            let start = self.redacted(&String::from_utf8_lossy(start));
            // It may repeat what stood in the place of something else.
            let problem = self.redacted(&problem);
            Error::bad_answer(&words.join(" "), &start, &problem)
        })
    }

    /// What is started. A Windows program that Linux starts sees only the variables that `WSLENV`
    /// names (`src/op/op-cli.md`, Desktop app).
    fn process(&self, call: &Call<'_>) -> Command {
        let variables = call.variables.iter();
        let mut command = Command::new(&self.path);
        command
            .args(call.words)
            .args(call.json.then_some(FORMAT))
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .envs(variables.map(|(name, value)| (name, value.expose())));
        if self.path.extension().is_some_and(|end| end == "exe") && cfg!(unix) {
            let names = command.as_std().get_envs();
            let names = names.filter_map(|(name, _)| name.to_str());
            let names: Vec<&str> = names.filter(|name| name.starts_with("OP_")).collect();
            let names = names.join(":");
            command.env("WSLENV", names);
        }
        command
    }

    fn redacted(&self, text: &str) -> String {
        redacted(text, &lock(&self.secrets))
    }
}

/// Every secret of this run that exists before signing in.
fn secrets(auth: &Auth, environment: &[(OsString, OsString)]) -> Vec<Secret> {
    let inherited = environment
        .iter()
        .filter(|(name, _)| name.to_str().is_some_and(is_session))
        .map(|(_, token)| Secret::new(token.to_string_lossy().into_owned()));
    let given = match auth {
        Auth::Unlocked { .. } => Vec::new(),
        Auth::User(user) => user.secret_key.iter().chain([&user.password]).collect(),
        Auth::Service(token) => vec![token],
    };
    inherited.chain(given.into_iter().cloned()).collect()
}
