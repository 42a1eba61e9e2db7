//! Finds `op` and checks its version, once, before anything else (contract op-cli §6).

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

use super::error::{Error, ErrorKind};

/// Older ones lack `vault list --permission`.
const OLDEST_USABLE: (u64, u64) = (2, 25);
/// Older ones lack dates and item counts in `vault list`.
const OLDEST_COMPLETE: (u64, u64) = (2, 30);

/// The absolute path of `op`: the given file, or the first `op` (or given bare name) in the folders of `path_variable`.
pub(super) fn find(given: Option<&Path>, path_variable: Option<&OsStr>) -> Result<PathBuf, Error> {
    let name = given.unwrap_or(Path::new("op"));
    let is_bare = name.components().count() == 1 && !name.is_absolute();
    if !is_bare {
        return checked(name);
    }
    // A relative folder in PATH would let whoever wrote into the working directory run as us.
    let folders = path_variable
        .map(std::env::split_paths)
        .into_iter()
        .flatten();
    folders
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(name))
        .find(|path| is_program(path))
        .ok_or_else(|| {
            let what = format!(
                "the 1Password CLI `{}` was not found in any folder of PATH.",
                name.display()
            );
            Error::new(ErrorKind::Missing, what)
        })
}

fn checked(path: &Path) -> Result<PathBuf, Error> {
    let fault = |what: &str| {
        Error::new(
            ErrorKind::Missing,
            format!("`op` at {}: {what}.", path.display()),
        )
    };
    let absolute = std::path::absolute(path).map_err(|error| fault(&error.to_string()))?;
    match absolute.metadata() {
        Err(error) => Err(fault(&error.to_string())),
        Ok(metadata) if metadata.is_dir() => Err(fault("this is a folder; name the program in it")),
        Ok(_) if !is_program(&absolute) => Err(fault("the file may not be executed")),
        Ok(_) => Ok(absolute),
    }
}

fn is_program(path: &Path) -> bool {
    path.is_file() && access(path, Access::EXEC_OK).is_ok()
}

/// What the answer of `op --version` means.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Version {
    /// Use it.
    Good(String),
    /// Use it and tell the warning.
    Old { version: String, warning: String },
    /// Not readable: some wrappers do not pass `--version` on.
    Unknown { warning: String },
}

/// Judges the answer of `op --version`; `None` when the call failed.
pub(super) fn judge(answer: Option<&str>, path: &Path) -> Result<Version, Error> {
    let Some((version, number)) = answer.and_then(parse) else {
        let warning = format!(
            "the version of `op` at {} could not be read; going on",
            path.display()
        );
        return Ok(Version::Unknown { warning });
    };
    if number < OLDEST_USABLE {
        let what = format!(
            "`op` at {} is version {version}; this connector needs 2.25.0 or newer and works best with 2.30.0.",
            path.display()
        );
        return Err(Error::new(ErrorKind::TooOld, what));
    }
    if number < OLDEST_COMPLETE {
        let warning = format!(
            "`op` {version} is older than 2.30.0: vaults come without dates and item counts; \
             upgrade it: https://developer.1password.com/docs/cli/upgrade"
        );
        return Ok(Version::Old { version, warning });
    }
    Ok(Version::Good(version))
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
    #![allow(clippy::unwrap_used, clippy::panic)]

    use std::fs::{Permissions, create_dir, set_permissions, write};
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn judged(answer: &str) -> Result<Version, Error> {
        judge(Some(answer), Path::new("/bin/op"))
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
            assert_eq!(judged(good).unwrap(), Version::Good(good.trim().to_owned()));
        }
        for old in ["2.25.0", "2.29.9", "2.29.0-beta.09"] {
            let Version::Old { warning, .. } = judged(old).unwrap() else {
                panic!("{old} is old")
            };
            assert!(
                warning.contains(old) && warning.contains("2.30.0") && warning.contains("upgrade"),
                "{warning}"
            );
        }
        for ancient in ["2.24.0", "2.18.0-beta.01", "1.12.5", "0.9"] {
            let error = judged(ancient).unwrap_err();
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
            assert!(
                matches!(judged(odd).unwrap(), Version::Unknown { .. }),
                "{odd}"
            );
        }
        assert!(matches!(
            judge(None, Path::new("/bin/op")).unwrap(),
            Version::Unknown { .. }
        ));
    }

    #[test]
    fn the_first_program_of_that_name_in_path_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["a", "b", "c"] {
            create_dir(at(name)).unwrap();
        }
        write(at("a/op"), "not executable").unwrap();
        for program in ["b/op", "c/op", "c/op-beta"] {
            write(at(program), "").unwrap();
            set_permissions(at(program), Permissions::from_mode(0o700)).unwrap();
        }
        let path =
            std::env::join_paths([Path::new("relative"), &at("a"), &at("b"), &at("c")]).unwrap();
        assert_eq!(find(None, Some(&path)).unwrap(), at("b/op"));
        assert_eq!(
            find(Some(Path::new("op-beta")), Some(&path)).unwrap(),
            at("c/op-beta")
        );
        assert_eq!(find(Some(&at("c/op")), None).unwrap(), at("c/op"));

        for missing in [
            find(None, None),
            find(Some(Path::new("nop")), Some(&path)),
            find(Some(&at("x/op")), None),
        ] {
            let error = missing.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Missing);
            let text = error.to_string();
            assert!(
                text.contains("op") && text.contains("--op-path") && text.contains("https://"),
                "{text}"
            );
        }
        assert!(find(None, None).unwrap_err().to_string().contains("PATH"));
        assert!(
            find(Some(&at("a")), None)
                .unwrap_err()
                .to_string()
                .contains("folder")
        );
        assert!(
            find(Some(&at("a/op")), None)
                .unwrap_err()
                .to_string()
                .contains("may not be executed")
        );
    }
}
