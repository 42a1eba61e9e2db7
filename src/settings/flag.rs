//! What one row of the table of flags says.

use clap::builder::OsStringValueParser;
use clap::{Arg, ArgAction};

use super::values::{Kind, Value};

/// A flag. Its name decides its other spellings: `--log-level` is the variable `BATON_LOG_LEVEL`
/// and the key `log-level` of a configuration file.
#[derive(Clone, Debug, Default)]
pub struct Flag {
    /// Its name, without dashes.
    pub name: String,
    /// What it is for.
    pub about: String,
    /// Its default.
    pub default: Option<&'static str>,
    /// What it takes.
    pub kind: Kind,
    /// The words that it takes, for completion; none when it takes other texts too.
    pub words: Vec<&'static str>,
    /// Its place in what `config` prints.
    pub offer: Option<Offer>,
    /// Why it is refused, or what to use instead: flags of the connector family that make no sense
    /// for 1Password are answered with a sentence and never with a full sync.
    pub refused: Option<&'static str>,
    /// The least and the greatest number.
    pub bounds: (u16, u16),
    /// Its short spelling.
    pub short: Option<char>,
    /// Under which heading of the help it stands.
    pub(super) heading: &'static str,
    /// What its value is called there.
    pub(super) value: &'static str,
    /// Whether it is in the long help only.
    pub(super) rare: bool,
}

/// What a hosting service may offer its customers, and in which order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Offer {
    /// A setting of the process.
    Process(u8),
    /// A setting of the connector.
    Connector(u8),
}

impl Flag {
    /// The flag of a field of this type. A text that ends with a colon is followed by the words.
    pub(super) fn of<T: Value>(self, field: &str, heading: &'static str, about: &str) -> Self {
        let about = about.trim();
        let words = match about.ends_with(':') {
            true => format!(" {}", self.words.join(", ")),
            false => String::new(),
        };
        let is_switch = T::KIND == Kind::Bool;
        Self {
            name: field.replace('_', "-"),
            about: format!("{about}{words}"),
            kind: T::KIND,
            heading,
            // A switch is off unless it is set.
            default: self.default.or(is_switch.then_some("false")),
            value: if is_switch { "BOOL" } else { self.value },
            ..self
        }
    }

    /// Whether help and completion leave it out: a refused one that other connectors hide too.
    pub(super) fn is_hidden(&self) -> bool {
        self.refused.is_some() && !self.name.starts_with("external-")
    }

    /// Its environment variable.
    pub fn variable(&self) -> String {
        match &*self.name {
            "config" => "BATON_CONFIG_PATH".to_owned(),
            name => format!("BATON_{}", name.to_uppercase().replace('-', "_")),
        }
    }

    /// Whether it is a path.
    pub(super) fn is_path(&self) -> bool {
        let ends = ["-file", "-path", "-dir"];
        ["file", "config"].contains(&&*self.name) || ends.iter().any(|end| self.name.ends_with(end))
    }

    /// The flag as clap takes it: any text, which is read later as those of the other sources are.
    pub(super) fn arg(&self) -> Arg {
        let is_switch = self.kind == Kind::Bool;
        Arg::new(self.name.clone())
            .long(self.name.clone())
            .help(format!("{} [env: {}]", self.about, self.variable()))
            .help_heading(self.heading)
            .value_name(self.value)
            .value_parser(OsStringValueParser::new())
            .action(match self.kind {
                Kind::List => ArgAction::Append,
                _ => ArgAction::Set,
            })
            .allow_negative_numbers(self.kind == Kind::Int)
            .allow_hyphen_values(self.kind == Kind::Secret)
            .hide(self.is_hidden())
            .hide_short_help(self.rare)
            .global(true)
            .default_values(self.default)
            .short(self.short)
            .num_args(usize::from(!is_switch)..=1)
            .require_equals(is_switch)
            .default_missing_values(is_switch.then_some("true"))
            .hide_default_value(is_switch)
    }
}
