//! Who reaches which vault, with which permission and by which paths, from a c1z file.
//!
//! [`Snapshot::read`] turns one sync into a compact picture; findings and changes are drawn from it
//! in [`Report::new`]; [`text`], [`json`], [`csv`] and [`html`] show all three. Files of ours and
//! of the Go connector are read alike.

mod abilities;
mod builder;
mod changes;
mod compare;
mod count;
mod coverage;
pub mod csv;
mod csv_columns;
mod decisions;
mod finding_rows;
mod findings;
pub mod html;
mod html_tables;
mod joined;
pub mod json;
mod matrix;
mod matrix_changes;
mod model;
mod named;
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
mod sections_changes;
mod sections_people;
mod shift;
mod show;
mod snapshot;
mod tally;
pub mod text;

use changes::Changes;
use findings::Findings;

pub use count::Count;
pub use decisions::{Decisions, Verdict};
pub use named::Named;
pub use output::File;
pub use paper::Paper;
pub use people::IDLE_DAYS;
pub use question::{Question, Subject, answer};
pub use snapshot::{Snapshot, Source};

/// One report: the picture, what stands out in it, and what changed since an older one.
#[derive(Debug)]
pub struct Report<'s> {
    snapshot: &'s Snapshot,
    findings: Findings<'s>,
    /// When an older file was given.
    changes: Option<Changes<'s>>,
    /// When the report was made: expiries are counted from it.
    now: jiff::ZonedDateTime,
}

impl<'s> Report<'s> {
    /// Draws the findings, and the changes since `old`; people who have not signed in for
    /// `idle_days` are idle.
    pub fn new(
        snapshot: &'s Snapshot,
        old: Option<&'s Snapshot>,
        now: jiff::ZonedDateTime,
        idle_days: u32,
    ) -> Self {
        Self {
            snapshot,
            findings: Findings::new(snapshot, now.timestamp(), idle_days),
            changes: old.map(|old| compare::changes(old, snapshot)),
            now,
        }
    }
}
