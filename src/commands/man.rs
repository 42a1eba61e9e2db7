//! `man`: the manual page, in roff.

use std::io::{self, Write};

use anyhow::Context;
use clap_mangen::Man;

use crate::exit::{self, Failure};
use crate::settings::grammar;

/// Prints the page.
///
/// # Errors
/// When standard output cannot be written.
pub(super) fn run() -> Result<u8, Failure> {
    let grammar = grammar::command(&exit::TABLE).long_about(None::<&str>);
    let page = render(&Man::new(grammar)).context("rendering the manual page")?;
    super::output::print(&String::from_utf8_lossy(&page))
}

fn render(man: &Man) -> io::Result<Vec<u8>> {
    let mut page = Vec::new();
    // The library leaves an empty date out, and the version would take its place.
    let version = env!("CARGO_PKG_VERSION");
    writeln!(
        page,
        ".TH baton\\-1password 1 \"\" \"baton\\-1password {version}\" \"User Commands\""
    )?;
    man.render_name_section(&mut page)?;
    // A synopsis of sixty flags would help nobody.
    writeln!(
        page,
        ".SH SYNOPSIS\n\\fBbaton\\-1password\\fR [OPTIONS] [COMMAND]"
    )?;
    writeln!(
        page,
        ".SH EXAMPLES\n.nf\n{}\n.fi",
        escaped(grammar::EXAMPLES)
    )?;
    man.render_options_section(&mut page)?;
    writeln!(page, ".SH COMMANDS")?;
    let mut built = grammar::command(&exit::TABLE);
    built.build();
    let commands = built.get_subcommands();
    for command in commands.filter(|command| command.get_name() != "help") {
        let about = command
            .get_about()
            .map(ToString::to_string)
            .unwrap_or_default();
        writeln!(
            page,
            ".TP\n{}\n{}",
            escaped(command.get_name()),
            escaped(&about)
        )?;
        let own = |arg: &&clap::Arg| !arg.is_global_set() && arg.get_id() != "help";
        for arg in command.get_arguments().filter(own) {
            let help = arg.get_help().map(ToString::to_string);
            let (name, help) = (
                escaped(&arg.to_string()),
                escaped(&help.unwrap_or_default()),
            );
            writeln!(page, ".RS\n.TP\n{name}\n{help}\n.RE")?;
        }
    }
    let settings: Vec<&str> = grammar::SETTINGS.lines().map(str::trim).collect();
    writeln!(page, ".SH SETTINGS\n{}", escaped(&settings.join("\n")))?;
    writeln!(page, ".SH \"EXIT STATUS\"")?;
    for (code, meaning) in exit::TABLE {
        writeln!(page, ".TP\n{code}\n{}", escaped(meaning))?;
    }
    Ok(page)
}

/// Text as roff takes it: a dash is a minus, and no line begins with a dot.
fn escaped(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let line = line.replace('\\', "\\\\").replace('-', "\\-");
        if line.starts_with(['.', '\'']) {
            format!("\\&{line}")
        } else {
            line
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}
