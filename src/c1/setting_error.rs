//! A setting for C1 that cannot be used.

/// It names the rule that failed, never the value.
#[derive(Debug, thiserror::Error)]
#[error("invalid {what}: {rule}")]
pub struct SettingError {
    what: &'static str,
    rule: &'static str,
}

impl SettingError {
    pub(super) fn new(what: &'static str, rule: &'static str) -> Self {
        Self { what, rule }
    }
}
