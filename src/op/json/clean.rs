//! Makes any output a valid text, as the Go parser reads it: bytes that are not UTF-8 and lone
//! surrogate escapes become U+FFFD, one each (`src/sync/mapping.md`, Reading JSON).

use std::borrow::Cow;
use std::str::Utf8Chunk;

/// A byte order mark, which some wrappers put before an answer.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// The output as a text in which every escape is a character.
pub(in crate::op) fn clean(output: &[u8]) -> Cow<'_, str> {
    let output = output.strip_prefix(MARK).unwrap_or(output);
    let mut text = match std::str::from_utf8(output) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(output.utf8_chunks().flat_map(mended).collect()),
    };
    if text.contains("\\ud") || text.contains("\\uD") {
        replace_lone_surrogates(text.to_mut());
    }
    text
}

fn mended(chunk: Utf8Chunk<'_>) -> impl Iterator<Item = char> {
    let bad = chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER);
    chunk.valid().chars().chain(bad)
}

/// Writes `\ufffd` for each `\ud800`–`\udfff` that is not half of a pair.
fn replace_lone_surrogates(text: &mut String) {
    let mut at = 0;
    while let Some(before) = text[at..].find('\\') {
        at += before;
        at += match (unit(&text[at..]), text.get(at + 6..).and_then(unit)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => 12,
            (Some(0xD800..=0xDFFF), _) => {
                text.replace_range(at..at + 6, "\\ufffd");
                6
            }
            // Any other escape: the backslash and the character that it stands before.
            _ => 1 + text[at + 1..].chars().next().map_or(0, char::len_utf8),
        };
    }
}

/// The UTF-16 unit of a `\uXXXX` escape that the text begins with.
fn unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    let is_hexadecimal = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    u16::from_str_radix(digits, 16)
        .ok()
        .filter(|_| is_hexadecimal)
}
