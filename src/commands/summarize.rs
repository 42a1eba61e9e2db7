//! Tells what a sync did, to people, records and scripts.

use anstream::adapter::strip_str;

use super::output::print;
use crate::records;
use crate::settings::Output;
use crate::terminal::screen::Screen;
use crate::terminal::summary::Summary;

/// Shows the summary: JSON on stdout when asked for, else text on stderr; a log record in any case. Warnings are shown
/// whatever is asked for: what was not read must not be missed.
///
/// The file is saved by then, so a summary that cannot be printed is a warning of its own.
pub(super) fn summarize(summary: &Summary, output: Output, screen: &Screen) {
    if output.records && !output.quiet {
        // For people who read records: the same lines as elsewhere.
        for line in strip_str(&summary.text(false)).to_string().lines() {
            tracing::info!("{}", line.trim_start());
        }
    }
    for notice in &summary.warnings {
        match output.records {
            true => notice.record(),
            false => tracing::warn!(
                target: records::FINAL,
                code = notice.code,
                count = notice.count,
                "{}",
                notice.line()
            ),
        }
    }
    let json = summary.json();
    match output.records && !output.quiet {
        true => tracing::info!(summary = json.trim_end(), "Sync complete."),
        false => {
            tracing::info!(target: records::FINAL, summary = json.trim_end(), "Sync complete.")
        }
    }
    let is_text = !output.json_summary && !output.quiet && !output.records;
    if is_text {
        screen.line(&summary.text(true));
    } else if !output.records {
        for line in summary.warning_lines() {
            screen.line(&line);
        }
    }
    if output.json_summary
        && let Err(failure) = print(&json)
    {
        screen.line(&format!(
            "warning: the file is saved, but its summary is not told: {failure}"
        ));
    }
}
