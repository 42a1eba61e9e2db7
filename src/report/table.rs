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

/// Prints rows of cells under heads.
pub(super) fn print(
    out: &mut Paper<impl Write>,
    columns: &[Column],
    rows: &[Vec<String>],
) -> io::Result<()> {
    let heads: Vec<String> = columns.iter().map(|c| c.head().to_uppercase()).collect();
    let widths = widths(columns, rows, out.width());
    let mut all = std::iter::once(&heads).chain(rows);
    all.try_for_each(|cells| line(out, columns, cells, &widths))
}

/// As wide as the widest cell; while that is too much, the widest column gives way.
fn widths(columns: &[Column], rows: &[Vec<String>], width: usize) -> Vec<usize> {
    let widest = |(n, column): (usize, &Column)| {
        let cells = rows.iter().filter_map(|row| row.get(n));
        let widest = cells.map(|cell| cell.width()).max();
        widest.unwrap_or_default().max(column.head().width())
    };
    let mut widths: Vec<usize> = columns.iter().enumerate().map(widest).collect();
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
fn style(columns: &[Column], cells: &[String]) -> Style {
    let signed = columns.iter().zip(cells);
    let mut signed = signed.filter(|(column, _)| SIGNED.contains(&column.head()));
    let colour = signed.find_map(|(_, cell)| match cell.get(..2)? {
        "+ " => Some(AnsiColor::Green.on_default()),
        "- " => Some(AnsiColor::Red.on_default()),
        _ => None,
    });
    colour.unwrap_or_default()
}

fn line(
    out: &mut Paper<impl Write>,
    columns: &[Column],
    cells: &[String],
    widths: &[usize],
) -> io::Result<()> {
    let style = style(columns, cells);
    let cells = cells.iter().zip(widths);
    let wrapped: Vec<Vec<String>> = cells.map(|(cell, &width)| wrap(cell, width)).collect();
    let height = wrapped.iter().map(Vec::len).max().unwrap_or_default();
    for n in 0..height {
        let mut line = String::new();
        for ((column, cell), &width) in columns.iter().zip(&wrapped).zip(widths) {
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn tables_stay_within_their_width_and_lose_nothing() {
        let columns = [
            Column::Text("who"),
            Column::Number("n"),
            Column::Text("what"),
        ];
        let rows = [
            vec!["李雷".repeat(30), "7".to_owned(), "permission ".repeat(20)],
            vec!["Ann".to_owned(), "1234".to_owned(), "view".to_owned()],
        ];
        let printed = |width| {
            let mut out = Vec::new();
            print(&mut Paper::new(&mut out, width, false), &columns, &rows).unwrap();
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
