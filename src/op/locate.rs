//! Finds `op` and checks its version, once, before anything else (`src/op/op-cli.md`, Versions).

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

use super::error::{Error, ErrorKind};
use super::system::{is_program, programs};
use crate::notice::Notice;

/// Older ones lack `vault list --permission`.
const OLDEST_USABLE: (u64, u64) = (2, 25);
/// Older ones lack dates and item counts in `vault list`.
const OLDEST_COMPLETE: (u64, u64) = (2, 30);

/// The absolute path of `op`: the given file, or the first `op` (or given bare name) in the folders
/// of `path_variable`; Linux on Windows (WSL) has those of Windows too, and there it is `op.exe`.
pub(super) fn find(path: Option<&Path>, path_variable: Option<&OsStr>) -> Result<PathBuf, Error> {
    match named(path.unwrap_or(Path::new("op")), path_variable) {
        Err(error) if path.is_none() && error.kind() == ErrorKind::Missing => {
            named(Path::new("op.exe"), path_variable).map_err(|_| error)
        }
        program => program,
    }
}

fn named(name: &Path, path_variable: Option<&OsStr>) -> Result<PathBuf, Error> {
    let is_bare = name.components().count() == 1 && !name.is_absolute();
    // A relative folder in PATH would let whoever wrote into the working directory run as us.
    let folders = path_variable.into_iter().flat_map(std::env::split_paths);
    let folders = folders.filter(|folder| folder.is_absolute());
    let places: Vec<PathBuf> = match is_bare {
        true => folders.flat_map(|at| programs(&at.join(name))).collect(),
        false => programs(name),
    };
    let program = places.iter().find(|path| is_program(path));
    // What has the name and is no program says more than that none was found.
    let is_other = |path: &&PathBuf| path.symlink_metadata().is_ok_and(|it| !it.is_dir());
    match program.or_else(|| places.iter().find(is_other)) {
        Some(path) => checked(path),
        None if !is_bare => checked(name),
        None => {
            let name = name.display();
            let what = format!("the 1Password CLI `{name}` was not found in any folder of PATH.");
            Err(Error::new(ErrorKind::Missing, what))
        }
    }
}

/// The path made absolute, if a program is there.
fn checked(path: &Path) -> Result<PathBuf, Error> {
    let fault = |kind, what: &str| {
        let what = format!("`op` at {}: {what}.", path.display());
        Err(Error::new(kind, what))
    };
    let not_startable = |what: &str| fault(ErrorKind::NotStartable, what);
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    match absolute.metadata() {
        Ok(_) if is_program(&absolute) => Ok(absolute),
        Ok(it) if it.is_dir() => not_startable("this is a folder; name the program in it"),
        Ok(_) => not_startable("the file may not be executed"),
        Err(error) if error.kind() != io::ErrorKind::NotFound => not_startable(&error.to_string()),
        Err(error) => match absolute.read_link() {
            Ok(target) => {
                let target = target.display();
                not_startable(&format!("it is a link to {target}, where nothing is"))
            }
            Err(_) => fault(ErrorKind::Missing, &error.to_string()),
        },
    }
}

/// Reads the answer of `op --version`: the version, unless it cannot be read or the call failed, as
/// some wrappers do not pass `--version` on; and what the user should know about it.
pub(super) fn version(
    answer: Result<Vec<u8>, Error>,
    path: &Path,
) -> Result<(Option<String>, Option<Notice>), Error> {
    use ErrorKind::{NotStartable, Timeout, TooMuchOutput};
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) if matches!(error.kind(), NotStartable | Timeout | TooMuchOutput) => {
            return Err(error);
        }
        Err(_) => Vec::new(),
    };
    let path = path.display();
    let warning = |sentence: String| Some(Notice::warning("op-version", sentence));
    let Some((version, number)) = parse(&String::from_utf8_lossy(&answer)) else {
        let sentence = format!("the version of `op` at {path} could not be read; going on");
        return Ok((None, warning(sentence)));
    };
    if number < OLDEST_USABLE {
        let what = format!(
            "`op` at {path} is version {version}; this connector needs 2.25.0 or newer and works best with 2.30.0."
        );
        return Err(Error::new(ErrorKind::TooOld, what));
    }
    let sentence = format!(
        "`op` {version} is older than 2.30.0: vaults come without dates and item counts; \
         upgrade it: https://developer.1password.com/docs/cli/upgrade"
    );
    let is_old = number < OLDEST_COMPLETE;
    Ok((Some(version), warning(sentence).filter(|_| is_old)))
}

/// Reads `2.30.3` or `2.18.0-beta.01`: the text, and its major and minor number.
fn parse(answer: &str) -> Option<(String, (u64, u64))> {
    let version = answer.trim();
    let printable = version.len() <= 64 && version.bytes().all(|byte| byte.is_ascii_graphic());
    let mut numbers = version.split(['.', '-', '+']).map(str::parse::<u64>);
    match (numbers.next()?, numbers.next()?) {
        (Ok(major), Ok(minor)) if printable => Some((version.to_owned(), (major, minor))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn version_of(answer: &str) -> Result<(Option<String>, Option<Notice>), Error> {
        version(Ok(answer.into()), Path::new("/bin/op"))
    }

    #[test]
    fn versions_are_used_warned_about_or_refused() {
        for good in [
            "2.30.0\n",
            "2.41.0",
            "2.31.0-beta.01\n",
            "3.0.0",
            "2.30.3+build",
        ] {
            assert_eq!(
                version_of(good).unwrap(),
                (Some(good.trim().to_owned()), None)
            );
        }
        for old in ["2.25.0", "2.29.9", "2.29.0-beta.09"] {
            let (version, warning) = version_of(old).unwrap();
            assert_eq!(version.as_deref(), Some(old));
            let warning = warning.unwrap().line();
            assert!(
                warning.contains(old) && warning.contains("2.30.0") && warning.contains("upgrade"),
                "{warning}"
            );
        }
        for ancient in ["2.24.0", "2.18.0-beta.01", "1.12.5", "0.9"] {
            let error = version_of(ancient).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::TooOld);
            let text = error.to_string();
            for part in [ancient, "/bin/op", "2.25.0", "https://"] {
                assert!(text.contains(part), "{text}");
            }
        }
        for odd in [
            "",
            "dev",
            "2",
            "1Password CLI 2.31.0",
            "2.x",
            "{\"version\":\"2.31.0\"}",
            "2.31.0\n[ERROR] x",
        ] {
            let (version, warning) = version_of(odd).unwrap();
            assert!(version.is_none() && warning.is_some(), "{odd}");
        }
        let failed = Err(Error::new(ErrorKind::Other, "no such command"));
        let (version, warning) = version(failed, Path::new("/bin/op")).unwrap();
        assert!(version.is_none() && warning.is_some());
    }
}
