//! Options → what a sync fetches and writes.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use crate::baton::ids::{ResourceId, ResourceKind};
use crate::c1z::SyncType;
use crate::connector::gaps::Gap;
use crate::connector::permission::{MEMBER, Vocabulary, permission_id};
use crate::op;

/// What one sync covers (`src/sync/mapping.md`, Options). The default is everything.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Resource types to write, beside the account, which all others need; empty = all.
    pub types: BTreeSet<ResourceKind>,
    /// Permission ids (and `member`) that vault entitlements are limited to; empty = all.
    pub limit: BTreeSet<String>,
    /// Resources only.
    pub skip_entitlements_and_grants: bool,
    /// Resources and entitlements only (C1 tasks).
    pub skip_grants: bool,
    /// Leave inherited grants to the reader (C1 tasks).
    pub skip_expand_grants: bool,
    /// Whether to ask for last sign-ins; `None`: not as a service account, whose limits count each.
    pub last_sign_in: Option<bool>,
    /// Which listings that `op` refuses are marked as unread instead of ending the sync. None for
    /// an upload: C1 takes a full sync for all there is, and would delete what is not in it.
    pub allow_unread: AllowUnread,
    /// Only these resources; empty = all.
    pub targets: Vec<ResourceId>,
    /// How many listings are prepared ahead of the writer, at least one.
    pub workers: usize,
    /// Where answers of an interrupted sync are kept, and for how long; `None` keeps none.
    pub resume: Option<Resume>,
}

/// The listings that may be refused: none, who is in a group, which 1Password does not promise to
/// service accounts (`src/op/op-cli.md`, Service accounts), or that and who is on a vault.
#[allow(missing_docs)] // The sentence above has them in order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum AllowUnread {
    #[default]
    Nothing,
    Members,
    Everything,
}

impl AllowUnread {
    /// Whether a listing that failed so is marked as unread: a known no, not trouble that may pass.
    pub(super) fn covers(self, gap: &Gap, error: &op::Error) -> bool {
        let needed = match gap {
            Gap::Members(_) => Self::Members,
            _ => Self::Everything,
        };
        self >= needed && error.is_known_refusal()
    }
}

/// Going on after an interruption.
#[derive(Clone, Debug)]
pub struct Resume {
    /// A folder of the user's own for journals.
    pub folder: PathBuf,
    /// How old an answer may be.
    pub window: Duration,
}

impl Plan {
    /// The resource types, sorted.
    pub fn types(&self) -> impl Iterator<Item = ResourceKind> {
        ResourceKind::ALL.into_iter().filter(|kind| self.has(*kind))
    }

    /// Whether this type is written.
    pub fn has(&self, kind: ResourceKind) -> bool {
        kind == ResourceKind::Account || self.types.is_empty() || self.types.contains(&kind)
    }

    /// Whether the listing of this kind is read: it is written, and no target says otherwise. The
    /// account as a target needs its members, a vault the projects that reach it.
    pub fn reads(&self, kind: ResourceKind) -> bool {
        use ResourceKind::{Account, Project, User, Vault};
        let needed = |target: &ResourceId| {
            target.kind == kind
                || (kind == User && target.kind == Account)
                || (kind == Project && target.kind == Vault && self.grants_to(Project))
        };
        self.has(kind) && (self.targets.is_empty() || self.targets.iter().any(needed))
    }

    /// Whether grants to principals of this kind are written.
    pub fn grants_to(&self, kind: ResourceKind) -> bool {
        self.has(kind) && !self.skip_entitlements_and_grants && !self.skip_grants
    }

    /// Whether inherited grants are written too. Members can inherit only when they and their
    /// groups are in the file; partial syncs are never expanded (`src/sync/mapping.md`, Options).
    pub fn expands(&self) -> bool {
        self.grants_to(ResourceKind::User)
            && self.grants_to(ResourceKind::Group)
            && !self.skip_expand_grants
            && self.targets.is_empty()
    }

    /// Whether inherited access is in it, as far as its types go (`src/c1z/format.md`, Database).
    pub fn is_expanded(&self) -> bool {
        self.sync_type() == SyncType::Full && !self.skip_grants && !self.skip_expand_grants
    }

    /// Whether the limit lets this slug through.
    pub fn allows(&self, slug: &str) -> bool {
        self.limit.is_empty() || self.limit.contains(&permission_id(slug))
    }

    /// Whether the limit leaves nothing of the vaults of an account of this type.
    pub fn limit_matches_nothing(&self, account_type: &str) -> bool {
        let possible = Vocabulary::possible(account_type).iter();
        let mut ids = possible.flat_map(|vocabulary| vocabulary.ids());
        !self.allows(MEMBER) && !ids.any(|id| self.allows(id))
    }

    /// Everything that changes what is asked or written, in words.
    pub(super) fn scope(&self) -> String {
        let same = Self {
            last_sign_in: None,
            allow_unread: AllowUnread::Nothing,
            workers: 0,
            resume: None,
            ..self.clone()
        };
        format!("{same:?}")
    }

    /// The type that the finished sync has in the file (`src/c1z/format.md`, Syncs).
    pub fn sync_type(&self) -> SyncType {
        if !self.targets.is_empty() {
            SyncType::Partial
        } else if self.skip_entitlements_and_grants {
            SyncType::ResourcesOnly
        } else {
            SyncType::Full
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::op::types::UNKNOWN;

    /// `src/sync/mapping.md`, Options: the account is never left out, unknown names are refused.
    #[test]
    fn types_bring_their_parent() {
        let plan = Plan {
            types: ["user"].iter().flat_map(|name| name.parse()).collect(),
            ..Plan::default()
        };
        assert!(plan.has(ResourceKind::Account) && plan.has(ResourceKind::User));
        assert!(!plan.has(ResourceKind::Vault) && !plan.expands());
        let bogus = "bogus".parse::<ResourceKind>();
        assert!(bogus.is_err_and(|error| error.contains("'bogus'")));
    }

    #[test]
    fn limits_are_permission_ids() {
        let plan = Plan {
            limit: ["view_items".to_owned()].into(),
            ..Plan::default()
        };
        assert!(plan.allows("view items") && !plan.allows("member") && !plan.allows("edit items"));
        assert!(!plan.limit_matches_nothing("BUSINESS"));
        assert!(plan.limit_matches_nothing("TEAM"));
        assert!(!plan.limit_matches_nothing(UNKNOWN));
        assert!(Plan::default().allows("anything"));
    }
}
