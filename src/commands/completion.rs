//! `completion`: a script that lets a shell complete flags, their values, and subcommands.

use clap::builder::PossibleValuesParser;
use clap_complete::Shell as Known;

use crate::cli::args::{self, Shell};
use crate::cli::config;
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
    let with_words = |arg: clap::Arg| match arg.get_long().map(config::words) {
        Some(words) if !words.is_empty() => arg.value_parser(PossibleValuesParser::new(words)),
        _ => arg,
    };
    let mut grammar = args::visible(&super::grammar()).mut_args(with_words);
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut grammar, "baton-1password", &mut script);
    let script = String::from_utf8_lossy(&script);
    // The generator for bash spells the program in two ways as soon as its name has a dash, and the
    // script then knows no subcommand.
    super::print(&script.replace("baton__subcmd__1password", "baton__1password"))
}
