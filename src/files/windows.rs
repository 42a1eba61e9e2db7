//! Files on Windows: what a folder grants is inherited, locks keep readers away, and a name is not
//! free while the file is open.
//!
//! A new file is as private as its folder: in a user's profile that is the user, the system, and
//! the administrators, who may take any file anyway. An access list of our own would say no more
//! there, and elsewhere it would undo what somebody chose for the folder.

use std::ffi::OsStr;
use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::os::windows::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempPath;
use winapi_util::Handle;
use winapi_util::file::information;

use super::soon;

/// What roams with the user, and what stays on the machine.
pub(crate) const CONFIG_BASES: &[(&str, &str)] = &[("APPDATA", "")];
pub(crate) const STATE_BASES: &[(&str, &str)] = &[("LOCALAPPDATA", "")];

pub(crate) const NAME_TEMP_FOLDER: &str =
    ". Name a folder for temporary files that exists with TEMP";

const DELETE: u32 = 0x0001_0000;
const ATTRIBUTE_HIDDEN: u32 = 0x2;
const ATTRIBUTE_TEMPORARY: u32 = 0x100;
const FLAG_BACKUP_SEMANTICS: u32 = 0x0200_0000;
const FLAG_DELETE_ON_CLOSE: u32 = 0x0400_0000;
const FLAG_OPEN_REPARSE_POINT: u32 = 0x0020_0000;
const ERROR_ACCESS_DENIED: i32 = 5;
const ERROR_SHARING_VIOLATION: i32 = 32;
const ERROR_LOCK_VIOLATION: i32 = 33;
const ERROR_PIPE_NOT_CONNECTED: i32 = 233;

/// How often and how far apart a file is put in its place: virus scanners and indexers open a file
/// for a moment.
const TRIES: u32 = 20;
const BETWEEN: Duration = Duration::from_millis(100);

const IN_USE: &str = "another program has it open. Close it there, or name another file";

pub(crate) fn read_at(file: &File, buffer: &mut [u8], at: u64) -> io::Result<usize> {
    file.seek_read(buffer, at)
}

pub(crate) fn no_follow(options: &mut OpenOptions) -> &mut OpenOptions {
    options.custom_flags(FLAG_OPEN_REPARSE_POINT)
}

/// Inherited from the folder: see above.
pub(crate) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

/// Inherited from the profile: see above.
pub(crate) fn make_private_folder(folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)
}

/// Access lists are not read; a link is never ours.
pub(crate) fn require_private(metadata: &Metadata, path: &Path) -> io::Result<()> {
    if metadata.is_symlink() {
        let text = format!("{} is a link", path.display());
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, text));
    }
    Ok(())
}

/// What stood at a path: the number of the disk, that of the file there, its size, and when it was
/// last written.
#[derive(Debug, PartialEq)]
pub(crate) struct Seen(u64, u64, u64, Option<u64>);

impl Seen {
    pub(crate) fn at(path: &Path) -> io::Result<Self> {
        let flags = FLAG_BACKUP_SEMANTICS | FLAG_OPEN_REPARSE_POINT;
        let mut options = File::options();
        Self::of(&options.access_mode(0).custom_flags(flags).open(path)?)
    }

    pub(crate) fn of(file: &File) -> io::Result<Self> {
        let found = information(file)?;
        let (volume, index) = (found.volume_serial_number(), found.file_index());
        let (size, written) = (found.file_size(), found.last_write_time());
        Ok(Self(volume, index, size, written))
    }
}

/// Keeps other runs away: a hidden file beside the other one, which nobody can open twice and which
/// the system deletes when the process ends, in whatever way. A lock on the file itself would keep
/// its readers away as well.
#[derive(Debug)]
pub(crate) struct FileLock {
    _beside: Option<File>,
}

impl FileLock {
    /// The file is closed: not every disk lets an open one be replaced.
    pub(crate) fn of_file(_file: File, path: &Path, folder: &Path) -> io::Result<Option<Self>> {
        Self::of_name(path, folder)
    }

    pub(crate) fn of_name(path: &Path, folder: &Path) -> io::Result<Option<Self>> {
        let opened = File::options()
            .write(true)
            .create(true)
            .share_mode(0)
            .custom_flags(ATTRIBUTE_HIDDEN | ATTRIBUTE_TEMPORARY | FLAG_DELETE_ON_CLOSE)
            .open(beside(path, folder));
        match opened {
            Err(cause) if cause.raw_os_error() == Some(ERROR_SHARING_VIOLATION) => Ok(None),
            // A share without such files; the check before the file is replaced remains.
            opened => Ok(Some(Self {
                _beside: opened.ok(),
            })),
        }
    }
}

fn beside(path: &Path, folder: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".lock");
    folder.join(name)
}

pub(crate) fn give_name(_file: &File, _folder: &Path) -> io::Result<TempPath> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Deletes working files of runs that were killed: those that nobody has open.
pub(crate) fn sweep(folder: &Path) {
    for entry in folder.read_dir().into_iter().flatten().flatten() {
        if is_hidden(&entry.file_name()) {
            let _ = File::options()
                .access_mode(DELETE)
                .share_mode(0)
                .custom_flags(FLAG_DELETE_ON_CLOSE | FLAG_OPEN_REPARSE_POINT)
                .open(entry.path());
        }
    }
}

fn is_hidden(name: &OsStr) -> bool {
    let name = name.to_str().unwrap_or_default();
    let rest = name.strip_prefix(super::PREFIX).unwrap_or_default();
    rest.strip_suffix(super::SUFFIX).is_some_and(|random| {
        random.len() == super::RANDOM && random.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

/// SQLite opens files so that they cannot be deleted until it closes them.
pub(crate) fn unname(name: TempPath) -> io::Result<Option<TempPath>> {
    Ok(Some(name))
}

/// Inherited from the folder, which is also that of the old file.
pub(crate) fn dress_as(_file: &File, _old: Option<&Seen>) -> io::Result<()> {
    Ok(())
}

/// Puts a file at the path, in place of what is there, also while a program reads that and lets
/// others delete it.
pub(crate) fn replace(name: TempPath, path: &Path) -> io::Result<()> {
    let name = name.keep()?;
    let rename = || match std::fs::rename(&name, path) {
        Err(cause) if is_in_use(&cause) => None,
        renamed => Some(renamed),
    };
    let in_use = || Err(io::Error::new(io::ErrorKind::ResourceBusy, IN_USE));
    let renamed = soon(TRIES, BETWEEN, rename).unwrap_or_else(in_use);
    renamed.inspect_err(|_| _ = std::fs::remove_file(&name))
}

/// "Access denied" is what Windows says of a file that is open elsewhere when another one is to
/// take its place.
fn is_in_use(cause: &io::Error) -> bool {
    matches!(
        cause.raw_os_error(),
        Some(ERROR_ACCESS_DENIED | ERROR_SHARING_VIOLATION | ERROR_LOCK_VIOLATION)
    )
}

/// NTFS keeps a journal of its names.
pub(crate) fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

pub(crate) fn is_replaceable(
    path: &Path,
    _file: &Seen,
    _folder: &Path,
) -> io::Result<Result<(), &'static str>> {
    match File::options().access_mode(DELETE).open(path) {
        Ok(_) => Ok(Ok(())),
        Err(cause) if cause.raw_os_error() == Some(ERROR_SHARING_VIOLATION) => Ok(Err(IN_USE)),
        Err(cause) => Err(cause),
    }
}

/// Who made a link cannot be asked without the system's own calls, and making one takes a
/// privilege.
pub(crate) fn is_trusted_link(_link: &Metadata, _folder: &Path) -> io::Result<bool> {
    Ok(true)
}

pub(crate) fn can_write(place: &Path) -> io::Result<()> {
    match place.is_dir() {
        true => tempfile::tempfile_in(place).map(drop),
        false => File::options().append(true).open(place).map(drop),
    }
}

pub(crate) fn is_reader_gone(cause: &io::Error) -> bool {
    cause.kind() == io::ErrorKind::BrokenPipe
        || cause.raw_os_error() == Some(ERROR_PIPE_NOT_CONNECTED)
}

/// Access lists are not read.
pub(crate) fn others_can_read(_path: &Path) -> bool {
    false
}

pub(crate) fn is_one_file(a: &Path, b: &Path) -> bool {
    let file = |path: &Path| -> io::Result<(u64, u64)> {
        let found = information(&Handle::from_path_any(path)?)?;
        Ok((found.volume_serial_number(), found.file_index()))
    };
    matches!((file(a), file(b)), (Ok(a), Ok(b)) if a == b)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_file_takes_the_place_of_one_that_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("old");
        std::fs::write(&path, "old").unwrap();
        let reader = File::open(&path).unwrap();
        let new = tempfile::NamedTempFile::new_in(folder.path()).unwrap();
        std::fs::write(new.path(), "new").unwrap();
        replace(new.into_temp_path(), &path).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "new");
        let mut text = [0; 3];
        assert_eq!(read_at(&reader, &mut text, 0).unwrap(), 3);
        assert_eq!(&text, b"old", "the reader goes on with what it opened");
    }

    #[test]
    fn a_file_that_is_held_open_stays_and_is_named_as_such() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("old");
        std::fs::write(&path, "old").unwrap();
        let holder = File::options()
            .read(true)
            .share_mode(1)
            .open(&path)
            .unwrap();
        let seen = Seen::at(&path).unwrap();
        let refused = is_replaceable(&path, &seen, folder.path()).unwrap();
        assert_eq!(refused, Err(IN_USE));
        let new = tempfile::NamedTempFile::new_in(folder.path()).unwrap();
        let error = replace(new.into_temp_path(), &path).unwrap_err();
        assert_eq!(error.to_string(), IN_USE);
        drop(holder);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(
            folder.path().read_dir().unwrap().count(),
            1,
            "nothing is left"
        );
        assert_eq!(is_replaceable(&path, &seen, folder.path()).unwrap(), Ok(()));
    }

    #[test]
    fn working_files_of_killed_runs_go_and_those_of_others_stay() {
        let folder = tempfile::tempdir().unwrap();
        let (_mine, mine) = super::super::working(folder.path()).unwrap().into_parts();
        let left = super::super::working(folder.path()).unwrap();
        let left = left.into_temp_path().keep().unwrap();
        std::fs::write(folder.path().join(".c1z-notes.tmp"), "").unwrap();
        let _other = super::super::working(folder.path()).unwrap();
        assert!(!left.exists() && mine.exists());
        assert!(folder.path().join(".c1z-notes.tmp").exists());
    }

    #[test]
    fn readers_are_not_kept_away() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("held");
        std::fs::write(&path, "text").unwrap();
        let _lock = FileLock::of_file(File::open(&path).unwrap(), &path, folder.path()).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "text");
    }
}
