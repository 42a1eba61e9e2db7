//! Numbers with their nouns.

/// "1 person", "2 people".
pub(super) fn count(n: u32, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}
