//! `settings`: every setting in force, and where it came from.

use super::output::{complain, print};
use crate::exit::{self, Failure};
use crate::settings::{InForce, Inputs};
use crate::text::plain;

/// Prints a table of name, value and origin; then, on stderr, why a run would be refused.
pub(super) fn run(inputs: &Inputs) -> Result<u8, Failure> {
    print(&table(&inputs.in_force()))?;
    if let Err(error) = inputs.validated() {
        complain("A run with these settings would be refused:");
        for finding in error.0 {
            complain(&format!("  {finding}"));
        }
    }
    Ok(exit::OK)
}

fn table(rows: &[InForce]) -> String {
    let values: Vec<_> = rows
        .iter()
        .map(|row| plain(row.value.as_deref().unwrap_or("-")))
        .collect();
    let names = rows.iter().map(|row| row.name.len()).max();
    // One long value must not push every origin off the screen.
    let widths = values.iter().map(|value| value.chars().count());
    let (names, widest) = (
        names.unwrap_or(0),
        widths.filter(|len| *len <= 30).max().unwrap_or(0),
    );
    let lines = rows.iter().zip(values).map(|(row, value)| {
        format!(
            "{:names$}  {value:widest$}  {}\n",
            row.name,
            plain(&row.origin)
        )
    });
    lines.collect()
}
