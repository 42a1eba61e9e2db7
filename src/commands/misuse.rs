//! What is said of a command line that the grammar does not take.

use super::output::complain;
use crate::exit;

/// Help and version go to stdout; a misuse is one line on stderr, and a suggestion if there is one.
pub(super) fn report(error: &clap::Error) -> u8 {
    if !error.use_stderr() {
        return match error.print() {
            Ok(()) => exit::OK,
            Err(_) => exit::FAULT,
        };
    }
    let text = error.render().to_string();
    let mut paragraphs = text.split("\n\n");
    let first = paragraphs.next().unwrap_or_default();
    let mut lines = vec![first.split_whitespace().collect::<Vec<_>>().join(" ")];
    let tips = paragraphs.flat_map(str::lines).map(str::trim);
    lines.extend(
        tips.filter(|line| line.starts_with("tip:"))
            .map(str::to_owned),
    );
    complain(&lines.join("\n"));
    exit::USAGE
}
