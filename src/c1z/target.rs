//! The output file: checked, locked and, when it holds syncs, decoded before anything else is done.

use std::path::{Path, PathBuf};

use crate::c1z::{Error, TargetOptions};

/// The file that a sync is to be written to.
#[derive(Debug)]
pub struct Target {
    path: PathBuf,
}

impl Target {
    /// Checks the path, locks the file and decodes the syncs it holds.
    pub fn open(path: &Path, options: TargetOptions) -> Result<Self, Error> {
        let _ = (path, options);
        unimplemented!()
    }

    /// A private file in `folder` that nobody can name, gone when its last handle is closed.
    pub fn temporary(folder: &Path, options: TargetOptions) -> Result<Self, Error> {
        let _ = (folder, options);
        unimplemented!()
    }

    /// The file behind all links.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The flag that stops this target's steps and its writer's, also from another thread.
    pub fn abort(&self) -> crate::c1z::Abort {
        unimplemented!()
    }
}
