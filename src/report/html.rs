//! The report as one HTML page that needs nothing else and may fetch nothing else.
//!
//! `page.html` is filled in at its `{{…}}` marks. Scripts and styles are allowed by their digests
//! only, so a name that got itself into the page as markup still could not act.

use std::io::{self, Write};

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::baton::ids::ResourceKind;
use crate::text::plain;

use super::count::Count;
use super::html_tables::{self, Html};
use super::matrix::Matrix;
use super::section::Section;
use super::snapshot::LOCAL;
use super::{Report, json, sections, sections_changes, text};

const PAGE: &str = include_str!("page/page.html");
const STYLE: &str = include_str!("page/page.css");
const SCRIPT: &str = concat!(
    include_str!("page/data.js"),
    include_str!("page/filters.js"),
    include_str!("page/list.js"),
    include_str!("page/cell-colours.js"),
    include_str!("page/matrix.js"),
    include_str!("page/moving.js"),
    include_str!("page/tables.js"),
    include_str!("page/vault.js"),
    include_str!("page/start.js"),
);

/// Writes the page.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(report: &Report<'_>, out: &mut impl Write) -> io::Result<()> {
    let changes = report.changes.iter().flat_map(sections_changes::all);
    let findings: Vec<Section> = changes.chain(sections::findings(report)).collect();
    let lists = sections::ranked(report);
    let mut rest = PAGE;
    while let Some((before, mark)) = rest.split_once("{{") {
        let (name, after) = mark.split_once("}}").unwrap_or((mark, ""));
        out.write_all(before.as_bytes())?;
        fill(name, report, (&findings, &lists), out)?;
        rest = after;
    }
    out.write_all(rest.as_bytes())
}

/// Writes what a mark stands for; the tables are those before the matrix, and those after it.
fn fill(
    name: &str,
    report: &Report<'_>,
    (findings, lists): (&[Section], &[Section]),
    out: &mut impl Write,
) -> io::Result<()> {
    let tables = |out: &mut _, sections: &[Section]| {
        let mut sections = sections.iter();
        sections.try_for_each(|one| html_tables::section(out, one))
    };
    let source = &report.snapshot.source;
    match name {
        "style" => out.write_all(STYLE.as_bytes()),
        "script" => out.write_all(SCRIPT.as_bytes()),
        "style-digest" => write!(out, "{}", csp_digest(STYLE)),
        "script-digest" => write!(out, "{}", csp_digest(SCRIPT)),
        "account" => write!(out, "{}", Html(plain(&source.account.0))),
        "head" => terms(out, &head(report)),
        // By these the reader of a print finds the very file again.
        "marks" => {
            let sync = plain(&source.sync.sync_id).into_owned();
            let (file, digest) = (source.file.clone(), source.digest.clone());
            terms(
                out,
                &[("File", file), ("SHA-256", digest), ("Sync id", sync)],
            )
        }
        "notices" => notices(report, out),
        "cards" => cards(report, out),
        "overview" => {
            write!(out, "{}", Html(text::overview(report)))?;
            text::marks(report).map_or(Ok(()), |marks| write!(out, "<br>{}", Html(marks)))
        }
        "findings" => tables(out, findings),
        "lists" => tables(out, lists),
        "data" => {
            let rest = html_tables::Rest(findings.iter().chain(lists).collect());
            json::write_value(&Matrix::new(report, rest), out)
        }
        other => Err(io::Error::other(format!(
            "the page has the unknown mark {other}"
        ))),
    }
}

/// A digest as a content security policy names it.
fn csp_digest(text: &str) -> String {
    let digest = digest(&SHA256, text.as_bytes());
    format!("sha256-{}", STANDARD.encode(digest))
}

fn head(report: &Report<'_>) -> Vec<(&'static str, String)> {
    let source = &report.snapshot.source;
    let mut terms = vec![
        ("Account", plain(&source.account.0).into_owned()),
        ("Sync", text::sync(source, &report.now)),
        ("Synced by", "the file does not say".to_owned()),
    ];
    let older = report.changes.as_ref().map(|changes| &changes.old);
    terms.extend(older.map(|old| {
        let (sync, digest) = (text::sync(old, &report.now), &old.digest);
        ("Before", format!("{}: {sync}, SHA-256 {digest}", old.file))
    }));
    let made = report.now.strftime(LOCAL);
    let version = env!("CARGO_PKG_VERSION");
    terms.push(("Report", format!("{made}, baton-1password {version}")));
    terms
}

fn terms(out: &mut impl Write, terms: &[(&str, String)]) -> io::Result<()> {
    let mut terms = terms.iter();
    terms.try_for_each(|(term, value)| writeln!(out, "<dt>{term}</dt><dd>{}</dd>", Html(value)))
}

fn notices(report: &Report<'_>, out: &mut impl Write) -> io::Result<()> {
    let items = text::notices(report).map(|one| format!("<li>{}</li>\n", Html(one.line())));
    match items.collect::<String>().as_str() {
        "" => Ok(()),
        items => writeln!(
            out,
            "<ul class=\"notices\" aria-label=\"Warnings\">\n{items}</ul>"
        ),
    }
}

/// The few figures that a reviewer looks at first, and where on the page there is more of each.
fn cards(report: &Report<'_>, out: &mut impl Write) -> io::Result<()> {
    let t = &report.totals;
    // Service accounts are users, and no people.
    let machines = t.service_accounts;
    let all = t.users.known().is_some() && machines.known().is_some();
    let people = Count::new(t.users.seen().saturating_sub(machines.seen()), all);
    let machines = machines.words("service account", "service accounts");
    let machines = format!(
        "and {machines}, {}",
        t.projects.words("project", "projects")
    );
    let suspended = t.suspended.words("suspended user", "suspended users");
    let guests = format!("{} with much", report.guests().count());
    let risky = "manage, export or share".to_owned();
    let (unread, of_what) = unread(report);
    let cards = [
        ("People", people, machines, "people-and-machines"),
        (
            "Suspended with access",
            report.suspended().count(),
            format!("of {suspended}"),
            "suspended-users-with-access",
        ),
        ("Guests", t.guests, guests, "kind=guest"),
        (
            "Risky rights",
            report.risks().count(),
            risky,
            "risky-rights",
        ),
        ("Vaults not read in full", unread, of_what, "vaults"),
    ];
    for (name, number, note, leads_to) in cards {
        // A figure that is not known in full looks like what was not read in the matrix.
        let known = match number.known() {
            Some(_) => "",
            None => " class=\"unread\"",
        };
        let note = Html(note);
        writeln!(
            out,
            "<li{known}><a href=\"#{leads_to}\"><strong>{number}</strong> {name}</a> <small>{note}</small></li>"
        )?;
    }
    Ok(())
}

/// Of how many vaults the sync did not read all, and what it did not.
fn unread(report: &Report<'_>) -> (Count, String) {
    let reads = || report.snapshot.vaults.iter().map(|vault| vault.read);
    let of = [
        ("users", reads().filter(|read| !read.users).count()),
        ("projects", reads().filter(|read| !read.projects).count()),
        (
            "permissions",
            reads().filter(|read| !read.unread.is_empty()).count(),
        ),
    ];
    let vaults = reads().filter(|read| !read.is_whole()).count();
    let note = of.iter().filter(|(_, n)| *n > 0);
    let note: Vec<String> = note.map(|(word, n)| format!("{word} of {n}")).collect();
    let note = match note.is_empty() {
        true => format!("of {}", report.totals.vaults),
        false => note.join(", "),
    };
    let all = report.snapshot.coverage.lists(ResourceKind::Vault);
    (Count::new(vaults, all), note)
}
