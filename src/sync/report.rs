//! What a sync has to tell: counts, warnings, and where the file is.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::c1z::Written;
use crate::notice::{Level, Notice};
use crate::text::start;

/// Most bytes of an example: enough for an error of `op`, and no name can flood a screen.
const LONGEST_EXAMPLE: usize = 1000;

/// Something a reviewer should know although the sync went on. Each kind has one code, so that
/// repeated findings are counted and shown once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Warning {
    /// The limit names no permission that this account type has.
    LimitMatchesNothing,
    /// Vaults that are managed but cannot be read may be missing.
    ManagedVaultsUnlisted,
    /// A vault of the listing was gone when its access was read.
    VaultRemoved,
    /// A group of the listing was gone when its members were read.
    GroupRemoved,
    /// A listing that was refused, and left out: `--allow-unread` asks for it, or a service account did.
    ListingRefused,
    /// A group that vaults name is in no listing and its members cannot be read.
    GroupUnreadable,
    /// A group that vaults name is not in `group list`.
    GroupUnlisted,
    /// Users with access who are not in `user list`.
    UserUnlisted,
    /// Permissions outside the account type's table.
    UnknownPermission,
    /// Rows without an id, or `null`, were left out.
    RowSkipped,
    /// The same row came twice; the later one counts.
    RowRepeated,
    /// A name or description was cut to the wire's limit.
    TextCut,
    /// Grants are missing because a resource type was left out.
    TypeLeftOut,
    /// Projects could not be read.
    ProjectsUnreadable,
    /// A Connect token names a vault that no listing has.
    ProjectVaultUnlisted,
    /// A Connect token's server is in no listing.
    TokenWithoutServer,
    /// A Connect server or token is in a state that this version does not know.
    UnknownState,
    /// A Connect token expires within 30 days.
    TokenExpiring,
    /// The `op` in use is old or does not tell its version.
    OpVersion,
    /// Resources alone were written into a file that holds a full sync.
    FullSyncHidden,
    /// Answers of an interrupted run were used again.
    Resumed,
    /// `op` told only the id and address of the account.
    AccountUntold,
    /// People of whom `op` did not say when they last signed in.
    SignInUnknown,
    /// Rows of a vault that do not say what their principal holds.
    PermissionsUnread,
    /// Members of a group or vault that `op` answered `null` for.
    MembersUnread,
    /// Members of a group whose role `op` did not say.
    RoleUntold,
}

impl Warning {
    /// A stable code for scripts.
    pub fn code(self) -> &'static str {
        match self {
            Self::LimitMatchesNothing => "limit-matches-nothing",
            Self::ManagedVaultsUnlisted => "managed-vaults-unlisted",
            Self::VaultRemoved => "vault-removed",
            Self::GroupRemoved => "group-removed",
            Self::ListingRefused => "listing-refused",
            Self::GroupUnreadable => "group-unreadable",
            Self::GroupUnlisted => "group-unlisted",
            Self::UserUnlisted => "user-unlisted",
            Self::UnknownPermission => "unknown-permission",
            Self::RowSkipped => "row-skipped",
            Self::RowRepeated => "row-repeated",
            Self::TextCut => "name-cut",
            Self::TypeLeftOut => "type-left-out",
            Self::ProjectsUnreadable => "projects-unreadable",
            Self::ProjectVaultUnlisted => "project-vault-unlisted",
            Self::TokenWithoutServer => "token-without-server",
            Self::UnknownState => "unknown-state",
            Self::TokenExpiring => "token-expiring",
            Self::OpVersion => "op-version",
            Self::FullSyncHidden => "full-sync-hidden",
            Self::Resumed => "resumed",
            Self::AccountUntold => "account-type-unknown",
            Self::SignInUnknown => "last-sign-in-unknown",
            Self::PermissionsUnread => "permissions-unread",
            Self::MembersUnread => "members-unread",
            Self::RoleUntold => "roles-unread",
        }
    }

    /// How many different examples of it are kept: all that may be, where the list itself is what
    /// the reader needs (`src/sync/mapping.md`, Odd permissions).
    pub fn most_examples(self) -> usize {
        match self {
            Self::UnknownPermission
            | Self::TokenExpiring
            | Self::TokenWithoutServer
            | Self::ProjectVaultUnlisted
            | Self::VaultRemoved
            | Self::GroupRemoved
            | Self::ListingRefused => 50,
            _ => 5,
        }
    }

    /// Whether it says that something was not read, so that the result may lack what is there.
    fn is_gap(self) -> bool {
        matches!(
            self,
            Self::ManagedVaultsUnlisted
                | Self::GroupUnreadable
                | Self::ListingRefused
                | Self::MembersUnread
                | Self::PermissionsUnread
                | Self::ProjectsUnreadable
                | Self::ProjectVaultUnlisted
                | Self::RoleUntold
                | Self::SignInUnknown
                | Self::TokenWithoutServer
        )
    }

    /// The sentence that stands before the examples.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::LimitMatchesNothing => {
                "--limit-vault-permissions names nothing that this account type has, so vaults \
                 have no entitlements"
            }
            Self::ManagedVaultsUnlisted => {
                "vaults that you manage but cannot read may be missing, since op refused to list them"
            }
            Self::VaultRemoved => "vaults removed while the sync ran, left out",
            Self::GroupRemoved => "groups removed while the sync ran, left out",
            Self::ListingRefused => "refused by op and marked as unread",
            Self::GroupUnreadable => "members of a group could not be read",
            Self::GroupUnlisted => "groups with access that `group list` does not show, added",
            Self::UserUnlisted => "users with access that `user list` does not show, added",
            Self::UnknownPermission => "permissions this version does not know, kept by name",
            Self::RowSkipped => "rows without an id, left out",
            Self::RowRepeated => "listed more than once",
            Self::TextCut => "names and descriptions cut to what the file may hold",
            Self::TypeLeftOut => "access missing because of --sync-resource-types",
            Self::ProjectsUnreadable => {
                "projects (Connect servers and their tokens) could not be read and are not in \
                 this file"
            }
            Self::ProjectVaultUnlisted => {
                "Connect tokens reach vaults that no listing shows; who else does is not known"
            }
            Self::TokenWithoutServer => "Connect tokens whose server is not listed, left out",
            Self::UnknownState => {
                "Connect servers or tokens in a state that is neither active nor revoked, shown \
                 as access"
            }
            Self::TokenExpiring => "Connect tokens that expire within 30 days",
            Self::OpVersion => "1Password CLI",
            Self::FullSyncHidden => {
                "readers show the newest sync of a file, so the full one in it is hidden by these \
                 resources until the next full sync"
            }
            Self::Resumed => {
                "went on where an interrupted run stopped (--no-resume asks for everything anew)"
            }
            Self::PermissionsUnread => {
                "op does not say what these hold on a vault (it does not to service accounts); it is unknown, not none"
            }
            Self::MembersUnread => {
                "op answered null for the members of these; who they are is unknown, not nobody"
            }
            Self::RoleUntold => {
                "op does not say who manages these groups; it is unknown, not nobody"
            }
            Self::AccountUntold => {
                "op refuses `account get`, so the account goes by its address, and which permissions its vaults can \
                 give is read from those in use only"
            }
            Self::SignInUnknown => {
                "people whose last sign-in could not be read; it is unknown, not long ago"
            }
        }
    }
}

/// How often a warning came up, and the first few examples.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finding {
    /// All occurrences.
    pub count: usize,
    /// The first of them, each once; see [`Warning::most_examples`].
    pub examples: Vec<String>,
}

/// Warnings grouped by kind, and what others found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Warnings {
    own: BTreeMap<Warning, Finding>,
    /// What the file has to tell.
    others: Vec<Notice>,
}

impl Warnings {
    /// Notes one occurrence; an example that is already there is counted only.
    pub fn add(&mut self, warning: Warning, example: impl Into<String>) {
        let finding = self.own.entry(warning).or_default();
        finding.count += 1;
        let example = start(&example.into(), LONGEST_EXAMPLE).into_owned();
        if finding.examples.len() < warning.most_examples() && !finding.examples.contains(&example)
        {
            finding.examples.push(example);
        }
    }

    /// Notes an occurrence unless the same example was noted before.
    pub fn add_once(&mut self, warning: Warning, example: &str) {
        if !self
            .own
            .get(&warning)
            .is_some_and(|f| f.examples.iter().any(|e| e == example))
        {
            self.add(warning, example);
        }
    }

    /// Adds what others found: no gap of this sync.
    pub(super) fn add_notices(&mut self, notices: &[Notice]) {
        let others = notices.iter().cloned();
        self.others.extend(others.map(|notice| Notice {
            level: Level::Warning,
            ..notice
        }));
    }

    /// Whether one of them says that something was not read.
    pub fn has_gaps(&self) -> bool {
        self.own.keys().any(|warning| warning.is_gap())
    }

    /// The same for people, logs, scripts and C1.
    pub fn notices(&self) -> Vec<Notice> {
        let notice = |(warning, finding): (&Warning, &Finding)| Notice {
            code: warning.code(),
            level: match warning.is_gap() {
                true => Level::Gap,
                false => Level::Warning,
            },
            count: finding.count,
            sentence: warning.sentence().into(),
            examples: finding.examples.clone(),
        };
        let own = self.own.iter().map(notice);
        own.chain(self.others.iter().cloned()).collect()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.own.is_empty() && self.others.is_empty()
    }

    /// The finding of one kind.
    pub fn get(&self, warning: Warning) -> Option<&Finding> {
        self.own.get(&warning)
    }
}

/// Projects in a word for the summary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectSummary {
    /// Connect servers.
    pub projects: usize,
    /// Tokens that work.
    pub active_tokens: usize,
    /// The earliest expiry of a working token, as `op` wrote it.
    pub earliest_expiry: Option<String>,
}

/// What a finished sync was.
#[derive(Debug)]
pub struct Report {
    /// The account's name.
    pub account_name: String,
    /// The account's id.
    pub account_id: String,
    /// The account's type, in 1Password's word.
    pub account_type: String,
    /// Grants that a principal holds itself (also the vault grants of groups and projects).
    pub direct_grants: u64,
    /// Grants that users hold through groups only.
    pub inherited_grants: u64,
    /// Projects, unless they were not asked for or could not be read.
    pub projects: Option<ProjectSummary>,
    /// What came up on the way.
    pub warnings: Warnings,
    /// Calls of `op`, retries included.
    pub op_calls: u64,
    /// From the start of the run to the finished file.
    pub duration: Duration,
    /// The file, its sync and its exact counts.
    pub written: Written,
}
