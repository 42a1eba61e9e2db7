//! 1Password → Baton: one file a resource type, and the table of permissions.

pub mod account;
pub mod capabilities;
pub mod entitlement;
pub mod gaps;
pub mod group;
pub mod permission;
pub mod project;
pub mod user;
pub mod vault;
