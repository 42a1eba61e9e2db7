//! One call of `op`: words in, output or classified error out. No retry, no parsing.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tracing::{Instrument, Span, debug, info_span};

use super::environment::crossing;
use super::error::{Error, ErrorKind, excerpt};
use super::pace::Activity;
use super::process::{self, Failure, Invocation, OUTPUT_LIMIT, Output};
use super::redact::redacted;
use crate::secret::Secret;

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
    /// `OP_ACCOUNT`, when the account was chosen by us.
    pub(super) account: Option<&'a str>,
    /// Credential variables.
    pub(super) secrets: &'a [(String, Secret)],
    /// What `op` reads, without the end of its last line.
    pub(super) line: Option<&'a Secret>,
    /// Whether what a failing call printed is its answer all the same: of a batch that broke off,
    /// what came before.
    pub(super) in_parts: bool,
    /// Time that it may take beyond the deadline of one request.
    pub(super) extra: Duration,
}

impl<'a> Call<'a> {
    /// These words and nothing else.
    pub(super) fn of(words: &'a [&'a str]) -> Self {
        Self {
            words,
            ..Self::default()
        }
    }
}

impl Runner {
    /// Makes the call; an exit code other than 0 is an error. The answer of a call is checked by
    /// its reader.
    pub(super) async fn run(&self, call: Call<'_>) -> Result<Output, Error> {
        let command = command_text(call.words);
        let counted = (call.words != ["--version"]).then(|| self.activity.call());
        let span = info_span!(parent: &self.span, "op", otel.name = format!("op {command}"));
        let result = self.start(&call).instrument(span).await;
        drop(counted);
        let output = result.map_err(|failure| self.not_finished(&command, failure))?;
        let stderr = String::from_utf8_lossy(&output.stderr);
        debug!(
            op = command,
            exit = output.status.code(),
            milliseconds = u64::try_from(output.elapsed.as_millis()).unwrap_or(u64::MAX),
            bytes = output.stdout.len(),
            stderr = excerpt(&self.redacted(&stderr), 500),
            "op ended"
        );
        let has_part = || call.in_parts && !output.stdout.trim_ascii().is_empty();
        // Before 2.32.1 some failures ended with exit code 0 and an answer that says nothing.
        let says_nothing = matches!(output.stdout.trim_ascii(), b"" | b"[]" | b"null");
        let is_error = says_nothing && stderr.contains("[ERROR]");
        if (output.status.success() && !is_error) || has_part() {
            Ok(output)
        } else {
            let ending = output.ending();
            let error = Error::failed(&command, &ending, &stderr, |text| self.redacted(text));
            Err(error.exited(output.status.code()))
        }
    }

    /// The answer as its reader has it, or an error when that cannot use it.
    pub(super) fn parsed<T>(
        &self,
        words: &[&str],
        output: &Output,
        parse: fn(&[u8]) -> Result<T, String>,
    ) -> Result<T, Error> {
        parse(&output.stdout).map_err(|problem| {
            // Longer than what is shown, so that a secret at the cut is still whole and found.
            let start = &output.stdout[..output.stdout.len().min(8 << 10)];
            let start = self.redacted(&String::from_utf8_lossy(start));
            // It may repeat what stood in the place of something else.
            let problem = self.redacted(&problem);
            Error::bad_answer(&command_text(words), &output.ending(), &start, &problem)
        })
    }

    /// Remembers a secret that `op` gave.
    pub(super) fn keep_secret(&self, secret: Secret) {
        self.secrets().push(secret);
    }

    async fn start(&self, call: &Call<'_>) -> Result<Output, Failure> {
        let account = call
            .account
            .map(|account| ("OP_ACCOUNT".into(), account.into()));
        let mut environment: Vec<(OsString, OsString)> =
            self.environment.iter().cloned().chain(account).collect();
        if self.path.extension().is_some_and(|end| end == "exe") && cfg!(unix) {
            environment.push(("WSLENV".into(), crossing(&environment, call.secrets)));
        }
        process::run(Invocation {
            program: &self.path,
            arguments: call.words,
            environment: &environment,
            secrets: call.secrets,
            line: call.line,
            deadline: self.deadline + call.extra,
        })
        .await
    }

    fn not_finished(&self, command: &str, failure: Failure) -> Error {
        let (kind, what) = match failure {
            Failure::NotStarted(error) => {
                let program = self.path.display();
                let what = format!("`op` at {program} could not be started: {error}");
                (ErrorKind::NotStartable, what)
            }
            Failure::Io(error) => (
                ErrorKind::Other,
                format!("`op {command}` was lost: {error}."),
            ),
            // The process and all it started were killed.
            Failure::Timeout => {
                let seconds = self.deadline.as_secs_f64();
                let what =
                    format!("`op {command}` gave no answer within {seconds} s and was stopped.");
                (ErrorKind::Timeout, what)
            }
            Failure::TooMuchOutput => {
                let limit = OUTPUT_LIMIT >> 20;
                let what = format!("`op {command}` printed more than {limit} MiB and was stopped.");
                (ErrorKind::TooMuchOutput, what)
            }
        };
        Error::new(kind, what)
    }

    /// The text without any secret.
    fn redacted(&self, text: &str) -> String {
        redacted(text, &self.secrets())
    }

    fn secrets(&self) -> MutexGuard<'_, Vec<Secret>> {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The command as messages show it: the output format says nothing.
pub(super) fn command_text(words: &[&str]) -> String {
    let mut words = words.to_vec();
    words.retain(|word| *word != "--format=json");
    words.join(" ")
}
