//! The output file: checked and locked before anything else is done, unpacked by the writer.
//!
//! Of two runs on one file the second is refused at once, or where a system has no lock for a file
//! that does not exist yet, told at its end. Nobody replaces a file that it has not seen.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::baton::pb::v2::Resource;
use crate::c1z::database::{Database, Needed};
use crate::c1z::output::Output;
use crate::c1z::{Abort, Error, TargetOptions, envelope, link};
use crate::files::{self, FileLock, Seen};
use crate::text;

/// The file that a sync is to be written to.
#[derive(Debug)]
pub struct Target {
    pub(super) path: PathBuf,
    /// Where working copies go: they can be ten times the size of the file.
    pub(super) folder: PathBuf,
    /// Keeps other runs away; none for a temporary target, which nobody else can reach.
    lock: Option<FileLock>,
    /// What the file was like at the start; none when there was no file.
    seen: Option<Seen>,
    /// The file that holds syncs.
    old: Option<File>,
    /// Its private copy, once somebody needed it.
    unpacked: Option<Database>,
    /// Whether a file in the container of newer SDKs is being replaced.
    pub(super) replaces_v3: bool,
    /// The empty file that will become the target.
    pub(super) output: Output,
    pub(super) options: TargetOptions,
}

impl Target {
    /// Resolves links, checks that the folder takes files, locks and checks an existing file: an
    /// error is what would keep the sync from being saved, and the file is as it was.
    pub fn open(path: &Path, options: TargetOptions) -> Result<Self, Error> {
        let path = link::resolve(path)?;
        let folder = path.parent().filter(|_| !path.is_dir()).map(Path::to_owned);
        let folder = folder.ok_or_else(|| Error::not_a_file(&path, link::IS_FOLDER))?;
        // The kind alone: the whole cause names a temporary file that nobody knows.
        let output = Output::create(&folder).map_err(|cause| {
            let kind = cause.kind();
            let reason = format!("cannot take a new file ({kind}). Choose another with -f");
            Error::Folder(text::path(&path), text::path(&folder), reason)
        })?;
        let mut target = Self::new(path, &folder, output, options)?;
        let path = &target.path;
        target.lock = Some(match lock(path, &folder)? {
            Some((file, lock, there)) => {
                files::is_replaceable(path, &there, &folder)
                    .map_err(Error::io("check", path))?
                    .map_err(|reason| Error::not_a_file(path, reason))?;
                match envelope::check(&file, path) {
                    Err(Error::Empty(_)) => {}
                    Err(Error::V3(_)) if target.options.replace_v3 => target.replaces_v3 = true,
                    checked => target.old = checked.map(|()| Some(file))?,
                }
                target.seen = Some(there);
                lock
            }
            None => FileLock::of_name(path, &folder)
                .map_err(Error::io("check", &folder))?
                .ok_or_else(|| Error::Locked(text::path(path)))?,
        });
        Ok(target)
    }

    /// A nameless file in `folder`, gone when its last handle is closed; for service mode.
    pub fn temporary(folder: &Path, options: TargetOptions) -> Result<Self, Error> {
        let output = Output::create(folder).map_err(|cause| no_room(folder, &cause))?;
        Self::new(folder.to_owned(), folder, output, options)
    }

    fn new(
        path: PathBuf,
        folder: &Path,
        output: Output,
        options: TargetOptions,
    ) -> Result<Self, Error> {
        if let Some(folder) = &options.temp_dir {
            tempfile::tempfile_in(folder).map_err(|cause| no_room(folder, &cause))?;
        }
        Ok(Self {
            path,
            folder: options.temp_dir.as_deref().unwrap_or(folder).to_owned(),
            lock: None,
            seen: None,
            old: None,
            unpacked: None,
            replaces_v3: false,
            output,
            options,
        })
    }

    /// The file behind all links; for a temporary target its folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The flag that stops this target's steps and its writer's, also from another thread.
    pub fn abort(&self) -> Abort {
        self.options.abort.clone()
    }

    /// The resource of a type that was written last into the file, such as its account.
    pub fn newest_resource(&mut self, kind: &str) -> Result<Option<Resource>, Error> {
        self.unpacked = self.unpack()?;
        let newest = "+resource_type_id = ?1 order by id desc limit 1";
        let unpacked = self.unpacked.as_ref();
        unpacked.map_or(Ok(None), |old| old.record(newest, [kind]))
    }

    /// The syncs that the file holds already, in a private copy that is the caller's.
    pub(crate) fn unpack(&mut self) -> Result<Option<Database>, Error> {
        if let Some(database) = self.unpacked.take() {
            return Ok(Some(database));
        }
        let TargetOptions { limits, abort, .. } = &self.options;
        let (path, folder) = (&self.path, &self.folder);
        let unpack = |file| Database::unpack(file, path, folder, limits, abort, Needed::Tables);
        self.old.as_ref().map(unpack).transpose()
    }

    /// Puts the finished output in its place, unless somebody else has changed what is there.
    pub(crate) fn publish(self) -> Result<File, Error> {
        Error::stopped(&self.options.abort)?;
        let path = &self.path;
        let changed = |what| Error::Changed(text::path(path), what);
        if self.lock.is_none() {
            return Ok(self.output.into_file());
        }
        let there = match Seen::at(path) {
            Ok(seen) => Some(seen),
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => None,
            Err(cause) => return Err(Error::io("check", path)(cause)),
        };
        match (&self.seen, &there) {
            (None, Some(_)) => return Err(changed("created")),
            (Some(old), Some(new)) if old != new => return Err(changed("changed")),
            // A file that was removed meanwhile cannot be lost.
            (_, None) | (Some(_), Some(_)) => {}
        }
        // Nothing more is read from it, and an open file may be in the way.
        drop(self.old);
        self.output
            .publish(path, there.as_ref())
            .map_err(|cause| match cause.kind() {
                io::ErrorKind::AlreadyExists => changed("created"),
                _ => Error::io("save", path)(cause),
            })
    }
}

/// What keeps working copies out of a folder. The kind alone: see [`Target::open`].
fn no_room(folder: &Path, cause: &io::Error) -> Error {
    let reason = match cause.kind() {
        _ if folder.exists() && !folder.is_dir() => "is not a folder".to_owned(),
        io::ErrorKind::NotFound if !folder.exists() => "does not exist".to_owned(),
        kind => format!("cannot take a new file ({kind})"),
    };
    Error::TempDir(text::path(folder), reason)
}

/// Opens and locks the file at `path`, which is no link; None when there is none.
fn lock(path: &Path, folder: &Path) -> Result<Option<(File, FileLock, Seen)>, Error> {
    let failed = Error::io("open", path);
    loop {
        match fs::symlink_metadata(path) {
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(cause) => return Err(failed(cause)),
            Ok(metadata) if !metadata.is_file() => {
                return Err(Error::not_a_file(path, "it is not a regular file"));
            }
            Ok(_) => {}
        }
        let file = match files::no_follow(File::options().read(true)).open(path) {
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => continue,
            opened => opened.map_err(failed)?,
        };
        let handle = file.try_clone().map_err(failed)?;
        let file_lock = FileLock::of_file(handle, path, folder).map_err(failed)?;
        let file_lock = file_lock.ok_or_else(|| Error::Locked(text::path(path)))?;
        let seen = Seen::of(&file).map_err(failed)?;
        // The run that held the lock before may have put another file here meanwhile.
        if Seen::at(path).is_ok_and(|there| there == seen) {
            return Ok(Some((file, file_lock, seen)));
        }
    }
}
