//! A terminal for the program under test.

use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::process::{Child, Command};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{
    LocalModes, OptionalActions, Termios, Winsize, tcgetattr, tcsetattr, tcsetwinsize,
};

/// A program with a terminal as standard input and standard error, and as standard output too.
pub(crate) struct Pty {
    keyboard: std::fs::File,
    terminal: OwnedFd,
    child: Child,
    shown: Arc<(Mutex<String>, Condvar)>,
    reader: JoinHandle<()>,
}

impl Pty {
    /// Starts the command in a terminal of so many columns.
    pub(crate) fn start(command: Command, columns: u16) -> Self {
        Self::start_in(command, columns, |_| {})
    }

    /// The same in a terminal whose modes were set before.
    pub(crate) fn start_in(
        mut command: Command,
        columns: u16,
        set: impl FnOnce(&mut Termios),
    ) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap();
        let path = std::path::Path::new(std::ffi::OsStr::from_bytes(name.as_bytes()));
        let open = || {
            std::fs::File::options()
                .read(true)
                .write(true)
                .open(path)
                .unwrap()
        };
        let size = Winsize {
            ws_row: 24,
            ws_col: columns,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        tcsetwinsize(&master, size).unwrap();
        let terminal = OwnedFd::from(open());
        let mut modes = tcgetattr(&terminal).unwrap();
        set(&mut modes);
        tcsetattr(&terminal, OptionalActions::Now, &modes).unwrap();
        let child = command
            .stdin(open())
            .stdout(open())
            .stderr(open())
            .spawn()
            .unwrap();
        drop(command); // It holds the terminal open.
        let screen = std::fs::File::from(master);
        let keyboard = screen.try_clone().unwrap();
        let shown = Arc::<(Mutex<String>, Condvar)>::default();
        let reader = collect(screen, Arc::clone(&shown));
        Self {
            keyboard,
            terminal,
            child,
            shown,
            reader,
        }
    }

    /// Waits until the terminal has shown a text.
    pub(crate) fn expect(&self, text: &str) {
        let (shown, changed) = &*self.shown;
        let limit = Duration::from_secs(60);
        let (shown, timeout) = changed
            .wait_timeout_while(shown.lock().unwrap(), limit, |shown| !shown.contains(text))
            .unwrap();
        assert!(!timeout.timed_out(), "{text:?} was not shown: {shown:?}");
    }

    pub(crate) fn type_in(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
    }

    pub(crate) fn send(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Whether typed characters are shown and lines are edited.
    pub(crate) fn echoes(&self) -> bool {
        let modes = tcgetattr(&self.terminal).unwrap().local_modes;
        modes.contains(LocalModes::ECHO) && modes.contains(LocalModes::ICANON)
    }

    /// Waits for the end: exit code, and everything that was shown.
    pub(crate) fn end(mut self) -> (Option<i32>, String) {
        let status = self.child.wait().unwrap();
        // The reader ends when nobody holds the terminal any more.
        drop(self.terminal);
        self.reader.join().unwrap();
        let shown = self.shown.0.lock().unwrap().clone();
        (status.code(), shown)
    }
}

fn collect(mut screen: std::fs::File, shown: Arc<(Mutex<String>, Condvar)>) -> JoinHandle<()> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let mut chunk = [0; 4096];
        // Linux ends a terminal that nobody holds with an error, macOS with nothing.
        while let Ok(count @ 1..) = screen.read(&mut chunk) {
            bytes.extend_from_slice(&chunk[..count]);
            *shown.0.lock().unwrap() = String::from_utf8_lossy(&bytes).into_owned();
            shown.1.notify_all();
        }
    })
}

/// The lines as they stood on the screen at any time, without escape sequences.
pub(crate) fn lines(shown: &str) -> Vec<String> {
    let plain = anstream::adapter::strip_str(shown).to_string();
    plain
        .split(['\r', '\n'])
        .map(|line| line.trim_end().to_owned())
        .filter(|line| !line.is_empty())
        .collect()
}
