//! Arguments of the `report` subcommand.

use std::path::PathBuf;

use clap::{Args, ValueHint};

/// What questions and decisions do not go together with.
const FORMS: [&str; 5] = ["html", "csv", "csv_permissions", "json", "diff"];

/// What to report on, and how to show it.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The c1z file to report on, by this connector or the Go one (in its sqlite format); without
    /// it the file that a sync writes, sync.c1z
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub source: Option<PathBuf>,
    /// Write one self-contained page with a matrix of users and vaults; - for standard output
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Write a review: one line for each principal, vault and path, with columns for decisions; -
    /// for standard output
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
    /// Write one line for each principal, vault, permission and path; - for standard output
    #[arg(long, value_name = "FILE")]
    pub csv_permissions: Option<PathBuf>,
    /// Begin a CSV with the mark that Excel needs for accents
    #[arg(long)]
    pub excel: bool,
    /// Revoke what the column decision of this filled-in --csv says revoke, after asking once
    /// (--yes: without); with --dry-run, only show the op calls
    #[arg(long, value_name = "CSV", conflicts_with_all = FORMS, group = "one")]
    pub apply: Option<PathBuf>,
    /// Say who reaches this vault, by which paths: its name or id
    #[arg(long, value_name = "VAULT", conflicts_with_all = FORMS, group = "one")]
    pub vault: Option<String>,
    /// Say what this person, service account or project reaches: its name, e-mail address or id
    #[arg(long, value_name = "USER", conflicts_with_all = FORMS, group = "one")]
    pub user: Option<String>,
    /// Say who is in this group and what it opens to them: its name or id
    #[arg(long, value_name = "GROUP", conflicts_with_all = FORMS, group = "one")]
    pub group: Option<String>,
    /// Print JSON instead of text
    #[arg(long)]
    pub json: bool,
    /// Show what changed since this older file
    #[arg(long, value_name = "OLD")]
    pub diff: Option<PathBuf>,
    /// Days without a sign-in after which somebody counts as idle; 90 unless given
    #[arg(long, value_name = "DAYS")]
    pub idle_days: Option<u32>,
}
