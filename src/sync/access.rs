//! Access: the members of each group, and the users and groups of each vault. Listings are prepared
//! ahead of the writer, but in its order, so that the result does not depend on who answers first.

use std::collections::VecDeque;

use tokio_util::task::JoinQueue;

use crate::baton::ids::{ResourceId, ResourceKind};
use crate::connector::gaps::Gap;
use crate::op::types::{Group, Listing, User};
use crate::op::{self, Client};

use super::directory::Directory;
use super::error::Error;
use super::plan::{AllowUnread, Plan};

/// Something whose access is read, by its place in the directory's list.
#[derive(Clone, Copy, Debug)]
pub(super) enum Item {
    Group(usize),
    Vault(usize),
}

impl Item {
    /// What it is, and its name.
    pub(super) fn named(self, directory: &Directory) -> (ResourceId, &str) {
        let (kind, id, name) = match self {
            Self::Group(i) => {
                let group = &directory.groups[i];
                (ResourceKind::Group, &group.id, &group.name)
            }
            Self::Vault(i) => {
                let vault = &directory.vaults[i];
                (ResourceKind::Vault, &vault.id, &vault.name)
            }
        };
        (ResourceId::new(kind, id), name)
    }
}

/// Who is in a group or reaches a vault. What is not asked for is `None`.
#[derive(Debug, Default)]
pub(super) struct Access {
    /// A group's members, or a vault's users.
    pub(super) users: Option<Listing<User>>,
    /// A vault's groups.
    pub(super) groups: Option<Listing<Group>>,
    /// The listings that were refused, where that may be.
    pub(super) unread: Vec<(Gap, op::Error)>,
    /// What `op` said, when it was removed after it was listed. Nothing else is known then.
    pub(super) removed: Option<op::Error>,
}

/// The listings that a plan needs, some of them under way.
pub(super) struct AccessReader<'a> {
    client: &'a Client,
    plan: &'a Plan,
    waiting: Items,
    under_way: JoinQueue<Result<(Item, Access), Error>>,
}

impl<'a> AccessReader<'a> {
    pub(super) fn new(client: &'a Client, plan: &'a Plan, waiting: Items) -> Self {
        Self {
            client,
            plan,
            waiting,
            under_way: JoinQueue::new(),
        }
    }

    /// The next item in order, with its listings. One that fails is an error: a vault or group that
    /// could not be read is never written as one that nobody reaches.
    pub(super) async fn next(&mut self) -> Result<Option<(Item, Access)>, Error> {
        // Twice the workers keep every one of them busy while the oldest item is still running.
        while self.under_way.len() < 2 * self.plan.workers.max(1)
            && let Some((item, gaps)) = self.waiting.pop_front()
        {
            let (client, allowed) = (self.client.clone(), self.plan.allow_unread);
            self.under_way.spawn(read(client, allowed, item, gaps));
        }
        let next = self.under_way.join_next().await.transpose();
        next.map_err(|error| Error::Internal(error.to_string()))?
            .transpose()
    }
}

/// What is read, with its listings: groups first, since vaults are joined with their members.
type Items = VecDeque<(Item, Vec<Gap>)>;

pub(super) fn items(plan: &Plan, directory: &Directory) -> Items {
    let groups = (0..directory.groups.len()).map(Item::Group);
    let all = groups.chain((0..directory.vaults.len()).map(Item::Vault));
    all.map(|item| (item, gaps(plan, directory, item)))
        .collect()
}

/// The listings of an item that the plan needs: what is not known when it is hidden.
pub(super) fn gaps(plan: &Plan, directory: &Directory, item: Item) -> Vec<Gap> {
    let users = plan.grants_to(ResourceKind::User);
    let groups = plan.grants_to(ResourceKind::Group);
    match item {
        Item::Group(i) if users => vec![Gap::Members(directory.groups[i].id.clone())],
        Item::Vault(i) if !plan.limit_matches_nothing(&directory.account.kind) => {
            let id = &directory.vaults[i].id;
            let users = users.then(|| Gap::VaultUsers(id.clone()));
            let groups = groups.then(|| Gap::VaultGroups(id.clone()));
            users.into_iter().chain(groups).collect()
        }
        Item::Group(_) | Item::Vault(_) => Vec::new(),
    }
}

/// One listing after the other, so that of a vault that is gone no more is asked.
async fn read(
    client: Client,
    allowed: AllowUnread,
    item: Item,
    gaps: Vec<Gap>,
) -> Result<(Item, Access), Error> {
    let noun = match item {
        Item::Group(_) => "group",
        Item::Vault(_) => "vault",
    };
    let mut access = Access::default();
    for gap in gaps {
        let read = match &gap {
            Gap::Members(id) => set(&mut access.users, client.group_user_list(id).await),
            Gap::VaultUsers(id) => set(&mut access.users, client.vault_user_list(id).await),
            Gap::VaultGroups(id) => set(&mut access.groups, client.vault_group_list(id).await),
            Gap::Projects | Gap::ManagedVaults => Ok(()),
        };
        match read {
            Ok(()) => {}
            // It was listed moments ago, so it was deleted meanwhile, or is hidden.
            Err(error) if error.is_of_missing(noun) => {
                access.removed = Some(error);
                break;
            }
            Err(error) if allowed.covers(&gap, &error) => access.unread.push((gap, error)),
            Err(error) => return Err(of_listing(error)),
        }
    }
    Ok((item, access))
}

fn set<T>(place: &mut Option<T>, read: Result<T, op::Error>) -> Result<(), op::Error> {
    *place = Some(read?);
    Ok(())
}

/// A refusal, which may be marked as unread, or trouble that may pass.
pub(super) fn of_listing(error: op::Error) -> Error {
    match error.is_known_refusal() {
        true => Error::Refused(error),
        false => Error::Op(error),
    }
}
