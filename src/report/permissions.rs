//! The permissions of a file, interned, so that a set of them is one word; and what they let their
//! holder do, in a reviewer's words: managing a vault is not reading it.

use indexmap::IndexMap;

use crate::connector::permission::{MEMBER, Vocabulary, is_automatic, permission_id, slug};

/// What stands for the permissions beyond the sixty-third: real accounts have sixteen.
const OTHERS: &str = "other permissions";
const LAST: usize = 63;

bitflags::bitflags! {
    /// A set of permissions; the bits mean something only with their [`Permissions`]. Those that
    /// have a name begin every file's: others are there when somebody holds them.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub(super) struct Set: u64 {
        /// It comes with any other permission: a vault that offers it lists everybody on it.
        const MEMBERSHIP = 1;
        const GRANULAR = 0xfff << 1;
        const BASIC = 7 << 13;
    }
}

impl Set {
    pub(super) fn len(self) -> usize {
        self.bits().count_ones() as usize
    }

    /// The set itself, or each permission `apart`.
    pub(super) fn parts(self, apart: bool) -> impl Iterator<Item = Self> {
        let each = self.places().filter(move |_| apart).map(of_place);
        (!apart).then_some(self).into_iter().chain(each)
    }

    /// The places of its permissions in [`Permissions::all`].
    pub(super) fn places(self) -> impl Iterator<Item = usize> {
        (0..=LAST).filter(move |place| self.bits() >> place & 1 == 1)
    }

    /// Without membership, which is no right of its own.
    pub(super) fn rights(self) -> Self {
        self.difference(Self::MEMBERSHIP)
    }

    /// The permissions that a vault which offers this set must have beside them: those of the
    /// vocabulary that the account has, or of both when the set does not say which.
    pub(super) fn unread(self) -> Self {
        let vocabularies = [Self::GRANULAR, Self::BASIC];
        match vocabularies.map(|all| all.difference(self)) {
            [granular, basic] if granular.is_empty() || basic.is_empty() => Self::empty(),
            [granular, _] if self.intersects(Self::GRANULAR) => granular,
            [_, basic] if self.intersects(Self::BASIC) => basic,
            [granular, basic] => granular.union(basic),
        }
    }
}

fn of_place(place: usize) -> Set {
    Set::from_bits_retain(1 << place)
}

/// The slugs seen so far, with what each lets its holder do: membership and the known ones first,
/// in table order, then others.
#[derive(Clone, Debug)]
pub(super) struct Permissions(IndexMap<String, Abilities>);

impl Default for Permissions {
    fn default() -> Self {
        let mut new = Self(IndexMap::new());
        new.intern(MEMBER);
        for id in Vocabulary::Granular.ids().chain(Vocabulary::Basic.ids()) {
            new.intern(&slug(id));
        }
        new
    }
}

impl Permissions {
    /// The set of this one permission.
    pub(super) fn intern(&mut self, slug: &str) -> Set {
        let place = self.0.get_index_of(slug).unwrap_or_else(|| {
            let slug = if self.0.len() < LAST { slug } else { OTHERS };
            let can = Abilities::of_slug(slug);
            self.0.insert_full(slug.to_owned(), can).0
        });
        of_place(place)
    }

    /// The slugs in a set, in order.
    pub(super) fn slugs(&self, set: Set) -> impl Iterator<Item = &str> {
        let each = set.places().filter_map(|place| self.0.get_index(place));
        each.map(|(slug, _)| &**slug)
    }

    /// Every slug that is known, with what it gives.
    pub(super) fn all(&self) -> impl Iterator<Item = (&str, Abilities)> {
        self.0.iter().map(|(slug, &can)| (&**slug, can))
    }

    /// What a set lets its holder do.
    pub(super) fn abilities(&self, set: Set) -> Abilities {
        let each = set.places().filter_map(|place| self.0.get_index(place));
        each.map(|(_, &can)| can).collect()
    }

    /// The set in short, for people: membership goes without saying, and most of the twelve
    /// granular permissions are named by what is missing. More may be held of what is `unread`.
    pub(super) fn summary(&self, set: Set, unread: Set) -> String {
        let (rights, missing) = (set.rights(), Set::GRANULAR.difference(set));
        // Of what 1Password adds by itself nobody holds more or less by choice.
        let mut others = self.slugs(rights.difference(Set::GRANULAR));
        let is_usual = others.all(|slug| is_automatic(&permission_id(slug)));
        match (unread.is_empty(), missing.len()) {
            (false, _) if rights.is_empty() => "listed, permissions unknown".to_owned(),
            (false, _) => format!("{}, others unknown", self.list(rights)),
            (true, _) if rights.is_empty() => "no permission, only listed".to_owned(),
            (true, 0) if is_usual => "everything".to_owned(),
            (true, 1 | 2) if is_usual => format!("everything but {}", self.list(missing)),
            _ => self.list(rights),
        }
    }

    /// The slugs, separated by commas; Go's empty one is named.
    fn list(&self, set: Set) -> String {
        let named = |slug| match slug {
            "" => "(unknown)",
            slug => slug,
        };
        let slugs: Vec<&str> = self.slugs(set).map(named).collect();
        crate::text::plain(&slugs.join(", ")).into_owned()
    }
}

bitflags::bitflags! {
    /// What a holder can do in a vault, one bit each. The names are also the words for it.
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
    pub(super) fn words(self) -> Vec<String> {
        let is_unsaid = |one| one == Self::LISTS && self.contains(Self::READS);
        let said = self.iter_names().filter(|(_, one)| !is_unsaid(*one));
        said.map(|(name, _)| name.to_lowercase()).collect()
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

    fn set(permissions: &mut Permissions, slugs: &[&str]) -> Set {
        slugs.iter().map(|slug| permissions.intern(slug)).collect()
    }

    #[test]
    fn sets_are_named_in_table_order_and_shortly() {
        let mut p = Permissions::default();
        let few = set(&mut p, &["edit items", "member", "view items"]);
        let (summary, none) = (Permissions::summary, Set::default());
        assert_eq!(summary(&p, few, none), "view items, edit items");
        let all = Set::GRANULAR;
        assert_eq!(summary(&p, all, none), "everything");
        let one = p.intern("manage vault");
        let but = all.difference(one);
        assert_eq!(summary(&p, but, none), "everything but manage vault");
        let member = p.intern("member");
        assert_eq!(summary(&p, member, none), "no permission, only listed");
        let odd = set(&mut p, &["", "move items"]).union(member);
        assert_eq!(summary(&p, odd, none), "(unknown), move items");
        let moving = p.intern("move items");
        assert_eq!(summary(&p, all.union(moving), none), "everything");
        assert_eq!(
            summary(&p, but.union(moving), none),
            "everything but manage vault"
        );
        assert_eq!(
            summary(&p, few.union(moving), none),
            "view items, edit items, move items"
        );
        let partly = summary(&p, few, one);
        assert_eq!(partly, "view items, edit items, others unknown");
        assert_eq!(summary(&p, member, one), "listed, permissions unknown");
    }

    #[test]
    fn what_a_vault_does_not_offer_was_not_read() {
        let mut p = Permissions::default();
        let of = |p: &Permissions, set: Set| {
            p.slugs(set.unread()).map(str::to_owned).collect::<Vec<_>>()
        };
        for (vocabulary, all) in [
            (Vocabulary::Granular, Set::GRANULAR),
            (Vocabulary::Basic, Set::BASIC),
        ] {
            let slugs: Vec<String> = vocabulary.ids().map(slug).collect();
            assert_eq!(p.slugs(all).collect::<Vec<_>>(), slugs);
            assert!(of(&p, all).is_empty());
        }
        assert_eq!(p.intern(MEMBER), Set::MEMBERSHIP);
        let basic = set(&mut p, &["member", "allow viewing", "allow managing"]);
        assert_eq!(of(&p, basic), ["allow editing"]);
        let granular = set(&mut p, &["member", "view items"]);
        assert_eq!(of(&p, granular).len(), 11);
        let member = p.intern("member");
        assert_eq!(of(&p, member).len(), 12 + 3);
    }

    #[test]
    fn more_permissions_than_bits_share_the_last() {
        let mut p = Permissions::default();
        let many = (0..100)
            .map(|n| p.intern(&format!("p{n}")))
            .collect::<Vec<_>>();
        let together = many.iter().copied().collect::<Set>();
        assert_eq!(together.len(), 64 - 16);
        assert_eq!(p.slugs(many[99]).collect::<Vec<_>>(), [OTHERS]);
        assert_eq!(p.intern("p99"), many[99]);
    }

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
        assert_eq!(Abilities::all().words().len(), 7 - 1);
        assert_eq!(Abilities::of_slug(MEMBER), Abilities::default());
        assert_eq!(Abilities::of_slug(""), Abilities::default());
    }
}
