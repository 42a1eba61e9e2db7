//! Plain text tables that fit a width: long cells are wrapped, nothing is cut off.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr;

use super::paper::{Paper, wrap};
use super::section::Column;

/// Before the first column, and between columns.
const GAP: usize = 2;
/// Columns whose cells may begin with a sign.
const SIGNED: [&str; 2] = ["Change", "Path"];
/// No column gets narrower than this, or than its share where there is less room.
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

    pub(super) fn print(&self, out: &mut Paper<impl Write>) -> io::Result<()> {
        let widths = self.widths(out.width());
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
    fn widths(&self, width: usize) -> Vec<usize> {
        let cell = |row: &Vec<String>, n: usize| row.get(n).map_or(0, |cell| cell.width());
        let widest = |(n, column): (usize, &Column)| {
            let widest = self.rows.iter().map(|row| cell(row, n)).max();
            widest.unwrap_or_default().max(column.head().width())
        };
        let mut widths: Vec<usize> = self.columns.iter().enumerate().map(widest).collect();
        let room = width.saturating_sub(GAP * widths.len());
        let narrowest = NARROWEST.min(room / widths.len().max(1));
        while widths.iter().sum::<usize>() > room {
            match widths.iter_mut().max() {
                Some(widest) if *widest > narrowest => *widest -= 1,
                _ => break,
            }
        }
        widths
    }

    /// What came is green and what went red, as `git` has it.
    fn style(&self, cells: &[String]) -> Style {
        let signed = self.columns.iter().zip(cells);
        let mut signed = signed.filter(|(column, _)| SIGNED.contains(&column.head()));
        signed
            .find_map(|(_, cell)| match cell.get(..2)? {
                "+ " => Some(AnsiColor::Green.on_default()),
                "- " => Some(AnsiColor::Red.on_default()),
                _ => None,
            })
            .unwrap_or_default()
    }

    fn line(
        &self,
        out: &mut Paper<impl Write>,
        cells: &[String],
        widths: &[usize],
    ) -> io::Result<()> {
        let style = self.style(cells);
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
            out.line(style, line.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn tables_stay_within_their_width_and_lose_nothing() {
        let mut table = Table::new(&[
            Column::Text("who"),
            Column::Number("n"),
            Column::Text("what"),
        ]);
        table.row(["李雷".repeat(30), "7".to_owned(), "permission ".repeat(20)]);
        table.row(["Ann".to_owned(), "1234".to_owned(), "view".to_owned()]);
        let printed = |width| {
            let mut out = Vec::new();
            table
                .print(&mut Paper::new(&mut out, width, false))
                .unwrap();
            let text = String::from_utf8(out).unwrap();
            assert!(text.lines().all(|line| line.width() <= width), "{text}");
            text
        };
        assert!(printed(200).lines().count() < printed(80).lines().count());
        let text = printed(80);
        assert_eq!(text.matches("permission").count(), 20);
        assert_eq!(text.matches('李').count(), 30);
        assert!(
            text.lines().any(|line| line.starts_with("  Ann ")),
            "{text}"
        );
    }
}
