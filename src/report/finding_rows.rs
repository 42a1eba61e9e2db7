//! The rows of what stands out.

use jiff::Timestamp;

use super::count::{Count, Listed};

/// Numbers about the whole account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Users, suspended ones included.
    pub users: Count,
    /// Users that are suspended.
    pub suspended: Count,
    /// Users that are guests.
    pub guests: Count,
    /// Users that are service accounts.
    pub service_accounts: Count,
    /// Groups.
    pub groups: Count,
    /// Vaults.
    pub vaults: Count,
    /// Projects.
    pub projects: Count,
    /// User and vault with access between them.
    pub user_vault_pairs: Count,
    /// Project and vault with access between them.
    pub project_vault_pairs: Count,
    /// Those user-vault pairs in which some permission comes by more than one path.
    pub several_paths: Count,
}

/// On how many vaults a user or project holds rights that can leak or give away what is in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Risk {
    /// Place of the user or project.
    pub principal: u32,
    /// Vaults it reaches.
    pub vaults: Count,
    /// Vaults it manages.
    pub manages: Count,
    /// Those of them that it does not read: it could give itself the right to.
    pub manages_only: Count,
    /// Vaults it can export.
    pub exports: Count,
    /// Vaults it can share items from.
    pub shares: Count,
}

impl Risk {
    /// Whether there is any such right.
    pub fn any(&self) -> bool {
        let rights = [self.manages, self.exports, self.shares];
        rights.iter().any(|right| right.seen() > 0)
    }
}

/// A group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupRow {
    /// Its place.
    pub group: u32,
    /// Places of its members.
    pub members: Listed<u32>,
    /// Places of its managers.
    pub managers: Listed<u32>,
    /// How many vaults it opens to its members.
    pub vaults: Count,
}

/// How far a vault is open to people. Projects are counted apart, since files seldom tell whether
/// all of them are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// No user has any access.
    NoUser,
    /// Only suspended users have access.
    SuspendedOnly,
    /// Some users have access, but none reads what is in it.
    NoUserReads,
    /// Some users have access.
    Some,
    /// Every active member has access.
    Everybody,
}

/// A vault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VaultRow {
    /// Its place.
    pub vault: u32,
    /// Users with access, suspended ones included.
    pub users: Count,
    /// Users that read it.
    pub readers: Count,
    /// Users that manage it.
    pub managers: Count,
    /// Projects with access.
    pub projects: Count,
    /// How far it is open; None when the sync did not read enough to say.
    pub reach: Option<Reach>,
}

/// When a project's earliest token ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// In so many whole days from now; below 0 it has ended.
    Days(i64),
    /// No token ends.
    Never,
    /// The file has a time that cannot be read.
    Unreadable,
}

/// A project's tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRow {
    /// Its place.
    pub project: u32,
    /// When the earliest ends.
    pub expiry: Expiry,
    /// Vaults it reaches.
    pub vaults: Count,
}

impl TokenRow {
    /// Whether a token ends within 30 days or has ended.
    pub fn is_urgent(&self) -> bool {
        matches!(self.expiry, Expiry::Days(days) if days < 30)
    }
}

/// A vault that nobody has changed for long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unchanged {
    /// Its place.
    pub vault: u32,
    /// Whole days since the last change.
    pub days: i64,
}

/// Whole days from one time to another.
pub(super) fn days(from: Timestamp, to: Timestamp) -> i64 {
    const DAY: i64 = 24 * 60 * 60;
    (to.as_second() - from.as_second()).div_euclid(DAY)
}
