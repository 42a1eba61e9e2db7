//! `settings`: every setting in force, and where it came from.

use crate::cli::args::Given;
use crate::cli::config::{Inputs, Surroundings};
use crate::exit::{self, Failure};

/// Prints a table: name, value, origin; then what a run would complain of.
///
/// # Errors
/// When standard output cannot be written.
pub(super) fn run(given: Vec<Given>) -> Result<u8, Failure> {
    let inputs = Inputs::read(given, Surroundings::of_process())?;
    let rows = inputs.in_force();
    let width = |text: fn(&crate::cli::config::InForce) -> usize| rows.iter().map(text).max();
    let names = width(|row| row.name.len()).unwrap_or_default();
    let values = width(|row| row.shown().chars().count())
        .unwrap_or_default()
        .min(40);
    let mut text = String::new();
    for row in &rows {
        text += &format!(
            "{:names$}  {:values$}  {}\n",
            row.name,
            row.shown(),
            row.origin
        );
    }
    super::print(&text)?;
    match inputs.settings() {
        Ok(_) => Ok(exit::OK),
        Err(error) => {
            super::report(&error.into());
            Ok(exit::OK)
        }
    }
}
