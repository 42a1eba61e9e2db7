//! Who reaches which vault, with which permission and by which paths, from a c1z file.
//!
//! [`Snapshot::read`] turns one sync into a compact picture; [`Report`] counts what is in it, finds
//! what changed, and draws findings when [`text`], [`json`], [`csv`] or [`html`] show them.
//! Files of ours and of the Go connector are read alike.

mod builder;
mod changes;
mod compare;
mod count;
mod coverage;
pub mod csv;
pub mod decisions;
mod findings;
pub mod html;
mod html_tables;
pub mod json;
mod matrix;
mod model;
mod named;
mod notices;
mod order;
mod output;
mod paper;
mod permissions;
mod question;
mod resources;
mod section;
mod sections;
mod sections_changes;
mod sections_people;
mod snapshot;
mod tally;
pub mod text;

use changes::Changes;
use count::Listed;
use tally::{Risk, Totals, VaultRow};

pub use count::Count;
pub use findings::IDLE_DAYS;
pub use named::Named;
pub use output::File;
pub use paper::Paper;
pub use question::{Subject, answer, find};
pub use snapshot::{Snapshot, Source};

/// One report: the picture, what was counted in it, and what changed since an older one.
#[derive(Debug)]
pub struct Report<'s> {
    snapshot: &'s Snapshot,
    totals: Totals,
    /// By place of the principal.
    risks: Vec<Risk<'s>>,
    /// By place, and so by name.
    vaults: Listed<VaultRow<'s>>,
    /// When an older file was given.
    changes: Option<Changes<'s>>,
    /// When the report was made: expiries are counted from it.
    now: jiff::ZonedDateTime,
    /// Days without a sign-in after which somebody is idle.
    idle_days: u32,
}

impl<'s> Report<'s> {
    /// Counts what there is, and draws the changes since `old`; people who have not signed in for
    /// `idle_days` are idle.
    pub fn new(
        snapshot: &'s Snapshot,
        old: Option<&'s Snapshot>,
        now: jiff::ZonedDateTime,
        idle_days: u32,
    ) -> Self {
        let (totals, risks, vaults) = tally::count(snapshot);
        Self {
            snapshot,
            totals,
            risks,
            vaults,
            changes: old.map(|old| compare::changes(old, snapshot)),
            now,
            idle_days,
        }
    }
}
