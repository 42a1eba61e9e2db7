//! What settings depend on outside the command line: variables, the working folder, the terminal.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use super::words;
use crate::files;

/// Variables without a flag that have an effect, but for the sessions of `op`.
pub(super) const VARIABLES: [&str; 19] = [
    "OP_SERVICE_ACCOUNT_TOKEN",
    "BATON_KEEP_SYNC_COUNT",
    "BATON_SKIP_CLEANUP",
    "BATON_TMPDIR",
    "BATON_DECODER_MAX_DECODED_SIZE_MB",
    "BATON_DECODER_MAX_MEMORY_MB",
    "BATON_DISABLE_FCS_FAIL_FAST",
    "NO_COLOR",
    "CLICOLOR_FORCE",
    "PAGER",
    "BATON_C1_API_HOST",
    "BATON_HOST_ID",
    "BATON_GET_TASKS",
    "HTTPS_PROXY",
    "https_proxy",
    "NO_PROXY",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
];

/// What settings depend on outside the command line. It has no `Debug`: variables may be secret.
#[derive(Clone)]
pub struct Surroundings {
    /// Environment variables.
    pub variables: BTreeMap<OsString, OsString>,
    /// The working directory; empty names files relative to it.
    pub folder: PathBuf,
    /// Whether a person can be asked on standard input.
    pub terminal: bool,
    /// Whether standard error is a terminal.
    pub screen: bool,
}

impl Surroundings {
    /// Those of this process.
    pub fn of_process() -> Self {
        let screen = std::io::stderr().is_terminal();
        Self {
            variables: std::env::vars_os().collect(),
            folder: PathBuf::new(),
            terminal: std::io::stdin().is_terminal() && screen,
            screen,
        }
    }

    /// Those of this process without its variables, in a folder that has no configuration file.
    pub fn bare(folder: PathBuf) -> Self {
        Self {
            variables: BTreeMap::new(),
            folder,
            ..Self::of_process()
        }
    }

    /// The words of the pager: of `PAGER`, else `less -FRX`, which ends by itself when one screen is enough. None when
    /// `PAGER` is empty or `cat`.
    pub fn pager(&self) -> Vec<String> {
        let words = self.text("PAGER");
        let words = words.unwrap_or_else(|| "less -FRX".to_owned());
        let words = words.split_whitespace().map(str::to_owned);
        let words: Vec<String> = words.collect();
        match words.as_slice() {
            [cat] if cat == "cat" => Vec::new(),
            _ => words,
        }
    }

    /// A variable's text, which may be empty or stand for bytes that are no UTF-8.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        let value = self.variables.get(&OsString::from(name))?;
        Some(words::text(value))
    }

    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        let value = self.variables.get(&OsString::from(name))?.to_str()?;
        (!value.is_empty()).then_some(value)
    }

    /// `$XDG_CONFIG_HOME/baton-1password`, else `~/.config/baton-1password`; on Windows `%APPDATA%\baton-1password`.
    pub(super) fn user_folder(&self) -> Option<PathBuf> {
        let base = files::CONFIG_BASES.iter().find_map(|(name, below)| {
            let folder = self.variables.get(&OsString::from(name))?;
            (!folder.is_empty()).then(|| Path::new(folder).join(below))
        });
        Some(base?.join("baton-1password"))
    }
}
