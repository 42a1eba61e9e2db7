//! Who and what a sync knows of: principals, vaults, and the paths between them.

use jiff::Timestamp;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::baton::ids::ResourceKind;
use crate::text::plain;

use super::permissions::{Abilities, Set};

/// What principals are, in the order of reports.
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

/// When a person last signed in; `Unknown` when the file does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SignIn {
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
    /// The word for it; programs read it with `_` for a space.
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Guest => "guest",
            Self::ServiceAccount => "service account",
            Self::Project => "project",
            Self::Group => "group",
            Self::Unknown => "unknown",
        }
    }
}

/// A user, group, project or vault; what the file does not say or other kinds have is empty.
#[derive(Clone, Debug)]
pub(super) struct Resource {
    pub(super) id: String,
    /// Unchanged; may be empty.
    pub(super) name: String,
    pub(super) kind: ResourceKind,
    /// Its place in [`super::Snapshot::principals`] or [`super::Snapshot::vaults`].
    pub(super) place: u32,
    /// Its name as shown: safe, never empty, told apart from others of the same name.
    pub(super) label: String,
    /// False when the file has grants of it without listing it.
    pub(super) listed: bool,
    pub(super) email: String,
    pub(super) status: Status,
    /// 1Password's own word for the state.
    pub(super) state: String,
    /// A user's type (`MEMBER`, `GUEST`, `SERVICE_ACCOUNT`).
    pub(super) user_type: String,
    pub(super) sort: Sort,
    pub(super) signed_in: SignIn,
    /// How many tokens of a project work; None when the file does not say.
    pub(super) active_tokens: Option<u64>,
    /// The earliest expiry among them, as the file has it; None when none expires.
    pub(super) expires_at: Option<String>,
    /// Whether it is known who is in this group and who manages it.
    pub(super) members_read: bool,
    /// Permissions that a vault offers in the file: others may be held without anybody knowing.
    pub(super) offered: Set,
    pub(super) items: Option<u64>,
    /// Their last change, as 1Password printed it.
    pub(super) updated_at: Option<String>,
    pub(super) created_at: Option<String>,
    /// 1Password's word for the sort of vault, such as `USER_CREATED`.
    pub(super) vault_type: Option<String>,
    pub(super) read: Read,
}

/// In JSON, where something else names it: its id, name and type, which of a vault is clear.
impl Serialize for Resource {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &self.id)?;
        map.serialize_entry("name", &self.name)?;
        if self.kind != ResourceKind::Vault {
            map.serialize_entry("type", &self.kind)?;
        }
        map.end()
    }
}

impl Resource {
    /// All that the file says of it, as the lists of the JSON have it.
    pub(super) fn whole<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &self.id)?;
        map.serialize_entry("listed", &self.listed)?;
        map.serialize_entry("name", &self.name)?;
        if self.kind == ResourceKind::Vault {
            map.serialize_entry("created_at", &self.created_at)?;
            map.serialize_entry("items", &self.items)?;
            map.serialize_entry("type", &self.vault_type)?;
            map.serialize_entry("updated_at", &self.updated_at)?;
            return map.end();
        }
        map.serialize_entry("state", &self.state)?;
        if self.kind == ResourceKind::Project {
            map.serialize_entry("active_tokens", &self.active_tokens)?;
            map.serialize_entry("expires_at", &self.expires_at)?;
        }
        if self.kind == ResourceKind::User {
            map.serialize_entry("email", &self.email)?;
            map.serialize_entry("kind", &self.sort)?;
            map.serialize_entry("last_sign_in", &self.signed_in)?;
            map.serialize_entry("status", &self.status)?;
            map.serialize_entry("user_type", &self.user_type)?;
        }
        map.end()
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
        match self.listed {
            true => self.label.clone(),
            false => format!("{} (not listed)", self.label),
        }
    }

    /// The address behind a name, unless that has it already.
    pub(super) fn address(&self) -> String {
        match self.email.is_empty() || self.label.contains(&self.email) {
            true => String::new(),
            false => format!(" <{}>", plain(&self.email)),
        }
    }

    /// The day of a user's last sign-in, `never`, or this where it is unknown; others do not sign in.
    pub(super) fn sign_in(&self, unknown: &str) -> String {
        match (self.kind, self.signed_in) {
            (ResourceKind::User, SignIn::Unknown) => unknown.to_owned(),
            (_, SignIn::Unknown) => String::new(),
            (_, SignIn::Never) => "never".to_owned(),
            (_, SignIn::At(at)) => at.strftime("%F").to_string(),
        }
    }

    pub(super) fn items(&self) -> String {
        self.items.map_or("?".to_owned(), |items| items.to_string())
    }

    /// When a vault was last changed, if that can be read.
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

impl Read {
    /// Whether all was read of who reaches it.
    pub(super) fn is_whole(self) -> bool {
        self.users && self.projects && self.unread.is_empty()
    }
}

/// How access comes to a principal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Path {
    Direct,
    /// Through a group: its place in [`super::Snapshot::principals`].
    Group(u32),
    /// Through another entitlement: its place in [`super::Snapshot::others`].
    Other(u32),
}

/// A path in words and ids.
#[derive(Clone, Copy, Debug)]
pub(super) struct PathParts<'s> {
    /// `direct`, `group` or `other`; `project` for what a project reaches with its own tokens.
    pub(super) kind: &'static str,
    pub(super) group: Option<&'s Resource>,
    /// The id of the group or entitlement; else empty.
    pub(super) id: &'s str,
}

impl<'s> PathParts<'s> {
    /// Looks a path to a principal of this kind up in the lists that the places point to.
    pub(super) fn new(
        path: Path,
        kind: ResourceKind,
        group: impl Fn(u32) -> &'s Resource,
        other: impl Fn(u32) -> &'s str,
    ) -> Self {
        let (kind, group, id) = match path {
            Path::Direct if kind == ResourceKind::Project => ("project", None, ""),
            Path::Direct => ("direct", None, ""),
            Path::Group(place) => ("group", Some(group(place)), &*group(place).id),
            Path::Other(place) => ("other", None, other(place)),
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

/// What a principal holds on a vault by one path, both by their places.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Access {
    pub(super) principal: u32,
    pub(super) vault: u32,
    pub(super) path: Path,
    pub(super) held: Set,
}

/// All paths from one principal to one vault; never empty.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair<'s> {
    pub(super) who: &'s Resource,
    pub(super) vault: &'s Resource,
    /// One entry a path, direct first, then the groups by name.
    pub(super) paths: &'s [Access],
}

impl Pair<'_> {
    pub(super) fn held(&self) -> Set {
        self.paths.iter().map(|access| access.held).collect()
    }
}
