//! Who and what a sync knows of: principals, vaults, and the paths between them.

use jiff::Timestamp;

use crate::baton::ids::ResourceKind;

use super::permissions::Set;

/// Whether a user may sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Yes.
    Active,
    /// No, for now; what was granted is still there when the suspension ends.
    Suspended,
    /// The file does not say: invited, being set up, or a state of its own.
    Unknown,
}

impl Status {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Unknown => "unknown",
        }
    }
}

/// When a person last signed in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SignIn {
    /// The file does not say.
    #[default]
    Unknown,
    /// Not yet.
    Never,
    /// Then.
    At(Timestamp),
}

/// What sort of holder a principal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// A person of the account; so is whoever the file calls by a word that is not known here.
    Member,
    /// A person from outside, who is given single vaults.
    Guest,
    /// A machine that signs in as a user.
    ServiceAccount,
    /// A machine behind a Connect server.
    Project,
    /// A group.
    Group,
    /// A user of whom the file does not say.
    Unknown,
}

impl Sort {
    /// The word for it, as programs read it.
    pub fn word(self) -> &'static str {
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
    pub fn text(self) -> &'static str {
        match self {
            Self::ServiceAccount => "service account",
            sort => sort.word(),
        }
    }

    /// Whether no person is behind it.
    pub fn is_machine(self) -> bool {
        matches!(self, Self::ServiceAccount | Self::Project)
    }
}

/// The tokens of a project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tokens {
    /// How many work; None when the file does not say.
    pub active: Option<u64>,
    /// The earliest expiry among them, as the file has it; empty when none expires.
    pub expires_at: String,
}

/// A user, group or project.
#[derive(Clone, Debug)]
pub struct Principal {
    /// Which of the three.
    pub kind: ResourceKind,
    /// 1Password's id.
    pub id: String,
    /// Its name, unchanged; may be empty.
    pub name: String,
    /// Its name as shown: safe, never empty, with the id when another one has the same name.
    pub label: String,
    /// False when the file grants to it without listing it.
    pub listed: bool,
    /// A user's e-mail address; else empty.
    pub email: String,
    /// A user's status; else unknown.
    pub status: Status,
    /// 1Password's own word for the state; empty when the file does not say.
    pub state: String,
    /// A user's type (`MEMBER`, `GUEST`, `SERVICE_ACCOUNT`); empty when the file does not say.
    pub user_type: String,
    /// What sort of holder it is.
    pub sort: Sort,
    /// A user's last sign-in; else unknown.
    pub signed_in: SignIn,
    /// A project's tokens.
    pub tokens: Tokens,
    /// Whether the file has a group's entitlements: without them its members were not read.
    pub members_read: bool,
}

impl Principal {
    /// 1Password's word for the state; a user's status where the file has no such word.
    pub fn status_text(&self) -> String {
        match (self.state.as_str(), self.status) {
            ("", Status::Unknown) => String::new(),
            ("", status) => status.word().to_owned(),
            (state, _) => crate::text::plain(&state.to_lowercase().replace('_', " ")).into(),
        }
    }
}

/// A vault.
#[derive(Clone, Debug)]
pub struct Vault {
    /// 1Password's id.
    pub id: String,
    /// Its name, unchanged; may be empty.
    pub name: String,
    /// Its name as shown, as [`Principal::label`].
    pub label: String,
    /// False when the file grants on it without listing it.
    pub listed: bool,
    /// Permissions that it offers in the file: others may be held without anybody knowing.
    pub offered: Set,
    /// What the file says of its content.
    pub content: Content,
}

/// What is in a vault, as far as the file says; times as 1Password printed them, empty when unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Content {
    /// How many items.
    pub items: Option<u64>,
    /// The last change.
    pub updated_at: String,
    /// When the vault was made.
    pub created_at: String,
    /// 1Password's word for the sort of vault, such as `USER_CREATED`.
    pub kind: String,
}

/// How access comes to a principal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Path {
    /// Given to the principal itself.
    Direct,
    /// Through a group: its place in [`super::Snapshot::principals`].
    Group(u32),
    /// Through an entitlement that is no group's membership: its place in [`super::Snapshot::others`].
    Other(u32),
}

/// A path, told to people and programs.
#[derive(Clone, Copy, Debug)]
pub struct PathParts<'s> {
    /// `direct`, `group` or `other`; `project` for what a project reaches with its own tokens.
    pub kind: &'static str,
    /// The group, when there is one.
    pub group: Option<&'s Principal>,
    /// The id of the group or entitlement; else empty.
    pub id: &'s str,
}

impl<'s> PathParts<'s> {
    /// Looks the path of the principal at `own` up in the lists that the places point to.
    pub fn new(path: &Path, own: u32, principals: &'s [Principal], others: &'s [String]) -> Self {
        let (kind, group, id) = match path {
            Path::Direct if principals[own as usize].kind == ResourceKind::Project => {
                ("project", None, "")
            }
            Path::Direct => ("direct", None, ""),
            Path::Group(group) => {
                let group = &principals[*group as usize];
                ("group", Some(group), group.id.as_str())
            }
            Path::Other(other) => ("other", None, others[*other as usize].as_str()),
        };
        Self { kind, group, id }
    }

    /// As shown.
    pub fn label(&self) -> String {
        match (self.group, self.kind) {
            (Some(group), _) => format!("group {}", group.label),
            (None, "other") => format!("through {}", crate::text::plain(self.id)),
            (None, word) => word.to_owned(),
        }
    }
}

/// What a principal holds on a vault by one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// Place in [`super::Snapshot::principals`].
    pub principal: u32,
    /// Place in [`super::Snapshot::vaults`].
    pub vault: u32,
    /// How it comes to the principal.
    pub path: Path,
    /// The permissions.
    pub held: Set,
}

/// All paths from one principal to one vault; never empty.
#[derive(Clone, Copy, Debug)]
pub struct Pair<'s> {
    /// Place in [`super::Snapshot::principals`].
    pub principal: u32,
    /// Place in [`super::Snapshot::vaults`].
    pub vault: u32,
    /// One entry a path, direct first, then the groups by name.
    pub paths: &'s [Access],
}

impl Pair<'_> {
    /// What all paths give together.
    pub fn held(&self) -> Set {
        let each = self.paths.iter();
        each.fold(Set::default(), |all, access| all.with(access.held))
    }
}
