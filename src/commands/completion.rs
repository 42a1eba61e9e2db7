//! `completion`: a script that lets a shell complete flags and subcommands.

use clap_complete::Shell as Known;

use crate::cli::args::{self, Shell};
use crate::exit::Failure;

/// Prints the script. Hidden flags are not offered.
///
/// # Errors
/// When standard output cannot be written.
pub(super) fn run(shell: Shell) -> Result<u8, Failure> {
    let shell = match shell {
        Shell::Bash => Known::Bash,
        Shell::Zsh => Known::Zsh,
        Shell::Fish => Known::Fish,
        Shell::Powershell => Known::PowerShell,
    };
    let mut script = Vec::new();
    clap_complete::generate(
        shell,
        &mut args::visible(&super::grammar()),
        "baton-1password",
        &mut script,
    );
    super::print(&String::from_utf8_lossy(&script))
}
