//! What may stand on `op`'s command line.

use super::error::{Error, ErrorKind};
use crate::text::acts;

/// Longest argument in bytes; real ids have 26.
const LONGEST: usize = 1024;

/// Checks a value before it becomes an argument: `op` would take `-x` for a flag, `-` for "read
/// standard input", and a text with a space for a name. Ids may look different one day.
pub(super) fn argument<'a>(name: &str, value: &'a str) -> Result<&'a str, Error> {
    let faults = [
        (value.is_empty(), "is empty"),
        (value.starts_with('-'), "begins with \"-\""),
        (value.len() > LONGEST, "is longer than 1024 bytes"),
        (value.contains(acts), "holds a control character"),
        (value.contains(char::is_whitespace), "holds a space"),
    ];
    let Some((_, fault)) = faults.into_iter().find(|(is, _)| *is) else {
        return Ok(value);
    };
    let start: String = value.chars().take(80).collect();
    let what = format!(
        "the {name} {start:?} cannot be passed to `op`: it {fault}. Check where it comes from."
    );
    Err(Error::new(ErrorKind::Usage, what))
}

/// The value of `--permissions`: names joined by commas, none of which may be several. For `op` an
/// empty list would be "all".
pub(super) fn permissions(names: &[String]) -> Result<String, Error> {
    for name in names {
        argument("permission", name)?;
    }
    let what = match names.iter().find(|name| name.contains(',')) {
        Some(name) => {
            format!("the permission {name:?} cannot be passed to `op`: it holds a comma.")
        }
        None if names.is_empty() => "no permission was named for `op`.".to_owned(),
        None => return Ok(names.join(",")),
    };
    Err(Error::new(ErrorKind::Usage, what))
}

/// A command line as a POSIX shell takes it.
pub(super) fn typed(words: &[&str]) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_=,.:/@%+".contains(c);
    let quoted = |word: &&str| match !word.is_empty() && word.chars().all(is_plain) {
        true => (*word).to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    };
    words.iter().map(quoted).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn ids_of_any_shape_pass_but_not_what_op_would_misread() {
        let longest = "x".repeat(1024);
        for good in [
            "eozl7u4txkg52impwg67pppdqz",
            "a:b/c",
            "日本",
            "a-b",
            &longest,
        ] {
            assert_eq!(argument("vault id", good).unwrap(), good);
        }
        let long = "x".repeat(1025);
        for (bad, why) in [
            ("", "empty"),
            ("-", "-"),
            ("--x", "-"),
            ("a\0b", "control"),
            ("a\n", "control"),
            ("a\u{202e}b", "control"),
            ("a b", "space"),
            ("a\u{a0}b", "space"),
            (&*long, "1024"),
        ] {
            let error = argument("vault id", bad).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Usage);
            let text = error.to_string();
            assert!(
                text.contains("vault id") && text.contains(why) && !text.contains('\0'),
                "{text}"
            );
        }
    }

    #[test]
    fn command_lines_can_be_typed() {
        let words = ["op", "vault", "user", "grant", "--vault", "a:b/c"];
        assert_eq!(typed(&words), "op vault user grant --vault a:b/c");
        let words = ["op", "group", "user", "revoke", "--user", "it's $HOME", ""];
        assert_eq!(
            typed(&words),
            r"op group user revoke --user 'it'\''s $HOME' ''"
        );
    }

    #[test]
    fn permissions_are_joined_and_never_empty() {
        let names = |names: &[&str]| {
            names
                .iter()
                .map(|name| (*name).to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            permissions(&names(&["view_items", "edit_items"])).unwrap(),
            "view_items,edit_items"
        );
        for wrong in [
            names(&[]),
            names(&[""]),
            names(&["a,b"]),
            names(&["a", "-b"]),
        ] {
            assert_eq!(permissions(&wrong).unwrap_err().kind(), ErrorKind::Usage);
        }
    }
}
