//! The end of a sync, for people (on stderr), records, and scripts (JSON on stdout).

use std::collections::BTreeMap;

use anstream::adapter::strip_str;
use anyhow::Context;
use serde::Serialize;

use super::output::print;
use crate::baton::ids::ResourceKind;
use crate::exit::Failure;
use crate::notice::Notice;
use crate::settings::Output;
use crate::sync::{Report, Tokens};
use crate::terminal::screen::{Screen, counted, short};
use crate::text::{self, grouped, plain};
use crate::{files, records};

/// Most bytes of a name on the screen.
const LONGEST: usize = 200;

/// Shows the summary: JSON on stdout when asked for, else text on stderr; a log record in any case.
/// Warnings are printed whatever is asked for: what was not read must not be missed.
///
/// The file is saved by then, so a summary that cannot be printed is a warning of its own.
pub(super) fn show(report: &Report, output: Output, screen: &Screen) -> Result<(), Failure> {
    let summary = Summary::of(report)?;
    let json = text::json(&summary);
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
    match output.records && !output.quiet {
        true => tracing::info!(summary = json, "Sync complete."),
        false => tracing::info!(target: records::FINAL, summary = json, "Sync complete."),
    }
    if !output.records {
        match output.json_summary || output.quiet {
            true => summary.warning_lines().for_each(|line| screen.line(&line)),
            false => screen.line(&summary.text(true)),
        }
    }
    if output.json_summary
        && let Err(failure) = print(&(json + "\n"))
    {
        screen.line(&format!(
            "warning: the file is saved, but its summary cannot be printed: {failure}"
        ));
    }
    Ok(())
}

/// What a finished sync says. Field names are the JSON's; new ones may be added, none removed.
#[derive(Serialize)]
struct Summary {
    /// Version of this shape: 1.
    version: u8,
    account: Account,
    file: String,
    bytes: u64,
    /// In hexadecimal.
    sha256: String,
    sync_id: String,
    /// By type.
    resources: BTreeMap<&'static str, u64>,
    entitlements: u64,
    grants: Grants,
    /// None when projects were not read.
    #[serde(skip_serializing_if = "Option::is_none")]
    tokens: Option<Tokens>,
    /// What a reviewer should know, one entry a kind.
    warnings: Vec<Notice>,
    /// Retries included.
    op_calls: u64,
    seconds: f64,
}

#[derive(Serialize)]
struct Account {
    id: String,
    name: String,
    /// In 1Password's word.
    #[serde(rename = "type")]
    kind: String,
}

/// Grants that the principal holds itself, and those that it holds through groups only.
#[derive(Serialize)]
struct Grants {
    direct: u64,
    inherited: u64,
}

impl Summary {
    fn of(report: &Report) -> Result<Self, Failure> {
        let written = &report.written;
        // Of projects that could not be read there are not none.
        let kinds = ResourceKind::ALL
            .into_iter()
            .filter(|kind| *kind != ResourceKind::Project || report.tokens.is_some());
        let resources = kinds.filter_map(|kind| {
            let numbers = &written.stats.resources_by_resource_type;
            Some((kind.as_str(), *numbers.get(kind.as_str())?))
        });
        Ok(Self {
            version: 1,
            account: Account {
                id: report.account.id.clone(),
                name: report.account.name.clone(),
                kind: report.account.kind.clone(),
            },
            file: written.path.display().to_string(),
            bytes: written.bytes,
            sha256: files::sha256(&written.file).context("reading the finished file")?,
            sync_id: written.sync_id.clone(),
            resources: resources.collect(),
            entitlements: written.stats.entitlements,
            grants: Grants {
                direct: report.direct_grants,
                inherited: report.inherited_grants,
            },
            tokens: report.tokens.clone(),
            warnings: report.warnings.notices(),
            op_calls: report.op_calls,
            seconds: report.duration.as_secs_f64(),
        })
    }

    /// A few lines for people, without the last line end; warnings among them or elsewhere.
    fn text(&self, warnings: bool) -> String {
        let bold = anstyle::Style::new().bold();
        let start = |text: &str| plain(&text::start(text, LONGEST)).into_owned();
        let (name, kind) = (
            start(&self.account.name),
            start(&self.account.kind.to_lowercase()),
        );
        let took = match self.seconds {
            seconds if seconds < 60.0 => format!("{seconds:.1} s"),
            seconds => short(seconds as u64),
        };
        let calls = counted(self.op_calls, "op call");
        let mut lines = vec![format!(
            "{bold}Synced {name}{bold:#} ({kind}) in {took} with {calls}"
        )];
        let kinds = self
            .resources
            .iter()
            .filter(|(kind, _)| **kind != "account");
        let kinds: Vec<String> = kinds.map(|(kind, count)| counted(*count, kind)).collect();
        lines.push(format!("  {}", kinds.join(", ")));
        let Grants { direct, inherited } = self.grants;
        lines.push(format!(
            "  {}, {} ({} direct, {} inherited)",
            counted(self.entitlements, "entitlement"),
            counted(direct + inherited, "grant"),
            grouped(direct),
            grouped(inherited),
        ));
        if let Some(tokens) = self.tokens.as_ref().filter(|tokens| tokens.active > 0) {
            let expiry = tokens.earliest_expiry.as_deref().map(plain);
            let expiry = expiry.map(|date| format!(", the first expires {date}"));
            let active = counted(tokens.active as u64, "active Connect token");
            lines.push(format!("  {active}{}", expiry.unwrap_or_default()));
        }
        lines.extend(self.warning_lines().filter(|_| warnings));
        let file = plain(&self.file);
        let argument = quoted(&file);
        lines.push(format!("Saved {bold}{file}{bold:#} ({})", size(self.bytes)));
        lines.push(format!("Next: baton-1password report {argument}"));
        lines.push(format!("      baton resources -f {argument}"));
        lines.join("\n")
    }

    /// A line for each kind of warning.
    fn warning_lines(&self) -> impl Iterator<Item = String> {
        let yellow = anstyle::AnsiColor::Yellow.on_default();
        let lines = self.warnings.iter().map(Notice::line);
        lines.map(move |line| format!("{yellow}warning:{yellow:#} {line}"))
    }
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
mod tests {
    use super::*;

    fn summary() -> Summary {
        Summary {
            version: 1,
            account: Account {
                id: "A1".to_owned(),
                name: "Northwind \u{1b}[31mTest".to_owned(),
                kind: "BUSINESS".to_owned(),
            },
            file: "my sync.c1z".to_owned(),
            bytes: 14_234,
            sha256: "ab".repeat(32),
            sync_id: "S".to_owned(),
            resources: [("account", 1), ("group", 1), ("user", 1200), ("vault", 5)].into(),
            entitlements: 74,
            grants: Grants {
                direct: 120,
                inherited: 52,
            },
            tokens: None,
            warnings: vec![Notice {
                count: 3,
                examples: vec!["user list".to_owned()],
                ..Notice::warning("row-skipped", "rows without an id, left out")
            }],
            op_calls: 35,
            seconds: 12.34,
        }
    }
    #[test]
    fn the_text_names_file_counts_duration_and_the_next_command() {
        let text = anstream::adapter::strip_str(&summary().text(true)).to_string();
        assert_eq!(
            text,
            "Synced Northwind \\u{1b}[31mTest (business) in 12.3 s with 35 op calls\n  \
             1 group, 1,200 users, 5 vaults\n  \
             74 entitlements, 172 grants (120 direct, 52 inherited)\n\
             warning: rows without an id, left out (3 times): user list; …\n\
             Saved my sync.c1z (14.2 kB)\n\
             Next: baton-1password report 'my sync.c1z'\n      \
             baton resources -f 'my sync.c1z'"
        );
    }

    #[test]
    fn the_json_is_one_line_with_every_figure() {
        let json = text::json(&summary());
        assert!(!json.contains('\n'));
        let json: serde_json::Value = serde_json::from_str(&json).unwrap_or_default();
        assert_eq!(json["resources"]["user"], 1200);
        assert_eq!(json["grants"]["inherited"], 52);
        assert_eq!(json["warnings"][0]["code"], "row-skipped");
        assert_eq!(json["seconds"], 12.34);
        assert_eq!(json["account"]["type"], "BUSINESS");
    }
}
