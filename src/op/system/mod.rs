//! Children, as far as systems differ in them: how one is ended with all that it started, which
//! file is a program, and which variables it needs. One module a system, each with the same items.

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

/// What keeps the desktop app from talking to this `op`: on Linux it talks only to a program of
/// root and of its own group, with that group's rights (`src/op/op-cli.md`, Desktop app).
#[cfg(target_os = "linux")]
pub fn kept_from_app(path: &Path) -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    const GROUP: &str = "onepassword-cli";
    let metadata = path.metadata().ok()?;
    let group = metadata.gid().to_string();
    let groups = std::fs::read_to_string("/etc/group").unwrap_or_default();
    let mut lines = groups.lines().map(|line| line.split(':'));
    let is_of_group =
        lines.any(|mut fields| fields.next() == Some(GROUP) && fields.nth(1) == Some(&group));
    let faults = [
        (metadata.uid() != 0, "it does not belong to root"),
        (!is_of_group, "its group is not onepassword-cli"),
        (metadata.mode() & 0o2000 == 0, "its setgid bit is not set"),
    ];
    let faults = faults
        .into_iter()
        .filter_map(|(is, what)| is.then_some(what));
    let faults = faults.collect::<Vec<_>>().join(", ");
    Some(faults).filter(|faults| !faults.is_empty())
}

/// No other system has such a rule.
#[cfg(not(target_os = "linux"))]
pub fn kept_from_app(_path: &Path) -> Option<String> {
    None
}
