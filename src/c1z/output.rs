//! A private file that has no name until it is complete, so that nothing is left of an unfinished one.
//!
//! Linux keeps the file nameless (`O_TMPFILE`), which survives even SIGKILL without litter. Elsewhere, and
//! on file systems without it, the file has a random name beside the target and is removed when dropped.

use std::fs::{File, Metadata, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use tempfile::TempPath;

/// Mode of a new file: it lists who can reach what, so nobody else may read it.
const MODE: u32 = 0o600;

/// The output file of a sync.
#[derive(Debug)]
pub(crate) struct Output {
    file: File,
    /// None while the file is nameless.
    name: Option<TempPath>,
}

impl Output {
    /// Creates an empty file in `folder`.
    pub(crate) fn create(folder: &Path) -> io::Result<Self> {
        match nameless(folder) {
            Some(file) => Ok(Self { file, name: None }),
            None => Self::create_named(folder),
        }
    }

    fn create_named(folder: &Path) -> io::Result<Self> {
        let (file, name) = hidden().tempfile_in(folder)?.into_parts();
        Ok(Self {
            file,
            name: Some(name),
        })
    }

    /// A second handle on the file, for writing.
    pub(crate) fn handle(&self) -> io::Result<File> {
        self.file.try_clone()
    }

    /// The file without any name: it is gone when the last handle is closed.
    pub(crate) fn into_file(self) -> File {
        self.file
    }

    /// Makes the file durable and puts it at `path`, in place of the file that `old` describes, whose
    /// owner stays and whose mode is never widened. Without `old` a file that exists is not replaced.
    pub(crate) fn publish(self, path: &Path, old: Option<&Metadata>) -> io::Result<File> {
        let folder = path.parent().unwrap_or(Path::new("/"));
        if let Some(old) = old {
            keep_owner(&self.file, old);
        }
        let mode = old.map_or(MODE, |old| MODE & old.mode());
        self.file.set_permissions(Permissions::from_mode(mode))?;
        self.file.sync_all()?;
        let name = match self.name {
            Some(name) => name,
            None => give_name(&self.file, folder)?,
        };
        match old {
            Some(_) => name.persist(path)?,
            None => name.persist_noclobber(path)?,
        }
        sync_folder(folder)?;
        Ok(self.file)
    }
}

fn hidden() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".c1z-").suffix(".tmp").rand_bytes(16);
    builder
}

/// Root leaves the file to whom it belonged. Others may not give files away, and then the file is theirs,
/// which is no reason to lose a sync.
fn keep_owner(file: &File, old: &Metadata) {
    let _ = std::os::unix::fs::fchown(file, Some(old.uid()), Some(old.gid()));
}

/// A rename survives a power cut only once its folder is synced. Some file systems cannot sync folders.
fn sync_folder(folder: &Path) -> io::Result<()> {
    match File::open(folder)?.sync_all() {
        Err(cause) if cause.kind() == io::ErrorKind::InvalidInput => Ok(()),
        result => result,
    }
}

#[cfg(target_os = "linux")]
fn nameless(folder: &Path) -> Option<File> {
    use std::os::unix::fs::OpenOptionsExt;
    let flags = i32::try_from(rustix::fs::OFlags::TMPFILE.bits()).ok()?;
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

#[cfg(target_os = "linux")]
fn proc_path(file: &File) -> String {
    use std::os::fd::AsRawFd;
    format!("/proc/self/fd/{}", file.as_raw_fd())
}

#[cfg(target_os = "linux")]
fn give_name(file: &File, folder: &Path) -> io::Result<TempPath> {
    use rustix::fs::{AtFlags, CWD, linkat};
    let link = |path: &Path| {
        linkat(CWD, proc_path(file), CWD, path, AtFlags::SYMLINK_FOLLOW).map_err(io::Error::from)
    };
    Ok(hidden().make_in(folder, link)?.into_temp_path())
}

#[cfg(not(target_os = "linux"))]
fn nameless(_folder: &Path) -> Option<File> {
    None
}

#[cfg(not(target_os = "linux"))]
fn give_name(_file: &File, _folder: &Path) -> io::Result<TempPath> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::fs;
    use std::io::Write;

    use super::*;

    fn names(folder: &Path) -> usize {
        fs::read_dir(folder).unwrap().count()
    }

    /// Both ways to make a private file, so that the one which this system does not use is tested too.
    const WAYS: [fn(&Path) -> io::Result<Output>; 2] = [Output::create, Output::create_named];

    #[test]
    fn nothing_is_left_of_an_unfinished_file() {
        let folder = tempfile::tempdir().unwrap();
        for create in WAYS {
            let output = create(folder.path()).unwrap();
            output.handle().unwrap().write_all(b"half").unwrap();
            drop(output);
            assert_eq!(names(folder.path()), 0);
            let file = create(folder.path()).unwrap().into_file();
            assert_eq!(
                names(folder.path()),
                0,
                "a file without a name stays without one"
            );
            assert!(file.metadata().is_ok());
        }
    }

    #[test]
    fn a_finished_file_takes_its_place_and_replaces_only_what_it_may() {
        for create in WAYS {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("sync.c1z");
            let publish = |text: &[u8], old: Option<&Metadata>| {
                let output = create(folder.path()).unwrap();
                output.handle().unwrap().write_all(text).unwrap();
                output.publish(&path, old)
            };
            publish(b"one", None).unwrap();
            let refused = publish(b"two", None).unwrap_err();
            assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
            assert_eq!(fs::read(&path).unwrap(), b"one");
            fs::set_permissions(&path, Permissions::from_mode(0o440)).unwrap();
            let old = fs::metadata(&path).unwrap();
            publish(b"three", Some(&old)).unwrap();
            assert_eq!(fs::read(&path).unwrap(), b"three");
            assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o400);
            assert_eq!(names(folder.path()), 1);
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn on_linux_the_file_has_no_name_on_the_way() {
        let folder = tempfile::tempdir().unwrap();
        let _output = Output::create(folder.path()).unwrap();
        assert_eq!(names(folder.path()), 0);
    }
}
