//! The report seen from outside: its figures against an independent count, its forms, its files, its changes.
#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic
)]

mod support;

#[path = "report/build.rs"]
mod build;
#[path = "report/changes.rs"]
mod changes;
#[path = "report/csv.rs"]
mod csv;
#[path = "report/figures.rs"]
mod figures;
#[path = "report/files.rs"]
mod files;
#[path = "report/forms.rs"]
mod forms;
#[path = "report/gaps.rs"]
mod gaps;
#[path = "report/incomplete.rs"]
mod incomplete;
#[path = "report/limited.rs"]
mod limited;
#[path = "report/page.rs"]
mod page;
#[path = "report/people.rs"]
mod people;
#[path = "report/questions.rs"]
mod questions;
#[path = "support/records.rs"]
mod records;
#[path = "report/review.rs"]
mod review;
