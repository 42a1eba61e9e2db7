//! Checks and their outcomes on stdout, one row at a time, folded to the terminal's width.

use std::io::Write;

use anstyle::{AnsiColor, Style};

use super::system::width;
use crate::files;
use crate::text::{fold, plain};

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// ✓
    Good,
    /// ✗
    Bad,
    /// – for a check that was left out, or a remark.
    Note,
}

/// Rows of mark, name and text.
#[derive(Debug)]
pub struct Table {
    width: usize,
}

/// Columns before the text: mark, blank, name, blanks.
const INDENT: usize = 16;

impl Default for Table {
    /// As wide as the terminal, or 80 columns.
    fn default() -> Self {
        Self {
            width: width(&std::io::stdout()),
        }
    }
}

impl Table {
    /// Prints a row at once. Each line of `text` begins on a line of its own.
    ///
    /// # Errors
    /// When stdout cannot be written; a reader that has seen enough is no failure.
    pub fn row(&self, mark: Mark, name: &str, text: &str) -> std::io::Result<()> {
        let (sign, style) = match mark {
            Mark::Good => ("✓", AnsiColor::Green.on_default()),
            Mark::Bad => ("✗", AnsiColor::Red.on_default().bold()),
            Mark::Note => ("–", Style::new().dimmed()),
        };
        let lines = text
            .lines()
            .flat_map(|line| fold(&plain(line), self.width.saturating_sub(INDENT), true));
        let indent = format!("\n{:INDENT$}", "");
        let text = lines.collect::<Vec<_>>().join(&indent);
        let mut out = anstream::stdout();
        let row = format!(
            "{style}{sign}{style:#} {name:width$}{text}\n",
            width = INDENT - 2
        );
        match out.write_all(row.as_bytes()).and_then(|()| out.flush()) {
            Err(error) if files::is_reader_gone(&error) => Ok(()),
            written => written,
        }
    }
}
