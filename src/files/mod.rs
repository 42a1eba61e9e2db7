//! Files, as far as systems differ in them: nothing above asks which system it runs on.
//!
//! One module a system, each with the same items. What they promise is said here; how they keep it,
//! there.
//!
//! * `read_at`: at a place, whatever the position of the handle is, which may move.
//! * `no_follow`, `private`: options to open a file that is no link, or to make one that only its
//!   user may read.
//! * `make_private_folder`, `require_private`: a folder for what nobody else may see or change.
//! * `Seen`: what was at a path, a link itself and not what it leads to, or was open: to find out
//!   later whether it is the same.
//! * `FileLock`: keeps other runs from a file, present or to be, until it is dropped or the process
//!   ends; `None` when another run has it.
//! * `nameless`, `give_name`, `unname`, `sweep`: working files that leave nothing behind when they
//!   are not finished.
//! * `dress_as`, `replace`, `sync_folder`: how a finished file takes the place of another one.
//! * `is_replaceable`: what the end of a sync would run into; `Err` says it before the sync.
//! * `is_trusted_link`: whether a link may be followed.
//! * `can_write`: an existing file, or a new one in an existing folder; nothing is made.
//! * `others_can_read`: whether anybody but its owner can read a file.
//! * `is_one_file`: whether both paths lead to one file, by links of either kind.
//! * `is_reader_gone`: whether a write failed since whoever reads the other end of a pipe has gone.
//! * `NAME_TEMP_FOLDER`: what to do when there is no folder for temporary files.
//! * `CONFIG_BASES`, `STATE_BASES`: a variable and a folder below what it names, for each place
//!   where a user's files go; the first that is set counts.

#[cfg(unix)]
mod unix;
#[cfg(unix)]
pub(crate) use unix::*;

#[cfg(windows)]
mod windows;
#[cfg(windows)]
pub(crate) use windows::*;

use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use aws_lc_rs::digest::{Context, SHA256};
use tempfile::NamedTempFile;

/// SHA-256 of the whole file, in hexadecimal, wherever the handle stands: by it a reader of a
/// summary or a report knows the very bytes that it is about.
pub(crate) fn sha256(mut file: &File) -> io::Result<String> {
    file.rewind()?;
    let mut context = Context::new(&SHA256);
    let mut buffer = vec![0; 64 << 10];
    while let length @ 1.. = file.read(&mut buffer)? {
        context.update(&buffer[..length]);
    }
    let digest = context.finish();
    Ok(digest.as_ref().iter().map(|b| format!("{b:02x}")).collect())
}

const PREFIX: &str = ".c1z-";
const SUFFIX: &str = ".tmp";
const RANDOM: usize = 16;

/// A working file's name until it has its last one.
fn hidden() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX).suffix(SUFFIX).rand_bytes(RANDOM);
    builder
}

/// A working file in the folder, beside which nothing is left of runs that were killed.
pub(crate) fn working(folder: &Path) -> io::Result<NamedTempFile> {
    sweep(folder);
    // In the form of the system itself, paths of any length work on Windows too, also for SQLite.
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    hidden().tempfile_in(folder)
}

/// What is had within so many tries, a pause after each.
fn soon<T>(tries: u32, pause: Duration, mut attempt: impl FnMut() -> Option<T>) -> Option<T> {
    let wait = || {
        sleep(pause);
        None
    };
    (0..tries).find_map(|_| attempt().or_else(wait))
}

/// Every file has a name here.
#[cfg(not(target_os = "linux"))]
pub(crate) fn nameless(_folder: &Path) -> Option<File> {
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_is_taken_for_a_moment_is_waited_for_and_no_longer() {
        let mut attempts = 0;
        let third = soon(10, Duration::ZERO, || {
            attempts += 1;
            (attempts == 3).then_some(())
        });
        assert_eq!((third, attempts), (Some(()), 3));
        assert_eq!(soon(10, Duration::ZERO, || None::<()>), None);
    }

    #[test]
    fn any_place_of_a_file_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("digits");
        std::fs::write(&path, b"0123456789").unwrap();
        let file = File::open(&path).unwrap();
        let mut buffer = [0; 4];
        assert_eq!(read_at(&file, &mut buffer, 2).unwrap(), 4);
        assert_eq!(&buffer, b"2345");
        assert_eq!(read_at(&file, &mut buffer, 10).unwrap(), 0, "the end");
    }

    #[test]
    fn what_was_seen_is_told_from_its_successor() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, "one").unwrap();
        let before = Seen::at(&path).unwrap();
        assert_eq!(before, Seen::of(&File::open(&path).unwrap()).unwrap());
        std::fs::write(folder.path().join("b"), "one").unwrap();
        std::fs::rename(folder.path().join("b"), &path).unwrap();
        assert_ne!(before, Seen::at(&path).unwrap(), "another file");
        let before = Seen::at(&path).unwrap();
        std::fs::write(&path, "more").unwrap();
        assert_ne!(before, Seen::at(&path).unwrap(), "another content");
    }

    #[test]
    fn a_name_is_held_by_one_until_it_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new");
        let lock = FileLock::of_name(&path, folder.path()).unwrap();
        assert!(lock.is_some());
        if cfg!(any(target_os = "linux", windows)) {
            assert!(FileLock::of_name(&path, folder.path()).unwrap().is_none());
        }
        drop(lock);
        assert!(FileLock::of_name(&path, folder.path()).unwrap().is_some());
        assert_eq!(folder.path().read_dir().unwrap().count(), 0);
    }
}
