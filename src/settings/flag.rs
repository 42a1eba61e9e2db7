//! What one row of the table of flags says.

use clap::builder::OsStringValueParser;
use clap::{Arg, ArgAction};

use super::values::{Kind, Value, go_bool};

/// A flag. Its name decides its other spellings: `--log-level` is the variable `BATON_LOG_LEVEL` and the key `log-level`
/// of a configuration file.
#[derive(Clone, Debug)]
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
    /// Why it is refused, or what to use instead: flags of the connector family that make no sense for 1Password are
    /// known by name, so that giving one is answered with a sentence and never with a full sync.
    pub refused: Option<&'static str>,
    /// The least and the greatest number.
    pub bounds: (u16, u16),
    heading: &'static str,
    value: &'static str,
    /// Its short spelling.
    pub short: Option<char>,
    rare: bool,
    hidden: bool,
}

/// What a hosting service may offer its customers, and in which order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Offer {
    /// A setting of the process.
    Process(u8),
    /// A setting of the connector.
    Connector(u8),
}

/// A flag that takes a value, called so in the help.
pub(super) fn takes(value: &'static str) -> Flag {
    Flag {
        name: String::new(),
        about: String::new(),
        default: None,
        kind: Kind::Text,
        words: Vec::new(),
        offer: None,
        refused: None,
        bounds: (0, u16::MAX),
        heading: "",
        value,
        short: None,
        rare: false,
        hidden: false,
    }
}

/// A flag that is on or off.
pub(super) fn switch() -> Flag {
    takes("BOOL").or("false")
}

impl Flag {
    /// The flag of a field of this type. A text that ends with a colon is followed by the words.
    pub(super) fn of<T: Value>(self, field: &str, heading: &'static str, about: &str) -> Self {
        let about = about.trim();
        let words = self.words.join(", ");
        Self {
            name: field.replace('_', "-"),
            about: match about.ends_with(':') {
                true => format!("{about} {words}"),
                false => about.to_owned(),
            },
            kind: T::KIND,
            heading,
            ..self
        }
    }

    /// One that is refused, with the reason; hidden but where other connectors show it.
    pub(super) fn refused(name: &str, kind: Kind, reason: &'static str) -> Self {
        let is_shown = name.starts_with("external-");
        Self {
            name: name.to_owned(),
            about: format!("Refused: {reason}"),
            kind,
            refused: Some(reason),
            heading: "Not supported by this connector",
            rare: is_shown,
            hidden: !is_shown,
            ..match kind {
                Kind::Bool => switch(),
                _ => takes("VALUE"),
            }
        }
    }

    /// With a default.
    pub(super) fn or(mut self, default: &'static str) -> Self {
        self.default = Some(default);
        self
    }

    /// With a short spelling.
    pub(super) fn short(mut self, short: char) -> Self {
        self.short = Some(short);
        self
    }

    /// Only in the long help.
    pub(super) fn rare(mut self) -> Self {
        self.rare = true;
        self
    }

    /// One of these words.
    pub(super) fn one_of(mut self, words: impl IntoIterator<Item = &'static str>) -> Self {
        self.words.extend(words);
        self
    }

    /// A number from the one to the other.
    pub(super) fn within(mut self, low: u16, high: u16) -> Self {
        self.bounds = (low, high);
        self
    }

    /// One that a hosting service may offer.
    pub(super) fn offer(mut self, offer: Offer) -> Self {
        self.offer = Some(offer);
        self
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

    /// The flag and its variable, for messages where it is not given.
    pub(super) fn spelling(&self) -> String {
        format!("--{} ({})", self.name, self.variable())
    }

    /// Whether these texts ask a refused flag for anything: an empty text, `false` and the empty JSON object that the
    /// family uses as default ask for nothing.
    pub(super) fn is_asked(&self, texts: &[String]) -> bool {
        texts.last().is_some_and(|text| match text.as_str() {
            "" => false,
            "{}" => !self.name.ends_with("-args"),
            text if self.kind == Kind::Bool || self.name == "event-feed" => {
                go_bool(text) != Ok(false)
            }
            _ => true,
        })
    }

    /// The flag as clap takes it: any text, which is read later, together with those of environment and file.
    pub(super) fn arg(&self) -> Arg {
        let arg = Arg::new(self.name.clone())
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
            .hide(self.hidden)
            .hide_short_help(self.rare)
            .global(true)
            .default_values(self.default)
            .short(self.short);
        match self.kind {
            Kind::Bool => arg
                .num_args(0..=1)
                .require_equals(true)
                .default_missing_value("true")
                .hide_default_value(true),
            _ => arg,
        }
    }
}
