//! What may stand on `op`'s command line.

use super::error::{Error, ErrorKind};
use crate::text::acts;

/// Longest argument in bytes; real ids have 26.
const LONGEST: usize = 1024;

/// Checks a value before it becomes an argument: `op` would take `-x` for a flag, `-` for "read
/// standard input", and a text with a space for a name. Anything else passes, for ids may look
/// different one day.
pub(super) fn argument<'a>(name: &str, value: &'a str) -> Result<&'a str, Error> {
    let fault = if value.is_empty() {
        "is empty"
    } else if value.starts_with('-') {
        "begins with \"-\""
    } else if value.len() > LONGEST {
        "is longer than 1024 bytes"
    } else if value.contains(acts) {
        "holds a control character"
    } else if value.contains(char::is_whitespace) {
        "holds a space"
    } else {
        return Ok(value);
    };
    let start: String = value.chars().take(80).collect();
    let what = format!(
        "the {name} {start:?} cannot be passed to `op`: it {fault}. Check where it comes from."
    );
    Err(Error::new(ErrorKind::Usage, what))
}

/// The value of `--permissions`: names joined by commas. An empty list is refused, for `op` would
/// take it for "all".
pub(super) fn permissions(names: &[String]) -> Result<String, Error> {
    if names.is_empty() {
        return Err(Error::new(
            ErrorKind::Usage,
            "no permission was named for `op`.",
        ));
    }
    for name in names {
        argument("permission", name)?;
        if name.contains(',') {
            let what =
                format!("the permission {name:?} cannot be passed to `op`: it holds a comma.");
            return Err(Error::new(ErrorKind::Usage, what));
        }
    }
    Ok(names.join(","))
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
