//! Access: the members of each group, and for each vault its users and groups.
//!
//! Every listing is independent. Some are prepared ahead of the writer, in the order in which they
//! will be written, so that the result does not depend on who answers first.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::task::JoinHandle;

use crate::baton::ids::ResourceKind;
use crate::connector::gaps::Gap;
use crate::connector::permission::Vocabulary;
use crate::op::types::{GroupUser, Listing, VaultGroup, VaultUser};
use crate::op::{self, Client};

use super::directory::Directory;
use super::error::Error;
use super::optional::when;
use super::plan::Plan;

/// Something whose access is read, by its place in the directory.
#[derive(Clone, Copy, Debug)]
pub(super) enum Item {
    /// `directory.groups[i]`.
    Group(usize),
    /// `directory.vaults[i]`.
    Vault(usize),
}

/// Who is in a group or reaches a vault.
#[derive(Debug)]
pub(super) enum Access {
    /// A group's members; `None` when they are not asked for.
    Group(Option<Listing<GroupUser>>),
    /// A vault's users and groups; `None` each when not asked for. With `--allow-unread` the
    /// listings that were refused.
    Vault(
        Option<Listing<VaultUser>>,
        Option<Listing<VaultGroup>>,
        Vec<(Gap, op::Error)>,
    ),
    /// A group whose members were refused, where that may be.
    GroupUnread(op::Error),
    /// What was removed after it was listed, in `op`'s words.
    Removed(op::Error),
}

/// The listings that a plan needs, some of them under way.
pub(super) struct AccessReader {
    client: Client,
    plan: Arc<Plan>,
    directory: Arc<Directory>,
    waiting: VecDeque<Item>,
    under_way: VecDeque<(Item, Task<Result<Access, Error>>)>,
}

impl AccessReader {
    /// Groups first, since vaults are joined with their members.
    pub(super) fn new(client: Client, plan: Arc<Plan>, directory: Arc<Directory>) -> Self {
        let groups = (0..directory.groups.len()).map(Item::Group);
        let vaults = (0..directory.vaults.len()).map(Item::Vault);
        let waiting = groups.chain(vaults).collect();
        Self {
            client,
            plan,
            directory,
            waiting,
            under_way: VecDeque::new(),
        }
    }

    /// How many items there are to come.
    pub(super) fn len(&self) -> usize {
        self.waiting.len() + self.under_way.len()
    }

    /// The next item in order, with its listings.
    ///
    /// # Errors
    /// [`Error`] when a listing fails: a vault or group that could not be read is never written as
    /// one that nobody reaches.
    pub(super) async fn next(&mut self) -> Result<Option<(Item, Access)>, Error> {
        // Twice the workers keep every one of them busy while the oldest item is still running.
        while self.under_way.len() < 2 * self.plan.workers {
            let Some(item) = self.waiting.pop_front() else {
                break;
            };
            let (client, plan) = (self.client.clone(), Arc::clone(&self.plan));
            let directory = Arc::clone(&self.directory);
            let task = tokio::spawn(async move { read(&client, &plan, &directory, item).await });
            self.under_way.push_back((item, Task(task)));
        }
        let Some((item, task)) = self.under_way.pop_front() else {
            return Ok(None);
        };
        let access = task
            .await
            .map_err(|error| Error::Internal(error.to_string()))??;
        Ok(Some((item, access)))
    }
}

/// Which listings are asked for: of a group its members, of a vault its users and groups.
struct Needs {
    members: bool,
    users: bool,
    groups: bool,
}

impl Needs {
    fn of(plan: &Plan, directory: &Directory) -> Self {
        let members = plan.grants_to(ResourceKind::User);
        let of_vaults = !plan.limit_matches_nothing(Vocabulary::possible(&directory.account.kind));
        Self {
            members,
            users: of_vaults && members,
            groups: of_vaults && plan.grants_to(ResourceKind::Group),
        }
    }
}

/// What is not known when this item is hidden.
pub(super) fn gaps(plan: &Plan, directory: &Directory, item: Item) -> Vec<Gap> {
    let needs = Needs::of(plan, directory);
    match item {
        Item::Group(i) => vec![Gap::Members(directory.groups[i].id.clone())],
        Item::Vault(i) => {
            let id = &directory.vaults[i].id;
            let users = needs.users.then(|| Gap::VaultUsers(id.clone()));
            let groups = needs.groups.then(|| Gap::VaultGroups(id.clone()));
            users.into_iter().chain(groups).collect()
        }
    }
}

/// How many listings a sync reads, whether `op` is asked or a journal has the answer.
pub(super) fn listings(plan: &Plan, directory: &Directory) -> usize {
    let needs = Needs::of(plan, directory);
    usize::from(needs.members) * directory.groups.len()
        + (usize::from(needs.users) + usize::from(needs.groups)) * directory.vaults.len()
}

async fn read(
    client: &Client,
    plan: &Plan,
    directory: &Directory,
    item: Item,
) -> Result<Access, Error> {
    let needs = Needs::of(plan, directory);
    match item {
        Item::Group(i) => {
            let group = &directory.groups[i].id;
            let gap = Gap::Members(group.clone());
            match when(needs.members, client.group_user_list(group)).await {
                Ok(members) => Ok(Access::Group(members)),
                Err(error) if error.is_of_missing("group") => Ok(Access::Removed(error)),
                Err(error) if plan.leaves_unread(&gap, &error) => Ok(Access::GroupUnread(error)),
                Err(error) => Err(of_listing(error)),
            }
        }
        Item::Vault(i) => {
            let vault = &directory.vaults[i].id;
            match read_vault(client, vault, needs, plan).await {
                Ok(access) => Ok(access),
                // It was listed moments ago, so it was deleted meanwhile, or is hidden.
                Err(error) if error.is_of_missing("vault") => Ok(Access::Removed(error)),
                Err(error) => Err(of_listing(error)),
            }
        }
    }
}

/// A refusal, which may be marked as unread, or trouble that may pass.
pub(super) fn of_listing(error: op::Error) -> Error {
    match error.is_known_refusal() {
        true => Error::Refused(error),
        false => Error::Op(error),
    }
}

/// One after the other: with so many items under way nothing is lost by it, and of a vault that is
/// gone no more is asked.
async fn read_vault(
    client: &Client,
    vault: &str,
    needs: Needs,
    plan: &Plan,
) -> Result<Access, op::Error> {
    let mut unread = Vec::new();
    let users = when(needs.users, client.vault_user_list(vault)).await;
    let users = or_unread(users, plan, Gap::VaultUsers(vault.to_owned()), &mut unread)?;
    let groups = when(needs.groups, client.vault_group_list(vault)).await;
    let groups = or_unread(
        groups,
        plan,
        Gap::VaultGroups(vault.to_owned()),
        &mut unread,
    )?;
    Ok(Access::Vault(users, groups, unread))
}

fn or_unread<T>(
    listing: Result<Option<T>, op::Error>,
    plan: &Plan,
    gap: Gap,
    unread: &mut Vec<(Gap, op::Error)>,
) -> Result<Option<T>, op::Error> {
    match listing {
        Err(error) if plan.leaves_unread(&gap, &error) && !error.is_of_missing("vault") => {
            unread.push((gap, error));
            Ok(None)
        }
        listing => listing,
    }
}

/// A spawned task that ends when it is dropped.
pub(super) struct Task<T>(pub(super) JoinHandle<T>);

impl<T> Future for Task<T> {
    type Output = Result<T, tokio::task::JoinError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context)
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
