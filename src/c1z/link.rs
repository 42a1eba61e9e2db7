//! Follows the links of a path one by one, because not every link may be trusted.
//!
//! In a folder where everybody may create files (such as `/tmp`), a link made by somebody else is a trap.
//! Linux refuses it in its default setting; here it is refused on every system.

use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

use crate::c1z::Error;
use crate::c1z::error::Shown;

/// As many as Linux follows.
const MAX_LINKS: usize = 40;
/// Sticky, and writable by all.
const SHARED: u32 = 0o1002;

/// The absolute path of the file behind `path`, free of links. The file itself need not exist.
///
/// # Errors
/// No file name, a missing folder, a link that must not be followed, or too many links.
pub(crate) fn resolve(path: &Path) -> Result<PathBuf, Error> {
    if path.file_name().is_none() || path.as_os_str().as_bytes().ends_with(b"/") {
        let reason = match path.is_dir() {
            true => "it is a folder, not a file. Name a file in it",
            false => "it names no file",
        };
        return Err(Error::not_a_file(path, reason));
    }
    let absolute = std::path::absolute(path).map_err(|cause| Error::io("find", path, cause))?;
    let mut rest = parts(&absolute);
    let mut done = PathBuf::from("/");
    let mut links = 0;
    while let Some(part) = rest.pop() {
        if part == ".." {
            done.pop();
            continue;
        }
        let next = done.join(&part);
        match fs::symlink_metadata(&next) {
            Ok(metadata) if metadata.is_symlink() => {
                links += 1;
                if links > MAX_LINKS {
                    return Err(Error::not_a_file(path, "it has too many links"));
                }
                check_trust(&next, &metadata, &done)?;
                let to = fs::read_link(&next).map_err(|cause| Error::io("follow", &next, cause))?;
                if to.is_absolute() {
                    done = PathBuf::from("/");
                }
                rest.extend(parts(&to));
            }
            Ok(_) => done = next,
            Err(cause) if cause.kind() == io::ErrorKind::NotFound && rest.is_empty() => done = next,
            Err(cause) => return Err(no_folder(path, &done, &next, &cause)),
        }
    }
    Ok(done)
}

/// The parts of a path, the last one first; `..` stays.
fn parts(path: &Path) -> Vec<OsString> {
    let named = |part: &Component<'_>| matches!(part, Component::Normal(_) | Component::ParentDir);
    let parts = path.components().filter(named);
    parts
        .rev()
        .map(|part| part.as_os_str().to_owned())
        .collect()
}

fn check_trust(link: &Path, metadata: &Metadata, folder: &Path) -> Result<(), Error> {
    let folder = fs::metadata(folder).map_err(|cause| Error::io("check", folder, cause))?;
    let own = rustix::process::geteuid().as_raw();
    if !is_trusted(metadata.uid(), folder.mode(), folder.uid(), own) {
        let reason = "it is a link that another user made in a folder open to everybody, so it is not followed";
        return Err(Error::not_a_file(link, reason));
    }
    Ok(())
}

/// Whether a link made by `maker` may be followed by `own` in a folder of such a mode and owner.
fn is_trusted(maker: u32, folder_mode: u32, folder_owner: u32, own: u32) -> bool {
    folder_mode & SHARED != SHARED || maker == own || maker == folder_owner
}

fn no_folder(path: &Path, parent: &Path, folder: &Path, cause: &io::Error) -> Error {
    let (folder, reason) = match cause.kind() {
        io::ErrorKind::NotFound => (
            folder,
            "does not exist. Create it, or name another file".into(),
        ),
        io::ErrorKind::NotADirectory => (parent, "is not a folder".into()),
        _ => (parent, format!("cannot be searched ({cause})")),
    };
    Error::Folder {
        path: Shown::new(path),
        folder: Shown::new(folder),
        reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_of_others_are_followed_only_where_not_everybody_can_make_them() {
        const ROOT: u32 = 0;
        const ME: u32 = 1000;
        const OTHER: u32 = 1001;
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
}
