//! The report as one HTML page that needs nothing else and may fetch nothing else.
//!
//! `page.html` is filled in at its `{…}` marks. Scripts and styles are allowed by their digests
//! only, so a name that got itself into the page as markup still could not act.

use std::io::{self, Write};

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::baton::ids::ResourceKind;
use crate::text::plain;

use super::count::Count;
use super::html_tables::{self, escape};
use super::matrix::Matrix;
use super::model::Read;
use super::section::Section;
use super::snapshot::LOCAL;
use super::{Report, json, sections, sections_changes, text};

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
    let tables = |all: &[Section]| all.iter().map(html_tables::section).collect::<String>();
    let source = &report.snapshot.source;
    let marks = text::marks(report).map(|marks| format!("<br>{}", escape(marks)));
    let before = report.changes.as_ref().map(|changes| {
        let (old, sync) = (changes.old, text::sync(changes.old, &report.now));
        let before = format!("{}: {sync}, SHA-256 {}", old.file, old.digest);
        format!("<dt>Before</dt><dd>{}</dd>\n", escape(&before))
    });
    write!(
        out,
        include_str!("page/page.html"),
        style = STYLE,
        style_digest = csp_digest(STYLE),
        script_digest = csp_digest(SCRIPT),
        account = escape(&plain(&source.account.0)),
        sync = escape(&text::sync(source, &report.now)),
        before = before.unwrap_or_default(),
        made = report.now.strftime(LOCAL),
        version = env!("CARGO_PKG_VERSION"),
        // By these the reader of a print finds the very file again.
        file = escape(&source.file),
        digest = source.digest,
        sync_id = escape(&plain(&source.sync.sync_id)),
        notices = notices(report),
        cards = cards(report),
        overview = escape(&text::overview(report)) + &marks.unwrap_or_default(),
        findings = tables(&findings),
        lists = tables(&lists),
    )?;
    // By far the most of a large page, and so written as it is made.
    let shown = findings.iter().chain(&lists).collect();
    json::write_value(&Matrix(report, shown), out)?;
    writeln!(
        out,
        "</script>\n<script>{SCRIPT}</script>\n</body>\n</html>"
    )
}

/// A digest as a content security policy names it.
fn csp_digest(text: &str) -> String {
    let digest = digest(&SHA256, text.as_bytes());
    format!("sha256-{}", STANDARD.encode(digest))
}

fn notices(report: &Report<'_>) -> String {
    let items = text::notices(report).map(|one| format!("<li>{}</li>\n", escape(&one.line())));
    match items.collect::<String>().as_str() {
        "" => String::new(),
        items => format!("<ul class=\"notices\" aria-label=\"Warnings\">\n{items}</ul>\n"),
    }
}

/// The few figures that a reviewer looks at first, and where on the page there is more of each.
fn cards(report: &Report<'_>) -> String {
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
    let of_all = t.suspended.words("suspended user", "suspended users");
    let (suspended, risks) = (report.suspended().count(), report.risks().count());
    let guests = format!("{} with much", report.guests().count());
    let risky = "manage, export or share".to_owned();
    let (unread, of_what) = unread(report);
    let cards = [
        ("People", people, machines, "people-and-machines"),
        (
            "Suspended with access",
            suspended,
            format!("of {of_all}"),
            "suspended-users-with-access",
        ),
        ("Guests", t.guests, guests, "kind=guest"),
        ("Risky rights", risks, risky, "risky-rights"),
        ("Vaults not read in full", unread, of_what, "vaults"),
    ];
    let cards = cards.map(|(name, number, note, leads_to)| {
        // A figure that is not known in full looks like what was not read in the matrix.
        let known = number.known().map_or(" class=\"unread\"", |_| "");
        let note = escape(&note);
        format!(
            "<li{known}><a href=\"#{leads_to}\"><strong>{number}</strong> {name}</a> <small>{note}</small></li>\n"
        )
    });
    cards.concat()
}

/// Of how many vaults the sync did not read all, and what it did not.
fn unread(report: &Report<'_>) -> (Count, String) {
    let snapshot = report.snapshot;
    let unread = |is_read: fn(Read) -> bool| {
        let reads = snapshot.vaults.iter().map(|vault| vault.read);
        reads.filter(|read| !is_read(*read)).count()
    };
    let of = [
        ("users", unread(|read| read.users)),
        ("projects", unread(|read| read.projects)),
        ("permissions", unread(|read| read.unread.is_empty())),
    ];
    let note = of.iter().filter(|(_, n)| *n > 0);
    let note: Vec<String> = note.map(|(word, n)| format!("{word} of {n}")).collect();
    let note = match note.is_empty() {
        true => format!("of {}", report.totals.vaults),
        false => note.join(", "),
    };
    let all = snapshot.coverage.lists(ResourceKind::Vault);
    (Count::new(unread(Read::is_whole), all), note)
}
