//! The signals that ask the program to end, and one that must not end it.

use std::io;

use rustix::process::Signal as Raw;
use tokio::signal::unix::{Signal as Stream, SignalKind, signal};

use crate::exit::Signal;

/// Listens from its creation on, so that no signal between two waits is lost.
pub(super) struct Signals {
    hangup: Stream,
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
            hangup: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Waits for the next one.
    pub(super) async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.hangup.recv() => Signal::Hangup,
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.terminate.recv() => Signal::Terminate,
        }
    }
}
