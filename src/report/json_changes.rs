//! What changed, as JSON.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use super::changes::{Arrival, Changes};
use super::count::Listed;
use super::json_parts::{Giving, Source, lists, named, sentences};
use super::model::{Principal, Vault};
use super::permissions::Set;
use super::shift::{Change, Shift};

/// Every change.
pub(super) fn value(changes: &Changes<'_>) -> Value {
    let arrivals = |change| {
        let some = changes.arrivals.rows.iter();
        let some = some.filter(|arrival: &&Arrival<'_>| arrival.change == change);
        Listed::new(some, changes.arrivals.all)
    };
    let shifts = changes.access.rows.iter();
    let shifts = shifts.map(|shift| AccessChange::new(changes, shift));
    let mut value = lists([
        named("new", &arrivals(Change::Gained)),
        named("gone", &arrivals(Change::Lost)),
        named("edits", &changes.edits),
        named("memberships", &changes.memberships),
        named("access", &Listed::new(shifts, changes.access.all)),
    ]);
    let totals = changes.totals().into_iter();
    value["totals"] = json!(
        totals
            .map(|one| (one.kind, one))
            .collect::<BTreeMap<_, _>>()
    );
    value["before"] = json!(Source::new(changes.old));
    value["notices"] = json!(sentences(&changes.notices));
    value["warnings"] = json!(changes.notices);
    value
}

#[derive(Serialize)]
struct AccessChange<'c> {
    gained: Vec<&'c str>,
    lost: Vec<&'c str>,
    paths_gained: Vec<Giving<'c>>,
    paths_lost: Vec<Giving<'c>>,
    paths_now: Vec<Giving<'c>>,
    principal: &'c Principal,
    vault: &'c Vault,
}

impl<'c> AccessChange<'c> {
    fn new(changes: &'c Changes<'_>, shift: &Shift) -> Self {
        let slugs = |held: Set| changes.permissions.slugs(held).collect();
        let giving =
            |path, held| Giving::new(&changes.permissions, changes.path(shift, path), held);
        let paths = |change| {
            let paths = shift.paths.iter();
            let paths = paths.map(|(path, delta)| (*path, delta.of(change)));
            let paths = paths.filter(|(_, held)| !held.is_empty());
            paths.map(|(path, held)| giving(path, held)).collect()
        };
        Self {
            gained: slugs(shift.all.gained),
            lost: slugs(shift.all.lost),
            paths_gained: paths(Change::Gained),
            paths_lost: paths(Change::Lost),
            paths_now: shift
                .now
                .iter()
                .map(|&(path, held)| giving(path, held))
                .collect(),
            principal: changes.principal(shift.principal),
            vault: changes.vault(shift.vault),
        }
    }
}
