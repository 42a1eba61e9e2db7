//! A private file without a name until it is complete, so that nothing is left of half a one. Where
//! a system has no nameless files, it has a random name and is removed when dropped.

use std::fs::File;
use std::io;
use std::path::Path;

use tempfile::TempPath;

use crate::files::{self, Seen};

#[derive(Debug)]
pub(crate) struct Output {
    file: File,
    /// None while the file is nameless.
    name: Option<TempPath>,
}

impl Output {
    pub(crate) fn create(folder: &Path) -> io::Result<Self> {
        match files::nameless(folder) {
            Some(file) => Ok(Self { file, name: None }),
            None => Self::create_named(folder),
        }
    }

    fn create_named(folder: &Path) -> io::Result<Self> {
        let (file, name) = files::working(folder)?.into_parts();
        let name = Some(name);
        Ok(Self { file, name })
    }

    /// A second handle on the file, for writing.
    pub(crate) fn handle(&self) -> io::Result<File> {
        self.file.try_clone()
    }

    /// The file without any name: it is gone when the last handle is closed.
    pub(crate) fn into_file(self) -> File {
        self.file
    }

    /// Makes the file durable and puts it at `path`, in place of the file that `old` describes,
    /// whose owner stays and whose mode is never widened. Without `old` no file is replaced.
    pub(crate) fn publish(self, path: &Path, old: Option<&Seen>) -> io::Result<File> {
        let folder = path.parent().unwrap_or(Path::new("/"));
        files::dress_as(&self.file, old)?;
        self.file.sync_all()?;
        let name = match self.name {
            Some(name) => name,
            None => files::give_name(&self.file, folder)?,
        };
        match old {
            Some(_) => files::replace(name, path)?,
            None => name.persist_noclobber(path)?,
        }
        files::sync_folder(folder)?;
        Ok(self.file)
    }
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

    /// Both ways to make a private file, so that the one which this system does not use is tested
    /// too.
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
            assert!(file.metadata().is_ok());
            drop(file);
            assert_eq!(names(folder.path()), 0);
        }
    }

    #[test]
    fn a_finished_file_takes_its_place_and_replaces_only_what_it_may() {
        for create in WAYS {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("sync.c1z");
            let publish = |text: &[u8], old: Option<&Seen>| {
                let output = create(folder.path()).unwrap();
                output.handle().unwrap().write_all(text).unwrap();
                output.publish(&path, old)
            };
            publish(b"one", None).unwrap();
            let refused = publish(b"two", None).unwrap_err();
            assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
            assert_eq!(fs::read(&path).unwrap(), b"one");
            let old = Seen::at(&path).unwrap();
            publish(b"three", Some(&old)).unwrap();
            assert_eq!(fs::read(&path).unwrap(), b"three");
            assert_eq!(names(folder.path()), 1);
        }
    }
}
