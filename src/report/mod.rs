//! Who reaches which vault, with which permission and by which paths, from a c1z file.
//!
//! [`Snapshot::read`] turns one sync into a compact picture; [`Findings`] and [`Changes`] are drawn
//! from it; [`text`], [`json`], [`csv`] and [`html`] show all three. Files of ours and of the Go
//! connector are read alike.

mod abilities;
mod builder;
mod cards;
mod cells;
mod change_totals;
mod changes;
mod changes_sections;
mod compare;
mod count;
mod coverage;
pub mod csv;
pub mod csv_permissions;
pub mod csv_review;
mod decisions;
mod finding_rows;
mod findings;
pub mod html;
mod html_tables;
mod html_text;
pub mod json;
mod json_changes;
mod json_parts;
mod matrix;
mod matrix_changes;
mod matrix_data;
mod model;
mod named;
mod not_known;
mod notices;
mod order;
mod output;
mod paper;
mod people;
mod permissions;
mod question;
mod read;
mod resources;
mod section;
mod sections;
mod sections_people;
mod shift;
mod show;
mod snapshot;
mod table;
mod tally;
pub mod text;
mod wrap;

pub use abilities::Ability;
pub use change_totals::Total;
pub use changes::{Arrival, Changes, Edit, Membership, PathShift, Shift};
pub use count::{Count, Listed};
pub use coverage::Coverage;
pub use decisions::{Decisions, Revocation, Verdict};
pub use findings::{
    Expiry, Findings, GroupRow, Reach, Risk, TokenRow, Totals, Unchanged, VaultRow,
};
pub use named::Named;
pub use output::File;
pub use paper::Paper;
pub use people::{Domains, IDLE_DAYS, Idle, People};
pub use permissions::{Permissions, Set};
pub use question::{Question, Subject, answer};
pub use snapshot::{
    Access, Content, Pair, Path, PathParts, Principal, SignIn, Snapshot, Sort, Source, Status,
    Tokens, Vault,
};

/// One report: the picture, what stands out in it, and what changed since an older one.
#[derive(Debug)]
pub struct Report<'s> {
    /// The sync that is shown.
    pub snapshot: &'s Snapshot,
    /// What stands out.
    pub findings: Findings,
    /// What changed, when an older file was given.
    pub changes: Option<Changes>,
    /// When the report was made: expiries are counted from it.
    pub now: jiff::ZonedDateTime,
}

impl<'s> Report<'s> {
    /// Draws the findings, and the changes since `old`; people who have not signed in for
    /// `idle_days` are idle.
    pub fn new(
        snapshot: &'s Snapshot,
        old: Option<&Snapshot>,
        now: jiff::ZonedDateTime,
        idle_days: u32,
    ) -> Self {
        Self {
            snapshot,
            findings: Findings::new(snapshot, now.timestamp(), idle_days),
            changes: old.map(|old| Changes::new(old, snapshot)),
            now,
        }
    }
}
