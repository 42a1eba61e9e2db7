//! The c1z v1 file: a SQLite database in zstd frames behind five magic bytes; `src/c1z/format.md`
//! has the facts. [`Target::open`] checks and locks the output, [`Writer`] turns [`Batch`]es into a
//! complete file or leaves no trace, [`Reader`] reads what any tool of the field wrote.

mod audit;
mod batch;
mod database;
mod envelope;
mod error;
mod ksuid;
mod link;
mod options;
mod output;
mod pages;
mod reader;
mod record;
mod retention;
mod run;
pub mod schema;
mod stats;
mod target;
mod timestamp;
mod writer;

pub use batch::{Batch, Table};
pub use error::Error;
pub(crate) use link::resolve;
pub use options::{Limits, Retention, TargetOptions};
pub(crate) use output::Output;
pub use reader::Reader;
pub use record::Record;
pub use run::{SyncRun, SyncType};
pub use stats::Stats;
pub use target::Target;
/// Ends long steps with [`Error::Aborted`] within about a second; they clean up. Clones share it.
pub use tokio_util::sync::CancellationToken as Abort;
pub use writer::{Writer, Written};
