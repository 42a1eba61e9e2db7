//! The command line's grammar: the rows of [`flags`], and the subcommands.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, Args, Command, FromArgMatches, Subcommand, ValueHint};
use clap_complete::Shell;

use super::flags;

/// The subcommands; without one the program syncs, grants, revokes or serves, by its flags.
#[derive(Subcommand, Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Print what this connector can do, as JSON
    Capabilities,
    /// Print the settings a hosting service may offer, as JSON
    Config,
    /// Print every setting in force and where it came from, secrets starred
    Settings,
    /// Check op, sign-in, rights, C1 and the output file, and say what to do next
    Doctor,
    /// Ask a running connector whether it is well (exit 0 only when it is)
    HealthCheck {
        /// Which question to ask: health, ready or live
        #[arg(long, default_value = "health", value_name = "NAME")]
        endpoint: String,
        /// Seconds to wait for the answer; 0 waits without limit
        #[arg(long, default_value_t = 5, value_name = "SECONDS")]
        timeout: u64,
    },
    /// Try it without 1Password: sync and report on an invented company
    Demo,
    /// Show who reaches which vault, with which permission and by which paths
    Report(Report),
    /// Print a completion script for a shell
    #[command(after_help = LOADING)]
    Completion {
        /// The shell to complete for
        #[arg(value_parser = PossibleValuesParser::new(SHELLS).try_map(|name| name.parse::<Shell>()))]
        shell: Shell,
    },
    /// Print the manual page (view it with: baton-1password man | man -l -)
    Man,
    /// Print version, commit, build, and the op that would be used
    Version,
}

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

/// How each shell loads its script.
const LOADING: &str = "\
Load it:
  bash        baton-1password completion bash > ~/.local/share/bash-completion/completions/baton-1password
  zsh         baton-1password completion zsh > \"${fpath[1]}/_baton-1password\"
  fish        baton-1password completion fish > ~/.config/fish/completions/baton-1password.fish
  powershell  baton-1password completion powershell >> $PROFILE";

/// The shells whose completion is tested.
const SHELLS: [&str; 4] = ["bash", "zsh", "fish", "powershell"];

const VERSION: &str = concat!("version ", env!("CARGO_PKG_VERSION"));

/// One flag on the command line: its name without dashes, and its texts.
pub type FlagTexts = (String, Vec<OsString>);

/// Examples, for help and manual page.
pub const EXAMPLES: &str = "  \
  baton-1password
      Sync the account that the 1Password app has unlocked into sync.c1z
  baton-1password --auth-type service -f audit.c1z
      Sync as the service account of OP_SERVICE_ACCOUNT_TOKEN
  baton-1password --client-id NAME@HOST/spe --client-secret-file FILE --once
      Upload one sync to C1, then end
  baton-1password report sync.c1z --html access.html
      Show who reaches which vault, and write a page with a matrix of it
  baton-1password demo
      Try it without 1Password: sync and report on an invented company
  baton-1password doctor
      Check op, sign-in, rights, C1 and the file, without changing anything
  baton-1password man | man -l -
      Read the manual page";

/// Where settings come from, for help and manual page.
pub const SETTINGS: &str = "  \
  A flag wins over its variable, a variable over the configuration file, the file over the default.
  The file is --config, else ./.baton.yaml (or .yml, .toml, .json), else config.yaml (and so on) in
  $XDG_CONFIG_HOME/baton-1password or ~/.config/baton-1password; its keys are flag names. Lists are
  comma-separated, and a nearer list replaces a farther one. See: baton-1password settings";

/// The program without its subcommands.
fn program() -> Command {
    let version = Arg::new("version")
        .short('v')
        .visible_short_alias('V')
        .long("version")
        .help("Print the version")
        .action(ArgAction::Version);
    Command::new("baton-1password")
        .bin_name("baton-1password")
        .version(VERSION)
        .disable_version_flag(true)
        .arg(version)
}

/// The whole grammar, as help and the manual page show it, with a table of codes and meanings.
pub fn command(exit_codes: &[(&str, &str)]) -> Command {
    let about = env!("CARGO_PKG_DESCRIPTION");
    let codes = exit_codes.iter();
    let codes = codes.map(|(code, meaning)| format!("\n  {code:>3}  {meaning}"));
    let rows = || flags::all().iter().map(flags::Flag::arg);
    let root = program()
        .args_override_self(true)
        .max_term_width(100)
        .args(rows());
    Action::augment_subcommands(root)
        .about(about)
        .long_about(format!("{about}\n\nExamples:\n{EXAMPLES}"))
        .after_long_help(format!(
            "Settings:\n{SETTINGS}\n\nExit codes:{}",
            codes.collect::<String>()
        ))
        .subcommand_required(false)
        // A subcommand takes the same flags; its help is shorter without them.
        .mut_subcommands(|sub| sub.args(rows().map(|arg| arg.hide(true))))
}

/// The subcommands that the flags of a run say something to.
const WITH_FLAGS: [&str; 4] = ["doctor", "health-check", "settings", "version"];

/// The grammar without its hidden flags, with the words that a flag takes, and with each
/// subcommand's own flags alone, for completion.
pub fn visible() -> Command {
    let rows = flags::all().iter().filter(|flag| !flag.is_hidden());
    let rows = rows.map(|flag| {
        let arg = flag.arg().global(false);
        match flag.words.is_empty() {
            true => arg,
            false => arg.value_parser(PossibleValuesParser::new(flag.words.clone())),
        }
    });
    let rows: Vec<Arg> = rows.collect();
    Action::augment_subcommands(program().args(&rows)).mut_subcommands(|sub| {
        let takes = WITH_FLAGS.contains(&sub.get_name());
        sub.args(rows.iter().filter(|_| takes))
    })
}

/// Reads the command line: the subcommand, and the texts of each flag that stands on it. A request
/// for help or version is an error too.
pub fn parse(
    grammar: Command,
    argv: impl IntoIterator<Item = OsString>,
) -> Result<(Option<Action>, Vec<FlagTexts>), clap::Error> {
    let matches = grammar.try_get_matches_from(argv)?;
    let action = match matches.subcommand() {
        Some(_) => Some(Action::from_arg_matches(&matches)?),
        None => None,
    };
    let is_typed = |name: &&String| matches.value_source(name) == Some(ValueSource::CommandLine);
    let names = flags::all().iter().map(|flag| &flag.name);
    let typed = names.filter(is_typed).map(|name| {
        let texts = matches.get_many::<OsString>(name).unwrap_or_default();
        (name.clone(), texts.cloned().collect())
    });
    Ok((action, typed.collect()))
}
