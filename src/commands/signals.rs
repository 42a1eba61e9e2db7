//! The signals that ask the program to end, and one that must not end it.

use std::io;

use rustix::process::Signal as Raw;
use tokio::signal::unix::{Signal as Stream, SignalKind, signal};

use crate::exit::Signal;

/// Listens from its creation on, so that no signal between two waits is lost.
pub(super) struct Signals {
    /// Nothing where it was ignored at the start, as `nohup` asks for.
    hangup: Option<Stream>,
    interrupt: Stream,
    terminate: Stream,
}

impl Signals {
    /// Starts listening.
    ///
    /// # Errors
    /// When the system does not let us.
    pub(super) fn listen() -> io::Result<Self> {
        // A file that reaches the size limit of this process is a failed write, told and tidied up
        // after, not the end of the process. The handler stays when the stream is dropped.
        drop(signal(SignalKind::from_raw(Raw::XFSZ.as_raw()))?);
        Ok(Self {
            hangup: match ignores_hangup() {
                true => None,
                false => Some(signal(SignalKind::hangup())?),
            },
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Waits for the next one.
    pub(super) async fn next(&mut self) -> Signal {
        tokio::select! {
            () = received(self.hangup.as_mut()) => Signal::Hangup,
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.terminate.recv() => Signal::Terminate,
        }
    }
}

async fn received(stream: Option<&mut Stream>) {
    match stream {
        Some(stream) => {
            let _ = stream.recv().await;
        }
        None => std::future::pending().await,
    }
}

/// Whether this process was started with SIGHUP ignored. The system's own call for it is unsafe in Rust, so Linux is
/// asked through its process table, and elsewhere a shell, which keeps what it was started with: it outlives the
/// signal then.
fn ignores_hangup() -> bool {
    #[cfg(target_os = "linux")]
    {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
        mask.is_some_and(|mask| mask & (1 << (Raw::HUP.as_raw() - 1)) != 0)
    }
    #[cfg(not(target_os = "linux"))]
    {
        let mut shell = std::process::Command::new("/bin/sh");
        let shell = shell.args(["-c", "kill -HUP $$"]);
        shell.status().is_ok_and(|status| status.success())
    }
}
