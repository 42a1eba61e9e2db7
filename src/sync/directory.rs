//! The directory: account, users, groups, vaults and projects. Small, held in memory, read once.

use std::collections::{HashMap, HashSet};

use crate::baton::ids::{ResourceId, ResourceKind};
use crate::connector::gaps::Gap;
use crate::connector::permission::Vocabulary;
use crate::connector::project::{Project, Projects};
use crate::op::types::{
    Account, ConnectServer, ConnectToken, Group, Listing, UNKNOWN, User, Vault,
};
use crate::op::{self, Client, ErrorKind};

use super::error::Error;
use super::plan::Plan;
use super::report::{Warning, Warnings};

/// What exists in the account. Every list is sorted by id and holds each id once.
#[derive(Debug)]
pub(super) struct Directory {
    pub(super) account: Account,
    pub(super) vocabulary: Vocabulary,
    pub(super) users: Vec<User>,
    pub(super) groups: Vec<Group>,
    /// `vault list`, united with the vaults that are managed only.
    pub(super) vaults: Vec<Vault>,
    /// The ids of those that only the listing of managed vaults has.
    pub(super) managed_only: HashSet<String>,
    /// Projects; `None` when not asked for or refused.
    pub(super) projects: Option<Projects>,
}

const NO_ACCOUNT: &str = "`op account get` answered without an account id, so nothing was synced: \
                          sign in with `op signin` and check the answer of `op account get \
                          --format=json`";
const NOBODY_LISTED: &str = "`op user list` answered with nobody, not even who asks, so nothing was \
                             synced: an empty answer here would read as \"everybody was removed\"; \
                             check that you may list people, then run again";

/// The account: asked for first, which proves that we are signed in. None, or one without an id, is
/// an error (`src/sync/mapping.md`, Empty answers).
pub(super) async fn account(client: &Client) -> Result<Account, Error> {
    let account = client.account_get().await?;
    let account = account.filter(|account| !account.id.is_empty());
    account.ok_or_else(|| Error::Unusable(NO_ACCOUNT.to_owned()))
}

impl Directory {
    /// Asks `op` for everything in the account at once. No users are an error: an empty answer must
    /// not read as an empty tenant (`src/sync/mapping.md`, Empty answers).
    pub(super) async fn read(
        client: &Client,
        plan: &Plan,
        account: Account,
        warnings: &mut Warnings,
    ) -> Result<Self, Error> {
        if account.kind == UNKNOWN {
            warnings.add(Warning::AccountUntold, &*account.name);
        }
        let vocabulary = Vocabulary::of_account_type(&account.kind);
        let vaults = plan.reads(ResourceKind::Vault);
        let (users, groups, vaults, managed, projects) = tokio::try_join!(
            when(plan.reads(ResourceKind::User), client.user_list()),
            when(plan.reads(ResourceKind::Group), client.group_list()),
            when(vaults, client.vault_list(None)),
            when(vaults, managed_vaults(client, vocabulary)),
            when(plan.reads(ResourceKind::Project), connect(client)),
        )?;
        // Somebody asks, so there is somebody.
        if users.as_ref().is_some_and(|users| users.rows.is_empty()) {
            return Err(Error::Unusable(NOBODY_LISTED.to_owned()));
        }
        let mut refused = |warning, gap, why: String| warnings.add_gap(warning, gap, &why, &*why);
        let managed = managed.and_then(|managed| {
            let refused = |why| refused(Warning::ManagedVaultsUnlisted, Gap::ManagedVaults, why);
            managed.map_err(refused).ok()
        });
        let projects = projects.and_then(|projects| {
            let refused = |why| refused(Warning::ProjectsUnreadable, Gap::Projects, why);
            projects.map_err(refused).ok()
        });
        let projects = projects.map(|(servers, tokens)| {
            let servers = tidy(Some(servers), "connect server list", warnings, |s| &s.id);
            let tokens = tidy(Some(tokens), "connect token list", warnings, |t| &t.id);
            Projects::new(servers, tokens, vocabulary, jiff::Timestamp::now())
        });
        let vaults = tidy(vaults, "vault list", warnings, |vault| &vault.id);
        let managed = tidy(managed, "vault list --permission", warnings, |v| &v.id);
        let (vaults, managed_only) = unite(vaults, managed);
        Ok(Self {
            users: tidy(users, "user list", warnings, |user| &user.id),
            groups: tidy(groups, "group list", warnings, |group| &group.id),
            vaults,
            managed_only,
            account,
            vocabulary,
            projects,
        })
    }

    /// What exists, in words that change when anything does, for answers that are older than
    /// that are not used.
    pub(super) fn fingerprint(&self) -> String {
        let groups = self.groups.iter().map(|g| (&g.id, &g.name, &g.state));
        let vaults = self.vaults.iter().map(|v| (&v.id, &v.name));
        let (groups, vaults): (Vec<_>, Vec<_>) = (groups.collect(), vaults.collect());
        format!("{:?} {:?} {groups:?} {vaults:?}", self.account, self.users)
    }

    /// Keeps only what a targeted sync asks for; a target that no listing has is an error. The
    /// account's members are all users; a vault brings the projects that reach it.
    pub(super) fn keep_targets(&mut self, targets: &[ResourceId]) -> Result<(), Error> {
        if targets.is_empty() {
            return Ok(());
        }
        use ResourceKind::{Account, Group, Project, User, Vault};
        // Everything that there is must be asked about once: what is left then is missing.
        let mut missing: Vec<&ResourceId> = targets.iter().collect();
        let mut wanted = |kind, id: &str| {
            let is_it = |target: &&ResourceId| target.kind == kind && target.id == id;
            missing.retain(|target| !is_it(target));
            targets.iter().any(|target| is_it(&target))
        };
        let all_users = wanted(Account, &self.account.id);
        self.users
            .retain(|user| wanted(User, &user.id) || all_users);
        self.groups.retain(|group| wanted(Group, &group.id));
        self.vaults.retain(|vault| wanted(Vault, &vault.id));
        if let Some(projects) = &mut self.projects {
            let vaults = targets.iter().filter(|t| t.kind == Vault);
            let vaults: Vec<String> = vaults.map(|vault| vault.id.to_lowercase()).collect();
            projects.list.retain(|project| {
                wanted(Project, &project.server.id)
                    || vaults.iter().any(|id| project.access.contains_key(id))
            });
        }
        match missing.first() {
            Some(&missing) => Err(Error::TargetMissing(missing.clone())),
            None => Ok(()),
        }
    }

    /// The projects, if they could be read.
    pub(super) fn project_list(&self) -> impl Iterator<Item = &Project> {
        self.projects.iter().flat_map(|projects| &projects.list)
    }
}

/// A listing, or why it was refused.
type Optional<T> = Result<T, String>;

/// Runs the call if it is wanted.
pub(super) async fn when<T>(
    wanted: bool,
    call: impl Future<Output = Result<T, op::Error>>,
) -> Result<Option<T>, op::Error> {
    if wanted {
        call.await.map(Some)
    } else {
        Ok(None)
    }
}

/// The vaults that the caller manages, readable or not (`src/op/op-cli.md`, Vault listings), by the
/// account's own name of that permission: a second question would break the budget of calls.
pub(super) async fn managed_vaults(
    client: &Client,
    vocabulary: Vocabulary,
) -> Result<Optional<Listing<Vault>>, op::Error> {
    match client.vault_list(Some(vocabulary.manages_vault())).await {
        Err(error) if error.is_refusal() => Ok(Err(error.to_string())),
        other => other.map(Ok),
    }
}

/// The two Connect listings; a refusal of either is one reason and no projects, and so is an answer
/// that cannot be used, for their form is the least known. A service account may not list them
/// (`src/op/op-cli.md`, Connect).
async fn connect(
    client: &Client,
) -> Result<Optional<(Listing<ConnectServer>, Listing<ConnectToken>)>, op::Error> {
    let is_covered = |error: &op::Error| error.is_refusal() || error.kind() == ErrorKind::BadAnswer;
    if client.is_service_account() {
        let why = "service accounts cannot list Connect servers";
        return Ok(Err(why.to_owned()));
    }
    let (servers, tokens) = tokio::join!(client.connect_server_list(), client.connect_token_list());
    match servers.and_then(|servers| Ok((servers, tokens?))) {
        Err(error) if is_covered(&error) => Ok(Err(error.to_string())),
        listings => listings.map(Ok),
    }
}

/// Rows of a listing sorted by id; of rows with one id the later counts.
fn tidy<T>(
    listing: Option<Listing<T>>,
    name: &str,
    warnings: &mut Warnings,
    id: impl Fn(&T) -> &String,
) -> Vec<T> {
    let Some(listing) = listing else {
        return Vec::new();
    };
    warnings.add_all(Warning::RowSkipped, name, listing.skipped);
    let mut by_id = HashMap::with_capacity(listing.rows.len());
    for row in listing.rows {
        if let Some(earlier) = by_id.insert(id(&row).clone(), row) {
            warnings.add(Warning::RowRepeated, format!("{name}: {}", id(&earlier)));
        }
    }
    let mut rows: Vec<T> = by_id.into_values().collect();
    rows.sort_by(|a, b| id(a).cmp(id(b)));
    rows
}

/// All of `listed` and what only `managed` has, and the ids of the latter.
fn unite(listed: Vec<Vault>, mut managed: Vec<Vault>) -> (Vec<Vault>, HashSet<String>) {
    managed.retain(|vault| {
        let place = listed.binary_search_by(|other| other.id.cmp(&vault.id));
        place.is_err()
    });
    let managed_only = managed.iter().map(|vault| vault.id.clone()).collect();
    let mut all = listed;
    all.append(&mut managed);
    all.sort_by(|a, b| a.id.cmp(&b.id));
    (all, managed_only)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault(id: &str, name: &str) -> Vault {
        Vault {
            id: id.into(),
            name: name.into(),
            ..Default::default()
        }
    }

    fn listing<T>(rows: Vec<T>, skipped: usize) -> Option<Listing<T>> {
        Some(Listing {
            rows,
            skipped,
            null: false,
        })
    }

    /// `src/sync/mapping.md`, Empty answers: repeated rows collapse (the later counts) and are
    /// named.
    #[test]
    fn rows_are_sorted_and_the_later_of_two_counts() {
        let mut warnings = Warnings::default();
        let rows = vec![vault("b", "B"), vault("a", "old"), vault("a", "new")];
        let rows = tidy(listing(rows, 2), "vault list", &mut warnings, |vault| {
            &vault.id
        });
        assert_eq!(rows, [vault("a", "new"), vault("b", "B")]);
        let counts = warnings.notices().into_iter();
        let counts: Vec<_> = counts.map(|notice| (notice.code, notice.count)).collect();
        assert_eq!(counts, [("row-skipped", 2), ("row-repeated", 1)]);
    }

    #[test]
    fn managed_vaults_join_the_readable_ones() {
        let (all, managed_only) = unite(
            vec![vault("a", "A"), vault("c", "C")],
            vec![vault("b", "B"), vault("c", "C again")],
        );
        assert_eq!(all, [vault("a", "A"), vault("b", "B"), vault("c", "C")]);
        assert_eq!(managed_only, HashSet::from(["b".to_owned()]));
    }
}
