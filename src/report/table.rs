//! Plain text tables that fit a width: long cells are wrapped, nothing is cut off.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

use super::sections::Column;

/// Columns of a terminal that the report is made for.
pub(super) const WIDTH: usize = 80;
/// Before the first column, and between columns.
const GAP: usize = 2;
/// No column gets narrower than this.
const NARROWEST: usize = 10;

/// Rows of cells under heads.
pub(super) struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn new(columns: &[Column]) -> Self {
        Self {
            columns: columns.to_vec(),
            rows: Vec::new(),
        }
    }

    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    pub(super) fn print(&self, out: &mut impl Write) -> io::Result<()> {
        let widths = self.widths();
        let heads: Vec<String> = self
            .columns
            .iter()
            .map(|c| c.head().to_uppercase())
            .collect();
        self.line(out, &heads, &widths)?;
        for row in &self.rows {
            self.line(out, row, &widths)?;
        }
        Ok(())
    }

    /// As wide as the widest cell; while that is too much, the widest column gives way.
    fn widths(&self) -> Vec<usize> {
        let cell = |row: &Vec<String>, n: usize| row.get(n).map_or(0, |cell| cell.width());
        let widest = |(n, column): (usize, &Column)| {
            let widest = self.rows.iter().map(|row| cell(row, n)).max();
            widest.unwrap_or_default().max(column.head().width())
        };
        let mut widths: Vec<usize> = self.columns.iter().enumerate().map(widest).collect();
        let room = WIDTH - GAP * widths.len();
        while widths.iter().sum::<usize>() > room {
            match widths.iter_mut().max() {
                Some(widest) if *widest > NARROWEST => *widest -= 1,
                _ => break,
            }
        }
        widths
    }

    fn line(&self, out: &mut impl Write, cells: &[String], widths: &[usize]) -> io::Result<()> {
        let wrapped: Vec<Vec<String>> = cells
            .iter()
            .zip(widths)
            .map(|(cell, &width)| wrap(cell, width))
            .collect();
        let height = wrapped.iter().map(Vec::len).max().unwrap_or_default();
        for n in 0..height {
            let mut line = String::new();
            for ((column, cell), &width) in self.columns.iter().zip(&wrapped).zip(widths) {
                let text = cell.get(n).map_or("", String::as_str);
                let pad = " ".repeat(width.saturating_sub(text.width()));
                line += &" ".repeat(GAP);
                line += &match column {
                    Column::Text(_) => format!("{text}{pad}"),
                    Column::Number(_) => format!("{pad}{text}"),
                };
            }
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// The text in lines of at most `width` columns, broken between words where there are any.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        let joined = line.width() + 1 + word.width();
        if !line.is_empty() && joined > width {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        for c in word.chars() {
            let wide = unicode_width::UnicodeWidthChar::width(c).unwrap_or_default();
            if !line.is_empty() && line.width() + wide > width {
                lines.push(std::mem::take(&mut line));
            }
            line.push(c);
        }
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn words_are_kept_whole_where_they_fit() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefghij k", 4), ["abcd", "efgh", "ij k"]);
        assert_eq!(wrap("李雷李雷", 4), ["李雷", "李雷"]);
        assert_eq!(wrap("", 4), [""]);
    }

    #[test]
    fn tables_stay_within_their_width_and_lose_nothing() {
        let mut table = Table::new(&[
            Column::Text("who"),
            Column::Number("n"),
            Column::Text("what"),
        ]);
        table.row(["李雷".repeat(30), "7".to_owned(), "permission ".repeat(20)]);
        table.row(["Ann".to_owned(), "1234".to_owned(), "view".to_owned()]);
        let mut out = Vec::new();
        table.print(&mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.lines().all(|line| line.width() <= WIDTH), "{text}");
        assert_eq!(text.matches("permission").count(), 20);
        assert_eq!(text.matches('李').count(), 30);
        assert!(
            text.lines().any(|line| line.starts_with("  Ann ")),
            "{text}"
        );
    }
}
