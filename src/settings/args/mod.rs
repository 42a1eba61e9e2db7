//! The command line's grammar: every flag and subcommand, written with clap and nothing else.
//!
//! A flag's name decides its other spellings: `--log-level` is the variable `BATON_LOG_LEVEL` and
//! the key `log-level` of a configuration file. All three are parsed by the same definition here.
//! Whether a value makes sense is not asked here but in [`super`].

mod output;
mod provision;
mod refused;
mod report;
mod service;
mod sign_in;
mod sync;
mod values;

use std::any::TypeId;
use std::collections::BTreeSet;
use std::ffi::OsString;

use clap::{Args, Command, FromArgMatches, Subcommand};

use super::words;
use crate::secret::Secret;

pub use output::{Compatible, Output, Telemetry};
pub use provision::Provision;
pub use refused::REFUSED;
pub use report::Report;
pub use service::Service;
pub use sign_in::SignIn;
pub use sync::Sync;
pub use values::{List, Span, go_bool};

/// Every flag, typed, with its default filled in.
#[derive(Args, Clone, Debug)]
pub struct Flags {
    /// How to reach and unlock 1Password.
    #[command(flatten)]
    pub sign_in: SignIn,
    /// What a sync reads and writes.
    #[command(flatten)]
    pub sync: Sync,
    /// Service mode.
    #[command(flatten)]
    pub service: Service,
    /// Grant and revoke from the command line.
    #[command(flatten)]
    pub provision: Provision,
    /// Logs, progress and summary.
    #[command(flatten)]
    pub output: Output,
    /// Export to an OpenTelemetry collector.
    #[command(flatten)]
    pub telemetry: Telemetry,
    /// Accepted, without effect.
    #[command(flatten)]
    pub compatible: Compatible,
}

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
        #[arg(value_enum)]
        shell: Shell,
    },
    /// Print the manual page (view it with: baton-1password man | man -l -)
    Man,
    /// Print version, commit, build, and the op that would be used
    Version,
}

/// How each shell loads its script.
const LOADING: &str = "\
Load it:
  bash        baton-1password completion bash > ~/.local/share/bash-completion/completions/baton-1password
  zsh         baton-1password completion zsh > \"${fpath[1]}/_baton-1password\"
  fish        baton-1password completion fish > ~/.config/fish/completions/baton-1password.fish
  powershell  baton-1password completion powershell >> $PROFILE";

/// The shells with a completion script.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Shell {
    Bash,
    Zsh,
    Fish,
    Powershell,
}

const VERSION: &str = concat!("version ", env!("CARGO_PKG_VERSION"));

/// One flag on the command line: its name without dashes and the texts it was given.
pub type FlagTexts = (String, Vec<String>);

/// The environment variable of a flag.
pub fn variable(flag: &str) -> String {
    match flag {
        "config" => "BATON_CONFIG_PATH".to_owned(),
        _ => format!("BATON_{}", flag.to_uppercase().replace('-', "_")),
    }
}

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

/// The whole grammar, as help, completion and the manual page show it.
///
/// `exit_codes` is the table of exit codes, code and meaning.
pub fn command(exit_codes: &[(&str, &str)]) -> Command {
    let about = env!("CARGO_PKG_DESCRIPTION");
    let codes: Vec<String> = exit_codes
        .iter()
        .map(|(code, meaning)| format!("  {code:>3}  {meaning}"))
        .collect();
    let root = Command::new("baton-1password")
        .version(VERSION)
        .disable_version_flag(true)
        .arg(
            clap::Arg::new("version")
                .short('v')
                .visible_short_alias('V')
                .long("version")
                .help("Print the version")
                .action(clap::ArgAction::Version),
        )
        .args_override_self(true)
        .max_term_width(100);
    let root = flags(root).mut_args(name_variable);
    let globals: Vec<clap::Arg> = root
        .get_arguments()
        .filter(|arg| arg.is_global_set())
        .cloned()
        .collect();
    Action::augment_subcommands(root)
        .about(about)
        .long_about(format!("{about}\n\nExamples:\n{EXAMPLES}"))
        .after_long_help(format!(
            "Settings:\n{SETTINGS}\n\nExit codes:\n{}",
            codes.join("\n")
        ))
        .subcommand_required(false)
        // A subcommand takes the same flags; its help is shorter without them.
        .mut_subcommands(|sub| sub.args(globals.iter().map(|arg| arg.clone().hide(true))))
}

/// Adds every flag: booleans take a value only after `=`, numbers may be negative.
fn flags(command: Command) -> Command {
    refused::augment(Flags::augment_args(command)).mut_args(|arg| {
        let kind = Kind::of(&arg);
        if kind == Kind::Bool {
            arg.num_args(0..=1)
                .require_equals(true)
                .required(false)
                .value_name("BOOL")
                .default_missing_value("true")
                .default_value("false")
                .hide_default_value(true)
        } else {
            arg.allow_negative_numbers(kind == Kind::Int)
                .allow_hyphen_values(kind == Kind::Secret)
        }
    })
}

/// Makes a flag usable after any subcommand, and says its variable in the help text.
fn name_variable(arg: clap::Arg) -> clap::Arg {
    let Some(long) = arg.get_long() else {
        return arg;
    };
    if long == "version" {
        return arg;
    }
    let text = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let text = format!("{text} [env: {}]", variable(long));
    arg.help(text).global(true)
}

/// The subcommands that the flags of a run say something to.
const WITH_FLAGS: [&str; 4] = ["doctor", "health-check", "settings", "version"];

/// The grammar without its hidden flags, and with each subcommand's own alone, for completion.
pub fn visible(whole: &Command) -> Command {
    let shown = whole.get_arguments().filter(|arg| !arg.is_hide_set());
    let shown: Vec<clap::Arg> = shown.map(|arg| arg.clone().global(false)).collect();
    let bare = Command::new("baton-1password")
        .version(VERSION)
        .disable_version_flag(true)
        .args(&shown);
    let flags = shown.iter().filter(|arg| arg.get_long() != Some("version"));
    Action::augment_subcommands(bare).mut_subcommands(|sub| {
        let takes = WITH_FLAGS.contains(&sub.get_name());
        sub.args(flags.clone().filter(|_| takes))
    })
}

/// Reads the command line for its grammar alone: the subcommand, and each flag's raw texts.
///
/// Values are parsed later, together with those of environment and file, so that one run reports
/// everything that is wrong.
///
/// # Errors
/// clap's own error for an unknown flag or command, a missing value, or a request for help or
/// version.
pub fn parse(
    grammar: Command,
    argv: impl IntoIterator<Item = OsString>,
) -> Result<(Option<Action>, Vec<FlagTexts>), clap::Error> {
    let text = |arg: clap::Arg| match arg.is_global_set() {
        true => arg.value_parser(clap::value_parser!(OsString)),
        false => arg,
    };
    let raw = grammar
        .mut_args(text)
        .mut_subcommands(|sub| sub.mut_args(text));
    let flags = raw.get_arguments().filter(|arg| arg.is_global_set());
    let names: Vec<String> = flags
        .filter_map(|arg| arg.get_long().map(str::to_owned))
        .collect();
    let matches = raw.try_get_matches_from(argv)?;
    let action = match matches.subcommand() {
        Some(_) => Some(Action::from_arg_matches(&matches)?),
        None => None,
    };
    let given = names
        .into_iter()
        .filter_map(|name| {
            let id = name.replace('-', "_");
            let typed = matches.value_source(&id) == Some(clap::parser::ValueSource::CommandLine);
            typed.then(|| {
                let words = matches.get_many::<OsString>(&id).unwrap_or_default();
                (name, words.map(|word| words::text(word)).collect())
            })
        })
        .collect();
    Ok((action, given))
}

/// The flag most like a name that is not one, if any is near.
pub fn similar(name: &str) -> Option<String> {
    let parser = flags(Command::new("settings").no_binary_name(true));
    let error = parser.try_get_matches_from([format!("--{name}=x")]).err()?;
    match error.get(clap::error::ContextKind::SuggestedArg)? {
        clap::error::ContextValue::String(flag) => Some(flag.trim_start_matches('-').to_owned()),
        _ => None,
    }
}

/// The names of all flags, and of those that take lists.
pub fn names() -> (BTreeSet<String>, BTreeSet<String>) {
    let command = flags(Command::new("settings"));
    let longs = |keep: fn(&&clap::Arg) -> bool| {
        let args = command.get_arguments().filter(keep);
        args.filter_map(|arg| arg.get_long().map(str::to_owned))
            .collect()
    };
    let is_list = |arg: &&clap::Arg| Kind::of(arg) == Kind::List;
    (longs(|_| true), longs(is_list))
}

/// A flag as the `settings` and `config` subcommands show it.
#[derive(Debug)]
pub struct Shown {
    /// Its name, without dashes.
    pub name: String,
    /// What it is for.
    pub about: String,
    /// Its default.
    pub default: Option<String>,
    /// What it takes.
    pub kind: Kind,
}

/// What a flag takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Kind {
    Bool,
    Int,
    List,
    Secret,
    Text,
}

impl Kind {
    fn of(arg: &clap::Arg) -> Self {
        let id = arg.get_value_parser().type_id();
        let kinds = [
            (TypeId::of::<bool>(), Self::Bool),
            (TypeId::of::<i64>(), Self::Int),
            (TypeId::of::<List>(), Self::List),
            (TypeId::of::<Secret>(), Self::Secret),
        ];
        let kind = kinds.iter().find(|(kind, _)| id == *kind);
        kind.map_or(Self::Text, |(_, kind)| *kind)
    }
}

/// Every flag that has an effect here, in the order of `--help`.
pub fn shown() -> Vec<Shown> {
    let command = flags(Command::new("settings"));
    let refused = |name: &str| REFUSED.iter().any(|refused| refused.name == name);
    let shown = |arg: &clap::Arg| {
        let default = arg.get_default_values().first();
        Some(Shown {
            name: arg.get_long().filter(|name| !refused(name))?.to_owned(),
            about: arg.get_help().map(ToString::to_string).unwrap_or_default(),
            default: default.map(|text| text.to_string_lossy().into_owned()),
            kind: Kind::of(arg),
        })
    };
    command.get_arguments().filter_map(shown).collect()
}

/// Whether a flag's value must not be shown.
pub fn is_secret(name: &str) -> bool {
    shown()
        .iter()
        .any(|flag| flag.kind == Kind::Secret && flag.name == name)
}

/// A value that its flag's definition refuses.
#[derive(Debug)]
pub struct BadValue {
    /// The flag's name, without dashes.
    pub flag: String,
    /// Why, without the value.
    pub reason: String,
}

/// Parses the merged texts into typed flags, filling in the defaults.
///
/// Bad values are collected and replaced by the default.
pub fn typed(settings: &[FlagTexts]) -> (Option<Flags>, Vec<BadValue>) {
    let mut bad = Vec::new();
    let mut rest: Vec<&FlagTexts> = settings.iter().collect();
    loop {
        let argv = rest
            .iter()
            .flat_map(|(name, texts)| texts.iter().map(move |text| format!("--{name}={text}")));
        let parsed = flags(Command::new("settings").no_binary_name(true))
            .try_get_matches_from(argv)
            .and_then(|matches| Flags::from_arg_matches(&matches));
        let error = match parsed {
            Ok(flags) => return (Some(flags), bad),
            Err(error) => error,
        };
        let (flag, reason) = values::refusal(&error);
        let before = rest.len();
        rest.retain(|(name, _)| *name != flag);
        if rest.len() == before {
            return (None, bad);
        }
        bad.push(BadValue { flag, reason });
    }
}
