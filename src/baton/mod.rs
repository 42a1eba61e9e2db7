//! Baton's vocabulary: resources, entitlements, grants, and the ids that join them.

pub mod grant;
pub mod ids;
#[rustfmt::skip]
pub mod pb;
pub mod resource;
