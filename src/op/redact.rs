//! A secret that `op` repeats goes into no message, in whatever spelling: as it is, escaped,
//! encoded, or broken into lines.

use std::ops::Range;

use base64::Engine;
use base64::prelude::BASE64_STANDARD_NO_PAD;

use crate::secret::Secret;

const STARS: &str = "***";
/// Fewest letters and digits looked for across blanks and quotes: fewer are part of any text.
const LEAST: usize = 8;

/// The text without any of the secrets.
pub(super) fn redacted(text: &str, secrets: &[Secret]) -> String {
    let units = decoded(text);
    let letters = letters(&units);
    let mut places: Vec<Range<usize>> = Vec::new();
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        let secret = secret.expose();
        let whole = text.match_indices(secret);
        places.extend(whole.map(|(at, _)| at..at + secret.len()));
        find(&units, &secret.chars().collect::<Vec<_>>(), &mut places);
        for spelling in spellings(secret) {
            find(&letters, &spelling, &mut places);
        }
    }
    places.sort_unstable_by_key(|place| place.start);
    let mut starred = String::with_capacity(text.len());
    let mut at = 0;
    for place in places {
        if place.start >= at {
            starred.push_str(&text[at..place.start]);
            starred.push_str(STARS);
        }
        at = at.max(place.end);
    }
    starred + &text[at..]
}

/// A character, and where it stands in the text as escapes have it.
type Unit = (char, Range<usize>);

/// The characters that a text means: escapes of JSON, of Go and of addresses are one character.
fn decoded(text: &str) -> Vec<Unit> {
    let mut units = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let (char, length) = escape(&text[at..]).unwrap_or((first, first.len_utf8()));
        units.push((char, at..at + length));
        at += length;
    }
    units
}

/// The character of an escape at the start of a text, and how long it is.
fn escape(text: &str) -> Option<(char, usize)> {
    let number = |from: usize, digits: usize| {
        let number = u32::from_str_radix(text.get(from..from + digits)?, 16).ok()?;
        Some((char::from_u32(number)?, from + digits))
    };
    match text.as_bytes() {
        [b'%', ..] => bytes(text, "%"),
        [b'\\', b'x', ..] => bytes(text, "\\x"),
        [b'\\', b'u', ..] => number(2, 4),
        [b'\\', b'U', ..] => number(2, 8),
        [b'\\', b'n', ..] => Some(('\n', 2)),
        [b'\\', b't', ..] => Some(('\t', 2)),
        [b'\\', b'r', ..] => Some(('\r', 2)),
        [b'\\', next, ..] if next.is_ascii_punctuation() => Some((char::from(*next), 2)),
        _ => None,
    }
}

/// The character whose bytes are escaped one by one; a byte that begins none stands for itself.
fn bytes(text: &str, mark: &str) -> Option<(char, usize)> {
    let step = mark.len() + 2;
    let byte = |at: usize| {
        let digits = text.get(at * step..)?.strip_prefix(mark)?.get(..2)?;
        u8::from_str_radix(digits, 16).ok()
    };
    let bytes: Vec<u8> = (0..4).map_while(byte).collect();
    match bytes.utf8_chunks().next()?.valid().chars().next() {
        Some(char) => Some((char, char.len_utf8() * step)),
        None => Some((char::from(*bytes.first()?), step)),
    }
}

/// Letters and digits alone, in lower case.
fn letters(units: &[Unit]) -> Vec<Unit> {
    let letters = units.iter().filter(|(char, _)| char.is_alphanumeric());
    letters
        .flat_map(|(char, place)| char.to_lowercase().map(move |char| (char, place.clone())))
        .collect()
}

/// Letters and digits of a secret as it is, in base64 at each place of a text, and in hexadecimal.
fn spellings(secret: &str) -> Vec<Vec<char>> {
    let shifted = (0..3).map(|before: usize| {
        let encoded = BASE64_STANDARD_NO_PAD.encode([&vec![0; before], secret.as_bytes()].concat());
        // Those that the bytes before it, or after it, change are left out.
        let whole = (before * 8).div_ceil(6)..(before + secret.len()) * 8 / 6;
        encoded[whole].to_owned()
    });
    let hexadecimal: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    let all = shifted.chain([secret.to_owned(), hexadecimal]);
    let all = all.map(|text| {
        let letters = text.chars().filter(|char| char.is_alphanumeric());
        letters.flat_map(char::to_lowercase).collect::<Vec<_>>()
    });
    all.filter(|letters| letters.len() >= LEAST).collect()
}

/// Adds the places of a sequence of characters.
fn find(units: &[Unit], spelling: &[char], places: &mut Vec<Range<usize>>) {
    for window in units.windows(spelling.len().max(1)) {
        let is_it = window.iter().map(|(char, _)| char).eq(spelling);
        if let (true, [first, ..], [.., last]) = (is_it, window, window) {
            places.push(first.1.start..last.1.end);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "pa<ss\"wörd-9A7F/x+1234";

    fn of(text: &str) -> String {
        redacted(text, &[Secret::new(SECRET.to_owned())])
    }

    #[test]
    fn every_spelling_of_a_secret_is_starred() {
        let base64 = |text: &str| BASE64_STANDARD_NO_PAD.encode(text);
        let hexadecimal: String = SECRET.bytes().map(|byte| format!("{byte:02X}")).collect();
        let cases = [
            SECRET.to_owned(),
            serde_json::to_string(SECRET).unwrap_or_default(),
            r#"pa\u003css\"w\u00f6rd-9A7F/x+1234"#.to_owned(),
            r#"pa<ss\"w\xf6rd-9A7F\/x+1234"#.to_owned(),
            "pa%3Css%22w%C3%B6rd-9A7F%2Fx%2B1234".to_owned(),
            r#"pa<ss\"w\xc3\xb6rd-9A7F/x+1234"#.to_owned(),
            "pa<ss\"wö\n  rd-9A7F\r\n/x+1234".to_owned(),
            "PA<SS\"WÖRD-9a7f/X+1234".to_owned(),
            "passwörd9A7Fx1234".to_owned(),
            base64(SECRET),
            hexadecimal,
        ];
        for case in cases {
            let shown = of(&format!("answer {case} end"));
            assert!(shown.starts_with("answer "), "{case}: {shown}");
            assert!(shown.ends_with(" end"), "{case}: {shown}");
            assert!(shown.contains(STARS), "{case}: {shown}");
            let left = shown.replace(STARS, "").to_lowercase();
            for part in ["9a7f", "1234", "pa<", "wörd"] {
                assert!(!left.contains(part), "{case}: {shown}");
            }
        }
        for before in ["", "a", "ab"] {
            let encoded = base64(&format!("{before}{SECRET}:tail"));
            assert!(of(&encoded).contains(STARS), "{before:?}: {encoded}");
        }
    }

    #[test]
    fn what_is_no_secret_stays() {
        for text in [
            "",
            "no password here",
            "pa ss word",
            "%",
            "\\",
            "\\u00",
            "50 %",
            "%ü",
            "%C3%",
        ] {
            assert_eq!(of(text), text);
        }
        let short = [Secret::new("not".to_owned()), Secret::new(String::new())];
        assert_eq!(redacted("n o t now, not so", &short), "n o t now, *** so");
        let two = [
            Secret::new("abcdef".to_owned()),
            Secret::new("defghi".to_owned()),
        ];
        assert_eq!(redacted("x abcdefghi y", &two), "x *** y");
    }
}
