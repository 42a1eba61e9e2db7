//! What changed, as JSON.

use serde_json::{Value, json};

use super::Changes;
use super::change_totals::Total;
use super::changes::{Edit, Membership, Shift};
use super::count::{Count, Listed};
use super::json_parts::{lists, path, reference, sentences, source, vault_reference};

/// Every change.
pub(super) fn value(changes: &Changes) -> Value {
    let arrivals = |gained| {
        let some = changes.arrivals.rows.iter();
        let some = some.filter(|arrival| arrival.gained == gained);
        let some = some.map(|a| json!({ "type": a.kind.as_str(), "id": a.id, "name": a.label }));
        Listed::new(some, changes.arrivals.all)
    };
    let edit = |edit: &Edit| {
        json!({
            "type": edit.kind.as_str(),
            "id": edit.id,
            "what": edit.what,
            "before": edit.before,
            "after": edit.after,
        })
    };
    let membership = |one: &Membership| {
        json!({
            "group": reference(changes.principal(one.group)),
            "user": reference(changes.principal(one.user)),
            "as": if one.manager { "manager" } else { "member" },
            "change": if one.gained { "gained" } else { "lost" },
        })
    };
    let mut value = lists([
        ("new", arrivals(true)),
        ("gone", arrivals(false)),
        ("edits", changes.edits.map(edit)),
        ("memberships", changes.memberships.map(membership)),
        ("access", changes.access.map(|one| shift(changes, one))),
    ]);
    value["totals"] = changes.totals().iter().map(total).collect();
    value["before"] = source(&changes.old);
    value["notices"] = json!(sentences(&changes.notices));
    value["warnings"] = json!(changes.notices);
    value
}

/// A figure is `null` when nothing was seen and there may be some.
fn total(total: &Total) -> (String, Value) {
    let figure = |count: Count| count.known().or(Some(count.seen()).filter(|&n| n > 0));
    let figures = json!({
        "gained": figure(total.gained),
        "lost": figure(total.lost),
        "not_known": figure(total.not_known),
        "all": total.gained.known().is_some(),
    });
    (total.kind.to_owned(), figures)
}

fn shift(changes: &Changes, shift: &Shift) -> Value {
    let permissions = &changes.permissions;
    let paths = |gained: bool| {
        let each = shift
            .paths
            .iter()
            .map(|p| (if gained { p.gained } else { p.lost }, p));
        let each = each.filter(|(held, _)| !held.is_empty());
        let each = each.map(|(held, p)| path(permissions, &changes.path(shift, &p.path), held));
        each.collect::<Value>()
    };
    json!({
        "principal": reference(changes.principal(shift.principal)),
        "vault": vault_reference(changes.vault(shift.vault)),
        "gained": permissions.slugs(shift.gained).collect::<Value>(),
        "lost": permissions.slugs(shift.lost).collect::<Value>(),
        "paths_gained": paths(true),
        "paths_lost": paths(false),
        "paths_now": shift.now.iter().map(|(one, held)| path(permissions, &changes.path(shift, one), *held)).collect::<Value>(),
    })
}
