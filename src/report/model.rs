//! Who and what a sync knows of: principals, vaults, and the paths between them.

use indexmap::IndexSet;
use jiff::Timestamp;
use serde::{Serialize, Serializer};

use crate::baton::ids::ResourceKind;
use crate::text::plain;

use super::abilities::Abilities;
use super::permissions::Set;

/// Whom principals are, in the order in which reports show them.
pub(super) const PRINCIPALS: [ResourceKind; 3] = [
    ResourceKind::User,
    ResourceKind::Project,
    ResourceKind::Group,
];

/// Whether a user may sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    Active,
    /// For now; what was granted is still there when the suspension ends.
    Suspended,
    /// The file does not say: invited, being set up, or a state of its own.
    Unknown,
}

impl Status {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Unknown => "unknown",
        }
    }
}

/// When a person last signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SignIn {
    /// The file does not say.
    Unknown,
    Never,
    At(Timestamp),
}

/// In JSON `null`, `never` or the time.
impl Serialize for SignIn {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Unknown => serializer.serialize_none(),
            Self::Never => serializer.serialize_str("never"),
            Self::At(at) => serializer.collect_str(at),
        }
    }
}

impl SignIn {
    /// The day, `never`, or what stands for what the file does not say.
    pub(super) fn day(self, unknown: &str) -> String {
        match self {
            Self::Unknown => unknown.to_owned(),
            Self::Never => "never".to_owned(),
            Self::At(at) => at.strftime("%F").to_string(),
        }
    }
}

/// What sort of holder a principal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Sort {
    /// A person of the account; so is whoever the file calls by a word that is not known here.
    Member,
    /// A person from outside, who is given single vaults.
    Guest,
    /// A machine that signs in as a user.
    ServiceAccount,
    /// A machine behind a Connect server.
    Project,
    Group,
    /// A user of whom the file does not say.
    Unknown,
}

impl Sort {
    /// The word for it, as programs read it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Guest => "guest",
            Self::ServiceAccount => "service_account",
            Self::Project => "project",
            Self::Group => "group",
            Self::Unknown => "unknown",
        }
    }

    /// The same for people.
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::ServiceAccount => "service account",
            sort => sort.word(),
        }
    }

    /// Whether no person is behind it.
    pub(super) fn is_machine(self) -> bool {
        matches!(self, Self::ServiceAccount | Self::Project)
    }
}

/// The tokens of a project.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Tokens {
    /// How many work; None when the file does not say.
    #[serde(rename = "active_tokens")]
    pub(super) active: Option<u64>,
    /// The earliest expiry among them, as the file has it; None when none expires.
    pub(super) expires_at: Option<String>,
}

/// A user, group or project. In JSON, where something else names it: its type, id and name.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Principal {
    pub(super) id: String,
    /// Unchanged; may be empty.
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) kind: ResourceKind,
    /// Its place in [`super::Snapshot::principals`].
    #[serde(skip)]
    pub(super) place: u32,
    /// Its name as shown: safe, never empty, told apart from others of the same name.
    #[serde(skip)]
    pub(super) label: String,
    /// False when the file grants to it without listing it.
    #[serde(skip)]
    pub(super) listed: bool,
    /// A user's e-mail address; else empty.
    #[serde(skip)]
    pub(super) email: String,
    /// A user's status; else unknown.
    #[serde(skip)]
    pub(super) status: Status,
    /// 1Password's own word for the state; empty when the file does not say.
    #[serde(skip)]
    pub(super) state: String,
    /// A user's type (`MEMBER`, `GUEST`, `SERVICE_ACCOUNT`); empty when the file does not say.
    #[serde(skip)]
    pub(super) user_type: String,
    #[serde(skip)]
    pub(super) sort: Sort,
    #[serde(skip)]
    pub(super) signed_in: SignIn,
    #[serde(skip)]
    pub(super) tokens: Tokens,
    /// Whether it is known who is in this group and who manages it.
    #[serde(skip)]
    pub(super) members_read: bool,
}

impl Principal {
    /// One that is known from grants alone.
    pub(super) fn unlisted(kind: ResourceKind, id: &str, place: u32) -> Self {
        Self {
            id: id.to_owned(),
            name: String::new(),
            kind,
            place,
            label: String::new(),
            listed: false,
            email: String::new(),
            status: Status::Unknown,
            state: String::new(),
            user_type: String::new(),
            sort: match kind {
                ResourceKind::Project => Sort::Project,
                ResourceKind::User => Sort::Unknown,
                _ => Sort::Group,
            },
            signed_in: SignIn::Unknown,
            tokens: Tokens::default(),
            members_read: false,
        }
    }

    /// 1Password's word for the state; a user's status where the file has no such word.
    pub(super) fn status_text(&self) -> String {
        match (self.state.as_str(), self.status) {
            ("", Status::Unknown) => String::new(),
            ("", status) => status.word().to_owned(),
            (state, _) => plain(&state.to_lowercase().replace('_', " ")).into(),
        }
    }

    /// The name as shown; whoever is not listed in the file is marked.
    pub(super) fn display_name(&self) -> String {
        display_name(&self.label, self.listed)
    }

    /// The address behind a name, unless that has it already.
    pub(super) fn address(&self) -> String {
        match self.email.is_empty() || self.label.contains(&self.email) {
            true => String::new(),
            false => format!(" <{}>", plain(&self.email)),
        }
    }
}

fn display_name(label: &str, listed: bool) -> String {
    match listed {
        true => label.to_owned(),
        false => format!("{label} (not listed)"),
    }
}

/// A vault. In JSON, where something else names it: its id and name.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Vault {
    pub(super) id: String,
    /// Unchanged; may be empty.
    pub(super) name: String,
    /// Its place in [`super::Snapshot::vaults`].
    #[serde(skip)]
    pub(super) place: u32,
    /// Its name as shown, as [`Principal::label`].
    #[serde(skip)]
    pub(super) label: String,
    /// False when the file grants on it without listing it.
    #[serde(skip)]
    pub(super) listed: bool,
    /// Permissions that it offers in the file: others may be held without anybody knowing.
    #[serde(skip)]
    pub(super) offered: Set,
    #[serde(skip)]
    pub(super) content: Content,
    /// What the sync read of who reaches it.
    #[serde(skip)]
    pub(super) read: Read,
}

impl Vault {
    /// One that is known from grants alone.
    pub(super) fn unlisted(id: &str, place: u32) -> Self {
        Self {
            id: id.to_owned(),
            name: String::new(),
            place,
            label: String::new(),
            listed: false,
            offered: Set::default(),
            content: Content::default(),
            read: Read::default(),
        }
    }

    /// The name as shown, as [`Principal::display_name`].
    pub(super) fn display_name(&self) -> String {
        display_name(&self.label, self.listed)
    }

    /// How many items are in it.
    pub(super) fn items(&self) -> String {
        let items = self.content.items;
        items.map_or("?".to_owned(), |items| items.to_string())
    }
}

/// What is in a vault, as far as the file says; times as 1Password printed them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Content {
    pub(super) items: Option<u64>,
    /// The last change.
    pub(super) updated_at: Option<String>,
    pub(super) created_at: Option<String>,
    /// 1Password's word for the sort of vault, such as `USER_CREATED`.
    pub(super) kind: Option<String>,
}

impl Content {
    /// When the vault was last changed, if that can be read.
    pub(super) fn changed(&self) -> Option<Timestamp> {
        self.updated_at.as_deref()?.parse().ok()
    }
}

/// What a sync read of one vault.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Read {
    /// Who is on it: users and groups.
    pub(super) holders: bool,
    /// All users who reach it, through groups too.
    pub(super) users: bool,
    /// All projects that reach it.
    pub(super) projects: bool,
    /// Of what it is known who can do it, among those who are known to reach the vault.
    pub(super) can: Abilities,
    /// The permissions of which it is not known who holds them.
    pub(super) unread: Set,
    /// Projects alone reach it, so that it may be a vault that the sync could not list.
    pub(super) hidden: bool,
}

/// How access comes to a principal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Path {
    /// Given to the principal itself.
    Direct,
    /// Through a group: its place in [`super::Snapshot::principals`].
    Group(u32),
    /// Through an entitlement that is no group's membership: its place in
    /// [`super::Snapshot::others`].
    Other(u32),
}

/// A path in words and ids.
#[derive(Clone, Copy, Debug)]
pub(super) struct PathParts<'s> {
    /// `direct`, `group` or `other`; `project` for what a project reaches with its own tokens.
    pub(super) kind: &'static str,
    pub(super) group: Option<&'s Principal>,
    /// The id of the group or entitlement; else empty.
    pub(super) id: &'s str,
}

impl<'s> PathParts<'s> {
    /// Looks a path to a principal of this kind up in the lists that the places point to.
    pub(super) fn new(
        path: Path,
        kind: ResourceKind,
        group: impl Fn(u32) -> &'s Principal,
        others: &'s IndexSet<String>,
    ) -> Self {
        let (kind, group, id) = match path {
            Path::Direct if kind == ResourceKind::Project => ("project", None, ""),
            Path::Direct => ("direct", None, ""),
            Path::Group(place) => ("group", Some(group(place)), &*group(place).id),
            Path::Other(place) => ("other", None, &*others[place as usize]),
        };
        Self { kind, group, id }
    }

    pub(super) fn label(&self) -> String {
        match (self.group, self.kind) {
            (Some(group), _) => format!("group {}", group.label),
            (None, "other") => format!("through {}", plain(self.id)),
            (None, word) => word.to_owned(),
        }
    }
}

/// What a principal holds on a vault by one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Access {
    /// Place in [`super::Snapshot::principals`].
    pub(super) principal: u32,
    /// Place in [`super::Snapshot::vaults`].
    pub(super) vault: u32,
    pub(super) path: Path,
    pub(super) held: Set,
}

/// All paths from one principal to one vault; never empty.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair<'s> {
    pub(super) who: &'s Principal,
    pub(super) vault: &'s Vault,
    /// One entry a path, direct first, then the groups by name.
    pub(super) paths: &'s [Access],
}

impl Pair<'_> {
    /// What all paths give together.
    pub(super) fn held(&self) -> Set {
        self.paths.iter().map(|access| access.held).collect()
    }
}
