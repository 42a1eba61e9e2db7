//! A sync: which listings are read, how they join, and what is written.

mod access;
mod budget;
mod directory;
pub mod engine;
mod error;
mod plan;
mod progress;
mod records;
mod removed;
mod report;
mod rows;
mod sign_ins;
mod vault;
mod writer;

pub use error::Error;
pub use plan::{AllowUnread, Plan, Resume};
pub use progress::{Phase, Progress};
pub use report::{Report, Tokens, Warning, Warnings};
pub use writer::of_same_account;
