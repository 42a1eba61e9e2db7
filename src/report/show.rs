//! Figures and times as people read them.

use crate::text::plain;

/// A time of a file, to the minute: the wall clock of the machine that wrote it.
pub(super) fn local_time(text: &str) -> String {
    let minute = text.get(..16).unwrap_or(text);
    format!("{} local time", plain(minute))
}

/// "1 person", "2 people".
pub(super) fn count(n: u32, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}
