//! Processes on Windows: what a console tells its programs.

use std::io;
use std::os::windows::io::AsRawHandle;
use std::path::Path;

use tokio::signal::windows::{
    CtrlBreak, CtrlC, CtrlClose, CtrlShutdown, ctrl_break, ctrl_c, ctrl_close, ctrl_shutdown,
};

use crate::exit::{self, Signal};

/// What asks the program to end; listened to from its creation on, so that nothing is lost between
/// two waits.
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

/// A core file would hold what memory holds; error reports of this system are its administrator's
/// to set.
pub(in crate::commands) fn forbid_core_files() {}

/// Whether nobody gets what is printed.
pub(in crate::commands) fn stdout_is_closed() -> bool {
    io::stdout().as_raw_handle().is_null()
}

/// Another name for a program; links need a privilege here.
pub(in crate::commands) fn link(program: &Path, name: &Path) -> io::Result<()> {
    std::fs::copy(program, name).map(drop)
}
