//! Runs the real program and keeps what it said.

use std::io::Read;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::thread::{JoinHandle, spawn};

use super::system::{self, Signal};

/// A finished run.
#[derive(Debug)]
pub struct Run {
    /// Exit code, if it ended by itself.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    /// The last line on stderr, where a failure says what happened.
    pub fn last_line(&self) -> &str {
        self.stderr.lines().next_back().unwrap_or_default()
    }
}

/// A run that is going on. Dropping it kills the program.
pub struct Started {
    child: Mutex<Child>,
    stdout: Option<JoinHandle<String>>,
    stderr: Option<JoinHandle<String>>,
}

impl Started {
    /// Starts a prepared command with both outputs captured.
    pub fn new(mut command: Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            stdout: child.stdout.take().map(collect),
            stderr: child.stderr.take().map(collect),
            child: Mutex::new(child),
        }
    }

    /// Process id.
    pub fn id(&self) -> u32 {
        self.child.lock().unwrap().id()
    }

    /// Sends a signal to the program alone, as `kill` does.
    pub fn send(&self, signal: Signal) {
        let sent = system::send(&mut self.child.lock().unwrap(), signal);
        sent.unwrap();
    }

    /// Waits for the end.
    pub fn wait(mut self) -> Run {
        let status: ExitStatus = self.child.get_mut().unwrap().wait().unwrap();
        Run {
            code: status.code(),
            stdout: self.stdout.take().unwrap().join().unwrap(),
            stderr: self.stderr.take().unwrap().join().unwrap(),
        }
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.child.get_mut().unwrap().kill();
        let _ = self.child.get_mut().unwrap().wait();
    }
}

fn collect(mut stream: impl Read + Send + 'static) -> JoinHandle<String> {
    spawn(move || {
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    })
}
