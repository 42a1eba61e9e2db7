//! The page's tables, and texts in them: the first rows as they stand, the rest as data that a
//! click shows.

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::io::{self, Write};

use serde::ser::{Serialize, Serializer};
use serde_json::{Value, json};

use super::json::Each;
use super::section::{Cell, Column, Section, TOTALS};

/// Rows of a table that are there when the page opens.
const FIRST: usize = 10;

/// A section's name in the page's address.
fn id(section: &Section) -> String {
    section.title.to_lowercase().replace(' ', "-")
}

/// Text as HTML, where it is text and nothing else.
pub(super) struct Html<T>(pub(super) T);

impl<T: AsRef<str>> fmt::Display for Html<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.as_ref().chars() {
            match c {
                '<' => f.write_str("&lt;"),
                '>' => f.write_str("&gt;"),
                '&' => f.write_str("&amp;"),
                '"' => f.write_str("&quot;"),
                '\'' => f.write_str("&#39;"),
                c => f.write_char(c),
            }?;
        }
        Ok(())
    }
}

/// A section with the start of its table.
pub(super) fn section(out: &mut impl Write, section: &Section) -> io::Result<()> {
    let (id, title, rows) = (id(section), section.title, &section.rows.rows);
    write!(
        out,
        "<section aria-labelledby=\"{id}\"><h2 id=\"{id}\">{title}"
    )?;
    if !rows.is_empty() && title != TOTALS {
        write!(out, " <span class=\"many\">{}</span>", section.rows.count())?;
    }
    writeln!(out, "</h2>")?;
    if !rows.is_empty() {
        table(out, section, &id)?;
    }
    if rows.len() > FIRST {
        let n = rows.len();
        writeln!(
            out,
            "<div class=\"rest\">The first {FIRST} of {n}. <button type=\"button\" data-rest=\"{id}\">Show all {n}</button></div>"
        )?;
    }
    if let Some(remark) = section.remark() {
        writeln!(out, "<p>{}</p>", Html(remark))?;
    }
    writeln!(out, "</section>")
}

fn table(out: &mut impl Write, section: &Section, id: &str) -> io::Result<()> {
    write!(
        out,
        "<div class=\"wide\"><table data-of=\"{id}\" class=\"short\""
    )?;
    // Without a sentence of its own, the heading above names it.
    match section.meaning.is_empty() {
        true => write!(out, " aria-labelledby=\"{id}\">")?,
        false => write!(out, "><caption>{}</caption>", Html(&section.meaning))?,
    }
    write!(out, "<thead><tr>")?;
    for column in &section.columns {
        let (class, head) = (number(*column), column.head());
        write!(out, "<th scope=\"col\"{class}>{head}</th>")?;
    }
    writeln!(out, "</tr></thead><tbody>")?;
    for row in section.rows.rows.iter().take(FIRST) {
        write!(out, "<tr>")?;
        for (n, (column, one)) in section.columns.iter().zip(row).enumerate() {
            cell(out, *column, one, n == 0)?;
        }
        writeln!(out, "</tr>")?;
    }
    writeln!(out, "</tbody></table></div>")
}

fn number(column: Column) -> &'static str {
    match column {
        Column::Number(_) => " class=\"number\"",
        Column::Text(_) => "",
    }
}

/// The first cell of a row is its heading. A narrow screen shows each cell with its column's head.
fn cell(out: &mut impl Write, column: Column, cell: &Cell, heading: bool) -> io::Result<()> {
    let (tag, about) = match heading {
        true => ("th", " scope=\"row\"".to_owned()),
        false => ("td", format!(" data-head=\"{}\"", column.head())),
    };
    let (class, text) = (number(column), Html(&cell.text));
    let (link, end) = match cell.filter.is_empty() {
        true => (String::new(), ""),
        false => (format!("<a href=\"#{}\">", Html(&cell.filter)), "</a>"),
    };
    write!(
        out,
        "<{tag}{about}{class}>{link}<bdi>{text}</bdi>{end}</{tag}>"
    )
}

/// The rows that the tables lack, by section: where the row leads, then its cells. A cell is its
/// text, or its text and where it leads; where it leads to the same as the row and more, the more
/// alone.
pub(super) struct Rest<'s>(pub(super) Vec<&'s Section>);

impl Serialize for Rest<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let long = self.0.iter().filter(|one| one.rows.rows.len() > FIRST);
        serializer.collect_map(long.map(|one| {
            let rest = || one.rows.rows.iter().skip(FIRST).map(|row| cells(row));
            (id(one), Each(rest))
        }))
    }
}

fn cells(row: &[Cell]) -> Value {
    let base = row.first().map_or("", |cell| &cell.filter);
    let cells = row.iter().map(|cell| match cell.filter.is_empty() {
        true => json!(cell.text),
        false => json!([cell.text, further(base, &cell.filter)]),
    });
    std::iter::once(json!(base)).chain(cells).collect()
}

/// What comes after the base, which stands for itself as `+`.
fn further<'c>(base: &str, filter: &'c str) -> Cow<'c, str> {
    match filter.strip_prefix(base) {
        Some(more) if !base.is_empty() => format!("+{more}").into(),
        _ => filter.into(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::count::Listed;
    use super::*;

    #[test]
    fn rows_beyond_the_first_are_data() {
        let rows = Listed::new(0..12, true);
        let section = Section::of("Risky rights", &rows, "")
            .text("Who", |n| {
                Cell::leading(format!("<{n}>"), "user", "a b\"&ü")
            })
            .number("Vaults", |n| *n)
            .end();
        let mut out = Vec::new();
        super::section(&mut out, &section).unwrap();
        let html = String::from_utf8(out).unwrap();
        assert!(html.contains("<a href=\"#user=a%20b%22%26%C3%BC\"><bdi>&lt;9&gt;</bdi></a>"));
        assert!(html.contains("Show all 12</button>") && !html.contains("&lt;10&gt;"));
        assert_eq!(
            serde_json::to_value(Rest(vec![&section])).unwrap(),
            json!({"risky-rights": [
                ["user=a%20b%22%26%C3%BC", ["<10>", "+"], "10"],
                ["user=a%20b%22%26%C3%BC", ["<11>", "+"], "11"],
            ]})
        );
    }

    #[test]
    fn text_cannot_become_markup() {
        let text = Html("</td><script>\"x\" & 'y' z").to_string();
        assert_eq!(
            text,
            "&lt;/td&gt;&lt;script&gt;&quot;x&quot; &amp; &#39;y&#39; z"
        );
    }
}
