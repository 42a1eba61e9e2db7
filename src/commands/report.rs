//! `report`: who reaches what, from a c1z file, on stdout or into files.

use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use anstream::{AutoStream, ColorChoice};
use jiff::ZonedDateTime;

use crate::baton::ids::ResourceKind;
use crate::c1z::{Abort, Limits};
use crate::exit::{self, Failure};
use crate::report::{
    File, IDLE_DAYS, Paper, Report, Snapshot, answer, csv, find, html, json, text,
};
use crate::settings::{self, Inputs, grammar};
use crate::terminal::pager;

use super::output::{complain, ended, misuse, stdout};
use super::runtime::{block_on, on_thread};

/// Writes and prints what was asked for. After a failure, files of earlier reports are untouched.
pub(super) fn run(args: &grammar::Report, inputs: &Inputs) -> Result<u8, Failure> {
    let mut of_review = ["dry-run", "yes"].into_iter();
    if let Some(name) = of_review.find(|name| inputs.is_typed(name)) {
        return Err(misuse(format!(
            "--{name} says how to carry a review out; give --apply too"
        )));
    }
    let args = args.clone();
    let source = args.source.clone().unwrap_or(inputs.flags.file.clone());
    let limits = inputs.surroundings.limits()?;
    let pager = inputs.surroundings.pager();
    let make = move |abort: &Abort| make(&args, &source, &limits, abort, pager);
    block_on(on_thread("making the report", make))
}

/// The forms of a report besides text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Json,
    Page,
    Csv(csv::Form),
}

impl Form {
    /// With the mark for Excel in front of a CSV, when that was asked for.
    fn write(self, report: &Report<'_>, excel: bool, out: &mut impl Write) -> io::Result<()> {
        match self {
            Self::Json => json::write(report, out),
            Self::Page => html::write(report, out),
            Self::Csv(form) => {
                let mark = if excel { csv::MARK } else { "" };
                out.write_all(mark.as_bytes())?;
                csv::write(report, form, out)
            }
        }
    }
}

/// What goes into files, and what is printed; text when nothing else was asked for.
type Plan = (Vec<(Form, File)>, Option<Form>);

fn plan(args: &grammar::Report) -> Result<Plan, Failure> {
    let mut files: Vec<(Form, File)> = Vec::new();
    let mut printed = Vec::from_iter(args.json.then_some(Form::Json));
    for (form, path) in [
        (Form::Page, &args.html),
        (Form::Csv(csv::Form::Review), &args.csv),
        (Form::Csv(csv::Form::Permissions), &args.csv_permissions),
    ] {
        match path.as_deref() {
            Some(path) if path == Path::new("-") => printed.push(form),
            Some(path) => {
                let file = File::create(path)?;
                if files.iter().any(|(_, other)| other.path() == file.path()) {
                    return Err(misuse(
                        "two of --html, --csv and --csv-permissions name the same file; give each \
                         its own",
                    ));
                }
                files.push((form, file));
            }
            None => {}
        }
    }
    if args.excel && args.csv.is_none() && args.csv_permissions.is_none() {
        return Err(misuse(
            "--excel says how to write a CSV; give --csv or --csv-permissions too",
        ));
    }
    if printed.len() > 1 {
        return Err(misuse(
            "standard output takes one of --json, --html -, --csv - and --csv-permissions -; give \
             the others a file",
        ));
    }
    Ok((files, printed.pop()))
}

fn make(
    args: &grammar::Report,
    source: &Path,
    limits: &Limits,
    abort: &Abort,
    pager: Option<Command>,
) -> Result<u8, Failure> {
    let (files, printed) = plan(args)?;
    let now = ZonedDateTime::now();
    let read = |path: &Path| Snapshot::read(path, limits, &now, abort);
    let snapshot = read(source)?;
    let old = args.diff.as_deref().map(read).transpose()?;
    let idle_days = args.idle_days.unwrap_or(IDLE_DAYS);
    let report = Report::new(&snapshot, old.as_ref(), now, idle_days);
    for (asked, kinds) in [
        (&args.vault, &[ResourceKind::Vault][..]),
        (&args.user, &[ResourceKind::User, ResourceKind::Project]),
        (&args.group, &[ResourceKind::Group]),
    ] {
        if let Some(name) = asked {
            let subject = find(&snapshot, kinds, name).map_err(settings::Error)?;
            return page(pager, |out| answer(&report, subject, out));
        }
    }
    let saves = !files.is_empty();
    for (form, file) in files {
        let saved = format!("Saved {}", crate::text::path(file.path()));
        file.write(abort, |mut out| form.write(&report, args.excel, &mut out))?;
        complain(&saved);
    }
    if saves {
        for line in text::totals(&report) {
            complain(&format!("  {line}"));
        }
    }
    // Text and JSON have them at their head.
    if saves || matches!(printed, Some(Form::Csv(_))) {
        for notice in text::notices(&report) {
            complain(&format!("warning: {}", notice.line()));
        }
    }
    match printed {
        Some(form) => {
            let mut out = BufWriter::new(stdout()?.lock());
            let written = form.write(&report, args.excel, &mut out);
            ended(written.and_then(|()| out.flush()))
        }
        None if saves => Ok(exit::OK),
        None => page(pager, |out| text::print(&report, out)),
    }
}

/// Prints text, at a terminal in a pager, as wide as that is, with colours where they are wanted.
fn page(
    pager: Option<Command>,
    print: impl FnOnce(&mut Paper<&mut dyn Write>) -> io::Result<()>,
) -> Result<u8, Failure> {
    let stdout = stdout()?;
    let has_colour = AutoStream::choice(&stdout) != ColorChoice::Never;
    let print = |out: &mut dyn Write| print(&mut Paper::new(out, pager::width(), has_colour));
    let pager = pager.filter(|_| stdout.is_terminal());
    match pager.and_then(|mut program| program.stdin(Stdio::piped()).spawn().ok()) {
        Some(pager) => ended(pager::show(pager, print)),
        None => {
            let mut out = BufWriter::new(anstream::stdout().lock());
            ended(print(&mut out).and_then(|()| out.flush()))
        }
    }
}
