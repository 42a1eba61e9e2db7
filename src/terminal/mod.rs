//! What people see and are asked on the way: progress, questions and long text.

pub mod pager;
pub mod prompt;
pub mod screen;
mod system;
