//! The one place that starts a child process.
//!
//! Every child has bounded output and a deadline. It is killed with everything it started when the
//! deadline passes, when it prints too much, or when the caller stops waiting.

use std::io;
use std::path::Path;
use std::process::{Output, Stdio};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;
use tokio::time::error::Elapsed;
use tokio::time::{sleep, timeout};

use super::error::{Error, ErrorKind};
use super::orphans;
use super::system::{Running, Streams};
use crate::secret::Secret;

/// Most bytes of an answer: twice a listing of 100,000 users with all permissions.
const OUTPUT_LIMIT: u64 = 128 << 20;

/// How much of the end of stderr is kept; what comes before is read and dropped.
const STDERR_TAIL: usize = 64 << 10;

/// How long output is awaited after the process has ended: it is in the pipe by then, which a
/// helper that was left behind may hold open for hours (`src/op/op-cli.md`, Daemon).
const GRACE: Duration = Duration::from_millis(500);

/// How often to look whether a process has ended whose output has not. Waiting for the signal would
/// make all calls look at the end of any child; nearly always the end of its output is enough.
const LOOK: Duration = Duration::from_millis(100);

/// How long a killed process may take to go: one that waits for a dead disk takes its time.
const REAPING: Duration = Duration::from_secs(5);

/// Runs one call of `op` to its end. Without a `line`, its standard input is the null device; of
/// stderr the end is kept, at most [`STDERR_TAIL`] bytes.
pub(super) async fn run(
    mut command: Command,
    words: &str,
    line: Option<&Secret>,
    deadline: Duration,
) -> Result<Output, Error> {
    let fault = |kind, what: String| Error::new(kind, format!("`op {words}` {what}"));
    let lost = |error: io::Error| match error.kind() {
        io::ErrorKind::FileTooLarge => {
            let what = format!(
                "printed more than {} MiB and was stopped.",
                OUTPUT_LIMIT >> 20
            );
            fault(ErrorKind::TooMuchOutput, what)
        }
        _ => fault(ErrorKind::Other, format!("was lost: {error}.")),
    };
    let late = |_: Elapsed| {
        let seconds = deadline.as_secs_f64();
        let what = format!("gave no answer within {seconds} s and was stopped.");
        fault(ErrorKind::Timeout, what)
    };
    // It outlives the process, which is no orphan.
    let _under_way = orphans::UnderWay::begin();
    let started = spawn(&mut command, line.is_some()).await;
    let (mut running, streams) = started.map_err(|error| {
        let path = Path::new(command.as_std().get_program()).display();
        let what = format!("`op` at {path} could not be started: {error}");
        Error::new(ErrorKind::NotStartable, what)
    })?;

    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let finished = async {
        let streams = drain(streams, line, &mut stdout, &mut stderr);
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
        // Looked at anew: most have ended by now, and the signal for it takes a way of its own.
        running.ended().await
    };
    let finished = timeout(deadline, finished).await;
    // Whatever it left behind goes.
    running.kill();
    let reaped = timeout(REAPING, running.reap()).await;
    let status = reaped.map_err(late)?.map_err(lost)?;
    finished.map_err(late)?.map_err(lost)?;
    Ok(Output {
        status,
        stdout,
        stderr,
    })
}

/// Starts the process. "Text file busy" passes by itself: another thread has a freshly written file
/// open for the moment between its fork and its exec.
async fn spawn(command: &mut Command, has_input: bool) -> io::Result<(Running, Streams)> {
    let input = match has_input {
        true => Stdio::piped(),
        false => Stdio::null(),
    };
    let command = command.stdin(input).stdout(Stdio::piped());
    let command = command.stderr(Stdio::piped()).kill_on_drop(true);
    for _ in 0..20 {
        match Running::start(command) {
            Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy => {
                sleep(Duration::from_millis(25)).await
            }
            result => return result,
        }
    }
    Running::start(command)
}

/// Feeds standard input and reads both outputs to their ends. A process that does not read the line
/// says by its end whether that was right.
async fn drain(
    (input, output, errors): Streams,
    line: Option<&Secret>,
    stdout: &mut Vec<u8>,
    stderr: &mut Vec<u8>,
) -> io::Result<()> {
    let feed = async {
        if let (Some(mut input), Some(line)) = (input, line) {
            let _ = input.write_all(line.expose().as_bytes()).await;
            let _ = input.write_all(b"\n").await;
            let _ = input.shutdown().await;
        }
        Ok(())
    };
    let read = async {
        if let Some(output) = output {
            stdout.reserve(16 << 10);
            let mut output = output.take(OUTPUT_LIMIT + 1);
            output.read_to_end(stdout).await?;
        }
        match stdout.len() as u64 > OUTPUT_LIMIT {
            true => Err(io::ErrorKind::FileTooLarge.into()),
            false => Ok(()),
        }
    };
    let read_tail = async {
        if let Some(mut errors) = errors {
            while errors.read_buf(stderr).await? != 0 {
                if stderr.len() > 2 * STDERR_TAIL {
                    stderr.drain(..stderr.len() - STDERR_TAIL);
                }
            }
            stderr.drain(..stderr.len().saturating_sub(STDERR_TAIL));
        }
        Ok(())
    };
    tokio::try_join!(feed, read, read_tail).map(drop)
}
