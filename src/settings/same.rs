//! Whether two paths name one file, whatever they look like.

use std::path::{Path, PathBuf};

use crate::files;

/// Whether both paths are of one file, or would be: links are followed, and letter case does not
/// tell apart, since some systems do not mind it.
pub(super) fn is_same_file(a: &Path, b: &Path) -> bool {
    let lower = |path| place(path).map(|path| path.to_string_lossy().to_lowercase());
    files::is_one_file(a, b) || lower(a).is_some_and(|a| Some(a) == lower(b))
}

/// The real name of a file that is there, or that would be made in a folder that is there.
fn place(path: &Path) -> Option<PathBuf> {
    if let Ok(real) = path.canonicalize() {
        return Some(real);
    }
    // A link to nothing is followed by whoever writes to it.
    if let Ok(target) = path.read_link() {
        return place(&path.parent()?.join(target));
    }
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    let folder = folder.unwrap_or(Path::new(".")).canonicalize().ok()?;
    Some(folder.join(path.file_name()?))
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn one_file_has_many_names() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("a"), "").unwrap();
        std::fs::create_dir(at("sub")).unwrap();
        std::fs::hard_link(at("a"), at("hard")).unwrap();
        symlink("a", at("soft")).unwrap();
        symlink("new", at("dangling")).unwrap();
        for same in ["a", "sub/../a", "hard", "soft", "A", "./a"] {
            assert!(is_same_file(&at("a"), &at(same)), "{same}");
        }
        for other in ["b", "sub", "sub/a", "no/such/a"] {
            assert!(!is_same_file(&at("a"), &at(other)), "{other}");
        }
        assert!(is_same_file(&at("new"), &at("dangling")));
        assert!(is_same_file(&at("new"), &at("NEW")));
    }
}
