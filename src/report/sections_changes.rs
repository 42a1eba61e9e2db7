//! What changed, as tables.

use crate::baton::ids::ResourceKind;

use super::changes::{Change, Changes, Shift, Total};
use super::count::Listed;
use super::model::{PathParts, Resource};
use super::section::{Cell, Section, TOTALS};

const UNREAD: &str = "one of the two syncs did not read all that would be compared";

pub(super) fn all(changes: &Changes<'_>) -> Vec<Section> {
    vec![
        totals(changes),
        arrivals(changes),
        edits(changes),
        memberships(changes),
        access(changes, Change::Gained),
        access(changes, Change::Lost),
        paths(changes),
    ]
}

fn signed(sign: &str, figure: Option<usize>, all: bool) -> String {
    match figure {
        None => "?".to_owned(),
        Some(0) => "0".to_owned(),
        Some(n) if all => format!("{sign}{n}"),
        Some(n) => format!("{sign}{n} or more"),
    }
}

/// The totals in a sentence, without those of which nothing came or went.
pub(super) fn overview(changes: &Changes<'_>) -> String {
    let figures = |total: &Total| {
        let each = [
            ("+", total.gained, ""),
            ("-", total.lost, ""),
            ("", total.not_known, " not known"),
        ];
        let each = each.iter().filter(|(_, figure, _)| *figure > Some(0));
        let figures = each.map(|(sign, figure, what)| signed(sign, *figure, total.all) + what);
        match figures.collect::<Vec<_>>().join(", ").as_str() {
            "" if total.all => None,
            "" => Some(format!("{} unknown", total.kind)),
            figures => Some(format!("{} {figures}", total.kind)),
        }
    };
    let totals: Vec<String> = changes.totals.iter().filter_map(figures).collect();
    let totals = match totals.is_empty() {
        true => "nothing came or went".to_owned(),
        false => totals.join("; "),
    };
    format!("Since {}: {totals}.", changes.old.file)
}

/// Accesses count once a principal and vault, whatever was gained or lost there.
fn totals(changes: &Changes<'_>) -> Section {
    let totals = changes.totals.iter();
    Section::of(TOTALS, &Listed::new(totals, true), UNREAD)
        .text("What", |r| r.kind)
        .text("Gained", |r| signed("+", r.gained, r.all))
        .text("Lost", |r| signed("-", r.lost, r.all))
        .text("Not known", |r| signed("", r.not_known, r.all))
        .end()
}

fn arrivals(changes: &Changes<'_>) -> Section {
    Section::of("New and gone", &changes.arrivals, UNREAD)
        .text("Change", |(change, _)| match change {
            Change::Gained => "+ new",
            Change::Lost => "- gone",
        })
        .text("What", |(_, one)| one.kind)
        .text("Name", |(_, one)| &one.label)
        .end()
}

fn edits(changes: &Changes<'_>) -> Section {
    Section::of("New names and states", &changes.edits, UNREAD)
        .text("What", |r| r.kind)
        .text("Name", |r| r.label)
        .text("Change", |r| r.what)
        .text("From", |r| r.before.clone())
        .text("To", |r| r.after.clone())
        .end()
}

fn memberships(changes: &Changes<'_>) -> Section {
    Section::of("Group members", &changes.memberships, UNREAD)
        .meaning("Managers are members too, and count once in the totals.")
        .text("Change", |one| match (one.change, one.role) {
            (Change::Gained, "member") => "+ in",
            (Change::Lost, "member") => "- out",
            (Change::Gained, _) => "+ manager",
            (Change::Lost, _) => "- manager",
        })
        .text("Group", |r| Cell::principal(r.group))
        .text("Who", |r| who(r.user))
        .end()
}

fn access(changes: &Changes<'_>, change: Change) -> Section {
    let title = match change {
        Change::Gained => "Access gained",
        Change::Lost => "Access lost",
    };
    let shifts = changes.access.rows.iter();
    let shifts = shifts.filter(|shift| !shift.of(change).is_empty());
    let rows = Listed::new(shifts, changes.access.all);
    let draft = Section::of(title, &rows, UNREAD)
        .text("Who", |r| who(r.who))
        .text("Vault", |r| &r.vault.label)
        .text("By", |r| {
            let causes = r
                .paths
                .iter()
                .filter(|(_, own, held)| *own == change && held.intersects(r.of(change)));
            labels(causes.map(|(path, ..)| path))
        })
        .text("Permissions", |r| changes.summary(r.of(change)));
    match change {
        Change::Gained => draft.end(),
        Change::Lost => draft.text("Still there by", |r| still(changes, r)).end(),
    }
}

fn paths(changes: &Changes<'_>) -> Section {
    let shifts = changes.access.rows.iter();
    let shifts = shifts.filter(|shift| shift.gained.is_empty() && shift.lost.is_empty());
    let paths = shifts.flat_map(|shift| shift.paths.iter().map(move |path| (shift, path)));
    let rows = Listed::new(paths, changes.access.all);
    Section::of("Other paths", &rows, UNREAD)
        .meaning(
            "They hold the same permissions as before: where a path is gone, access remains by \
             another.",
        )
        .text("Who", |(shift, _)| who(shift.who))
        .text("Vault", |(shift, _)| &shift.vault.label)
        .text("Path", |(_, (path, change, _))| match change {
            Change::Gained => format!("+ {}", path.label()),
            Change::Lost => format!("- {}", path.label()),
        })
        .text("Permissions", |(_, (.., held))| changes.summary(*held))
        .text("Remains by", |(shift, (_, change, held))| match change {
            Change::Gained => String::new(),
            Change::Lost => {
                let giving = shift.now.iter().filter(|(_, own)| own.intersects(*held));
                labels(giving.map(|(path, _)| path))
            }
        })
        .end()
}

/// By what somebody still reaches a vault who lost something there.
fn still(changes: &Changes<'_>, shift: &Shift<'_>) -> String {
    let paths = labels(shift.now.iter().map(|(path, _)| path));
    match (paths.is_empty(), changes.access.all) {
        (false, _) => paths,
        (true, true) => "no path".to_owned(),
        (true, false) => "unknown".to_owned(),
    }
}

fn labels<'p, 's: 'p>(paths: impl Iterator<Item = &'p PathParts<'s>>) -> String {
    paths.map(PathParts::label).collect::<Vec<_>>().join(", ")
}

/// The name, leading to the matrix, where changes are marked.
fn who(principal: &Resource) -> Cell {
    let mut cell = Cell::principal(principal);
    if principal.kind != ResourceKind::User {
        cell.text = format!("{} {}", principal.kind, cell.text);
    }
    cell
}
