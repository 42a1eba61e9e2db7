//! 1Password → Baton: resources and their entitlements, and the table of permissions.

pub mod capabilities;
pub mod gaps;
pub mod permission;
pub mod place;
pub mod project;
pub mod user;
