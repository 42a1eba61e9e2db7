//! Cells about principals.

use crate::text::plain;

use super::count::Count;
use super::model::Principal;
use super::section::Cell;

/// On how many vaults somebody has a right, leading to them.
pub(super) fn right(who: &Principal, n: Count, ability: &str) -> Cell {
    match n.seen() {
        0 => Cell::from(n),
        _ => Cell::leading(n.to_string(), "user", &who.id).and("risk", ability),
    }
}

/// A user or project, leading to its access.
pub(super) fn user(who: &Principal) -> Cell {
    Cell::leading(name(who), "user", &who.id)
}

/// The name as shown; whoever is not listed in the file is marked.
pub(super) fn name(who: &Principal) -> String {
    match who.listed {
        true => who.label.clone(),
        false => format!("{} (not listed)", who.label),
    }
}

pub(super) fn email(who: &Principal) -> Cell {
    plain(&who.email).into()
}
