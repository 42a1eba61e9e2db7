//! What changed, as tables.

use crate::baton::ids::ResourceKind;

use super::Changes;
use super::cells::name;
use super::change_totals::Total;
use super::changes::{Arrival, Edit, Membership, Shift};
use super::count::{Count, Listed};
use super::permissions::Set;
use super::section::{Cell, Column, Section, TOTALS};
use super::snapshot::{Path, Principal};

use Column::Text;

/// Why rows may be missing.
const UNREAD: &str = "one of the two syncs did not read all that would be compared";
const NONE: &str = "None.";

/// Every change.
pub(super) fn all(changes: &Changes) -> Vec<Section> {
    vec![
        totals(changes),
        arrivals(changes),
        edits(changes),
        memberships(changes),
        access(changes, true),
        access(changes, false),
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
pub(super) fn overview(changes: &Changes) -> String {
    let figures = |total: &Total| {
        let each = [("+", total.gained), ("-", total.lost)];
        let each = each.into_iter().filter(|(_, count)| count.seen() > 0);
        let mut figures: Vec<String> = each.map(|(sign, count)| signed(sign, count)).collect();
        if total.not_known.seen() > 0 {
            figures.push(format!("{} not known", signed("", total.not_known)));
        }
        match (figures.is_empty(), total.gained.known()) {
            (true, Some(_)) => None,
            (true, None) => Some(format!("{} unknown", total.kind)),
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
fn totals(changes: &Changes) -> Section {
    let row = |total: &Total| {
        vec![
            total.kind.into(),
            signed("+", total.gained).into(),
            signed("-", total.lost).into(),
            signed("", total.not_known).into(),
        ]
    };
    Section {
        title: TOTALS,
        meaning: "".into(),
        columns: &[
            Text("What"),
            Text("Gained"),
            Text("Lost"),
            Text("Not known"),
        ],
        rows: Listed::new(changes.totals().iter().map(row), true),
        none: NONE.into(),
        unread: UNREAD,
    }
}

fn arrivals(changes: &Changes) -> Section {
    let row = |arrival: &Arrival| {
        let change = if arrival.gained { "+ new" } else { "- gone" };
        vec![
            change.into(),
            arrival.kind.into(),
            Cell::from(&arrival.label),
        ]
    };
    Section {
        title: "New and gone",
        meaning: "".into(),
        columns: &[Text("Change"), Text("What"), Text("Name")],
        rows: changes.arrivals.map(row),
        none: NONE.into(),
        unread: UNREAD,
    }
}

fn edits(changes: &Changes) -> Section {
    let row = |edit: &Edit| {
        let cells = [&edit.label, edit.what, &edit.before, &edit.after];
        let kind = Cell::from(edit.kind);
        std::iter::once(kind).chain(cells.map(Cell::from)).collect()
    };
    Section {
        title: "New names and states",
        meaning: "".into(),
        columns: &[
            Text("What"),
            Text("Name"),
            Text("Change"),
            Text("From"),
            Text("To"),
        ],
        rows: changes.edits.map(row),
        none: NONE.into(),
        unread: UNREAD,
    }
}

fn memberships(changes: &Changes) -> Section {
    let row = |one: &Membership| {
        vec![
            match (one.gained, one.manager) {
                (true, false) => "+ in",
                (false, false) => "- out",
                (true, true) => "+ manager",
                (false, true) => "- manager",
            }
            .into(),
            Cell::leading(
                name(changes.principal(one.group)),
                "group",
                &changes.principal(one.group).id,
            ),
            who(changes.principal(one.user)),
        ]
    };
    Section {
        title: "Group members",
        meaning: "Managers are members too, and count once in the totals.".into(),
        columns: &[Text("Change"), Text("Group"), Text("Who")],
        rows: changes.memberships.map(row),
        none: NONE.into(),
        unread: UNREAD,
    }
}

fn access(changes: &Changes, gained: bool) -> Section {
    let what = |shift: &Shift| if gained { shift.gained } else { shift.lost };
    let row = |shift: &Shift| {
        let paths = shift.causes(gained);
        let paths = labels(changes, shift, paths.map(|path| &path.path));
        let mut cells = vec![
            who(changes.principal(shift.principal)),
            Cell::from(&changes.vault(shift.vault).label),
            paths.into(),
            changes
                .permissions
                .summary(what(shift), Set::default())
                .into(),
        ];
        if !gained {
            cells.push(still(changes, shift).into());
        }
        cells
    };
    let shifts = changes.access.rows.iter();
    Section {
        title: if gained {
            "Access gained"
        } else {
            "Access lost"
        },
        meaning: "".into(),
        columns: match gained {
            true => &[Text("Who"), Text("Vault"), Text("By"), Text("Permissions")],
            false => &[
                Text("Who"),
                Text("Vault"),
                Text("By"),
                Text("Permissions"),
                Text("Still there by"),
            ],
        },
        rows: Listed::new(
            shifts.filter(|shift| !what(shift).is_empty()).map(row),
            changes.access.all,
        ),
        none: NONE.into(),
        unread: UNREAD,
    }
}

fn paths(changes: &Changes) -> Section {
    let same = |shift: &&Shift| shift.gained.is_empty() && shift.lost.is_empty();
    let mut rows = Vec::new();
    for shift in changes.access.rows.iter().filter(same) {
        for path in &shift.paths {
            let both = [("+", path.gained), ("-", path.lost)];
            for (sign, set) in both.into_iter().filter(|(_, set)| !set.is_empty()) {
                rows.push(vec![
                    who(changes.principal(shift.principal)),
                    Cell::from(&changes.vault(shift.vault).label),
                    Cell::from(format!(
                        "{sign} {}",
                        changes.path(shift, &path.path).label()
                    )),
                    changes.permissions.summary(set, Set::default()).into(),
                    match sign {
                        "-" => labels(changes, shift, shift.giving(set)),
                        _ => String::new(),
                    }
                    .into(),
                ]);
            }
        }
    }
    Section {
        title: "Other paths",
        meaning: "They hold the same permissions as before: where a path is gone, access remains by another.".into(),
        columns: &[
            Text("Who"),
            Text("Vault"),
            Text("Path"),
            Text("Permissions"),
            Text("Remains by"),
        ],
        rows: Listed::new(rows, changes.access.all),
        none: NONE.into(),
        unread: UNREAD,
    }
}

/// By what somebody still reaches a vault who lost something there.
fn still(changes: &Changes, shift: &Shift) -> String {
    let paths = labels(changes, shift, shift.now.iter().map(|(path, _)| path));
    match (paths.is_empty(), changes.access.all) {
        (false, _) => paths,
        (true, true) => "no path".to_owned(),
        (true, false) => "unknown".to_owned(),
    }
}

fn labels<'p>(changes: &Changes, shift: &Shift, paths: impl Iterator<Item = &'p Path>) -> String {
    let labels: Vec<String> = paths
        .map(|path| changes.path(shift, path).label())
        .collect();
    labels.join(", ")
}

/// The name, leading to the matrix, where changes are marked.
fn who(principal: &Principal) -> Cell {
    let (text, key) = match principal.kind {
        ResourceKind::User => (name(principal), "user"),
        ResourceKind::Group => (format!("group {}", name(principal)), "group"),
        kind => (format!("{kind} {}", name(principal)), "user"),
    };
    Cell::leading(text, key, &principal.id)
}
