//! The end of a sync, for people (on stderr) and for scripts (JSON on stdout).

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use serde::Serialize;

use super::screen::{counted, short};
use crate::notice::Notice;
use crate::text::{self, grouped, plain};

/// Most bytes of a name on the screen.
const LONGEST: usize = 200;

/// What a finished sync tells. Field names are the JSON's; new ones may be added, none removed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// Version of this shape: 1.
    pub version: u8,
    /// The account that was read.
    pub account: Account,
    /// The file that was written.
    pub file: String,
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// Id of the sync in the file.
    pub sync_id: String,
    /// Resources by type.
    pub resources: BTreeMap<&'static str, u64>,
    /// Entitlements.
    pub entitlements: u64,
    /// Grants.
    pub grants: Grants,
    /// Connect tokens, when projects were read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens: Option<Tokens>,
    /// What a reviewer should know, one entry a kind.
    pub warnings: Vec<Notice>,
    /// Calls of `op`, retries included.
    pub op_calls: u64,
    /// How long it took.
    #[serde(rename = "seconds", serialize_with = "seconds")]
    pub duration: Duration,
}

/// The account that was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Account {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its type, in 1Password's word.
    #[serde(rename = "type")]
    pub kind: String,
}

/// How many grants there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Grants {
    /// Held by the principal itself.
    pub direct: u64,
    /// Held through groups only.
    pub inherited: u64,
}

/// Connect tokens of all projects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tokens {
    /// Those that work.
    pub active: usize,
    /// The first date on which one of them expires.
    pub earliest_expiry: Option<String>,
}

fn seconds<S: serde::Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64())
}

impl Summary {
    /// One line of JSON, with its line end.
    pub fn json(&self) -> String {
        text::json(self) + "\n"
    }

    /// A few lines for people, without the last line end; warnings among them or elsewhere.
    pub fn text(&self, warnings: bool) -> String {
        let mut text = String::new();
        let bold = anstyle::Style::new().bold();
        let name = text::start(&self.account.name, LONGEST);
        let name = plain(&name);
        let _ = writeln!(
            text,
            "{bold}Synced {name}{bold:#} ({}) in {} with {}",
            plain(&text::start(&self.account.kind.to_lowercase(), LONGEST)),
            self.took(),
            counted(self.op_calls, "op call"),
        );
        let kinds = self
            .resources
            .iter()
            .filter(|(kind, _)| **kind != "account");
        let kinds: Vec<String> = kinds.map(|(kind, count)| counted(*count, kind)).collect();
        let _ = writeln!(text, "  {}", kinds.join(", "));
        let Grants { direct, inherited } = self.grants;
        let _ = writeln!(
            text,
            "  {}, {} ({} direct, {} inherited)",
            counted(self.entitlements, "entitlement"),
            counted(direct + inherited, "grant"),
            grouped(direct),
            grouped(inherited),
        );
        if let Some(tokens) = self.tokens.as_ref().filter(|tokens| tokens.active > 0) {
            let expiry = tokens.earliest_expiry.as_deref().map(plain);
            let expiry = expiry.map(|date| format!(", the first expires {date}"));
            let active = counted(tokens.active as u64, "active Connect token");
            let _ = writeln!(text, "  {active}{}", expiry.unwrap_or_default());
        }
        for line in self.warning_lines().filter(|_| warnings) {
            let _ = writeln!(text, "{line}");
        }
        let file = plain(&self.file);
        let _ = writeln!(text, "Saved {bold}{file}{bold:#} ({})", size(self.bytes));
        let _ = writeln!(text, "Next: baton-1password report {}", quoted(&file));
        let _ = write!(text, "      baton resources -f {}", quoted(&file));
        text
    }

    /// A line for each kind of warning.
    pub fn warning_lines(&self) -> impl Iterator<Item = String> {
        let yellow = anstyle::AnsiColor::Yellow.on_default();
        let lines = self.warnings.iter().map(Notice::line);
        lines.map(move |line| format!("{yellow}warning:{yellow:#} {line}"))
    }

    fn took(&self) -> String {
        match self.duration.as_secs() {
            0..60 => format!("{:.1} s", self.duration.as_secs_f64()),
            seconds => short(seconds),
        }
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
            duration: Duration::from_millis(12_340),
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
        let json = summary().json();
        assert_eq!(json.matches('\n').count(), 1);
        let json: serde_json::Value = serde_json::from_str(&json).unwrap_or_default();
        assert_eq!(json["resources"]["user"], 1200);
        assert_eq!(json["grants"]["inherited"], 52);
        assert_eq!(json["warnings"][0]["code"], "row-skipped");
        assert_eq!(json["seconds"], 12.34);
        assert_eq!(json["account"]["type"], "BUSINESS");
    }
}
