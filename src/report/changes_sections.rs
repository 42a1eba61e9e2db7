//! What changed, as tables.

use crate::baton::ids::ResourceKind;

use super::Changes;
use super::changes::{Arrival, Edit, Membership, Shift};
use super::count::Found;
use super::permissions::Set;
use super::sections::{Cell, Column, Section, name};
use super::snapshot::Principal;

use Column::Text;

/// Why rows may be missing.
const UNREAD: &str = "one of the two syncs did not read all that would be compared";
const NONE: &str = "None.";

/// Every change.
pub(super) fn all(changes: &Changes) -> Vec<Section> {
    vec![
        arrivals(changes),
        edits(changes),
        memberships(changes),
        access(changes, true),
        access(changes, false),
        paths(changes),
    ]
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
            if one.gained { "+ in" } else { "- out" }.into(),
            name(changes.principal(one.group)).into(),
            name(changes.principal(one.user)).into(),
            if one.manager { "manager" } else { "member" }.into(),
        ]
    };
    Section {
        title: "Group members",
        meaning: "".into(),
        columns: &[Text("Change"), Text("Group"), Text("Who"), Text("As")],
        rows: changes.memberships.map(row),
        none: NONE.into(),
        unread: UNREAD,
    }
}

fn access(changes: &Changes, gained: bool) -> Section {
    let what = |shift: &Shift| if gained { shift.gained } else { shift.lost };
    let row = |shift: &Shift| {
        let paths = shift.causes(gained);
        let labels: Vec<String> = paths
            .map(|path| changes.path(shift, &path.path).label())
            .collect();
        vec![
            who(changes.principal(shift.principal)),
            Cell::from(&changes.vault(shift.vault).label),
            labels.join(", ").into(),
            changes
                .permissions
                .summary(what(shift), Set::default())
                .into(),
        ]
    };
    let shifts = changes.access.rows.iter();
    Section {
        title: if gained {
            "Access gained"
        } else {
            "Access lost"
        },
        meaning: "".into(),
        columns: &[Text("Who"), Text("Vault"), Text("By"), Text("Permissions")],
        rows: Found::new(
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
                ]);
            }
        }
    }
    Section {
        title: "Other paths",
        meaning: "They hold the same permissions as before, by other paths.".into(),
        columns: &[
            Text("Who"),
            Text("Vault"),
            Text("Path"),
            Text("Permissions"),
        ],
        rows: Found::new(rows, changes.access.all),
        none: NONE.into(),
        unread: UNREAD,
    }
}

fn who(principal: &Principal) -> Cell {
    match principal.kind {
        ResourceKind::User => name(principal).into(),
        kind => format!("{kind} {}", name(principal)).into(),
    }
}
