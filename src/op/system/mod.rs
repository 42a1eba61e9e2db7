//! Children, as far as systems differ in them: how one is kept and ended with all that it started,
//! which file is a program, and which variables it needs. One module a system, each with the same
//! items.

#[cfg(unix)]
mod unix;
#[cfg(unix)]
pub(super) use unix::*;

#[cfg(windows)]
mod windows;
#[cfg(windows)]
pub(super) use windows::*;

use std::path::Path;

use tokio::process::{ChildStderr, ChildStdin, ChildStdout};

/// The ends of a child's pipes that are ours.
pub(super) type Streams = (Option<ChildStdin>, Option<ChildStdout>, Option<ChildStderr>);

/// What keeps the desktop app from talking to this `op`, where the system has a rule for it: on
/// Linux it talks only to a program of root and of its own group, with that group's rights
/// (`src/op/op-cli.md`, Desktop app).
#[cfg(target_os = "linux")]
pub(super) fn kept_from_app(path: &Path) -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    const GROUP: &str = "onepassword-cli";
    let metadata = path.metadata().ok()?;
    let groups = std::fs::read_to_string("/etc/group").unwrap_or_default();
    let is_of_group = groups.lines().any(|line| {
        let mut fields = line.split(':');
        fields.next() == Some(GROUP) && fields.nth(1) == Some(&metadata.gid().to_string())
    });
    let faults = [
        (metadata.uid() != 0, "it does not belong to root"),
        (!is_of_group, "its group is not onepassword-cli"),
        (metadata.mode() & 0o2000 == 0, "its setgid bit is not set"),
    ];
    let faults = faults.iter().filter(|(is, _)| *is);
    let faults: Vec<&str> = faults.map(|(_, what)| *what).collect();
    (!faults.is_empty()).then(|| faults.join(", "))
}

/// The same: no other system has such a rule.
#[cfg(not(target_os = "linux"))]
pub(super) fn kept_from_app(_path: &Path) -> Option<String> {
    None
}
