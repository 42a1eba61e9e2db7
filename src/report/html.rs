//! The report as one HTML page that needs nothing else and may fetch nothing else.
//!
//! `page.html` is filled in at its `{{…}}` marks. Scripts and styles are allowed by their digests
//! only, so a name that got itself into the page as markup still could not act.

use std::io::{self, Write};

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::sections::{self, Cell, Column, Section};
use super::{Report, changes_sections, json, matrix, text};

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = concat!(include_str!("page_data.js"), include_str!("page.js"));

/// Writes the page.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(report: &Report<'_>, out: &mut impl Write) -> io::Result<()> {
    let mut rest = PAGE;
    while let Some((before, mark)) = rest.split_once("{{") {
        let (name, after) = mark.split_once("}}").unwrap_or((mark, ""));
        out.write_all(before.as_bytes())?;
        fill(name, report, out)?;
        rest = after;
    }
    out.write_all(rest.as_bytes())
}

fn fill(name: &str, report: &Report<'_>, out: &mut impl Write) -> io::Result<()> {
    match name {
        "style" => out.write_all(STYLE.as_bytes()),
        "script" => out.write_all(SCRIPT.as_bytes()),
        "style-digest" => write!(out, "{}", csp_digest(STYLE)),
        "script-digest" => write!(out, "{}", csp_digest(SCRIPT)),
        "account" => escape(out, &crate::text::plain(&report.snapshot.source.account.0)),
        "head" => head(report, out),
        "notices" => notices(report, out),
        "overview" => {
            escape(out, &text::overview(report))?;
            text::marks(report).map_or(Ok(()), |marks| {
                out.write_all(b"<br>")?;
                escape(out, marks)
            })
        }
        "sections" => {
            let changes = report.changes.iter().flat_map(changes_sections::all);
            let findings = sections::findings(report).into_iter();
            let all = changes.chain(findings).chain(sections::lists(report));
            all.into_iter().try_for_each(|one| section(out, &one))
        }
        "data" => json::write_value(&matrix::value(report.snapshot), out),
        other => Err(io::Error::other(format!(
            "the page has the unknown mark {other}"
        ))),
    }
}

/// A digest as a content security policy names it.
fn csp_digest(text: &str) -> String {
    format!(
        "sha256-{}",
        STANDARD.encode(digest(&SHA256, text.as_bytes()))
    )
}

fn head(report: &Report<'_>, out: &mut impl Write) -> io::Result<()> {
    let file = format!("File     {}", report.snapshot.source.file);
    for line in std::iter::once(file).chain(text::head(report)) {
        let (term, value) = line.split_once(' ').unwrap_or((&line, ""));
        write!(out, "<dt>{term}</dt><dd>")?;
        escape(out, value.trim_start())?;
        writeln!(out, "</dd>")?;
    }
    let minute = report.now.strftime(super::show::LOCAL);
    writeln!(out, "<dt>Report</dt><dd>{minute}</dd>")
}

fn notices(report: &Report<'_>, out: &mut impl Write) -> io::Result<()> {
    let mut notices = text::notices(report).peekable();
    if notices.peek().is_none() {
        return Ok(());
    }
    writeln!(out, "<ul class=\"notices\" aria-label=\"Warnings\">")?;
    for notice in notices {
        write!(out, "<li>")?;
        escape(out, &notice.line())?;
        writeln!(out, "</li>")?;
    }
    writeln!(out, "</ul>")
}

fn section(out: &mut impl Write, section: &Section) -> io::Result<()> {
    let id = section.title.to_lowercase().replace(' ', "-");
    writeln!(
        out,
        "<section aria-labelledby=\"{id}\"><h2 id=\"{id}\">{}</h2>",
        section.title
    )?;
    if !section.rows.rows.is_empty() {
        table(out, section)?;
    }
    if let Some(remark) = section.remark() {
        write!(out, "<p>")?;
        escape(out, &remark)?;
        writeln!(out, "</p>")?;
    }
    writeln!(out, "</section>")
}

fn table(out: &mut impl Write, section: &Section) -> io::Result<()> {
    write!(out, "<div class=\"wide\"><table><caption>")?;
    let caption = if section.meaning.is_empty() {
        section.title
    } else {
        &section.meaning
    };
    escape(out, caption)?;
    write!(out, "</caption><thead><tr>")?;
    for column in section.columns {
        write!(
            out,
            "<th scope=\"col\"{}>{}</th>",
            number(*column),
            column.head()
        )?;
    }
    writeln!(out, "</tr></thead><tbody>")?;
    for row in &section.rows.rows {
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

/// The first cell of a row is its heading.
fn cell(out: &mut impl Write, column: Column, cell: &Cell, heading: bool) -> io::Result<()> {
    let (tag, scope) = if heading {
        ("th", " scope=\"row\"")
    } else {
        ("td", "")
    };
    write!(out, "<{tag}{scope}{}>", number(column))?;
    if cell.filter.is_empty() {
        write!(out, "<bdi>")?;
        escape(out, &cell.text)?;
        write!(out, "</bdi>")?;
    } else {
        let pairs = cell
            .filter
            .iter()
            .map(|(key, value)| format!("{key}={}", encode(value)));
        write!(
            out,
            "<a href=\"#{}\"><bdi>",
            pairs.collect::<Vec<_>>().join("&amp;")
        )?;
        escape(out, &cell.text)?;
        write!(out, "</bdi></a>")?;
    }
    write!(out, "</{tag}>")
}

/// Text as HTML.
fn escape(out: &mut impl Write, text: &str) -> io::Result<()> {
    let mut rest = text;
    while let Some(at) = rest.find(['<', '>', '&', '"', '\'']) {
        let (before, from) = rest.split_at(at);
        out.write_all(before.as_bytes())?;
        out.write_all(match from.as_bytes()[0] {
            b'<' => b"&lt;",
            b'>' => b"&gt;",
            b'&' => b"&amp;",
            b'"' => b"&quot;",
            _ => b"&#39;",
        })?;
        rest = &from[1..];
    }
    out.write_all(rest.as_bytes())
}

/// A filter's value as it stands in the page's address.
fn encode(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.~".contains(&b);
    let bytes = text.bytes().map(|b| match plain(b) {
        true => char::from(b).to_string(),
        false => format!("%{b:02X}"),
    });
    bytes.collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn text_cannot_become_markup() {
        let mut out = Vec::new();
        escape(&mut out, "</td><script>\"x\" & 'y'").unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(
            text,
            "&lt;/td&gt;&lt;script&gt;&quot;x&quot; &amp; &#39;y&#39;"
        );
        assert_eq!(encode("a b\"&ü"), "a%20b%22%26%C3%BC");
    }
}
