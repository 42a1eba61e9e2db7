//! What settings depend on outside the command line: variables, the working folder, the terminal.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::c1z::{self, Limits};
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

    /// The program for long text at a terminal, without the variables of this program and of `op`,
    /// some of which are secret. None when `PAGER` is empty or `cat`.
    pub fn pager(&self) -> Option<Command> {
        let pager = self.text("PAGER");
        let pager = pager.unwrap_or_else(|| "less -FRX".to_owned());
        let mut words = pager.split_whitespace();
        let mut command = Command::new(words.next()?);
        // As git has it, unless it is said otherwise: colours, and no pages for what fits.
        command.args(words).env_clear().env("LESS", "FRX");
        let is_ours = |name: &OsStr| {
            let name = name.as_encoded_bytes();
            name.starts_with(b"BATON_") || name.starts_with(b"OP_")
        };
        command.envs(self.variables.iter().filter(|(name, _)| !is_ours(name)));
        (pager.trim() != "cat").then_some(command)
    }

    /// Bounds on a c1z file that is read. One that lets nothing through is an error.
    pub fn limits(&self) -> Result<Limits, c1z::Error> {
        Limits::from_env(|name| self.text(name))
    }

    /// A variable's text, which may be empty.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        let value = self.variables.get(OsStr::new(name))?;
        Some(value.to_string_lossy().into_owned())
    }

    /// A variable's text, when it is there and not empty.
    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        let value = self.variables.get(OsStr::new(name))?.to_str();
        value.filter(|value| !value.is_empty())
    }

    /// The first of these variables that is there and not empty, or nothing.
    pub(super) fn first(&self, names: [&str; 2]) -> String {
        let mut texts = names.into_iter().filter_map(|name| self.text(name));
        texts.find(|text| !text.is_empty()).unwrap_or_default()
    }

    /// `$XDG_CONFIG_HOME/baton-1password`, else `~/.config/baton-1password`; on Windows
    /// `%APPDATA%\baton-1password`.
    pub(super) fn user_folder(&self) -> Option<PathBuf> {
        self.below(files::CONFIG_BASES)
    }

    /// For the answers of an interrupted sync: `$XDG_STATE_HOME/baton-1password`, else below
    /// `~/.local/state`; on Windows below `%LOCALAPPDATA%`. None without a home.
    pub(super) fn state_folder(&self) -> Option<PathBuf> {
        self.below(files::STATE_BASES)
    }

    /// This program's folder below the first of these variables that holds an absolute path.
    fn below(&self, bases: &[(&str, &str)]) -> Option<PathBuf> {
        let base = bases.iter().find_map(|(name, below)| {
            let base = Path::new(self.variables.get(OsStr::new(name))?);
            base.is_absolute().then(|| base.join(below))
        });
        Some(base?.join("baton-1password"))
    }
}
