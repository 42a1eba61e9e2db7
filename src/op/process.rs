//! The one place that starts a child process.
//!
//! Every child has no standard input unless it is fed, bounded output and a deadline. It is killed
//! with everything it started when the deadline passes, when it prints too much, or when the caller
//! stops waiting.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{ChildStdin, Command};
use tokio::time::{sleep, timeout};

use super::orphans;
use super::system::{Running, Streams};
use crate::secret::Secret;

/// Most bytes of an answer: twice a listing of 100,000 users with all permissions, and little
/// enough to be held.
pub(super) const OUTPUT_LIMIT: usize = 128 << 20;

/// How much of the end of stderr is kept; what comes before is read and dropped.
const STDERR_TAIL: usize = 64 << 10;

/// How long output is awaited after the process has ended. Its output is in the pipe by then; only
/// a helper that it left behind holds the pipe open, and may do so for hours (`src/op/op-cli.md`,
/// Daemon).
const GRACE: Duration = Duration::from_millis(500);

/// How often to look whether a process has ended whose output has not. The system tells all calls
/// of the end of any child, so those that waited for that would all look each time; nearly always
/// the end of its own output tells a call enough.
const LOOK: Duration = Duration::from_millis(100);

/// How long a killed process may take to go; only one that waits for a dead disk or network share
/// takes any time.
const REAPING: Duration = Duration::from_secs(5);

/// What to start.
pub(super) struct Invocation<'a> {
    pub(super) program: &'a Path,
    pub(super) arguments: &'a [&'a str],
    /// The whole environment.
    pub(super) environment: &'a [(OsString, OsString)],
    /// Credentials, added to the environment.
    pub(super) secrets: &'a [(String, Secret)],
    /// One line for standard input; without it, standard input is the null device.
    pub(super) line: Option<&'a Secret>,
    pub(super) deadline: Duration,
}

/// What a finished process left.
#[derive(Debug)]
pub(super) struct Output {
    pub(super) status: ExitStatus,
    pub(super) stdout: Vec<u8>,
    /// The end of it, at most [`STDERR_TAIL`] bytes.
    pub(super) stderr: Vec<u8>,
    pub(super) elapsed: Duration,
}

impl Output {
    /// "failed with exit code 1", or the signal that ended it.
    pub(super) fn ending(&self) -> String {
        match self.status.code() {
            Some(code) => format!(
                "{} with exit code {code}",
                if code == 0 { "ended" } else { "failed" }
            ),
            None => format!("was ended by a signal ({})", self.status),
        }
    }
}

/// Why there is no output.
#[derive(Debug)]
pub(super) enum Failure {
    NotStarted(io::Error),
    Io(io::Error),
    Timeout,
    TooMuchOutput,
}

/// Runs one process to its end.
pub(super) async fn run(invocation: Invocation<'_>) -> Result<Output, Failure> {
    let began = Instant::now();
    // It outlives the process, which is no orphan.
    let _under_way = orphans::UnderWay::begin();
    let mut running = spawn(&invocation).await.map_err(Failure::NotStarted)?;
    let streams = running.streams();

    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let finished = async {
        let streams = drain(streams, invocation.line, &mut stdout, &mut stderr);
        tokio::pin!(streams);
        loop {
            match timeout(LOOK, &mut streams).await {
                Ok(read) => break read?,
                Err(_) if timeout(Duration::ZERO, running.ended()).await.is_ok() => {
                    return timeout(GRACE, streams).await.unwrap_or(Ok(()));
                }
                Err(_) => {}
            }
        }
        // Looked at anew: most have ended by now, and the signal that says so takes a way of its
        // own.
        running.ended().await.map_err(Failure::Io)
    };
    let result = timeout(invocation.deadline, finished)
        .await
        .unwrap_or(Err(Failure::Timeout));
    // Whatever it left behind goes.
    running.kill();
    let status = timeout(REAPING, running.reap())
        .await
        .map_err(|_| Failure::Timeout)?;
    let status = status.map_err(Failure::Io)?;
    result.map(|()| Output {
        status,
        stdout,
        stderr,
        elapsed: began.elapsed(),
    })
}

/// Starts the process. "Text file busy" passes by itself: another thread has a freshly written file
/// open for the moment between its fork and its exec.
async fn spawn(invocation: &Invocation<'_>) -> io::Result<Running> {
    let mut command = Command::new(invocation.program);
    command
        .args(invocation.arguments)
        .env_clear()
        .envs(
            invocation
                .environment
                .iter()
                .map(|(name, value)| (name, value)),
        )
        .envs(
            invocation
                .secrets
                .iter()
                .map(|(name, secret)| (name, secret.expose())),
        )
        .stdin(if invocation.line.is_some() {
            Stdio::piped()
        } else {
            Stdio::null()
        })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    for _ in 0..20 {
        match Running::start(&mut command) {
            Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy => {
                sleep(Duration::from_millis(25)).await
            }
            result => return result,
        }
    }
    Running::start(&mut command)
}

/// Feeds standard input and reads both outputs to their ends.
async fn drain(
    (input, output, errors): Streams,
    line: Option<&Secret>,
    stdout: &mut Vec<u8>,
    stderr: &mut Vec<u8>,
) -> Result<(), Failure> {
    tokio::try_join!(
        async {
            feed(input, line).await;
            Ok(())
        },
        read_all(output, stdout),
        read_tail(errors, stderr),
    )?;
    Ok(())
}

/// Writes the line and closes. A process that does not read it says by its end whether that was
/// right.
async fn feed(input: Option<ChildStdin>, line: Option<&Secret>) {
    if let (Some(mut input), Some(line)) = (input, line) {
        let _ = input.write_all(line.expose().as_bytes()).await;
        let _ = input.write_all(b"\n").await;
        let _ = input.shutdown().await;
    }
}

async fn read_all(
    stream: Option<impl AsyncRead + Unpin>,
    into: &mut Vec<u8>,
) -> Result<(), Failure> {
    let Some(mut stream) = stream else {
        return Ok(());
    };
    loop {
        into.reserve(16 << 10);
        if stream.read_buf(into).await.map_err(Failure::Io)? == 0 {
            return Ok(());
        }
        if into.len() > OUTPUT_LIMIT {
            return Err(Failure::TooMuchOutput);
        }
    }
}

async fn read_tail(
    stream: Option<impl AsyncRead + Unpin>,
    into: &mut Vec<u8>,
) -> Result<(), Failure> {
    let Some(mut stream) = stream else {
        return Ok(());
    };
    while stream.read_buf(into).await.map_err(Failure::Io)? != 0 {
        if into.len() > 2 * STDERR_TAIL {
            into.drain(..into.len() - STDERR_TAIL);
        }
    }
    into.drain(..into.len().saturating_sub(STDERR_TAIL));
    Ok(())
}
