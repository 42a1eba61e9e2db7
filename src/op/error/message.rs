//! `op`'s last message, told apart from the rest of its stderr.

use std::time::Duration;

use super::words::{ErrorKind, Repeat, classify};

/// Whether a web page stands where `op`'s words should: some server in between answered.
pub(super) fn is_page(stderr: &str) -> bool {
    let text = stderr.to_lowercase();
    let mut marks = ["<html", "</html", "<!doctype"].iter();
    marks.any(|mark| text.contains(mark))
}

/// The mark of a message: a prompt that nobody answered may stand before it in its line.
const MARK: &str = "[ERROR]";

/// `op`'s last message: from behind its last mark and date on; without a mark, a crash's first line
/// or the last. When no more than what was tried follows the mark, the lines before are the reason.
pub(super) fn message(stderr: &str) -> String {
    let Some((before, text)) = stderr.rsplit_once(MARK) else {
        let mut lines = stderr.lines().filter(|line| !line.trim().is_empty());
        let crash = lines.clone().find(|line| line.starts_with("panic:"));
        let line = crash.or_else(|| lines.next_back());
        return line.unwrap_or_default().to_owned();
    };
    let text = undated(text);
    let text = text.split("\nUsage:").next().unwrap_or(text);
    if !matches!(text.trim_end().chars().last(), None | Some(':')) {
        return text.to_owned();
    }
    // A mark before these lines has a message of its own.
    let earlier = before.rsplit_once(MARK);
    let before = earlier.map_or(before, |(_, text)| undated(text));
    match before.trim() {
        "" => text.to_owned(),
        reason => format!("{} {reason}", text.trim_end()),
    }
}

/// The text without `2025/06/03 14:05:09` at its start.
fn undated(text: &str) -> &str {
    let text = text.trim_start();
    let is_of_date = |c: char| c.is_ascii_digit() || "/: ".contains(c);
    match text.split_at_checked(19) {
        Some((date, rest)) if date.chars().all(is_of_date) => rest.trim_start(),
        _ => text,
    }
}

/// The first line that tells what happened, but for an object that is gone: that is never told so.
pub(super) fn reason(stderr: &str) -> Option<(String, (ErrorKind, Repeat))> {
    stderr.lines().find_map(|line| {
        let known = classify(line).filter(|(kind, _)| *kind != ErrorKind::NotFound)?;
        Some((line.to_owned(), known))
    })
}

/// "retry in 58 minutes", "Try again in 30 seconds": the number may be missing. Minutes are whole
/// ones of more than that, so the one that has begun is waited for too.
pub(super) fn named_wait(message: &str) -> Option<Duration> {
    let text = message.to_lowercase();
    let mut starts = ["retry in ", "try again in "].iter();
    let (_, after) = starts.find_map(|start| text.split_once(start))?;
    let mut words = after.split_whitespace();
    let number: u64 = words.next()?.parse().ok()?;
    let unit = words.next()?;
    let units = [("second", 0, 1), ("minute", 1, 60), ("hour", 0, 3600)];
    let mut units = units.into_iter();
    let (_, begun, seconds) = units.find(|(name, ..)| unit.starts_with(name))?;
    let time = number.saturating_add(begun).saturating_mul(seconds);
    // No wait is kept beyond a day, whatever number stands there.
    Some(Duration::from_secs(time.min(86_400)))
}

#[cfg(test)]
mod tests {
    use super::super::one_line;
    use super::*;

    #[test]
    fn the_message_is_what_op_said_last() {
        for (stderr, said) in [
            (
                "[ERROR] 2025/06/03 14:05:09 (403) Forbidden: no.\n",
                "(403) Forbidden: no.",
            ),
            (
                "[ERROR] account is not signed in\n",
                "account is not signed in",
            ),
            (
                "couldn't start daemon: x\n[ERROR] 2025/06/03 14:05:09 late\n",
                "late",
            ),
            ("[ERROR] one\n[ERROR] 2025/06/03 14:05:09 two\n", "two"),
            (
                "[ERROR] More than one item matches:\n\t* a\n\t* b\n",
                "More than one item matches: * a * b",
            ),
            (
                "[ERROR] 2025/06/03 14:05:09 unknown flag: --x\nUsage:  op vault list\nFlags:\n",
                "unknown flag: --x",
            ),
            (
                "panic: runtime error: nil\n\ngoroutine 1 [running]:\nmain.main()\n",
                "panic: runtime error: nil",
            ),
            ("first\nsecond line\n\n", "second line"),
            (
                "Enter your six-digit authentication code: [ERROR] 2025/06/03 14:05:09 incorrect length. expected 6",
                "incorrect length. expected 6",
            ),
            (
                "No accounts configured for use.\n\n  • Turn on the app integration\n[ERROR] 2025/06/03 14:05:09 error initializing client:\n",
                "error initializing client: No accounts configured for use. • Turn on the app integration",
            ),
            ("it is late\n[ERROR] 2025/06/03 14:05:09 \n", "it is late"),
            ("[ERROR] one\ntwo\n[ERROR]", "one two"),
            ("[ERROR]", ""),
            ("", ""),
        ] {
            assert_eq!(one_line(&message(stderr)), said, "{stderr:?}");
        }
    }

    #[test]
    fn waits_are_read_when_they_are_named() {
        for (text, seconds) in [
            (
                "Please retry in 58 minutes or try other requests.",
                Some(59 * 60),
            ),
            ("Try again in 30 seconds", Some(30)),
            ("try again in 1 hour", Some(3600)),
            ("Try again in  seconds", None),
            ("Try again in a while", None),
            ("Too many requests", None),
        ] {
            assert_eq!(named_wait(text), seconds.map(Duration::from_secs), "{text}");
        }
    }
}
