//! Options → what a sync fetches and writes.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use crate::baton::ids::{ResourceId, ResourceKind};
use crate::c1z::SyncType;
use crate::connector::gaps::Gap;
use crate::connector::permission::{MEMBER, Vocabulary, permission_id};
use crate::op;

/// What one sync covers. The default is everything.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Resource types to write, beside the account, without which no other has a place; empty =
    /// all.
    types: BTreeSet<ResourceKind>,
    /// Permission ids (and `member`) that vault entitlements are limited to; empty = all.
    limit: BTreeSet<String>,
    /// Resources only.
    pub skip_entitlements_and_grants: bool,
    /// Resources and entitlements only (C1 tasks).
    pub skip_grants: bool,
    /// Leave inherited grants to the reader (C1 tasks).
    pub skip_expand_grants: bool,
    /// Whether to ask when each person last signed in; `None`: unless as a service account, whose
    /// limits count every person.
    pub last_sign_in: Option<bool>,
    /// Which listings that `op` refuses are marked as unread instead of ending the sync. None for an
    /// upload: C1 takes a full sync for all there is, and would delete what is not in it.
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

/// Going on after an interruption.
#[derive(Clone, Debug)]
pub struct Resume {
    /// A folder of the user's own for journals.
    pub folder: PathBuf,
    /// How old an answer may be.
    pub window: Duration,
}

impl Plan {
    /// Limits the sync to resource types; an empty list means all, and another name is an error
    /// (`src/sync/mapping.md`, Options).
    pub fn with_types(mut self, names: &[String]) -> Result<Self, String> {
        let types = names.iter().map(|name| name.parse());
        self.types = types.collect::<Result<_, _>>()?;
        Ok(self)
    }

    /// Limits vault entitlements and grants to these permission ids; an empty list means all
    /// (`src/sync/mapping.md`, Options).
    #[must_use]
    pub fn with_limit(mut self, names: &[String]) -> Self {
        self.limit = names.iter().cloned().collect();
        self
    }

    /// Whether a listing that failed so is marked as unread: a no to this one question in known
    /// words, not trouble that may pass.
    pub(super) fn leaves_unread(&self, gap: &Gap, error: &op::Error) -> bool {
        let needed = match gap {
            Gap::Members(_) => AllowUnread::Members,
            _ => AllowUnread::Everything,
        };
        self.allow_unread >= needed && error.is_known_refusal()
    }

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

    /// Whether the sync is whole, inherited access included as far as its types go (`supports_diff`
    /// in `src/c1z/format.md`).
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

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    /// `src/sync/mapping.md`, Options: the account is never left out, unknown names are refused.
    #[test]
    fn types_bring_their_parent() {
        let plan = Plan::default().with_types(&names(&["user"])).map(|plan| {
            assert!(plan.has(ResourceKind::Account) && plan.has(ResourceKind::User));
            assert!(!plan.has(ResourceKind::Vault) && !plan.expands());
        });
        assert!(plan.is_ok());
        let bogus = Plan::default().with_types(&names(&["bogus"]));
        assert!(bogus.is_err_and(|error| error.contains("'bogus'")));
    }

    #[test]
    fn limits_are_permission_ids() {
        let plan = Plan::default().with_limit(&names(&["view_items"]));
        assert!(plan.allows("view items") && !plan.allows("member") && !plan.allows("edit items"));
        assert!(!plan.limit_matches_nothing("BUSINESS"));
        assert!(plan.limit_matches_nothing("TEAM"));
        assert!(!plan.limit_matches_nothing(UNKNOWN));
        assert!(Plan::default().with_limit(&[]).allows("anything"));
    }
}
