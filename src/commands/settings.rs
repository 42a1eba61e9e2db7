//! `settings`: every setting in force, and where it came from.

use super::output::{complain, print};
use crate::exit::{self, Failure};
use crate::settings::Inputs;
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

fn table(rows: &[[String; 3]]) -> String {
    let names = rows.iter().map(|[name, ..]| name.len()).max().unwrap_or(0);
    // One long value must not push every origin off the screen.
    let widths = rows
        .iter()
        .map(|[_, value, _]| plain(value).chars().count());
    let values = widths.filter(|width| *width <= 30).max().unwrap_or(0);
    let lines = rows.iter().map(|[name, value, origin]| {
        let (value, origin) = (plain(value), plain(origin));
        format!("{name:names$}  {value:values$}  {origin}\n")
    });
    lines.collect()
}
