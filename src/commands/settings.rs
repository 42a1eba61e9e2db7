//! `settings`: every setting in force, and where it came from.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::exit::{self, Failure};
use crate::settings::{InForce, Inputs};
use crate::text::plain;

/// Prints a table of name, value and origin; then, on stderr, why a run would be refused.
///
/// # Errors
/// When standard output cannot be written.
pub(super) fn run(inputs: &Inputs) -> Result<u8, Failure> {
    super::output::print(&table(&inputs.in_force()))?;
    if let Err(error) = inputs.validated() {
        super::output::complain("A run with these settings would be refused:");
        for finding in error.0 {
            super::output::complain(&format!("  {finding}"));
        }
    }
    Ok(exit::OK)
}

fn table(rows: &[InForce]) -> String {
    let shown: Vec<(&str, Cow<'_, str>, &str)> = rows
        .iter()
        .map(|row| {
            let value = row.value.as_deref().map_or("-".into(), plain);
            (row.name.as_str(), value, row.origin.as_str())
        })
        .collect();
    let names = shown
        .iter()
        .map(|row| row.0.len())
        .max()
        .unwrap_or_default();
    // One long value must not push every origin off the screen.
    let values = shown
        .iter()
        .map(|row| row.1.chars().count())
        .filter(|len| *len <= 30)
        .max();
    let values = values.unwrap_or_default();
    let mut text = String::new();
    for (name, value, origin) in shown {
        let _ = writeln!(text, "{name:names$}  {value:values$}  {}", plain(origin));
    }
    text
}
