//! The files a report is written to: private, complete or not there, and never over a c1z file.

use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use crate::c1z::{Abort, Error, Output, resolve};
use crate::files::Seen;
use crate::text;

/// A file to write, checked before the report is made.
#[derive(Debug)]
pub struct File {
    path: PathBuf,
    output: Output,
}

impl File {
    /// Resolves links and checks that the folder takes a new file. A file that is there is replaced
    /// at the end, unless it is a c1z file.
    ///
    /// # Errors
    /// The folder is missing or refuses, or `path` is no regular file, or a c1z file.
    pub fn create(path: &Path) -> Result<Self, Error> {
        let path = resolve(path)?;
        refuse_c1z(&path)?;
        let folder = path.parent().unwrap_or(Path::new("/")).to_owned();
        let output = Output::create(&folder).map_err(|cause| {
            let reason = format!("cannot take a new file ({cause})");
            Error::Folder(text::path(&path), text::path(&folder), reason)
        })?;
        Ok(Self { path, output })
    }

    /// Where it will be, behind all links.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes the content and puts the file in its place, with mode 0600 or the old file's narrower
    /// one.
    ///
    /// # Errors
    /// Writing failed, or `abort` asked for the stop: whatever was there is as it was.
    pub fn write(
        self,
        abort: &Abort,
        content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), Error> {
        let Self { path, output } = self;
        let write = || {
            let file = output.handle()?;
            let mut out = BufWriter::with_capacity(1 << 16, Stoppable { file, abort });
            content(&mut out)?;
            out.flush()?;
            drop(out);
            output.publish(&path, Seen::at(&path).ok().as_ref())
        };
        match write() {
            Ok(_) => Ok(()),
            Err(_) if abort.is_cancelled() => Err(Error::Aborted),
            Err(cause) => Err(Error::io("write", &path)(cause)),
        }
    }
}

/// Ends the writing soon after the stop was asked for.
struct Stoppable<'a> {
    file: std::fs::File,
    abort: &'a Abort,
}

impl Write for Stoppable<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.abort.is_cancelled() {
            true => Err(io::Error::other("stopped")),
            false => self.file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A report written over a sync by a slip of the hand would lose the sync.
fn refuse_c1z(path: &Path) -> Result<(), Error> {
    let failed = Error::io("check", path);
    let refused = |reason: &str| Err(Error::not_a_file(path, reason));
    match std::fs::symlink_metadata(path) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(()),
        Ok(there) if !there.is_file() => return refused("it is not a regular file"),
        there => there.map_err(failed)?,
    };
    let mut start = Vec::new();
    let file = std::fs::File::open(path).map_err(failed)?;
    file.take(3).read_to_end(&mut start).map_err(failed)?;
    match start == b"C1Z" {
        true => refused("it is a c1z file, which a report must not replace; name another file"),
        false => Ok(()),
    }
}
