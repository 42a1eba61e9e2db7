//! Arguments of the `report` subcommand.

use std::path::PathBuf;

use clap::{Args, ValueHint};

/// What to report on, and how to show it.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The c1z file to report on, by this connector or the Go one (in its sqlite format); without it
    /// the file that a sync writes, sync.c1z
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub source: Option<PathBuf>,
    /// Write one self-contained page with a matrix of users and vaults; - for standard output
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Write one line for each principal, vault, permission and path; - for standard output
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
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
