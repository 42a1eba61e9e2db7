//! Follows the links of a path one by one, because not every link may be trusted: in a folder where
//! everybody may create files, such as `/tmp`, somebody else's is a trap.

use std::fs;
use std::io::{self, ErrorKind::NotFound};
use std::path::{Component, Path, PathBuf};

use crate::c1z::Error;
use crate::files;
use crate::text;

/// Why a folder is refused where a file is wanted.
pub(crate) const IS_FOLDER: &str = "it is a folder, not a file. Name a file in it";
const UNTRUSTED: &str =
    "it is a link that another user made in a folder open to everybody, so it is not followed";

/// As many as Linux follows.
const MAX_LINKS: usize = 40;

/// The absolute path of the file behind `path`, free of links. Its folder must exist.
pub(crate) fn resolve(path: &Path) -> Result<PathBuf, Error> {
    let last = path.as_os_str().as_encoded_bytes().last();
    let names_folder = last.is_some_and(|&byte| std::path::is_separator(byte.into()));
    if path.file_name().is_none() || names_folder {
        let reason = match path.is_dir() {
            true => IS_FOLDER,
            false => "it names no file",
        };
        return Err(Error::not_a_file(path, reason));
    }
    let mut rest = std::path::absolute(path).map_err(Error::io("find", path))?;
    let (mut done, mut links) = (PathBuf::new(), 0);
    loop {
        let mut parts = rest.components();
        let (part, mut after) = (parts.next(), parts.as_path().to_owned());
        match part {
            None => return Ok(done),
            Some(Component::CurDir) => {}
            Some(Component::ParentDir) => _ = done.pop(),
            Some(Component::Normal(name)) => {
                let next = done.join(name);
                match fs::symlink_metadata(&next) {
                    Ok(metadata) if metadata.is_symlink() => {
                        links += 1;
                        if links > MAX_LINKS {
                            return Err(Error::not_a_file(path, "it has too many links"));
                        }
                        let trusted = files::is_trusted_link(&metadata, &done);
                        if !trusted.map_err(Error::io("check", &done))? {
                            return Err(Error::not_a_file(&next, UNTRUSTED));
                        }
                        let to = fs::read_link(&next).map_err(Error::io("follow", &next))?;
                        after = to.join(after);
                    }
                    Err(cause) if cause.kind() == NotFound && after == Path::new("") => {
                        return Ok(next);
                    }
                    Err(cause) => return Err(no_folder(path, &done, &next, &cause)),
                    Ok(_) => done = next,
                }
            }
            // Where a path begins: `/`, a drive, or a share.
            Some(root) => done.push(root),
        }
        rest = after;
    }
}

fn no_folder(path: &Path, parent: &Path, folder: &Path, cause: &io::Error) -> Error {
    let (folder, reason) = match cause.kind() {
        NotFound => (
            folder,
            "does not exist. Create it, or name another file".into(),
        ),
        io::ErrorKind::NotADirectory => (parent, "is not a folder".into()),
        _ => (parent, format!("cannot be searched ({cause})")),
    };
    Error::Folder(text::path(path), text::path(folder), reason)
}
