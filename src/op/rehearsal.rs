//! A dry run: the writes that were asked for, noted instead of made.

use std::sync::{Arc, Mutex};

/// The command lines so far; clones share them.
#[derive(Debug, Clone, Default)]
pub(super) struct Rehearsal(Arc<Mutex<Vec<String>>>);

impl Rehearsal {
    /// Takes a write down.
    pub(super) fn note(&self, words: &[&str]) {
        let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
        self.lines().push(format!("op {}", words.join(" ")));
    }

    /// What was taken down, in order.
    pub(super) fn command_lines(&self) -> Vec<String> {
        self.lines().clone()
    }

    fn lines(&self) -> std::sync::MutexGuard<'_, Vec<String>> {
        self.0
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// The word as a POSIX shell takes it.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_=,.:/@%+".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_lines_can_be_typed() {
        let rehearsal = Rehearsal::default();
        rehearsal.note(&["vault", "user", "grant", "--vault", "a:b/c"]);
        rehearsal.note(&["group", "user", "revoke", "--user", "it's $HOME", ""]);
        assert_eq!(
            rehearsal.command_lines(),
            [
                "op vault user grant --vault a:b/c",
                r"op group user revoke --user 'it'\''s $HOME' ''"
            ]
        );
    }
}
