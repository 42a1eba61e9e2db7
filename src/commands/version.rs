//! `version`: what this program is, and which `op` it would use.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::exit::Failure;
use crate::op;
use crate::settings::Inputs;

/// Prints version, commit, build and `op`; a missing `op` is said, not a failure.
pub(super) fn run(inputs: &Inputs) -> Result<u8, Failure> {
    // Settings that are wrong are no reason to hide the version: their defaults are taken.
    let settings = inputs.program();
    let op = super::runtime::block_on(async { Ok(op::Client::connect(settings).await) })?;
    let op = match op {
        Ok(op) => {
            let version = op.version().unwrap_or("of unknown version");
            format!("{version} at {}", op.path().display())
        }
        Err(error) => error.to_string(),
    };
    let is_debug = cfg!(debug_assertions);
    let profile = if is_debug { "debug" } else { "release" };
    super::output::print(&format!(
        "baton-1password version {}\ncommit: {}\nbuild:  {profile}, {}-{}\nop:     {op}\n",
        env!("CARGO_PKG_VERSION"),
        commit(),
        std::env::consts::ARCH,
        std::env::consts::OS,
    ))
}

/// The commit that a release was built from; for a program in the `target` folder of a clone, what
/// git says of the clone now.
fn commit() -> String {
    let program = std::env::current_exe().unwrap_or_default();
    let target = program.ancestors().find(|path| path.ends_with("target"));
    let clone = target.and_then(Path::parent);
    let clone = clone.filter(|clone| clone.join(".git").exists());
    let head = || Some(format!("{} (where its clone is now)", head(clone?)?));
    let of_release = option_env!("BATON_1PASSWORD_COMMIT").map(str::to_owned);
    of_release.or_else(head).unwrap_or("unknown".to_owned())
}

fn head(clone: &Path) -> Option<String> {
    let mut git = Command::new("git");
    git.arg("-C").arg(clone).args(["rev-parse", "HEAD"]);
    let output = git.stdin(Stdio::null()).output().ok()?;
    let commit = String::from_utf8(output.stdout).ok()?;
    let commit = commit.trim();
    (output.status.success() && !commit.is_empty()).then(|| commit.to_owned())
}
