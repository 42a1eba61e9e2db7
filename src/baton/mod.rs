//! Baton's vocabulary: resources, entitlements, grants, and the ids that join them.
#[rustfmt::skip]
pub mod pb;
