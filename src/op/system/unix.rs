//! Children on Linux, macOS and their like: process groups, execute permission.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use rustix::fs::{Access, access};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use tokio::process::{Child, Command};
use tokio::signal::unix::{Signal as Stream, SignalKind, signal};

use super::Streams;

/// Variables that children get when they are set, besides those of every system.
pub(in crate::op) const KEPT: &[&str] = &[
    // Where `op` keeps its configuration, and whose it is.
    "HOME",
    "USER",
    "LOGNAME",
    "XDG_CONFIG_HOME",
    // Text encoding, language and time zone of messages.
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    // Scratch files.
    "TMPDIR",
    // The socket of the desktop app and its authorization prompt on Linux.
    "XDG_RUNTIME_DIR",
    "DBUS_SESSION_BUS_ADDRESS",
    // The same on macOS: login session and text encoding of the user.
    "SECURITYSESSIONID",
    "__CF_USER_TEXT_ENCODING",
];

/// The files that a path without a suffix may mean.
pub(in crate::op) fn programs(path: &Path) -> Vec<PathBuf> {
    vec![path.to_owned()]
}

/// Whether the file can be started.
pub(in crate::op) fn is_program(path: &Path) -> bool {
    path.is_file() && access(path, Access::EXEC_OK).is_ok()
}

/// A started process that takes its group with it.
pub(in crate::op) struct Running {
    child: Child,
    /// Listened to since before the start, so that no end goes unnoticed.
    ends: Stream,
}

impl Running {
    /// Starts the process in a group of its own.
    pub(in crate::op) fn start(command: &mut Command) -> io::Result<(Self, Streams)> {
        let ends = signal(SignalKind::child())?;
        let mut child = command.process_group(0).spawn()?;
        let streams = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        Ok((Self { child, ends }, streams))
    }

    /// Waits for the end without reaping the process, whose group id thus cannot be anybody else's.
    pub(in crate::op) async fn ended(&mut self) -> io::Result<()> {
        let pid = self.pid();
        let pid = pid.ok_or_else(|| io::Error::other("the process has no id"))?;
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
        loop {
            match waitid(WaitId::Pid(pid), options) {
                Ok(Some(_)) => return Ok(()),
                Ok(None) | Err(Errno::INTR) => {
                    self.ends.recv().await;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Ends the process and its group, which it may have left. Fails only when nobody is left.
    pub(in crate::op) fn kill(&mut self) {
        if let Some(pid) = self.pid() {
            let _ = kill_process_group(pid, Signal::KILL);
        }
        let _ = self.child.start_kill();
    }

    pub(in crate::op) async fn reap(&mut self) -> io::Result<ExitStatus> {
        self.child.wait().await
    }

    /// None once it has been reaped.
    fn pid(&self) -> Option<Pid> {
        let id = self.child.id()?;
        Pid::from_raw(id.cast_signed())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fs::{Permissions, create_dir, set_permissions, write};
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::op::error::ErrorKind;
    use crate::op::locate::find;

    #[test]
    fn the_first_program_of_that_name_in_path_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["a", "b", "c"] {
            create_dir(at(name)).unwrap();
        }
        write(at("a/op"), "not executable").unwrap();
        for program in ["b/op", "c/op", "c/op-beta"] {
            write(at(program), "").unwrap();
            set_permissions(at(program), Permissions::from_mode(0o700)).unwrap();
        }
        let path =
            std::env::join_paths([Path::new("relative"), &at("a"), &at("b"), &at("c")]).unwrap();
        assert_eq!(find(None, Some(&path)).unwrap(), at("b/op"));
        assert_eq!(
            find(Some(Path::new("op-beta")), Some(&path)).unwrap(),
            at("c/op-beta")
        );
        assert_eq!(find(Some(&at("c/op")), None).unwrap(), at("c/op"));

        for (missing, kind, step) in [
            (find(None, None), ErrorKind::Missing, "https://"),
            (
                find(Some(Path::new("nop")), Some(&path)),
                ErrorKind::Missing,
                "PATH",
            ),
            (
                find(Some(&at("x/op")), None),
                ErrorKind::Missing,
                "No such file",
            ),
            (
                find(Some(&at("a")), None),
                ErrorKind::NotStartable,
                "folder",
            ),
            (
                find(Some(&at("a/op")), None),
                ErrorKind::NotStartable,
                "may not be executed",
            ),
        ] {
            let error = missing.unwrap_err();
            assert_eq!(error.kind(), kind, "{error}");
            assert!(error.to_string().contains(step), "{error}");
            assert!(error.steps().iter().any(|step| step.contains("--op-path")));
        }
    }

    /// What is there under the name says more than that nothing is.
    #[test]
    fn an_op_that_cannot_be_started_is_not_called_missing() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        create_dir(at("a")).unwrap();
        create_dir(at("b")).unwrap();
        write(at("a/op"), "").unwrap();
        std::os::unix::fs::symlink(at("gone"), at("b/op")).unwrap();
        for (name, said) in [("a", "may not be executed"), ("b", "a link to")] {
            let error = find(None, Some(at(name).as_os_str())).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NotStartable);
            let text = error.to_string();
            assert!(
                text.contains(said) && text.contains(&format!("{name}/op")),
                "{text}"
            );
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn an_op_that_the_app_would_not_talk_to_is_known() {
        let folder = tempfile::tempdir().unwrap();
        let op = folder.path().join("op");
        write(&op, "").unwrap();
        let fault = super::super::kept_from_app(&op).unwrap();
        assert!(
            fault.contains("onepassword-cli") && fault.contains("setgid"),
            "{fault}"
        );
        assert_eq!(
            super::super::kept_from_app(&folder.path().join("none")),
            None
        );
    }
}
