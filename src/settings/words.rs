//! Words of the system as text and back: a path may hold bytes that are no UTF-8, and settings are
//! texts. Such a byte goes through as a character of Unicode's last private plane, which no text of
//! a person holds.

use std::ffi::OsStr;
use std::path::PathBuf;

/// The character that stands for byte 0.
const FIRST: u32 = 0x10_FF00;

/// Whether a text stands for bytes that are no UTF-8.
pub fn is_odd(text: &str) -> bool {
    text.contains(|c: char| byte(c).is_some())
}

fn byte(c: char) -> Option<u8> {
    u8::try_from(u32::from(c).checked_sub(FIRST)?)
        .ok()
        .filter(|byte| !byte.is_ascii())
}

/// The text that stands for a word.
#[cfg(unix)]
pub fn text(word: &OsStr) -> String {
    use std::os::unix::ffi::OsStrExt;
    let mut text = String::new();
    for chunk in word.as_bytes().utf8_chunks() {
        text.push_str(chunk.valid());
        let odd = chunk.invalid().iter();
        text.extend(odd.filter_map(|byte| char::from_u32(FIRST + u32::from(*byte))));
    }
    text
}

/// The path that a text stands for.
#[cfg(unix)]
pub fn path(text: &str) -> PathBuf {
    use std::os::unix::ffi::OsStringExt;
    let mut bytes = Vec::with_capacity(text.len());
    for c in text.chars() {
        match byte(c) {
            Some(byte) => bytes.push(byte),
            None => bytes.extend(c.encode_utf8(&mut [0; 4]).bytes()),
        }
    }
    std::ffi::OsString::from_vec(bytes).into()
}

/// The same where words are Unicode but for halves of characters, which are lost.
#[cfg(not(unix))]
pub fn text(word: &OsStr) -> String {
    word.to_string_lossy().into_owned()
}

/// The path that a text stands for.
#[cfg(not(unix))]
pub fn path(text: &str) -> PathBuf {
    PathBuf::from(text)
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::ffi::OsStrExt;

    use super::*;

    #[test]
    fn every_word_comes_back_as_it_was() {
        for word in [
            &b"sync.c1z"[..],
            b"",
            b"d\xff/\xc3\xa9\xfe.c1z",
            b"\x80\xff",
            "höhe/\u{10FF7F}".as_bytes(),
        ] {
            let text = text(OsStr::from_bytes(word));
            assert_eq!(path(&text).as_os_str().as_bytes(), word);
            assert_eq!(is_odd(&text), str::from_utf8(word).is_err());
        }
    }
}
