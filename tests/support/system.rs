//! What the tests ask of the system.

#[cfg(unix)]
pub use unix::*;
#[cfg(windows)]
pub use windows::*;

#[cfg(unix)]
mod unix {
    use std::io;
    use std::path::{Path, PathBuf};
    use std::process::{Child, Command};

    use rustix::process::{Pid, kill_process};

    pub use rustix::process::Signal;

    /// The ways to end a run early.
    pub const ENDS: &[Signal] = &[Signal::KILL, Signal::TERM];
    /// What stops a run in good order, and its exit code.
    pub const STOPS: &[(Signal, i32)] = &[(Signal::INT, 130), (Signal::TERM, 143)];
    /// Variables without which no program runs.
    pub const KEPT: &[&str] = &[];
    /// Variables that name the folder for temporary files.
    pub const TEMP: &[&str] = &["TMPDIR"];
    /// The variable that names the folder above that of the program's settings.
    pub const CONFIG: &str = "XDG_CONFIG_HOME";
    /// Where the program keeps its state.
    pub const STATE: &str = "home/.local/state/baton-1password";
    /// Variables for folders of the sandbox.
    pub const PLACES: &[(&str, &str)] = &[("HOME", "home"), ("TMPDIR", "tmp")];

    /// Every process can be sent signals.
    pub fn let_stop(_command: &mut Command) {}

    /// Sends a signal.
    pub fn send(child: &mut Child, signal: Signal) -> io::Result<()> {
        Ok(kill_process(Pid::from_child(child), signal)?)
    }

    /// Another name for a program.
    pub fn link(program: &Path, name: PathBuf) -> io::Result<()> {
        std::os::unix::fs::symlink(program, name)
    }

    /// Whether the fake's process runs.
    pub fn is_running(pid: u32, _world: &Path) -> bool {
        is_alive(pid)
    }

    /// Whether the process runs; one that has ended and waits to be reaped does not.
    pub fn is_alive(pid: u32) -> bool {
        let Some(id) = Pid::from_raw(pid.cast_signed()) else {
            return false;
        };
        let is_zombie = std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| {
            stat.rsplit(')')
                .next()
                .is_some_and(|rest| rest.trim_start().starts_with('Z'))
        });
        rustix::process::test_kill_process(id).is_ok() && !is_zombie
    }
}

#[cfg(windows)]
mod windows {
    use std::ffi::OsStr;
    use std::io;
    use std::os::windows::process::CommandExt;
    use std::path::{Path, PathBuf};
    use std::process::{Child, Command};

    use send_ctrlc::Interruptible;

    const CREATE_NEW_PROCESS_GROUP: u32 = 0x200;
    const CREATE_NO_WINDOW: u32 = 0x0800_0000;

    /// Names a program that types Ctrl-C into the console of a process, for Wine, where Ctrl-Break
    /// stops nothing: `tests/windows/run.sh`.
    const TYPE_CTRL_C: &str = "TYPE_CTRL_C";

    /// What there is here of them, by the names they have elsewhere.
    #[allow(clippy::upper_case_acronyms)]
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Signal {
        KILL,
        /// Ctrl-Break: Ctrl-C reaches all who share a console, and so the tests too.
        TERM,
    }

    /// The ways to end a run early.
    pub const ENDS: &[Signal] = &[Signal::KILL];
    /// What stops a run in good order, and its exit code.
    pub const STOPS: &[(Signal, i32)] = &[(Signal::TERM, 130)];
    /// Variables without which no program runs.
    pub const KEPT: &[&str] = &["SystemRoot", "SystemDrive", "PATHEXT"];
    /// Variables that name the folder for temporary files.
    pub const TEMP: &[&str] = &["TEMP", "TMP"];
    /// The variable that names the folder above that of the program's settings.
    pub const CONFIG: &str = "APPDATA";
    /// Where the program keeps its state.
    pub const STATE: &str = "home/AppData/Local/baton-1password";
    /// Variables for folders of the sandbox.
    pub const PLACES: &[(&str, &str)] = &[
        ("USERPROFILE", "home"),
        ("APPDATA", "home/AppData/Roaming"),
        ("LOCALAPPDATA", "home/AppData/Local"),
        ("TEMP", "tmp"),
        ("TMP", "tmp"),
    ];

    /// Only a process group of its own can be sent Ctrl-Break, only a console of its own Ctrl-C.
    pub fn let_stop(command: &mut Command) {
        command.creation_flags(match std::env::var_os(TYPE_CTRL_C) {
            Some(_) => CREATE_NO_WINDOW,
            None => CREATE_NEW_PROCESS_GROUP,
        });
    }

    struct Group(u32);

    impl Interruptible for Group {
        fn pid(&mut self) -> io::Result<Option<u32>> {
            Ok(Some(self.0))
        }
    }

    /// Ends the process at once, or sends Ctrl-Break.
    pub fn send(child: &mut Child, signal: Signal) -> io::Result<()> {
        match signal {
            Signal::KILL => child.kill(),
            Signal::TERM => match std::env::var_os(TYPE_CTRL_C) {
                Some(program) => type_ctrl_c(&program, child.id()),
                None => Group(child.id()).terminate(),
            },
        }
    }

    fn type_ctrl_c(program: &OsStr, pid: u32) -> io::Result<()> {
        let done = Command::new(program).arg(pid.to_string()).status()?;
        assert!(done.success(), "Ctrl-C could not be typed: {done}");
        Ok(())
    }

    /// A copy: links need a privilege here.
    pub fn link(program: &Path, name: PathBuf) -> io::Result<()> {
        std::fs::copy(program, name).map(drop)
    }

    /// Whether the fake's file for the process is there, which the system deletes with the process.
    pub fn is_running(pid: u32, world: &Path) -> bool {
        world.join(format!("alive.{pid}")).exists()
    }
}
