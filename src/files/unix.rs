//! Files on Linux, macOS and their like: modes and owners, advisory locks, links.

use std::fs::{DirBuilder, File, Metadata, OpenOptions, Permissions, TryLockError};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::{
    DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt, PermissionsExt, fchown,
};
use std::path::Path;
use std::time::Duration;

use rustix::fs::{Access, OFlags};
use tempfile::TempPath;

use super::soon;

pub(crate) const CONFIG_BASES: &[(&str, &str)] = &[("XDG_CONFIG_HOME", ""), ("HOME", ".config")];
pub(crate) const STATE_BASES: &[(&str, &str)] = &[("XDG_STATE_HOME", ""), ("HOME", ".local/state")];

pub(crate) const NAME_TEMP_FOLDER: &str =
    ". Name a folder for temporary files that exists with TMPDIR";

/// Mode of a new file: it lists who can reach what, so nobody else may read it.
const MODE: u32 = 0o600;

pub(crate) fn read_at(file: &File, buffer: &mut [u8], at: u64) -> io::Result<usize> {
    file.read_at(buffer, at)
}

/// A queue or device does not make the call wait either.
pub(crate) fn no_follow(options: &mut OpenOptions) -> &mut OpenOptions {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    options.custom_flags(flags.bits().cast_signed())
}

pub(crate) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options.mode(MODE)
}

pub(crate) fn make_private_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Only what the user owns is trusted: a file that nobody else may read or write, in a folder that
/// nobody else may write.
pub(crate) fn require_private(metadata: &Metadata, path: &Path) -> io::Result<()> {
    let ours = metadata.uid() == own();
    let others = if metadata.is_dir() { 0o022 } else { 0o077 };
    let shared = metadata.mode() & others != 0;
    let linked = metadata.is_file() && metadata.nlink() != 1;
    if !ours || shared || linked || metadata.is_symlink() {
        let text = format!("{} is not private to this user", path.display());
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, text));
    }
    Ok(())
}

fn own() -> u32 {
    rustix::process::geteuid().as_raw()
}

#[derive(Debug)]
pub(crate) struct Seen(Metadata);

impl Seen {
    pub(crate) fn at(path: &Path) -> io::Result<Self> {
        path.symlink_metadata().map(Self)
    }

    pub(crate) fn of(file: &File) -> io::Result<Self> {
        file.metadata().map(Self)
    }
}

/// The same file with the same content, as far as can be told without reading it.
impl PartialEq for Seen {
    fn eq(&self, other: &Self) -> bool {
        let identity =
            |Self(it): &Self| (it.dev(), it.ino(), it.len(), it.mtime(), it.mtime_nsec());
        identity(self) == identity(other)
    }
}

/// How often a lock is tried, and the time between: a child that a run had started when it was
/// killed holds the run's locks until it has become `op`.
const TRIES: u32 = 10;
const MOMENT: Duration = Duration::from_millis(20);

/// Keeps other runs away. An existing file is locked; for one that does not exist yet, which cannot
/// be locked without leaving something behind, Linux has sockets without a file.
#[derive(Debug)]
pub(crate) struct FileLock {
    _held: Option<OwnedFd>,
}

impl FileLock {
    pub(crate) fn of_file(file: File, _path: &Path, _folder: &Path) -> io::Result<Option<Self>> {
        // Some network file systems have no locks; the check before the file is replaced remains.
        let lock = || match file.try_lock() {
            Err(TryLockError::WouldBlock) => None,
            Ok(()) | Err(TryLockError::Error(_)) => Some(()),
        };
        Ok(soon(TRIES, MOMENT, lock).map(|()| Self {
            _held: Some(file.into()),
        }))
    }

    /// A name in Linux's list of sockets that have no file: it is free again when the process ends,
    /// in whatever way.
    #[cfg(target_os = "linux")]
    pub(crate) fn of_name(path: &Path, folder: &Path) -> io::Result<Option<Self>> {
        use std::hash::{DefaultHasher, Hash, Hasher};
        use std::os::linux::net::SocketAddrExt;
        use std::os::unix::net::{SocketAddr, UnixListener};

        let metadata = folder.metadata()?;
        let mut hasher = DefaultHasher::new();
        path.file_name().hash(&mut hasher);
        let (device, inode, name) = (metadata.dev(), metadata.ino(), hasher.finish());
        let name = format!("baton-1password/{device:x}/{inode:x}/{name:x}");
        // In a sandbox without sockets the check before the file is replaced remains.
        let bind = || {
            let at = SocketAddr::from_abstract_name(&name);
            match at.and_then(|at| UnixListener::bind_addr(&at)) {
                Err(cause) if cause.kind() == io::ErrorKind::AddrInUse => None,
                bound => Some(bound.ok()),
            }
        };
        Ok(soon(TRIES, MOMENT, bind).map(|bound| Self {
            _held: bound.map(OwnedFd::from),
        }))
    }

    /// Elsewhere the first run to end creates the file, and the other one is told so.
    #[cfg(not(target_os = "linux"))]
    pub(crate) fn of_name(_path: &Path, _folder: &Path) -> io::Result<Option<Self>> {
        Ok(Some(Self { _held: None }))
    }
}

/// A file in the folder that has no name, which survives even SIGKILL without litter; `None` where
/// there is no such thing.
#[cfg(target_os = "linux")]
pub(crate) fn nameless(folder: &Path) -> Option<File> {
    let flags = i32::try_from(OFlags::TMPFILE.bits()).ok()?;
    let file = File::options()
        .read(true)
        .write(true)
        .mode(MODE)
        .custom_flags(flags)
        .open(folder)
        .ok()?;
    // The name will be given through /proc, which a container may lack.
    std::fs::symlink_metadata(proc_path(&file)).ok()?;
    Some(file)
}

/// Gives a file of [`nameless`] a name in its folder, not its last one.
pub(crate) fn give_name(file: &File, folder: &Path) -> io::Result<TempPath> {
    use rustix::fs::{AtFlags, CWD, linkat};
    let link = |path: &Path| {
        linkat(CWD, proc_path(file), CWD, path, AtFlags::SYMLINK_FOLLOW).map_err(io::Error::from)
    };
    Ok(super::hidden().make_in(folder, link)?.into_temp_path())
}

fn proc_path(file: &File) -> String {
    format!("/proc/self/fd/{}", file.as_raw_fd())
}

/// Working files of runs that were killed: nothing tells them from those of a run that goes on.
pub(crate) fn sweep(_folder: &Path) {}

/// Takes the name from a file that stays open: then even a killed process leaves nothing behind.
/// What is returned must live until the file is closed.
pub(crate) fn unname(name: TempPath) -> io::Result<Option<TempPath>> {
    name.close().map(|()| None)
}

/// Gives a new file a mode that is never wider than that of the old one or of a private file, and
/// the old one's owner. Only root may give files away; to others a file of theirs is no reason to
/// lose a sync.
pub(crate) fn dress_as(file: &File, old: Option<&Seen>) -> io::Result<()> {
    if let Some(Seen(old)) = old {
        let _ = fchown(file, Some(old.uid()), Some(old.gid()));
    }
    let mode = old.map_or(MODE, |Seen(old)| MODE & old.mode());
    file.set_permissions(Permissions::from_mode(mode))
}

pub(crate) fn replace(name: TempPath, path: &Path) -> io::Result<()> {
    Ok(name.persist(path)?)
}

/// A rename survives a power cut only once its folder is synced. Some file systems cannot sync
/// folders.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    match File::open(folder)?.sync_all() {
        Err(cause) if cause.kind() == io::ErrorKind::InvalidInput => Ok(()),
        result => result,
    }
}

pub(crate) fn is_replaceable(
    _path: &Path,
    file: &Seen,
    folder: &Path,
) -> io::Result<Result<(), &'static str>> {
    let folder = folder.metadata()?;
    const WHY: &str = "it belongs to another user, in a folder where only owners may replace files. \
                       Name another file";
    let may = may_replace(file.0.uid(), folder.mode(), folder.uid(), own());
    Ok(may.then_some(()).ok_or(WHY))
}

/// In a sticky folder only root and the owners of the file and of the folder may replace a file.
fn may_replace(file_owner: u32, folder_mode: u32, folder_owner: u32, own: u32) -> bool {
    const STICKY: u32 = 0o1000;
    folder_mode & STICKY == 0 || [0, file_owner, folder_owner].contains(&own)
}

/// In a folder where everybody may create files, such as `/tmp`, a link made by somebody else is a
/// trap. Linux refuses it in its default setting, and here every system of its kind does.
pub(crate) fn is_trusted_link(link: &Metadata, folder: &Path) -> io::Result<bool> {
    let folder = folder.metadata()?;
    Ok(is_trusted(link.uid(), folder.mode(), folder.uid(), own()))
}

/// Sticky, and writable by all.
const SHARED: u32 = 0o1002;

/// Whether a link made by `maker` may be followed by `own` in a folder of such a mode and owner.
fn is_trusted(maker: u32, folder_mode: u32, folder_owner: u32, own: u32) -> bool {
    folder_mode & SHARED != SHARED || maker == own || maker == folder_owner
}

pub(crate) fn can_write(place: &Path) -> io::Result<()> {
    let access = match place.is_dir() {
        true => Access::WRITE_OK | Access::EXEC_OK,
        false => Access::WRITE_OK,
    };
    Ok(rustix::fs::access(place, access)?)
}

pub(crate) fn is_reader_gone(cause: &io::Error) -> bool {
    cause.kind() == io::ErrorKind::BrokenPipe
}

pub(crate) fn others_can_read(path: &Path) -> bool {
    path.metadata()
        .is_ok_and(|metadata| metadata.is_file() && metadata.mode() & 0o044 != 0)
}

pub(crate) fn is_one_file(a: &Path, b: &Path) -> bool {
    let file = |path: &Path| path.metadata().map(|file| (file.dev(), file.ino()));
    matches!((file(a), file(b)), (Ok(a), Ok(b)) if a == b)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const ROOT: u32 = 0;
    const ME: u32 = 1000;
    const OTHER: u32 = 1001;

    #[test]
    fn files_of_others_in_sticky_folders_are_known_to_be_theirs() {
        assert!(
            !may_replace(OTHER, 0o41777, ROOT, ME),
            "a file of another in /tmp"
        );
        assert!(may_replace(ME, 0o41777, ROOT, ME));
        assert!(may_replace(OTHER, 0o41777, ME, ME), "my folder");
        assert!(may_replace(OTHER, 0o40777, ROOT, ME), "no sticky folder");
        assert!(may_replace(OTHER, 0o41777, ME, ROOT));
    }

    #[test]
    fn links_of_others_are_followed_only_where_not_everybody_can_make_them() {
        assert!(!is_trusted(OTHER, 0o41777, ROOT, ME), "a trap in /tmp");
        assert!(!is_trusted(OTHER, 0o41777, ROOT, ROOT), "also for root");
        assert!(is_trusted(ME, 0o41777, ROOT, ME));
        assert!(
            is_trusted(ROOT, 0o41777, ROOT, ME),
            "made by the owner of the folder"
        );
        assert!(
            is_trusted(OTHER, 0o40755, OTHER, ME),
            "nobody else can write there"
        );
        assert!(is_trusted(OTHER, 0o41770, ROOT, ME), "a group's folder");
    }

    #[test]
    fn a_file_keeps_a_narrow_mode_and_never_gets_a_wide_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("old");
        std::fs::write(&path, "").unwrap();
        for (old, new) in [(0o644, 0o600), (0o440, 0o400)] {
            std::fs::set_permissions(&path, Permissions::from_mode(old)).unwrap();
            let file = tempfile::tempfile().unwrap();
            dress_as(&file, Some(&Seen::at(&path).unwrap())).unwrap();
            assert_eq!(file.metadata().unwrap().mode() & 0o777, new);
        }
    }

    #[test]
    fn what_others_can_read_or_lead_elsewhere_is_not_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        private(File::options().write(true).create(true))
            .open(&path)
            .unwrap();
        let is_private =
            |path: &Path| require_private(&path.symlink_metadata().unwrap(), path).is_ok();
        assert!(is_private(&path) && is_private(folder.path()));
        std::os::unix::fs::symlink(&path, folder.path().join("link")).unwrap();
        assert!(!is_private(&folder.path().join("link")));
        assert!(
            no_follow(File::options().read(true))
                .open(folder.path().join("link"))
                .is_err()
        );
        std::fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        assert!(!is_private(&path));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn on_linux_a_file_needs_no_name() {
        let folder = tempfile::tempdir().unwrap();
        let _file = nameless(folder.path()).unwrap();
        assert_eq!(folder.path().read_dir().unwrap().count(), 0);
    }
}
