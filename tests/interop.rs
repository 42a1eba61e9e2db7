//! Files cross over between this connector and the Go tools of the field.
//!
//! What the Go connector wrote (`fixtures/golden/*/sync.c1z`) is read and appended to here. That
//! the official `baton` reads what this connector writes is checked by `tests/interop/run.sh`,
//! which needs Go; the checks it makes are tested here against a stand-in.

mod appended;
#[cfg(unix)]
mod checks;
mod damaged;
mod go_written;
mod reader;
#[cfg(unix)]
mod stand_in;
