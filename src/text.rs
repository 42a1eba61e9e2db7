//! Foreign text as people may see it. Names, ids and messages of 1Password, files and C1 are stored
//! as they came, and what could forge or break a line, or move a terminal, is spelled out here.

use std::borrow::Cow;
use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;
use serde_json::ser::Formatter;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The text with every character that [`acts`] written as an escape, such as `\n` or `\u{202e}`.
pub fn plain(text: &str) -> Cow<'_, str> {
    if !text.contains(acts) {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match acts(c) {
            true => plain.extend(c.escape_default()),
            false => plain.push(c),
        }
    }
    Cow::Owned(plain)
}

/// A path as messages and reports show it.
pub fn path(path: &Path) -> String {
    plain(&path.to_string_lossy()).into_owned()
}

/// A number with its thousands apart: `1,234`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups = digits.as_bytes().rchunks(3).rev();
    Vec::from_iter(groups.map(String::from_utf8_lossy)).join(",")
}

/// A text without the byte order mark that some editors put before it.
pub fn unmarked(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// At most `limit` bytes of the text, cut between characters; `…` stands for the rest.
pub fn start(text: &str, limit: usize) -> Cow<'_, str> {
    match text.len() <= limit {
        true => Cow::Borrowed(text),
        false => Cow::Owned(format!("{}…", cut(text, limit))),
    }
}

/// Cuts a text to at most `limit` bytes at a character boundary.
pub fn cut(text: &str, limit: usize) -> &str {
    let mut end = limit.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Whether a character acts on the text around it instead of standing in it: control characters,
/// and those that change the direction of writing, break the line, or cannot be seen.
pub fn acts(c: char) -> bool {
    let directs = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let breaks = matches!(c, '\u{2028}' | '\u{2029}');
    let invisible = matches!(
        c,
        '\u{200b}' | '\u{2060}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}'
    );
    c.is_control() || directs || breaks || invisible
}

/// The value as JSON on one line, in which such characters are escaped too.
pub fn json(value: &impl Serialize) -> String {
    let mut json = Vec::new();
    // A growing buffer takes everything, and texts, numbers and booleans always serialize.
    let _ = write_json(value, &mut json, &[]);
    String::from_utf8(json).unwrap_or_default()
}

/// Writes the value as JSON on one line; the characters in `more` are escaped as well.
pub fn write_json(
    value: &impl Serialize,
    out: &mut impl Write,
    more: &'static [char],
) -> io::Result<()> {
    let mut serializer = serde_json::Serializer::with_formatter(out, Harmless(more));
    Ok(value.serialize(&mut serializer)?)
}

/// Escapes more than JSON must.
struct Harmless(&'static [char]);

impl Formatter for Harmless {
    fn write_string_fragment<W>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()>
    where
        W: ?Sized + Write,
    {
        let is_escaped = |c| acts(c) || self.0.contains(&c);
        for part in fragment.split_inclusive(is_escaped) {
            let plain = part.trim_end_matches(is_escaped);
            writer.write_all(plain.as_bytes())?;
            for unit in part[plain.len()..].encode_utf16() {
                write!(writer, "\\u{unit:04x}")?;
            }
        }
        Ok(())
    }
}

/// The text in lines of at most `width` columns, broken between words. A longer word stays `whole`,
/// so that an address can be copied, or is broken too, so that columns stay columns.
pub fn fold(text: &str, width: usize, whole: bool) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        if !line.is_empty() {
            match line.width() + 1 + word.width() > width {
                true => lines.push(std::mem::take(&mut line)),
                false => line.push(' '),
            }
        }
        for c in word.chars() {
            let wide = c.width().unwrap_or_default();
            if !whole && !line.is_empty() && line.width() + wide > width {
                lines.push(std::mem::take(&mut line));
            }
            line.push(c);
        }
    }
    lines.push(line);
    lines
}

/// A boolean as Go reads it: `1 t T true TRUE True` and `0 f F false FALSE False`; `yes` is none.
pub fn truth(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

/// The host of a sign-in address: `https://Kestrel.1password.com/` is `kestrel.1password.com`.
pub fn host(address: &str) -> String {
    let address = address.trim().to_lowercase();
    let parts = address.split_once("://");
    let rest = parts.map_or(&*address, |(_, rest)| rest);
    rest.split('/').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_on_its_surroundings_is_spelled_out() {
        assert_eq!(plain("Zoë 李雷 👩‍🚀"), "Zoë 李雷 👩‍🚀");
        assert_eq!(plain("a\x1b[2Jb"), r"a\u{1b}[2Jb");
        assert_eq!(plain("exe\u{202e}txt\n"), r"exe\u{202e}txt\n");
        assert_eq!(plain("\u{9b}31m"), r"\u{9b}31m");
        assert_eq!(plain("Ann\u{e0041}\u{e007f}"), r"Ann\u{e0041}\u{e007f}");
    }

    #[test]
    fn json_holds_the_same_text_and_nothing_that_acts() {
        let text = "a\u{9b}31m\u{202e}b\u{7f}\n<é👩‍🚀";
        let json = json(&text);
        assert_eq!(json, r#""a\u009b31m\u202eb\u007f\n<é👩‍🚀""#);
        assert_eq!(
            serde_json::from_str::<String>(&json).ok().as_deref(),
            Some(text)
        );
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(start("aé", 3), "aé");
        assert_eq!(start("aé", 2), "a…");
        assert_eq!(start("", 0), "");
        assert_eq!(cut("short", 10), "short");
        assert_eq!(cut("héllo", 2), "h");
        assert_eq!(cut("héllo", 3), "hé");
        assert_eq!(cut("李雷", 5), "李");
    }

    #[test]
    fn lines_fold_between_words() {
        for whole in [true, false] {
            assert_eq!(fold("one two three", 7, whole), ["one two", "three"]);
            assert_eq!(fold("zwölf Wörter", 6, whole), ["zwölf", "Wörter"]);
            assert_eq!(fold("李雷 李雷", 4, whole), ["李雷", "李雷"]);
            assert_eq!(fold("", 4, whole), [""]);
        }
    }

    #[test]
    fn a_word_longer_than_a_line_stays_whole_or_fills_lines() {
        assert_eq!(fold("a abcdefghij k", 4, true), ["a", "abcdefghij", "k"]);
        assert_eq!(fold("abcdefghij k", 4, false), ["abcd", "efgh", "ij k"]);
        assert_eq!(fold("李雷李雷", 4, false), ["李雷", "李雷"]);
    }

    #[test]
    fn a_host_is_compared_without_scheme_slash_and_case() {
        for address in [
            "kestrel.1password.com",
            "https://Kestrel.1Password.com/",
            " HTTPS://kestrel.1password.com/signin ",
        ] {
            assert_eq!(host(address), "kestrel.1password.com", "{address}");
        }
        assert_eq!(host(""), "");
    }
}
