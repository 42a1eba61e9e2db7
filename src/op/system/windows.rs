//! Children on Windows: job objects, `PATHEXT`.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::sync::LazyLock;

use process_wrap::tokio::{ChildWrapper, CommandWrap, JobObject, KillOnDrop};
use tokio::process::Command;
use win32job::{ExtendedLimitInfo, Job};

use super::Streams;

/// Variables that children get when they are set, besides those of every system.
pub(in crate::op) const KEPT: &[&str] = &[
    // Where the system is: nothing starts, and no address is looked up, without it.
    "SYSTEMROOT",
    "SYSTEMDRIVE",
    "WINDIR",
    // What starts scripts, and which files are programs.
    "COMSPEC",
    "PATHEXT",
    // Where `op` keeps its configuration, and whose it is.
    "USERPROFILE",
    "APPDATA",
    "LOCALAPPDATA",
    "USERNAME",
    // Scratch files.
    "TEMP",
    "TMP",
];

const CREATE_SUSPENDED: u32 = 0x4;
const CREATE_NO_WINDOW: u32 = 0x0800_0000;

/// The suffixes of what can be started, in their usual order.
const SUFFIXES: [&str; 4] = ["com", "exe", "bat", "cmd"];

/// The files that a path may mean: itself, or with a suffix of `PATHEXT`.
pub(in crate::op) fn programs(path: &Path) -> Vec<PathBuf> {
    with_suffixes(path, std::env::var("PATHEXT").ok().as_deref())
}

fn with_suffixes(path: &Path, suffixes: Option<&str>) -> Vec<PathBuf> {
    let suffixes = suffixes.filter(|text| !text.is_empty());
    let suffixes = suffixes.map_or_else(|| SUFFIXES.to_vec(), |text| text.split(';').collect());
    let suffixed = suffixes.into_iter().map(|suffix| {
        let mut name = path.as_os_str().to_owned();
        name.push(".");
        name.push(suffix.trim_start_matches('.'));
        PathBuf::from(name)
    });
    std::iter::once(path.to_owned()).chain(suffixed).collect()
}

/// Whether the file can be started.
pub(in crate::op) fn is_program(path: &Path) -> bool {
    let suffix = path.extension().unwrap_or_default();
    let mut known = SUFFIXES.iter();
    known.any(|known| suffix.eq_ignore_ascii_case(known)) && path.is_file()
}

/// The job of this process, into which its children are born: whatever moment it is killed at, the
/// system ends them with it. None where the system does not let us; then a child that has not got
/// its own job yet stays, suspended.
static OURS: LazyLock<Option<Job>> = LazyLock::new(|| {
    let mut closing = ExtendedLimitInfo::new();
    let job = Job::create_with_limit_info(closing.limit_kill_on_job_close()).ok()?;
    job.assign_current_process().ok().map(|()| job)
});

/// A started process that takes its job with it: all that it started, and what that started. The
/// system ends the job when this process goes, in whatever way.
pub(in crate::op) struct Running(Box<dyn ChildWrapper>);

impl Running {
    /// Starts the process in a job of its own, before it can start anything, and without a console:
    /// neither a window nor the Ctrl-C of ours reaches it.
    pub(in crate::op) fn start(command: &mut Command) -> io::Result<(Self, Streams)> {
        LazyLock::force(&OURS);
        let mut wrap = CommandWrap::from(std::mem::replace(command, Command::new("")));
        wrap.wrap(KillOnDrop).wrap(JobObject);
        let flags = CREATE_SUSPENDED | CREATE_NO_WINDOW;
        let child = wrap.spawn_with(|command| command.creation_flags(flags).spawn());
        *command = wrap.into_command();
        let mut child = child?;
        let streams = (
            child.stdin().take(),
            child.stdout().take(),
            child.stderr().take(),
        );
        Ok((Self(child), streams))
    }

    /// Waits for the end of the process itself, whatever it left behind.
    pub(in crate::op) async fn ended(&mut self) -> io::Result<()> {
        self.0.inner_mut().wait().await.map(drop)
    }

    /// Ends the process and its job. It fails only when nobody is left.
    pub(in crate::op) fn kill(&mut self) {
        let _ = self.0.start_kill();
    }

    pub(in crate::op) async fn reap(&mut self) -> io::Result<ExitStatus> {
        self.0.inner_mut().wait().await
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fs::{create_dir, write};

    use super::*;
    use crate::op::error::ErrorKind;
    use crate::op::locate::find;

    #[test]
    fn suffixes_come_from_the_variable_in_its_order() {
        let names = |suffixes| with_suffixes(Path::new("op"), suffixes);
        let paths = |names: &[&str]| names.iter().map(PathBuf::from).collect::<Vec<_>>();
        assert_eq!(names(Some(".EXE;.CMD")), paths(&["op", "op.EXE", "op.CMD"]));
        assert_eq!(
            names(None),
            paths(&["op", "op.com", "op.exe", "op.bat", "op.cmd"])
        );
    }

    #[test]
    fn the_first_program_of_that_name_in_path_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["a", "b"] {
            create_dir(at(name)).unwrap();
        }
        for file in ["a/op", "a/op.txt", "b/op.exe", "b/other.cmd"] {
            write(at(file), "").unwrap();
        }
        let path = std::env::join_paths([Path::new("relative"), &at("a"), &at("b")]).unwrap();
        let found = |name: &str| {
            find(Some(Path::new(name)), Some(&path))
                .map(|it| it.extension().unwrap().to_ascii_lowercase())
        };
        assert_eq!(find(None, Some(&path)).unwrap().parent(), Some(&*at("b")));
        assert_eq!(found("op").unwrap(), "exe");
        assert_eq!(found("op.exe").unwrap(), "exe");
        assert_eq!(found("other").unwrap(), "cmd");
        assert_eq!(
            find(Some(&at("b/op")), None)
                .unwrap()
                .extension()
                .unwrap()
                .to_ascii_lowercase(),
            "exe"
        );
        assert_eq!(
            find(Some(&at("a/op.txt")), None).unwrap_err().kind(),
            ErrorKind::NotStartable
        );
        assert_eq!(
            find(Some(Path::new("nop")), Some(&path))
                .unwrap_err()
                .kind(),
            ErrorKind::Missing
        );
    }
}
