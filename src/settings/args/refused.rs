//! Flags of the connector family that make no sense for 1Password: known by name, so that giving
//! one is answered with a sentence and never with a full sync.

use clap::{Arg, ArgAction, Command};

use super::values::{go_bool, list};

/// A flag that is known and refused.
#[derive(Debug)]
pub struct Refused {
    /// Its name, without dashes.
    pub name: &'static str,
    /// What kind of value it takes.
    kind: Kind,
    /// Why it is refused, or what to use instead.
    pub reason: &'static str,
}

/// What a refused flag takes as its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Bool,
    List,
    Text,
}

const fn flag(name: &'static str, kind: Kind, reason: &'static str) -> Refused {
    Refused { name, kind, reason }
}

const ACCOUNTS: &str = "invite people in 1Password";
const ACTIONS: &str = "it has no custom actions";
const COMPACT: &str = "one full sync already holds everything";
const DELETE: &str = "delete users, groups and vaults in 1Password";
const DIFF: &str = "compare two files with: baton-1password report NEW.c1z --diff OLD.c1z";
const EVENTS: &str = "it has no event feed";
const EXTERNAL: &str = "every principal of a 1Password grant is in 1Password";
const ROTATE: &str = "it rotates no credentials";
const TICKETS: &str = "1Password has no tickets";

/// Every refused flag, in the order of the findings.
pub const REFUSED: [Refused; 36] = [
    flag("event-feed", Kind::Text, EVENTS),
    flag("event-feed-id", Kind::Text, EVENTS),
    flag("event-feed-start-at", Kind::Text, EVENTS),
    flag("event-feed-cursor", Kind::Text, EVENTS),
    flag("create-account-login", Kind::Text, ACCOUNTS),
    flag("create-account-email", Kind::Text, ACCOUNTS),
    flag("create-account-profile", Kind::Text, ACCOUNTS),
    flag("create-account-resource-type", Kind::Text, ACCOUNTS),
    flag("delete-resource", Kind::Text, DELETE),
    flag("delete-resource-type", Kind::Text, DELETE),
    flag("rotate-credentials", Kind::Text, ROTATE),
    flag("rotate-credentials-type", Kind::Text, ROTATE),
    flag("create-ticket", Kind::Bool, TICKETS),
    flag("ticket-template-path", Kind::Text, TICKETS),
    flag("bulk-create-ticket", Kind::Bool, TICKETS),
    flag("bulk-ticket-template-path", Kind::Text, TICKETS),
    flag("get-ticket", Kind::Bool, TICKETS),
    flag("ticket-id", Kind::Text, TICKETS),
    flag("list-ticket-schemas", Kind::Bool, TICKETS),
    flag("invoke-action", Kind::Text, ACTIONS),
    flag("invoke-action-args", Kind::Text, ACTIONS),
    flag("invoke-action-resource-type", Kind::Text, ACTIONS),
    flag("list-resource-actions", Kind::Text, ACTIONS),
    flag("invoke-resource-action", Kind::Text, ACTIONS),
    flag("invoke-resource-action-resource-type", Kind::Text, ACTIONS),
    flag("invoke-resource-action-args", Kind::Text, ACTIONS),
    flag("diff-syncs", Kind::Bool, DIFF),
    flag("base-sync-id", Kind::Text, DIFF),
    flag("applied-sync-id", Kind::Text, DIFF),
    flag("compact-syncs", Kind::Bool, COMPACT),
    flag("compact-sync-ids", Kind::List, COMPACT),
    flag("compact-file-paths", Kind::List, COMPACT),
    flag("compact-output-path", Kind::Text, COMPACT),
    flag("external-resource-c1z", Kind::Text, EXTERNAL),
    flag(
        "external-resource-entitlement-id-filter",
        Kind::Text,
        EXTERNAL,
    ),
    flag("external-resource-traits", Kind::List, EXTERNAL),
];

impl Refused {
    /// Whether these texts ask for anything: an empty text, `false` and the empty JSON object that
    /// the family uses as default ask for nothing.
    pub fn is_asked(&self, texts: &[String]) -> bool {
        texts.last().is_some_and(|text| match text.as_str() {
            "" => false,
            "{}" => !self.name.ends_with("-args"),
            text if self.kind == Kind::Bool || self.name == "event-feed" => {
                go_bool(text) != Ok(false)
            }
            _ => true,
        })
    }

    fn arg(&self) -> Arg {
        let arg = Arg::new(self.name.replace('-', "_"))
            .long(self.name)
            .value_name("VALUE")
            .help(format!("Refused: {}", self.reason))
            .help_heading("Not supported by this connector");
        let arg = match self.name.starts_with("external-") {
            true => arg.hide_short_help(true),
            false => arg.hide(true),
        };
        match self.kind {
            Kind::Bool => arg.value_parser(go_bool),
            Kind::List => arg.value_parser(list).action(ArgAction::Append),
            Kind::Text => arg,
        }
    }
}

/// Adds the refused flags to a grammar.
pub(super) fn augment(command: Command) -> Command {
    command.args(REFUSED.iter().map(Refused::arg))
}
