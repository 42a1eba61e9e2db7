//! Secrets: a type that no log, error or debug output can print, wiped when dropped.

use std::fmt;
use std::io::{self, BufRead, Read};

use zeroize::Zeroizing;

use crate::text::unmarked;

/// No secret is longer, in bytes; an endless input ends here.
const LONGEST: u64 = 64 << 10;

/// A password, Secret Key, session or service token, client secret, or access token.
///
/// It has no `Display`; `Debug` prints stars. [`Secret::expose`] is the one way to the text, so a
/// search for it finds every place that uses a secret.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the text over; the caller keeps no copy.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The secret that is the whole text of a file; one that is longer than any secret is an error.
    pub fn of_file(file: impl Read) -> io::Result<Self> {
        Self::bounded(|text| file.take(LONGEST + 1).read_to_string(text))
    }

    /// The same of the first line of an input, whether or not more would come.
    pub fn of_first_line(input: impl BufRead) -> io::Result<Self> {
        Self::bounded(|text| input.take(LONGEST + 1).read_line(text))
    }

    /// A byte order mark before it and line ends behind it do not belong to a secret.
    fn bounded(read: impl FnOnce(&mut String) -> io::Result<usize>) -> io::Result<Self> {
        let mut text = Zeroizing::new(String::new());
        if read(&mut text)? as u64 > LONGEST {
            let why = format!("it is longer than {} KiB", LONGEST >> 10);
            return Err(io::Error::other(why));
        }
        let secret = unmarked(&text).trim_end_matches(['\r', '\n']);
        Ok(Self::new(secret.to_owned()))
    }

    /// The text itself: only for a child's environment or stdin, or a request body or header.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether the text is empty, which every caller treats as "not given".
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_and_line_ends_around_a_secret_are_not_of_it_and_a_long_one_is_refused() {
        for (text, secret) in [
            ("\u{feff}hunter2\r\n", "hunter2"),
            (" hunter 2 \n\n", " hunter 2 "),
            ("\n", ""),
        ] {
            assert_eq!(
                Secret::of_file(text.as_bytes()).ok(),
                Some(Secret::new(secret.to_owned()))
            );
        }
        let line = Secret::of_first_line(&b"\xef\xbb\xbfone\ntwo"[..]);
        assert_eq!(line.ok(), Some(Secret::new("one".to_owned())));
        let longest = "x".repeat(64 << 10);
        assert!(Secret::of_file(longest.as_bytes()).is_ok());
        let longer = longest + "\n";
        assert!(Secret::of_file(longer.as_bytes()).is_err());
        assert!(Secret::of_first_line(longer.as_bytes()).is_err());
    }

    #[test]
    fn debug_never_shows_the_text() {
        let secret = Secret::new("hunter2".to_owned());
        assert_eq!(
            format!("{secret:?} {:#?}", Some(&secret)),
            "*** Some(\n    ***,\n)"
        );
        assert_eq!(secret.expose(), "hunter2");
    }
}
