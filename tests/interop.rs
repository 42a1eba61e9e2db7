//! Files cross over between this connector and the Go tools of the field.
//!
//! What the Go connector wrote (`fixtures/golden/*/sync.c1z`) is read and appended to here. That the official `baton`
//! reads what this connector writes is checked by `tests/interop/run.sh`, which needs Go; the checks it
//! makes are tested here against a stand-in.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "support/golden.rs"]
mod golden;
#[path = "support/records.rs"]
mod records;
#[path = "support/mod.rs"]
mod support;

#[path = "interop/appended.rs"]
mod appended;
#[path = "interop/checks.rs"]
mod checks;
#[path = "interop/damaged.rs"]
mod damaged;
#[path = "interop/go_written.rs"]
mod go_written;
#[path = "interop/reader.rs"]
mod reader;
#[path = "interop/stand_in.rs"]
mod stand_in;
