//! What a caller may set. The environment is asked through the function that `from_env` takes.

use std::path::PathBuf;

use crate::c1z::{Abort, Error};
use crate::text::truth;

const MIB: u64 = 1 << 20;

/// The variables that move the bounds, in MiB.
pub(super) const WINDOW: &str = "BATON_DECODER_MAX_MEMORY_MB";
pub(super) const SIZE: &str = "BATON_DECODER_MAX_DECODED_SIZE_MB";

/// Bounds on what a file may ask of its reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most bytes of decoder window; 128 MiB unless `BATON_DECODER_MAX_MEMORY_MB` says otherwise.
    pub window_bytes: u64,
    /// Most bytes of decoded database; 10 GiB unless `BATON_DECODER_MAX_DECODED_SIZE_MB` is set.
    pub decoded_bytes: u64,
    /// Believe a frame that declares too large a content before decoding it; off with
    /// `BATON_DISABLE_FCS_FAIL_FAST=1`. The bound holds either way.
    pub fail_fast: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            window_bytes: 128 * MIB,
            decoded_bytes: 10 * 1024 * MIB,
            fail_fast: true,
        }
    }
}

impl Limits {
    /// Reads the three variables through `variable`. Values that are no numbers count as not given;
    /// a size of 0, with which nothing could ever be read, is [`Error::Setting`].
    pub fn from_env(variable: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let bytes = |name| {
            let mebibytes: u64 = variable(name)?.trim().parse().ok()?;
            Some(mebibytes.saturating_mul(MIB))
        };
        let window_bytes = bytes(WINDOW).filter(|&bytes| bytes > 0);
        let decoded_bytes = bytes(SIZE);
        if decoded_bytes == Some(0) {
            return Err(Error::Setting(SIZE));
        }
        let default = Self::default();
        Ok(Self {
            window_bytes: window_bytes.unwrap_or(default.window_bytes),
            decoded_bytes: decoded_bytes.unwrap_or(default.decoded_bytes),
            fail_fast: !is_true(variable("BATON_DISABLE_FCS_FAIL_FAST")),
        })
    }
}

/// Which older syncs stay in a file when a new one is added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Full syncs in the file with the new one; 2 unless `BATON_KEEP_SYNC_COUNT` is set.
    pub full_syncs: usize,
    /// Keep every sync; on with `BATON_SKIP_CLEANUP=true`.
    pub keep_all: bool,
}

impl Default for Retention {
    fn default() -> Self {
        Self::from_env(|_| None)
    }
}

impl Retention {
    /// Reads the two variables through `variable`. Counts that are not above 0 count as not given.
    pub fn from_env(variable: impl Fn(&str) -> Option<String>) -> Self {
        let count = variable("BATON_KEEP_SYNC_COUNT").and_then(|text| text.trim().parse().ok());
        let count = count.filter(|&count| count > 0);
        Self {
            full_syncs: count.unwrap_or(2),
            keep_all: is_true(variable("BATON_SKIP_CLEANUP")),
        }
    }
}

/// Whether a variable switches something on.
fn is_true(value: Option<String>) -> bool {
    value.is_some_and(|text| truth(&text) == Some(true))
}

/// How to open a [`Target`](crate::c1z::Target).
#[derive(Clone, Debug, Default)]
pub struct TargetOptions {
    /// Bounds on an existing file.
    pub limits: Limits,
    /// Which of its syncs stay.
    pub retention: Retention,
    /// Replace a file in the container of newer SDKs (v3), which holds one sync; else refuse it.
    pub replace_v3: bool,
    /// Folder for working copies (`--c1z-temp-dir`, `BATON_C1Z_TEMP_DIR`, else `BATON_TMPDIR`); it
    /// must exist. None: the folder of the file.
    pub temp_dir: Option<PathBuf>,
    /// Stops long steps from another thread.
    pub abort: Abort,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn variables<'a>(pairs: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<String> + 'a {
        move |name| {
            let pair = pairs.iter().find(|(key, _)| *key == name);
            pair.map(|(_, value)| (*value).to_owned())
        }
    }

    #[test]
    fn limits_come_in_mebibytes_and_bad_values_count_as_not_given() {
        let limits = Limits::from_env(variables(&[
            ("BATON_DECODER_MAX_MEMORY_MB", "8"),
            ("BATON_DECODER_MAX_DECODED_SIZE_MB", "3"),
            ("BATON_DISABLE_FCS_FAIL_FAST", "1"),
        ]));
        let expected = Limits {
            window_bytes: 8 << 20,
            decoded_bytes: 3 << 20,
            fail_fast: false,
        };
        assert_eq!(limits.unwrap(), expected);
        let bad = Limits::from_env(variables(&[
            ("BATON_DECODER_MAX_MEMORY_MB", "lots"),
            ("BATON_DECODER_MAX_DECODED_SIZE_MB", "-1"),
        ]));
        assert_eq!(bad.unwrap(), Limits::default());
        let zero = Limits::from_env(variables(&[("BATON_DECODER_MAX_DECODED_SIZE_MB", "0")]));
        assert!(zero.unwrap_err().to_string().contains("at least 1"));
    }

    #[test]
    fn retention_ignores_counts_that_keep_nothing() {
        for (text, count) in [("1", 1), ("3", 3), ("0", 2), ("-1", 2), ("two", 2)] {
            let pairs = [("BATON_KEEP_SYNC_COUNT", text)];
            assert_eq!(Retention::from_env(variables(&pairs)).full_syncs, count);
        }
        for (text, keep_all) in [("1", true), ("true", true), ("yes", false), ("0", false)] {
            let pairs = [("BATON_SKIP_CLEANUP", text)];
            assert_eq!(Retention::from_env(variables(&pairs)).keep_all, keep_all);
        }
    }
}
