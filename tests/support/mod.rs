//! What tests share: a sandbox with a fake `op` that runs the real program.
//!
//! ```ignore
//! let sandbox = Sandbox::new(json!({"answers": "answers"}));
//! sandbox.write("answers/account_get.json", r#"{"id": "A"}"#);
//! let run = sandbox.run(&["--file", "sync.c1z"]);
//! assert_eq!(run.code, Some(0), "{}", run.stderr);
//! assert_eq!(sandbox.calls()[0].words(), "account get");
//! sandbox.assert_clean();
//! ```
//!
//! What the fake can do is documented in `tests/fake_op/`.

pub mod c1_server;
mod call;
mod fake;
pub mod golden;
mod program;
pub mod records;
mod sandbox;
mod sources;
mod system;

pub use call::Call;
pub use fake::fake_op as fake;
pub use program::{Run, Started};
pub use sandbox::{Sandbox, fixture};
pub use sources::sources;
#[cfg(unix)]
pub use system::is_alive;
pub use system::{CONFIG, ENDS, STATE, STOPS, Signal, TEMP, send};
