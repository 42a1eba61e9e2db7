//! Names as people may see them: what could forge or break a line is spelled out.

use std::borrow::Cow;

/// The text with control, line-breaking and direction-changing characters written as `\u{…}`.
pub(super) fn clean(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let spelled = text.chars().map(|c| match is_unsafe(c) {
        true => c.escape_unicode().to_string(),
        false => c.to_string(),
    });
    Cow::Owned(spelled.collect())
}

/// Whether a character acts on the text around it instead of standing in it.
pub(super) fn is_unsafe(c: char) -> bool {
    let directs = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let breaks = matches!(c, '\u{2028}' | '\u{2029}');
    let invisible = matches!(c, '\u{200b}' | '\u{2060}' | '\u{feff}');
    c.is_control() || directs || breaks || invisible
}

/// A time of a file, to the minute: the wall clock of the machine that wrote it.
pub(super) fn local_time(text: &str) -> String {
    let minute = text.get(..16).unwrap_or(text);
    format!("{} local time", clean(minute))
}

/// "1 person", "2 people".
pub(super) fn count(n: u32, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_on_its_surroundings_is_spelled_out() {
        assert_eq!(clean("Zoë 李雷 👩‍🚀"), "Zoë 李雷 👩‍🚀");
        assert_eq!(clean("a\x1b[2Jb"), r"a\u{1b}[2Jb");
        assert_eq!(clean("exe\u{202e}txt\n"), r"exe\u{202e}txt\u{a}");
        assert_eq!(clean("\u{9b}31m"), r"\u{9b}31m");
    }
}
