//! `report`: who reaches what, from a c1z file, on stdout and into files.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use jiff::ZonedDateTime;

use crate::c1z::{Abort, Limits};
use crate::cli::args;
use crate::cli::config;
use crate::exit::{self, Failure};
use crate::report::{File, Report, Snapshot, csv, html, json, text};

/// Writes the files that were asked for, then prints the report.
///
/// # Errors
/// [`Failure`]; files of earlier reports are then untouched.
pub(super) fn run(args: &args::Report) -> Result<u8, Failure> {
    let abort = Abort::default();
    let args = args.clone();
    super::block_on(async move {
        let _stop = AbortOnDrop(abort.clone());
        let work = tokio::task::spawn_blocking(move || make(&args, &abort));
        work.await.map_err(|error| Failure::Output {
            what: "making the report",
            error: io::Error::other(error),
        })?
    })
}

/// Ends the work on its thread when a signal ended the wait for it.
struct AbortOnDrop(Abort);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn make(args: &args::Report, abort: &Abort) -> Result<u8, Failure> {
    let page = args.html.as_deref().map(File::create).transpose()?;
    let lines = args.csv.as_deref().map(File::create).transpose()?;
    if let (Some(page), Some(lines)) = (&page, &lines)
        && page.path() == lines.path()
    {
        let finding = "--html and --csv name the same file; give each its own";
        return Err(config::Error(vec![finding.to_owned()]).into());
    }
    let limits = Limits::from_env(|name| std::env::var(name).ok())?;
    let now = ZonedDateTime::now();
    let read = |path: &Path| Snapshot::read(path, &limits, &now, abort);
    let snapshot = read(&args.source)?;
    let old = args.diff.as_deref().map(read).transpose()?;
    let report = Report::new(&snapshot, old.as_ref(), now.timestamp());
    if let Some(file) = page {
        file.write(abort, |mut out| html::write(&report, &mut out))?;
    }
    if let Some(file) = lines {
        file.write(abort, |mut out| csv::write(&report, &mut out))?;
    }
    print(&report, args.json)
}

/// Prints without holding it all; a reader that has seen enough, such as `head`, is no failure.
fn print(report: &Report<'_>, as_json: bool) -> Result<u8, Failure> {
    let mut out = BufWriter::new(io::stdout().lock());
    let printed = match as_json {
        true => json::write(report, &mut out),
        false => text::print(report, &mut out),
    };
    match printed.and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::Output {
            what: "writing to standard output",
            error,
        }),
        _ => Ok(exit::OK),
    }
}
