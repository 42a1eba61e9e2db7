//! Processes on Windows: what a console tells its programs.

use std::io;
use std::os::windows::io::AsRawHandle;
use std::path::Path;

use tokio::signal::windows::{
    CtrlBreak, CtrlC, CtrlClose, CtrlShutdown, ctrl_break, ctrl_c, ctrl_close, ctrl_shutdown,
};

use crate::exit::{self, Signal};

pub(in crate::commands) struct Signals {
    interrupt: CtrlC,
    pause: CtrlBreak,
    close: CtrlClose,
    shutdown: CtrlShutdown,
}

impl Signals {
    pub(in crate::commands) fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: ctrl_c()?,
            pause: ctrl_break()?,
            close: ctrl_close()?,
            shutdown: ctrl_shutdown()?,
        })
    }

    /// After the last two the system ends this process within seconds, whatever it does.
    pub(in crate::commands) async fn next(&mut self) -> Signal {
        let name = tokio::select! {
            _ = self.interrupt.recv() => "Ctrl-C",
            _ = self.pause.recv() => "Ctrl-Break",
            _ = self.close.recv() => "the end of its console",
            _ = self.shutdown.recv() => "the system, which shuts down",
        };
        let code = exit::INTERRUPT;
        Signal { name, code }
    }
}

/// Error reports of the system are its administrator's to set.
pub(in crate::commands) fn forbid_core_files() {}

pub(in crate::commands) fn stdout_is_closed() -> bool {
    io::stdout().as_raw_handle().is_null()
}

/// Links need a privilege here.
pub(in crate::commands) fn link(program: &Path, name: &Path) -> io::Result<()> {
    std::fs::copy(program, name).map(drop)
}
