//! The page's tables, and texts in them: the first rows as they stand, the rest as data that a
//! click shows.

use std::collections::BTreeMap;

use super::section::{Cell, Column, Section, TOTALS};

/// Rows of a table that are there when the page opens.
const FIRST: usize = 10;

/// A section's name in the page's address.
fn id(section: &Section) -> String {
    section.title.to_lowercase().replace(' ', "-")
}

/// Text as HTML, where it is text and nothing else.
pub(super) fn escape(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('"', "&quot;");
    let text = text.replace('<', "&lt;").replace('>', "&gt;");
    text.replace('\'', "&#39;")
}

/// A section with the start of its table.
pub(super) fn section(section: &Section) -> String {
    let (id, title, n) = (id(section), section.title, section.rows.rows.len());
    let many = match n > 0 && title != TOTALS {
        true => format!(" <span class=\"many\">{}</span>", section.rows.count()),
        false => String::new(),
    };
    let mut html =
        format!("<section aria-labelledby=\"{id}\"><h2 id=\"{id}\">{title}{many}</h2>\n");
    if n > 0 {
        html += &table(section, &id);
    }
    if n > FIRST {
        html += &format!(
            "<div class=\"rest\">The first {FIRST} of {n}. <button type=\"button\" data-rest=\"{id}\">Show all {n}</button></div>\n"
        );
    }
    if let Some(remark) = section.remark() {
        html += &format!("<p>{}</p>\n", escape(&remark));
    }
    html + "</section>\n"
}

fn table(section: &Section, id: &str) -> String {
    // Without a sentence of its own, the heading above names it.
    let named = match &*section.meaning {
        "" => format!(" aria-labelledby=\"{id}\">"),
        meaning => format!("><caption>{}</caption>", escape(meaning)),
    };
    let heads = section.columns.iter().map(|column| {
        let (class, head) = (class(*column), column.head);
        format!("<th scope=\"col\"{class}>{head}</th>")
    });
    let rows = section.rows.rows.iter().take(FIRST).map(|row| {
        let cells = section.columns.iter().zip(row).enumerate();
        let cells = cells.map(|(n, (column, one))| cell(*column, one, n == 0));
        format!("<tr>{}</tr>\n", cells.collect::<String>())
    });
    format!(
        "<div class=\"wide\"><table data-of=\"{id}\" class=\"short\"{named}<thead><tr>{}</tr></thead><tbody>\n{}</tbody></table></div>\n",
        heads.collect::<String>(),
        rows.collect::<String>()
    )
}

fn class(column: Column) -> &'static str {
    match column.is_number {
        true => " class=\"number\"",
        false => "",
    }
}

/// The first cell of a row is its heading. A narrow screen shows each cell with its column's head.
fn cell(column: Column, cell: &Cell, heading: bool) -> String {
    let (tag, about) = match heading {
        true => ("th", " scope=\"row\"".to_owned()),
        false => ("td", format!(" data-head=\"{}\"", column.head)),
    };
    let (class, mut text) = (class(column), format!("<bdi>{}</bdi>", escape(&cell.text)));
    if !cell.filter.is_empty() {
        text = format!("<a href=\"#{}\">{text}</a>", escape(&cell.filter));
    }
    format!("<{tag}{about}{class}>{text}</{tag}>")
}

/// The rows that the tables lack, by section.
pub(super) fn rest<'s>(sections: &[&'s Section]) -> BTreeMap<String, &'s [Vec<Cell>]> {
    let rows = sections.iter().map(|one| (id(one), &*one.rows.rows));
    let long = rows.filter_map(|(id, rows)| Some((id, rows.get(FIRST..)?)));
    long.filter(|(_, rest)| !rest.is_empty()).collect()
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
        let html = super::section(&section);
        assert!(html.contains("<a href=\"#user=a%20b%22%26%C3%BC\"><bdi>&lt;9&gt;</bdi></a>"));
        assert!(html.contains("Show all 12</button>") && !html.contains("&lt;10&gt;"));
        assert_eq!(
            serde_json::to_value(rest(&[&section])).unwrap(),
            serde_json::json!({"risky-rights": [
                [["<10>", "user=a%20b%22%26%C3%BC"], "10"],
                [["<11>", "user=a%20b%22%26%C3%BC"], "11"],
            ]})
        );
    }

    #[test]
    fn text_cannot_become_markup() {
        let text = escape("</td><script>\"x\" & 'y' z");
        assert_eq!(
            text,
            "&lt;/td&gt;&lt;script&gt;&quot;x&quot; &amp; &#39;y&#39; z"
        );
    }
}
