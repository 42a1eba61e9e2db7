//! What permissions let their holder do, in a reviewer's words: managing a vault is not reading it.

use crate::connector::permission::{Vocabulary, permission_id};

/// The words for the bits of [`Abilities`], in the order in which they are named.
const WORDS: [&str; 7] = [
    "manages", "reads", "lists", "edits", "exports", "shares", "prints",
];

bitflags::bitflags! {
    /// What a holder can do in a vault, one bit each.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub(super) struct Abilities: u8 {
        /// Give access to the vault to anyone, oneself included.
        const MANAGES = 1;
        /// See passwords and other secrets.
        const READS = 2;
        /// See that items exist, but not their secrets.
        const LISTS = 4;
        /// Create, change or delete items.
        const EDITS = 8;
        /// Take all items out in one file.
        const EXPORTS = 16;
        /// Copy items to other vaults, or share them with people outside.
        const SHARES = 32;
        const PRINTS = 64;
    }
}

impl Abilities {
    /// What can leak or give away what is in a vault.
    pub(super) const RISKY: Self = Self::MANAGES.union(Self::EXPORTS).union(Self::SHARES);

    /// What a permission gives, by its slug. The basic permissions stand for several granular ones
    /// (`src/op/op-cli.md`, Permissions), so "allow editing" exports and shares too. A permission
    /// that is not known here gives nothing that has a word.
    pub(super) fn of_slug(slug: &str) -> Self {
        let id = permission_id(slug);
        let granular = Vocabulary::Granular.expand_shorthand(&id);
        granular.into_iter().map(of_granular).collect()
    }

    /// The words, the ability to list left out when it goes without saying.
    pub(super) fn words(self) -> Vec<&'static str> {
        let is_unsaid = |one| one == Self::LISTS && self.contains(Self::READS);
        let words = Self::all().iter().zip(WORDS);
        let said = words.filter(|&(one, _)| self.contains(one) && !is_unsaid(one));
        said.map(|(_, word)| word).collect()
    }
}

fn of_granular(id: &str) -> Abilities {
    match id {
        "manage_vault" => Abilities::MANAGES,
        "view_and_copy_passwords" => Abilities::READS,
        "view_items" | "view_item_history" => Abilities::LISTS,
        "create_items" | "edit_items" | "archive_items" | "delete_items" | "import_items"
        | "move_items" => Abilities::EDITS,
        "export_items" => Abilities::EXPORTS,
        "copy_and_share_items" => Abilities::SHARES,
        "print_items" => Abilities::PRINTS,
        _ => Abilities::default(),
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
        assert_eq!(Abilities::all().words().len(), WORDS.len() - 1);
        assert_eq!(Abilities::of_slug(MEMBER), Abilities::default());
        assert_eq!(Abilities::of_slug(""), Abilities::default());
    }
}
