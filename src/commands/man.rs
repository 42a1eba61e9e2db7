//! `man`: the manual page, in roff.

use crate::cli::args;
use crate::exit::Failure;

/// Prints the page.
///
/// # Errors
/// When standard output cannot be written.
pub(super) fn run() -> Result<u8, Failure> {
    let mut page = Vec::new();
    let rendered = clap_mangen::Man::new(args::command()).render(&mut page);
    rendered.map_err(|error| Failure::Output {
        what: "rendering the manual page",
        error,
    })?;
    super::print(&String::from_utf8_lossy(&page))
}
