//! What a sync has to tell: counts, warnings, and where the file is.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use crate::c1z::Written;
use crate::connector::gaps::{Gap, Gaps};
use crate::notice::{Level, Notice};
use crate::op::Account;
use crate::text::start;

/// Most bytes of an example: enough for an error of `op`, and no name can flood a screen.
const LONGEST_EXAMPLE: usize = 1000;

/// Different examples of a warning that are kept: all that may be, where the list itself is what
/// the reader needs (`src/sync/mapping.md`, Odd permissions).
const FEW: usize = 5;
const MANY: usize = 50;

/// One row a warning: its code, its level, how many examples are kept, and its sentence.
macro_rules! warnings {
    ($($name:ident = $code:literal, $level:ident, $most:ident, $sentence:literal;)*) => {
        /// Something a reviewer should know although the sync went on. Each kind has one code, so
        /// that repeated findings are counted and shown once.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Warning {
            $(#[doc = $sentence] $name,)*
        }

        impl Warning {
            /// Its notice before anything was found, and how many examples that takes.
            pub(super) fn notice(self) -> (Notice, usize) {
                match self {
                    $(Self::$name => {
                        let notice = Notice::warning($code, $sentence);
                        (Notice { level: Level::$level, count: 0, ..notice }, $most)
                    })*
                }
            }
        }
    };
}

warnings! {
    LimitMatchesNothing = "limit-matches-nothing", Warning, FEW,
        "--limit-vault-permissions names nothing that this account type has, so vaults have no \
         entitlements";
    ManagedVaultsUnlisted = "managed-vaults-unlisted", Gap, FEW,
        "vaults that you manage but cannot read may be missing, since op refused to list them";
    VaultRemoved = "vault-removed", Warning, MANY,
        "vaults removed while the sync ran, left out";
    GroupRemoved = "group-removed", Warning, MANY,
        "groups removed while the sync ran, left out";
    // `--allow-unread` asks for it, or a service account did.
    ListingRefused = "listing-refused", Gap, MANY,
        "refused by op and marked as unread";
    GroupUnreadable = "group-unreadable", Gap, FEW,
        "members of a group could not be read";
    GroupUnlisted = "group-unlisted", Warning, FEW,
        "groups with access that `group list` does not show, added";
    UserUnlisted = "user-unlisted", Warning, FEW,
        "users with access that `user list` does not show, added";
    UnknownPermission = "unknown-permission", Warning, MANY,
        "permissions this version does not know, kept by name";
    RowSkipped = "row-skipped", Warning, FEW,
        "rows without an id, left out";
    RowRepeated = "row-repeated", Warning, FEW,
        "listed more than once";
    TextCut = "name-cut", Warning, FEW,
        "names and descriptions cut to what the file may hold";
    TypeLeftOut = "type-left-out", Warning, FEW,
        "access missing because of --sync-resource-types";
    ProjectsUnreadable = "projects-unreadable", Gap, FEW,
        "projects (Connect servers and their tokens) could not be read and are not in this file";
    ProjectVaultUnlisted = "project-vault-unlisted", Gap, MANY,
        "Connect tokens reach vaults that no listing shows; who else does is not known";
    TokenWithoutServer = "token-without-server", Gap, MANY,
        "Connect tokens whose server is not listed, left out";
    UnknownState = "unknown-state", Warning, FEW,
        "Connect servers or tokens in a state that is neither active nor revoked, shown as access";
    TokenExpiring = "token-expiring", Warning, MANY,
        "Connect tokens that expire within 30 days";
    // The `op` in use is old or does not tell its version.
    OpVersion = "op-version", Warning, FEW,
        "1Password CLI";
    Resumed = "resumed", Warning, FEW,
        "went on where an interrupted run stopped (--no-resume asks for everything anew)";
    AccountUntold = "account-type-unknown", Warning, FEW,
        "op refuses `account get`, so the account goes by its address, and which permissions its \
         vaults can give is read from those in use only";
    SignInUnknown = "last-sign-in-unknown", Gap, FEW,
        "people whose last sign-in could not be read; it is unknown, not long ago";
    PermissionsUnread = "permissions-unread", Gap, FEW,
        "op does not say what these hold on a vault (it does not to service accounts); it is \
         unknown, not none";
    MembersUnread = "members-unread", Gap, FEW,
        "op answered null for the members of these; who they are is unknown, not nobody";
    RoleUntold = "roles-unread", Gap, FEW,
        "op does not say who manages these groups; it is unknown, not nobody";
}

/// Warnings grouped by kind, and what others found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Warnings {
    own: BTreeMap<Warning, Notice>,
    /// What the file has to tell.
    others: Vec<Notice>,
    /// What the file remembers as not read.
    pub(super) gaps: Gaps,
}

impl Warnings {
    /// Notes one occurrence; an example that is already there is counted only.
    pub fn add(&mut self, warning: Warning, example: impl Into<String>) {
        self.add_all(warning, example, 1);
    }

    /// Notes so many occurrences, all with the same example; none is nothing to note.
    pub(super) fn add_all(&mut self, warning: Warning, example: impl Into<String>, count: usize) {
        if count == 0 {
            return;
        }
        let (notice, most) = warning.notice();
        let notice = self.own.entry(warning).or_insert(notice);
        notice.count += count;
        let example = start(&example.into(), LONGEST_EXAMPLE).into_owned();
        if notice.examples.len() < most && !notice.examples.contains(&example) {
            notice.examples.push(example);
        }
    }

    /// Notes what was not read, and why, so that the file remembers it.
    pub(super) fn add_gap(
        &mut self,
        warning: Warning,
        gap: Gap,
        why: &str,
        example: impl Into<String>,
    ) {
        self.gaps.add(gap, why);
        self.add(warning, example);
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
        self.own.values().any(|notice| notice.level == Level::Gap)
    }

    /// All of them, for people, logs, scripts and C1.
    pub fn notices(&self) -> Vec<Notice> {
        self.own.values().chain(&self.others).cloned().collect()
    }
}

/// Connect tokens of all projects that work, for the summary and its JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tokens {
    /// How many there are.
    pub active: usize,
    /// The first date on which one of them expires, as `op` wrote it.
    pub earliest_expiry: Option<String>,
}

/// What a finished sync was.
#[derive(Debug)]
pub struct Report {
    /// The account.
    pub account: Account,
    /// Grants that a principal holds itself (also the vault grants of groups and projects).
    pub direct_grants: u64,
    /// Grants that users hold through groups only.
    pub inherited_grants: u64,
    /// Tokens of projects, unless those were not asked for or could not be read.
    pub tokens: Option<Tokens>,
    /// What came up on the way.
    pub warnings: Warnings,
    /// Calls of `op`, retries included.
    pub op_calls: u64,
    /// From the start of the run to the finished file.
    pub duration: Duration,
    /// The file, its sync and its exact counts.
    pub written: Written,
}
