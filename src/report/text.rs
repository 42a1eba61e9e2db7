//! The report as text for a terminal or a pipe.

use std::io::{self, Write};

use indexmap::IndexMap;
use jiff::ZonedDateTime;

use crate::baton::ids::ResourceKind;
use crate::notice::Notice;
use crate::text::plain;

use super::Report;
use super::model::{PRINCIPALS, Pair, Resource, Sort};
use super::paper::Paper;
use super::permissions::Set;
use super::section::{self, Cell, Column, Section};
use super::sections;
use super::sections_changes;
use super::snapshot::{Snapshot, Source, local_time};

/// Prints the report; with an older file to compare with, what changed instead of what is.
///
/// # Errors
/// When `out` cannot be written.
pub fn print(report: &Report<'_>, out: &mut Paper<impl Write>) -> io::Result<()> {
    out.head(&format!("Access in {}", report.snapshot.source.file))?;
    out.blank()?;
    preface(report, out)?;
    if let Some(changes) = &report.changes {
        let Some(nothing) = changes.nothing() else {
            return print_sections(out, &sections_changes::all(changes));
        };
        out.blank()?;
        out.head("CHANGES")?;
        return out.paragraph(nothing);
    }
    out.blank()?;
    out.head("OVERVIEW")?;
    out.paragraph(&overview(report))?;
    out.paragraphs(marks(report).map(str::to_owned))?;
    print_sections(out, &sections::findings(report))?;
    print_sections(out, &sections::lists(report))?;
    access(out, report.snapshot)
}

/// Of what the report is, and what must be known before it is believed.
pub(super) fn preface(report: &Report<'_>, out: &mut Paper<impl Write>) -> io::Result<()> {
    let source = &report.snapshot.source;
    out.paragraph(&format!("Account  {}", plain(&source.account.0)))?;
    out.paragraph(&format!("Sync     {}", sync(source, &report.now)))?;
    if let Some(changes) = &report.changes {
        let sync = sync(changes.old, &report.now);
        out.paragraph(&format!("Before   {}: {sync}", changes.old.file))?;
    }
    notices(report).try_for_each(|notice| out.notice(&notice.line()))
}

pub(super) fn sync(source: &Source, now: &ZonedDateTime) -> String {
    let run = &source.sync;
    let ended = run.ended_at.as_deref();
    let ended = ended.map_or("never".to_owned(), |text| {
        local_time(run.ended(), text, now)
    });
    format!("{}, ended {ended}", plain(run.sync_type.as_str()))
}

/// What must be known before the report is believed.
pub fn notices<'r>(report: &'r Report<'_>) -> impl Iterator<Item = &'r Notice> {
    let of_changes = report.changes.iter().flat_map(|changes| &changes.notices);
    report.snapshot.notices.iter().chain(of_changes)
}

/// The totals of the account, and of what changed since an older file, in a few sentences.
pub fn totals(report: &Report<'_>) -> impl Iterator<Item = String> {
    let changes = report.changes.as_ref().map(sections_changes::overview);
    std::iter::once(overview(report)).chain(changes)
}

pub(super) fn overview(report: &Report<'_>) -> String {
    let t = &report.totals;
    let mut users = t.users.words("user", "users");
    if t.users.seen() > 0 {
        let sorts = [(t.guests, "guest"), (t.service_accounts, "service account")];
        let sorts = sorts.map(|(n, sort)| match n.known() {
            Some(0) => String::new(),
            Some(1) => format!(", 1 {sort}"),
            _ => format!(", {n} {sort}s"),
        });
        users += &format!(" ({} suspended{})", t.suspended, sorts.concat());
    }
    let mut text = format!(
        "{users}, {}, {}, {}. ",
        t.groups.words("group", "groups"),
        t.vaults.words("vault", "vaults"),
        t.projects.words("project", "projects"),
    );
    text += &match (t.user_vault_pairs.known(), t.user_vault_pairs.seen()) {
        (Some(pairs), _) => {
            let possible = t.users.seen().saturating_mul(t.vaults.seen());
            format!("Users reach a vault in {pairs} of {possible} possible cases")
        }
        (None, 0) => "Which users reach which vault is unknown".to_owned(),
        (None, pairs) => format!("Users reach a vault in at least {pairs} cases"),
    };
    text += &match (t.several_paths.known(), t.several_paths.seen()) {
        (None, 0) => ".".to_owned(),
        (known, several) => {
            let least = known.map_or("at least ", |_| "");
            format!("; in {least}{several} of them a permission comes by more than one path.")
        }
    };
    text
}

/// What unread figures look like, when there are any.
pub(super) fn marks(report: &Report<'_>) -> Option<&'static str> {
    let coverage = &report.snapshot.coverage;
    let all = coverage.access() && coverage.lists(ResourceKind::Project);
    (!all).then_some("Below, \"?\" is what the sync did not read, and \"3+\" is three or more.")
}

fn print_sections(out: &mut Paper<impl Write>, sections: &[Section]) -> io::Result<()> {
    for section in sections {
        out.blank()?;
        out.head(&section.title.to_uppercase())?;
        let remark = section.remark();
        if section.rows.rows.is_empty() {
            out.paragraph(&remark.unwrap_or_default())?;
            continue;
        }
        if !section.meaning.is_empty() {
            out.paragraph(&section.meaning)?;
            out.blank()?;
        }
        out.table(&section.columns, &section.rows.rows)?;
        if let Some(remark) = remark {
            out.blank()?;
            out.paragraph(&remark)?;
        }
    }
    Ok(())
}

fn access(out: &mut Paper<impl Write>, snapshot: &Snapshot) -> io::Result<()> {
    out.blank()?;
    out.head("ACCESS")?;
    let meaning = "Who holds which permissions on which vault, and by which paths. \"Everything\" is \
                   all twelve permissions of a Business account.";
    out.paragraph(meaning)?;
    let (access, empty) = (snapshot.coverage.access(), snapshot.access.is_empty());
    let all = access && snapshot.coverage.lists(ResourceKind::Project);
    let unread = match access {
        true => sections::unread_projects(snapshot),
        false => section::UNREAD,
    };
    let remark = section::remark(all, empty, "Nobody reaches any vault.", unread);
    out.paragraphs(remark)?;
    for who in PRINCIPALS.iter().flat_map(|&kind| snapshot.of_kind(kind)) {
        let pairs: Vec<Pair<'_>> = snapshot.pairs_of(who).collect();
        if !pairs.is_empty() {
            out.blank()?;
            out.head(&title(who))?;
            table(out, snapshot, &pairs, ["Vault"], |pair| {
                [pair.vault.label.clone()]
            })?;
        }
    }
    Ok(())
}

/// A table of pairs: cells before the first row of each, then the paths that give the same, in
/// words, and what they give.
pub(super) fn table<const N: usize>(
    out: &mut Paper<impl Write>,
    snapshot: &Snapshot,
    pairs: &[Pair<'_>],
    heads: [&'static str; N],
    first: impl Fn(&Pair<'_>) -> [String; N],
) -> io::Result<()> {
    if pairs.is_empty() {
        return Ok(());
    }
    let mut rows = Vec::new();
    for pair in pairs {
        let mut by_permissions: IndexMap<Set, Vec<String>> = IndexMap::new();
        for access in pair.paths {
            let labels = by_permissions.entry(access.held).or_default();
            labels.push(snapshot.path(access).label());
        }
        let mut first = first(pair);
        for (held, labels) in by_permissions {
            let held = snapshot.permissions.summary(held, pair.vault.read.unread);
            let cells = first.iter_mut().map(std::mem::take);
            let cells = cells.chain([labels.join(", "), held]);
            rows.push(cells.map(Cell::from).collect());
        }
    }
    let is_number = false;
    let heads = heads.into_iter().chain(["By", "Permissions"]);
    let columns = heads.map(|head| Column { head, is_number });
    out.table(&columns.collect::<Vec<_>>(), &rows)
}

pub(super) fn title(who: &Resource) -> String {
    let mut title = match (who.kind, who.sort) {
        (ResourceKind::User, Sort::Member | Sort::Unknown) => who.display_name(),
        (_, sort) => format!("{} {}", sort.text(), who.display_name()),
    };
    title += &who.address();
    match who.status_text().as_str() {
        "" | "active" => title,
        state => format!("{title}, {}", state.to_uppercase()),
    }
}
