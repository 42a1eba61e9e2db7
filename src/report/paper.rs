//! What the text of a report is printed on: so many columns, with colours or without. Long lines
//! and cells are folded, nothing is cut off.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr;

use crate::text::fold;

use super::section::{Cell, Column};

/// No text is folded narrower than this.
const NARROWEST: usize = 40;
/// Before the first column of a table, and between columns.
const GAP: usize = 2;
/// Columns whose cells may begin with a sign.
const SIGNED: [&str; 2] = ["Change", "Path"];
/// No column gets narrower than this, or than its share where there is less room.
const NARROWEST_COLUMN: usize = 10;

/// A place for text.
#[derive(Debug)]
pub struct Paper<W> {
    out: W,
    width: usize,
    has_colour: bool,
}

impl<W: Write> Paper<W> {
    /// Of so many columns.
    pub fn new(out: W, width: usize, has_colour: bool) -> Self {
        Self {
            out,
            width: width.max(NARROWEST),
            has_colour,
        }
    }

    fn line(&mut self, style: Style, text: &str) -> io::Result<()> {
        match self.has_colour && !style.is_plain() {
            true => writeln!(self.out, "{style}{text}{style:#}"),
            false => writeln!(self.out, "{text}"),
        }
    }

    fn lines(&mut self, style: Style, indent: &str, text: &str) -> io::Result<()> {
        let mut lines = fold(text, self.width - indent.len(), false).into_iter();
        lines.try_for_each(|line| self.line(style, &format!("{indent}{line}")))
    }

    pub(super) fn blank(&mut self) -> io::Result<()> {
        writeln!(self.out)
    }

    pub(super) fn head(&mut self, text: &str) -> io::Result<()> {
        self.lines(Style::new().bold(), "", text)
    }

    pub(super) fn paragraph(&mut self, text: &str) -> io::Result<()> {
        self.lines(Style::new(), "  ", text)
    }

    pub(super) fn paragraphs(&mut self, texts: impl IntoIterator<Item = String>) -> io::Result<()> {
        let mut texts = texts.into_iter();
        texts.try_for_each(|text| self.paragraph(&text))
    }

    /// The same for what must be known before the rest is believed.
    pub(super) fn notice(&mut self, text: &str) -> io::Result<()> {
        self.lines(AnsiColor::Yellow.on_default(), "  ", &format!("! {text}"))
    }

    pub(super) fn table(&mut self, columns: &[Column], rows: &[Vec<Cell>]) -> io::Result<()> {
        let widths = widths(columns, rows, self.width);
        let heads = columns.iter().map(|column| column.head.to_uppercase());
        self.cells(columns, &heads.map(Cell::from).collect::<Vec<_>>(), &widths)?;
        rows.iter()
            .try_for_each(|cells| self.cells(columns, cells, &widths))
    }

    fn cells(&mut self, columns: &[Column], cells: &[Cell], widths: &[usize]) -> io::Result<()> {
        let style = style(columns, cells);
        let cells = cells.iter().zip(widths);
        let folded: Vec<Vec<String>> = cells
            .map(|(cell, &width)| fold(&cell.text, width, false))
            .collect();
        let height = folded.iter().map(Vec::len).max().unwrap_or_default();
        for n in 0..height {
            let mut line = String::new();
            for ((column, cell), &width) in columns.iter().zip(&folded).zip(widths) {
                let text = cell.get(n).map_or("", String::as_str);
                let pad = " ".repeat(width.saturating_sub(text.width()));
                line += &" ".repeat(GAP);
                line += &match column.is_number {
                    true => format!("{pad}{text}"),
                    false => format!("{text}{pad}"),
                };
            }
            self.line(style, line.trim_end())?;
        }
        Ok(())
    }
}

/// As wide as the widest cell; while that is too much, the widest column gives way.
fn widths(columns: &[Column], rows: &[Vec<Cell>], width: usize) -> Vec<usize> {
    let widest = |(n, column): (usize, &Column)| {
        let cells = rows.iter().filter_map(|row| row.get(n));
        let widest = cells.map(|cell| cell.text.width()).max();
        widest.unwrap_or_default().max(column.head.width())
    };
    let mut widths: Vec<usize> = columns.iter().enumerate().map(widest).collect();
    let room = width.saturating_sub(GAP * widths.len());
    let narrowest = NARROWEST_COLUMN.min(room / widths.len().max(1));
    while widths.iter().sum::<usize>() > room {
        match widths.iter_mut().max() {
            Some(widest) if *widest > narrowest => *widest -= 1,
            _ => break,
        }
    }
    widths
}

/// What came is green and what went red, as `git` has it.
fn style(columns: &[Column], cells: &[Cell]) -> Style {
    let signed = columns.iter().zip(cells);
    let mut signed = signed.filter(|(column, _)| SIGNED.contains(&column.head));
    let colour = signed.find_map(|(_, cell)| match cell.text.get(..2)? {
        "+ " => Some(AnsiColor::Green.on_default()),
        "- " => Some(AnsiColor::Red.on_default()),
        _ => None,
    });
    colour.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn tables_stay_within_their_width_and_lose_nothing() {
        let columns = [("who", false), ("n", true), ("what", false)];
        let columns = columns.map(|(head, is_number)| Column { head, is_number });
        let rows = [
            ["李雷".repeat(30), "7".to_owned(), "permission ".repeat(20)],
            ["Ann", "1234", "view"].map(str::to_owned),
        ];
        let rows = rows.map(|row| row.map(Cell::from).into());
        let printed = |width| {
            let mut out = Vec::new();
            let mut paper = Paper::new(&mut out, width, false);
            paper.table(&columns, &rows).unwrap();
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
