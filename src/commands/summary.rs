//! The end of a sync, for people (on stderr), records, and scripts (JSON on stdout).

use std::collections::BTreeMap;

use anstream::adapter::strip_str;
use anyhow::Context;
use serde_json::{Value, json};

use super::output::print;
use crate::baton::ids::ResourceKind;
use crate::exit::Failure;
use crate::notice::Notice;
use crate::settings::Settings;
use crate::sync::Report;
use crate::terminal::screen::{Screen, counted, short};
use crate::text::{self, grouped, plain};
use crate::{files, records};

/// Most bytes of a name on the screen.
const LONGEST: usize = 200;

/// Shows JSON on stdout when asked for, else text on stderr, and a log record in any case; warnings
/// always, since what was not read must not be missed. The file is saved by then, so a summary that
/// cannot be printed is a warning of its own.
pub(super) fn show(report: &Report, settings: &Settings, screen: &Screen) -> Result<(), Failure> {
    let (quiet, only_records) = (settings.flags.quiet, settings.only_records);
    let json_summary = settings.flags.summary_format == "json";
    let is_recorded =
        only_records || !settings.flags.log_path.is_empty() || settings.telemetry.is_some();
    // The digest of a large file takes its time, so it is not made for nobody.
    let json = match json_summary || is_recorded {
        true => text::json(&json(report)?),
        false => String::new(),
    };
    if only_records {
        // For people who read records: the same lines as elsewhere.
        let text = strip_str(&text(report, false)).to_string();
        let lines = text.lines().filter(|_| !quiet);
        lines.for_each(|line| tracing::info!("{}", line.trim_start()));
        report.warnings.notices().iter().for_each(Notice::record);
    } else {
        for notice in report.warnings.notices() {
            let (code, count) = (notice.code, notice.count);
            tracing::warn!(target: records::FINAL, code, count, "{}", notice.line());
        }
        match json_summary || quiet {
            true => warning_lines(report).for_each(|line| screen.line(&line)),
            false => screen.line(&text(report, true)),
        }
    }
    match only_records && !quiet {
        true => tracing::info!(summary = json, "Sync complete."),
        false => tracing::info!(target: records::FINAL, summary = json, "Sync complete."),
    }
    if json_summary && let Err(failure) = print(&(json + "\n")) {
        screen.line(&format!(
            "warning: the file is saved, but its summary cannot be printed: {failure}"
        ));
    }
    Ok(())
}

/// What scripts get. Members may be added, none removed; the digest is in hexadecimal.
fn json(report: &Report) -> Result<Value, Failure> {
    let written = &report.written;
    let sha256 = files::sha256(&written.file).context("reading the finished file")?;
    let resources: BTreeMap<_, _> = resources(report).collect();
    let mut json = json!({
        "version": 1,
        "account": {
            "id": report.account.id,
            "name": report.account.name,
            "type": report.account.kind,
        },
        "file": written.path.display().to_string(),
        "bytes": written.bytes,
        "sha256": sha256,
        "sync_id": written.sync_id,
        "resources": resources,
        "entitlements": written.stats.entitlements,
        "grants": {"direct": report.direct_grants, "inherited": report.inherited_grants},
        "warnings": report.warnings.notices(),
        "op_calls": report.op_calls,
        "seconds": report.duration.as_secs_f64(),
    });
    if let Some(tokens) = &report.tokens {
        json["tokens"] = json!(tokens);
    }
    Ok(json)
}

/// How many there are of each type. Of projects that could not be read there are not none.
fn resources(report: &Report) -> impl Iterator<Item = (&str, u64)> {
    let counts = report.written.stats.resources_by_resource_type.iter();
    let counts = counts.map(|(kind, count)| (kind.as_str(), *count));
    counts.filter(|(kind, _)| *kind != ResourceKind::Project.as_str() || report.tokens.is_some())
}

/// A few lines for people, without the last line end; warnings among them or elsewhere.
fn text(report: &Report, warnings: bool) -> String {
    let bold = anstyle::Style::new().bold();
    let start = |text: &str| plain(&text::start(text, LONGEST)).into_owned();
    let name = start(&report.account.name);
    let kind = start(&report.account.kind.to_lowercase());
    let took = match report.duration.as_secs() {
        0..60 => format!("{:.1} s", report.duration.as_secs_f64()),
        seconds => short(seconds),
    };
    let calls = counted(report.op_calls, "op call");
    let mut lines = vec![format!(
        "{bold}Synced {name}{bold:#} ({kind}) in {took} with {calls}"
    )];
    let kinds = resources(report).filter(|(kind, _)| *kind != ResourceKind::Account.as_str());
    let kinds: Vec<String> = kinds.map(|(kind, count)| counted(count, kind)).collect();
    lines.push(format!("  {}", kinds.join(", ")));
    let (direct, inherited) = (report.direct_grants, report.inherited_grants);
    lines.push(format!(
        "  {}, {} ({} direct, {} inherited)",
        counted(report.written.stats.entitlements, "entitlement"),
        counted(direct + inherited, "grant"),
        grouped(direct),
        grouped(inherited),
    ));
    let tokens = report.tokens.as_ref();
    if let Some(tokens) = tokens.filter(|tokens| tokens.active > 0) {
        let expiry = tokens.earliest_expiry.as_deref().map(plain);
        let expiry = expiry.map(|date| format!(", the first expires {date}"));
        let active = counted(tokens.active as u64, "active Connect token");
        lines.push(format!("  {active}{}", expiry.unwrap_or_default()));
    }
    lines.extend(warning_lines(report).filter(|_| warnings));
    let file = text::path(&report.written.path);
    let (argument, size) = (quoted(&file), size(report.written.bytes));
    lines.push(format!("Saved {bold}{file}{bold:#} ({size})"));
    lines.push(format!("Next: baton-1password report {argument}"));
    lines.push(format!("      baton resources -f {argument}"));
    lines.join("\n")
}

/// A line for each kind of warning.
fn warning_lines(report: &Report) -> impl Iterator<Item = String> {
    let yellow = anstyle::AnsiColor::Yellow.on_default();
    let notices = report.warnings.notices().into_iter();
    notices.map(move |notice| format!("{yellow}warning:{yellow:#} {}", notice.line()))
}

/// Bytes as people say them.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

/// A path as a shell takes it.
fn quoted(path: &str) -> String {
    let safe = |c: char| c.is_ascii_alphanumeric() || "/._-+@%:,".contains(c);
    match path.chars().all(safe) && !path.starts_with('-') {
        true => path.to_owned(),
        false => format!("'{}'", path.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::c1z::{Stats, Written};
    use crate::op::Account;
    use crate::sync::{Warning, Warnings};

    fn report() -> Report {
        let resources = [("account", 1), ("group", 1), ("user", 1200), ("vault", 5)];
        let resources = resources.map(|(kind, count)| (kind.to_owned(), count));
        let mut warnings = Warnings::default();
        for listing in ["user list", "user list", "user list"] {
            warnings.add(Warning::RowSkipped, listing);
        }
        Report {
            account: Account {
                id: "A1".to_owned(),
                name: "Northwind \u{1b}[31mTest".to_owned(),
                kind: "BUSINESS".to_owned(),
            },
            direct_grants: 120,
            inherited_grants: 52,
            tokens: None,
            warnings,
            op_calls: 35,
            duration: Duration::from_millis(12_340),
            written: Written {
                sync_id: "S".to_owned(),
                path: "my sync.c1z".into(),
                file: tempfile::tempfile().unwrap(),
                bytes: 14_234,
                stats: Stats {
                    entitlements: 74,
                    resources_by_resource_type: resources.into(),
                    ..Stats::default()
                },
                notices: Vec::new(),
            },
        }
    }

    #[test]
    fn the_text_names_file_counts_duration_and_the_next_command() {
        let text = strip_str(&text(&report(), true)).to_string();
        let warning = report().warnings.notices().remove(0).line();
        assert_eq!(
            text,
            format!(
                "Synced Northwind \\u{{1b}}[31mTest (business) in 12.3 s with 35 op calls\n  \
                 1 group, 1,200 users, 5 vaults\n  \
                 74 entitlements, 172 grants (120 direct, 52 inherited)\n\
                 warning: {warning}\n\
                 Saved my sync.c1z (14.2 kB)\n\
                 Next: baton-1password report 'my sync.c1z'\n      \
                 baton resources -f 'my sync.c1z'"
            )
        );
    }

    #[test]
    fn the_json_has_every_figure() {
        let json = json(&report()).unwrap();
        assert_eq!(json["resources"]["user"], 1200);
        assert_eq!(json["grants"]["inherited"], 52);
        assert_eq!(json["warnings"][0]["code"], "row-skipped");
        assert_eq!(json["seconds"], 12.34);
        assert_eq!(json["account"]["type"], "BUSINESS");
    }
}
