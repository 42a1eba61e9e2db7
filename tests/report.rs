//! The report seen from outside: its figures against an independent count, its forms, its files,
//! its changes.

mod build;
mod changes;
mod csv;
mod figures;
#[cfg(unix)]
mod files;
mod forms;
mod gaps;
mod incomplete;
mod limited;
mod page;
mod people;
mod questions;
mod review;
