//! What people see and are asked on the way: progress, questions, tables and the summary.

pub mod pager;
pub mod prompt;
pub mod screen;
pub mod summary;
mod system;
pub mod table;
