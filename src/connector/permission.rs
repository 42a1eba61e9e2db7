//! Vault permissions: one table of names and needs for each of the two vocabularies that accounts
//! speak (`src/op/op-cli.md`, Permissions and `src/sync/mapping.md`, Entitlements). All else, such
//! as what falls with a permission, is derived from it.

pub use crate::baton::ids::MEMBER;
use crate::op::types::UNKNOWN;

/// A permission and the permissions that it needs directly.
type Row = (&'static str, &'static [&'static str]);

/// Business accounts, in the order in which lists of permissions are sent and shown.
const GRANULAR: [Row; 12] = [
    ("view_items", &[]),
    ("create_items", &["view_items"]),
    ("edit_items", &["view_and_copy_passwords"]),
    ("archive_items", &["edit_items"]),
    ("delete_items", &["edit_items"]),
    ("view_and_copy_passwords", &["view_items"]),
    ("view_item_history", &["view_and_copy_passwords"]),
    ("import_items", &["create_items"]),
    ("export_items", &["view_item_history"]),
    ("copy_and_share_items", &["view_item_history"]),
    ("print_items", &["view_item_history"]),
    ("manage_vault", &[]),
];

/// Every other account type, by the vendor's page with the table.
const BASIC: [Row; 3] = [
    ("allow_viewing", &[]),
    ("allow_editing", &["allow_viewing"]),
    ("allow_managing", &[]),
];

/// The same by the vendor's page on scripting: managing needs the other two.
const BASIC_LINKED: [Row; 3] = [
    ("allow_viewing", &[]),
    ("allow_editing", &["allow_viewing"]),
    ("allow_managing", &["allow_editing"]),
];

/// What `allow_viewing` stands for on a Business account (`src/op/op-cli.md`, Permissions).
const VIEWING: [&str; 3] = ["view_items", "view_and_copy_passwords", "view_item_history"];

/// Whether 1Password itself gives and takes this with others: shown, and never granted or revoked.
pub fn is_automatic(id: &str) -> bool {
    id == "move_items"
}

/// Which permissions an account knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vocabulary {
    /// The twelve of Business accounts.
    Granular,
    /// The three of all other accounts.
    Basic,
    /// The same three by the vendor's other reading of what they need; never the first choice.
    BasicLinked,
}

impl Vocabulary {
    /// Chooses by `account get`'s `type`: exactly `BUSINESS` has the granular ones.
    pub fn of_account_type(kind: &str) -> Self {
        match kind {
            "BUSINESS" => Self::Granular,
            _ => Self::Basic,
        }
    }

    /// The vocabularies that an account of this type may speak: several when it is not known.
    pub fn possible(kind: &str) -> &'static [Self] {
        match kind {
            UNKNOWN => &[Self::Granular, Self::Basic],
            "BUSINESS" => &[Self::Granular],
            _ => &[Self::Basic],
        }
    }

    fn table(self) -> &'static [Row] {
        match self {
            Self::Granular => &GRANULAR,
            Self::Basic => &BASIC,
            Self::BasicLinked => &BASIC_LINKED,
        }
    }

    /// The permission that lets one manage a vault.
    pub fn manages_vault(self) -> &'static str {
        match self {
            Self::Granular => "manage_vault",
            Self::Basic | Self::BasicLinked => "allow_managing",
        }
    }

    /// The same, or where the vendor's pages differ on what permissions need, by the other one
    /// (`src/op/op-cli.md`, Dependencies).
    pub fn other_reading(self) -> Self {
        match self {
            Self::Basic => Self::BasicLinked,
            other => other,
        }
    }

    /// The permission ids, in table order.
    pub fn ids(self) -> impl Iterator<Item = &'static str> {
        self.table().iter().map(|(id, _)| *id)
    }

    /// Whether the account knows this permission id.
    pub fn knows(self, id: &str) -> bool {
        self.ids().any(|known| known == id)
    }

    /// What must be granted so that `slug` is held: it and all it needs; for `member` the least.
    pub fn granted(self, slug: &str) -> Vec<String> {
        let wanted = match slug {
            MEMBER => self.table()[0].0.to_owned(),
            _ => permission_id(slug),
        };
        self.with(&wanted, |id| self.needs(&wanted, id))
    }

    /// What must be revoked so that it no longer is: it and all that needs it; for `member` all.
    pub fn revoked(self, slug: &str) -> Vec<String> {
        let lost = permission_id(slug);
        self.with(&lost, |id| slug == MEMBER || self.needs(id, &lost))
    }

    /// Whether holding `id` needs `other`, directly or through others. The table has no cycle.
    fn needs(self, id: &str, other: &str) -> bool {
        let row = self.table().iter().find(|(own, _)| *own == id);
        let mut needs = row.into_iter().flat_map(|(_, needs)| *needs);
        needs.any(|&need| need == other || self.needs(need, other))
    }

    /// A permission and those that `go` with it, in table order; alone if the table lacks it.
    fn with(self, own: &str, go: impl Fn(&str) -> bool) -> Vec<String> {
        let all = self.ids().filter(|id| *id == own || go(id));
        let all: Vec<String> = all.map(str::to_owned).collect();
        match all.is_empty() {
            true => vec![own.to_owned()],
            false => all,
        }
    }

    /// An entry of a Connect token's access list as permission ids of this account: shorthand
    /// names are spelled out where the account knows the granular ones.
    pub fn expand_shorthand(self, entry: &str) -> Vec<&str> {
        let manages = self.manages_vault();
        let is_edited = |id: &&str| *id != manages && !VIEWING.contains(id);
        match (self, entry) {
            (Self::Granular, "allow_viewing") => VIEWING.to_vec(),
            (Self::Granular, "allow_editing") => self.ids().filter(is_edited).collect(),
            (Self::Granular, "allow_managing") => vec![manages],
            _ => vec![entry],
        }
    }
}

/// The slug of a permission id: `view_items` → `view items`.
pub fn slug(permission_id: &str) -> String {
    permission_id.replace('_', " ")
}

/// The permission id of a slug: `view items` → `view_items`.
pub fn permission_id(slug: &str) -> String {
    slug.replace(' ', "_")
}

/// The names that `--limit-vault-permissions` accepts.
pub fn limit_names() -> impl Iterator<Item = &'static str> {
    std::iter::once(MEMBER)
        .chain(Vocabulary::Basic.ids())
        .chain(Vocabulary::Granular.ids())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: &str = "view_items create_items edit_items archive_items delete_items \
        view_and_copy_passwords view_item_history import_items export_items \
        copy_and_share_items print_items manage_vault";

    /// `src/sync/mapping.md`, Changes: `member` grant excepted (least set).
    #[test]
    fn sets_equal_the_table() {
        let business = [
            ("member", "view_items", ALL),
            (
                "view items",
                "view_items",
                ALL.strip_suffix(" manage_vault").unwrap_or(ALL),
            ),
            (
                "create items",
                "view_items create_items",
                "create_items import_items",
            ),
            (
                "view and copy passwords",
                "view_items view_and_copy_passwords",
                "edit_items archive_items delete_items view_and_copy_passwords view_item_history \
                 export_items copy_and_share_items print_items",
            ),
            (
                "edit items",
                "view_items edit_items view_and_copy_passwords",
                "edit_items archive_items delete_items",
            ),
            (
                "archive items",
                "view_items edit_items archive_items view_and_copy_passwords",
                "archive_items",
            ),
            (
                "delete items",
                "view_items edit_items delete_items view_and_copy_passwords",
                "delete_items",
            ),
            (
                "view item history",
                "view_items view_and_copy_passwords view_item_history",
                "view_item_history export_items copy_and_share_items print_items",
            ),
            (
                "import items",
                "view_items create_items import_items",
                "import_items",
            ),
            (
                "export items",
                "view_items view_and_copy_passwords view_item_history export_items",
                "export_items",
            ),
            (
                "copy and share items",
                "view_items view_and_copy_passwords view_item_history copy_and_share_items",
                "copy_and_share_items",
            ),
            (
                "print items",
                "view_items view_and_copy_passwords view_item_history print_items",
                "print_items",
            ),
            ("manage vault", "manage_vault", "manage_vault"),
        ];
        let basic = [
            (
                "member",
                "allow_viewing",
                "allow_viewing allow_editing allow_managing",
            ),
            (
                "allow viewing",
                "allow_viewing",
                "allow_viewing allow_editing",
            ),
            (
                "allow editing",
                "allow_viewing allow_editing",
                "allow_editing",
            ),
            ("allow managing", "allow_managing", "allow_managing"),
        ];
        let words = |text: &str| {
            text.split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        for (vocabulary, rows) in [
            (Vocabulary::Granular, &business[..]),
            (Vocabulary::Basic, &basic[..]),
        ] {
            for (slug, granted, revoked) in rows {
                assert_eq!(vocabulary.granted(slug), words(granted), "grant {slug}");
                assert_eq!(vocabulary.revoked(slug), words(revoked), "revoke {slug}");
            }
        }
    }

    /// `a` is granted with `b` exactly when revoking `a` takes `b` away.
    #[test]
    fn reverse_closure_agrees_with_the_forward_table() {
        for vocabulary in [
            Vocabulary::Granular,
            Vocabulary::Basic,
            Vocabulary::BasicLinked,
        ] {
            for a in vocabulary.ids() {
                for b in vocabulary.ids() {
                    let needs = vocabulary.granted(b).contains(&a.to_owned());
                    let falls = vocabulary.revoked(a).contains(&b.to_owned());
                    assert_eq!(needs, falls, "{a} {b}");
                }
            }
        }
    }

    /// Whatever is held, a grant and a revocation leave no permission without those that it needs.
    #[test]
    fn what_is_held_stays_closed() {
        for vocabulary in [
            Vocabulary::Granular,
            Vocabulary::Basic,
            Vocabulary::BasicLinked,
        ] {
            let ids: Vec<&str> = vocabulary.ids().collect();
            let mask = |names: Vec<String>| -> u32 {
                let bits = ids.iter().enumerate();
                let bits = bits.filter(|(_, id)| names.iter().any(|name| name == *id));
                bits.map(|(bit, _)| 1 << bit).sum()
            };
            let granted: Vec<u32> = ids.iter().map(|id| mask(vocabulary.granted(id))).collect();
            let revoked: Vec<u32> = ids.iter().map(|id| mask(vocabulary.revoked(id))).collect();
            let is_closed = |held: u32| {
                let mut needs = granted.iter().enumerate();
                needs.all(|(bit, needs)| held & 1 << bit == 0 || held & needs == *needs)
            };
            for held in (0..1_u32 << ids.len()).filter(|&held| is_closed(held)) {
                for bit in 0..ids.len() {
                    assert!(is_closed(held | granted[bit]) && granted[bit] & 1 << bit != 0);
                    assert!(is_closed(held & !revoked[bit]) && revoked[bit] & 1 << bit != 0);
                }
            }
        }
    }

    #[test]
    fn shorthands_are_spelled_out_on_business_only() {
        assert_eq!(
            Vocabulary::Granular.expand_shorthand("allow_viewing"),
            ["view_items", "view_and_copy_passwords", "view_item_history"]
        );
        let all = ["allow_viewing", "allow_editing", "allow_managing"];
        let mut all: Vec<_> = all
            .iter()
            .flat_map(|name| Vocabulary::Granular.expand_shorthand(name))
            .collect();
        let mut ids: Vec<_> = Vocabulary::Granular.ids().collect();
        all.sort_unstable();
        ids.sort_unstable();
        assert_eq!(all, ids);
        assert_eq!(
            Vocabulary::Basic.expand_shorthand("allow_viewing"),
            ["allow_viewing"]
        );
        assert_eq!(Vocabulary::Granular.expand_shorthand("read"), ["read"]);
    }

    #[test]
    fn unknown_permissions_stand_alone() {
        assert_eq!(Vocabulary::Granular.granted("move items"), ["move_items"]);
        assert_eq!(Vocabulary::Basic.revoked("view items"), ["view_items"]);
        assert_eq!(limit_names().count(), 16);
    }
}
