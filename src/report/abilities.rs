//! What permissions let their holder do, in a reviewer's words: managing a vault is not reading it.

use crate::connector::permission::{Vocabulary, permission_id};

/// One thing that a holder can do in a vault. The order is the order in which they are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ability {
    /// Give access to the vault to anyone, oneself included.
    Manages = 1,
    /// See passwords and other secrets.
    Reads = 2,
    /// See that items exist, but not their secrets.
    Lists = 4,
    /// Create, change or delete items.
    Edits = 8,
    /// Take all items out in one file.
    Exports = 16,
    /// Copy items to other vaults, or share them with people outside.
    Shares = 32,
    /// Print items.
    Prints = 64,
}

/// The word for each, in naming order.
const WORDS: [(Ability, &str); 7] = [
    (Ability::Manages, "manages"),
    (Ability::Reads, "reads"),
    (Ability::Lists, "lists"),
    (Ability::Edits, "edits"),
    (Ability::Exports, "exports"),
    (Ability::Shares, "shares"),
    (Ability::Prints, "prints"),
];

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Abilities(u8);

impl Abilities {
    /// Everything that has a word.
    pub(super) const ALL: Self = Self(0x7f);

    /// What a permission gives, by its slug. The basic permissions stand for several granular ones
    /// (`src/op/op-cli.md`, Permissions), so "allow editing" exports and shares too. A permission
    /// that is not known here gives nothing that has a word.
    pub(super) fn of_slug(slug: &str) -> Self {
        let id = permission_id(slug);
        let granular = Vocabulary::Granular.expand_shorthand(&id);
        let known = granular.into_iter().filter_map(of_granular);
        Self(known.fold(0, |bits, ability| bits | ability as u8))
    }

    pub(super) fn has(self, ability: Ability) -> bool {
        self.0 & ability as u8 != 0
    }

    pub(super) fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) fn in_both(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// As bits, for the page.
    pub(super) fn bits(self) -> u8 {
        self.0
    }

    /// The words, the ability to list left out when it goes without saying.
    pub(super) fn words(self) -> Vec<&'static str> {
        let reads = self.has(Ability::Reads);
        let words = WORDS.iter().filter(|(one, _)| self.has(*one));
        let words = words.filter(|(one, _)| !(reads && *one == Ability::Lists));
        words.map(|(_, word)| *word).collect()
    }
}

fn of_granular(id: &str) -> Option<Ability> {
    match id {
        "manage_vault" => Some(Ability::Manages),
        "view_and_copy_passwords" => Some(Ability::Reads),
        "view_items" | "view_item_history" => Some(Ability::Lists),
        "create_items" | "edit_items" | "archive_items" | "delete_items" | "import_items"
        | "move_items" => Some(Ability::Edits),
        "export_items" => Some(Ability::Exports),
        "copy_and_share_items" => Some(Ability::Shares),
        "print_items" => Some(Ability::Prints),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connector::permission::{MEMBER, slug};

    #[test]
    fn managing_is_not_reading() {
        assert_eq!(Abilities::of_slug("manage vault").words(), ["manages"]);
        assert_eq!(Abilities::of_slug("allow managing").words(), ["manages"]);
        assert_eq!(Abilities::of_slug("allow viewing").words(), ["reads"]);
        assert_eq!(Abilities::of_slug("view items").words(), ["lists"]);
    }

    #[test]
    fn basic_editing_exports_and_shares() {
        let editing = Abilities::of_slug("allow editing").words();
        assert_eq!(editing, ["edits", "exports", "shares", "prints"]);
    }

    #[test]
    fn every_known_permission_has_a_word_and_membership_has_none() {
        for vocabulary in [Vocabulary::Granular, Vocabulary::Basic] {
            for id in vocabulary.ids() {
                assert_ne!(Abilities::of_slug(&slug(id)), Abilities::default(), "{id}");
            }
        }
        assert_eq!(Abilities::ALL.words().len(), WORDS.len() - 1);
        assert_eq!(Abilities::of_slug(MEMBER), Abilities::default());
        assert_eq!(Abilities::of_slug(""), Abilities::default());
    }
}
