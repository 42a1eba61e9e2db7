//! `man`: the manual page, in roff.

use std::fmt::Write as _;
use std::io;

use anyhow::Context;
use clap::builder::StyledStr;
use clap_mangen::Man;

use crate::exit::{self, Failure};
use crate::settings::grammar;

pub(super) fn run() -> Result<u8, Failure> {
    let page = render().context("rendering the manual page")?;
    super::output::print(&page)
}

fn render() -> io::Result<String> {
    let mut grammar = grammar::command(exit::TABLE).long_about(None::<&str>);
    let man = Man::new(grammar.clone());
    let (mut name, mut options) = (Vec::new(), Vec::new());
    man.render_name_section(&mut name)?;
    man.render_options_section(&mut options)?;
    let [name, options] = [name, options].map(|text| String::from_utf8_lossy(&text).into_owned());
    let settings: Vec<&str> = grammar::SETTINGS.lines().map(str::trim).collect();
    grammar.build();
    let codes = exit::TABLE.iter();
    let codes = codes.map(|(code, meaning)| format!(".TP\n{code}\n{}\n", escaped(meaning)));
    // The library leaves an empty date out, and the version would take its place. A synopsis of
    // sixty flags would help nobody.
    Ok(format!(
        ".TH baton\\-1password 1 \"\" \"baton\\-1password {version}\" \"User Commands\"\n{name}\
         .SH SYNOPSIS\n\\fBbaton\\-1password\\fR [OPTIONS] [COMMAND]\n\
         .SH EXAMPLES\n.nf\n{examples}\n.fi\n{options}\
         .SH COMMANDS\n{commands}\
         .SH SETTINGS\n{settings}\n\
         .SH \"EXIT STATUS\"\n{codes}",
        version = env!("CARGO_PKG_VERSION"),
        examples = escaped(grammar::EXAMPLES),
        commands = commands(&grammar),
        settings = escaped(&settings.join("\n")),
        codes = codes.collect::<String>(),
    ))
}

/// The subcommands, each with its own flags.
fn commands(grammar: &clap::Command) -> String {
    let said = |it: Option<&StyledStr>| escaped(&it.map(ToString::to_string).unwrap_or_default());
    let mut text = String::new();
    let commands = grammar.get_subcommands();
    for command in commands.filter(|command| command.get_name() != "help") {
        let (name, about) = (escaped(command.get_name()), said(command.get_about()));
        let _ = writeln!(text, ".TP\n{name}\n{about}");
        let own = |arg: &&clap::Arg| !arg.is_global_set() && arg.get_id() != "help";
        for arg in command.get_arguments().filter(own) {
            let (name, help) = (escaped(&arg.to_string()), said(arg.get_help()));
            let _ = writeln!(text, ".RS\n.TP\n{name}\n{help}\n.RE");
        }
    }
    text
}

/// Text as roff takes it: a dash is a minus, and no line begins with a dot.
fn escaped(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let line = line.replace('\\', "\\\\").replace('-', "\\-");
        match line.starts_with(['.', '\'']) {
            true => format!("\\&{line}"),
            false => line,
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}
