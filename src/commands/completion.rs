//! `completion`: a script that lets a shell complete flags, their values, and subcommands.

use clap_complete::Shell;

use crate::exit::Failure;
use crate::settings::grammar;

/// Prints the script. Hidden flags are not offered.
pub(super) fn run(shell: Shell) -> Result<u8, Failure> {
    let mut script = Vec::new();
    let mut grammar = grammar::visible();
    clap_complete::generate(shell, &mut grammar, "baton-1password", &mut script);
    let script = String::from_utf8_lossy(&script);
    super::output::print(&match shell {
        Shell::Bash => files_after_report(&script),
        _ => script.into_owned(),
    })
}

/// The generator for bash spells the program in two ways as soon as its name has a dash, and the
/// script then knows no subcommand. It also offers flags where `report` takes a file.
fn files_after_report(script: &str) -> String {
    let script = script.replace("baton__subcmd__1password", "baton__1password");
    let begin = "        baton__1password__subcmd__report)\n";
    let Some((before, rest)) = script.split_once(begin) else {
        return script;
    };
    let end = rest.find("\n            ;;\n").unwrap_or(rest.len());
    let (report, after) = rest.split_at(end);
    let report = report.replace(" || ${COMP_CWORD} -eq 2", "");
    match report.rsplit_once(r#"compgen -W "${opts}""#) {
        Some((flags, end)) => format!("{before}{begin}{flags}compgen -f{end}{after}"),
        None => script,
    }
}
