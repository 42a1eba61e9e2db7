//! A sync as its user sees it: the real program, a fake `op`, and the file read by other hands.

mod edges;
mod failures;
mod gaps;
mod hostile;
mod limits;
mod model;
mod notices;
mod options;
mod projects;
mod refusals;
mod resume;
mod sign_in;
mod sign_ins;
mod tenants;
mod world;
