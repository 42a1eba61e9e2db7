//! What changed, as tables.

use crate::baton::ids::ResourceKind;

use super::changes::{Change, Changes, Shift, Total};
use super::count::{Count, Listed};
use super::model::{PathParts, Resource};
use super::permissions::Set;
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

fn signed(sign: &str, count: Count) -> String {
    match (count.known(), count.seen()) {
        (Some(0), _) => "0".to_owned(),
        (None, 0) => "?".to_owned(),
        (Some(n), _) => format!("{sign}{n}"),
        (None, n) => format!("{sign}{n} or more"),
    }
}

/// The totals in a sentence, without those of which nothing came or went.
pub(super) fn overview(changes: &Changes<'_>) -> String {
    let figures = |total: &Total| {
        let each = [("+", total.gained), ("-", total.lost)];
        let each = each.into_iter().filter(|(_, count)| count.seen() > 0);
        let mut figures: Vec<String> = each.map(|(sign, count)| signed(sign, count)).collect();
        if total.not_known.seen() > 0 {
            figures.push(format!("{} not known", signed("", total.not_known)));
        }
        match (figures.is_empty(), total.all) {
            (true, true) => None,
            (true, false) => Some(format!("{} unknown", total.kind)),
            (false, _) => Some(format!("{} {}", total.kind, figures.join(", "))),
        }
    };
    let totals: Vec<String> = changes.totals().iter().filter_map(figures).collect();
    let totals = match totals.is_empty() {
        true => "nothing came or went".to_owned(),
        false => totals.join("; "),
    };
    format!("Since {}: {totals}.", changes.old.file)
}

/// Accesses count once a principal and vault, whatever was gained or lost there.
fn totals(changes: &Changes<'_>) -> Section {
    Section::of(TOTALS, &Listed::new(changes.totals(), true), UNREAD)
        .text("What", |r| r.kind)
        .text("Gained", |r| signed("+", r.gained))
        .text("Lost", |r| signed("-", r.lost))
        .text("Not known", |r| signed("", r.not_known))
        .end()
}

fn arrivals(changes: &Changes<'_>) -> Section {
    Section::of("New and gone", &changes.arrivals, UNREAD)
        .text("Change", |arrival| match arrival.change {
            Change::Gained => "+ new",
            Change::Lost => "- gone",
        })
        .text("What", |r| r.kind)
        .text("Name", |r| r.label)
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
    let shifts = shifts.filter(|shift| !shift.all.of(change).is_empty());
    let rows = Listed::new(shifts, changes.access.all);
    let draft = Section::of(title, &rows, UNREAD)
        .text("Who", |r| who(r.who))
        .text("Vault", |r| &r.vault.label)
        .text("By", |r| labels(r.causes(change)))
        .text("Permissions", |r| summary(changes, r.all.of(change)));
    match change {
        Change::Gained => draft.end(),
        Change::Lost => draft.text("Still there by", |r| still(changes, r)).end(),
    }
}

fn summary(changes: &Changes<'_>, held: Set) -> String {
    changes.permissions.summary(held, Set::default())
}

fn paths(changes: &Changes<'_>) -> Section {
    let shifts = changes.access.rows.iter();
    let paths = shifts
        .filter(|shift| shift.all.is_empty())
        .flat_map(|shift| {
            let paths = shift.paths.iter();
            let signed = paths
                .flat_map(|(path, delta)| [("+", path, delta.gained), ("-", path, delta.lost)]);
            signed.map(move |(sign, path, held)| (shift, sign, *path, held))
        });
    let paths = paths.filter(|(.., held)| !held.is_empty());
    let rows = Listed::new(paths, changes.access.all);
    Section::of("Other paths", &rows, UNREAD)
        .meaning(
            "They hold the same permissions as before: where a path is gone, access remains by \
             another.",
        )
        .text("Who", |(shift, ..)| who(shift.who))
        .text("Vault", |(shift, ..)| &shift.vault.label)
        .text("Path", |(_, sign, path, _)| {
            format!("{sign} {}", path.label())
        })
        .text("Permissions", |(.., held)| summary(changes, *held))
        .text("Remains by", |(shift, sign, _, held)| match *sign {
            "-" => labels(shift.giving(*held)),
            _ => String::new(),
        })
        .end()
}

/// By what somebody still reaches a vault who lost something there.
fn still(changes: &Changes<'_>, shift: &Shift<'_>) -> String {
    let paths = labels(shift.now.iter().map(|(path, _)| *path));
    match (paths.is_empty(), changes.access.all) {
        (false, _) => paths,
        (true, true) => "no path".to_owned(),
        (true, false) => "unknown".to_owned(),
    }
}

fn labels<'s>(paths: impl Iterator<Item = PathParts<'s>>) -> String {
    let labels = paths.map(|path| path.label());
    labels.collect::<Vec<_>>().join(", ")
}

/// The name, leading to the matrix, where changes are marked.
fn who(principal: &Resource) -> Cell {
    let mut cell = Cell::principal(principal);
    if principal.kind != ResourceKind::User {
        cell.text = format!("{} {}", principal.kind, cell.text);
    }
    cell
}
