//! What is wrong with the settings.

/// What is wrong with the settings: one sentence each, all found in one go. Exit code 2.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct Error(pub Vec<String>);
