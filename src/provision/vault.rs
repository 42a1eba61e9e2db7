//! Permissions on vaults, of users and of groups (`src/sync/mapping.md`, Changes and
//! `src/op/op-cli.md`, Vault access). Each call names all dependent permissions, since `op` asks
//! about them only where somebody sits.

use std::fmt;

use crate::baton::ids::{ResourceId, ResourceKind};
use crate::connector::permission::{MEMBER, Vocabulary, permission_id};
use crate::op::{self, ErrorKind};

use super::attempt::{Attempt, Job};
use super::request::named;
use super::{Change, Error, Outcome, Refusal, Verb};

/// What a principal holds directly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// `op` did not say.
    Unknown,
    /// The vault does not list the principal.
    Unlisted,
    /// It does, and `op` does not say with which permissions.
    Unstated,
    /// It does, with these permissions.
    Listed(Vec<String>),
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("not known"),
            Self::Unlisted => f.write_str("no direct access"),
            Self::Unstated => f.write_str("listed, with permissions that `op` does not tell"),
            Self::Listed(held) if held.is_empty() => f.write_str("listed without permissions"),
            Self::Listed(held) => f.write_str(&held.join(", ")),
        }
    }
}

pub(super) async fn run(job: &Job<'_>) -> Result<Outcome, Error> {
    let vault = Vault::of(job).await?;
    let held = job.held_before(Some(vault.vocabulary), vault.read(), Access::Unknown);
    let Some(before) = held.await? else {
        return Ok(job.nothing_there());
    };
    if job.request.verb == Verb::Revoke {
        let checked = vault.check(vault.kind(), &before);
        checked.map_err(|error| job.unread(error))?;
    }
    job.prove_principal().await?;
    let mut outcome = match (job.request.verb, vault.has_entitlement(&before)) {
        (Verb::Grant, true) | (Verb::Revoke, false) => job.already(&before),
        (Verb::Grant, false) | (Verb::Revoke, true) => {
            let attempt = vault.change(&before).await;
            let expected = vault.expected(&before);
            job.outcome_of(&before, &expected, attempt, |now| vault.is_as_asked(now))?
        }
    };
    if job.request.verb == Verb::Revoke && !matches!(outcome.change, Change::Planned { .. }) {
        // Who still has the access through groups has not lost it, whatever the file knew of them.
        outcome.remains = match vault.groups().await {
            Ok(groups) if groups.is_empty() => String::new(),
            Ok(groups) => format!("; access remains through {}", groups.join(", ")),
            // Nothing was done, and the access may be there as before.
            Err(error) if matches!(outcome.change, Change::Already { .. }) => {
                return Err(job.unread(error));
            }
            Err(error) => {
                format!("; whether access remains through groups could not be read: {error}")
            }
        };
    }
    Ok(outcome)
}

pub(super) struct Vault<'a> {
    pub(super) job: &'a Job<'a>,
    pub(super) vocabulary: Vocabulary,
}

impl<'a> Vault<'a> {
    /// Reads the account, whose type says which permissions there are.
    pub(super) async fn of(job: &'a Job<'a>) -> Result<Self, Error> {
        let account = job.client.account_get().await;
        let account = account.map_err(|error| job.unread(error))?;
        let account = account.filter(|account| !account.id.is_empty());
        let account = account.ok_or_else(|| {
            let intent = job.request.intent();
            let why = format!(
                "could not {intent}, and nothing was changed: `op account get` told no account, so it is not known \
                 which permissions there are; check that you are signed in"
            );
            Error::Refused(Refusal::NoAccount, why)
        })?;
        job.request.check_account(&account)?;
        let vocabulary = Vocabulary::of_account_type(&account.kind);
        Ok(Self { job, vocabulary })
    }

    async fn read(&self) -> Result<Access, op::Error> {
        let rows = self.rows(self.kind()).await?.into_iter();
        let own = rows.filter(|(id, ..)| self.job.is_of_principal(id));
        let mut held = None;
        for (_, _, access) in own {
            match access {
                Access::Listed(more) => held.get_or_insert_with(Vec::new).extend(more),
                other => return Ok(other),
            }
        }
        Ok(held.map_or(Access::Unlisted, |held| Access::Listed(self.sorted(held))))
    }

    /// Who is on the vault, of users or of groups: id, name, and what they hold.
    pub(super) async fn rows(
        &self,
        kind: ResourceKind,
    ) -> Result<Vec<(String, String, Access)>, op::Error> {
        let (client, vault) = (self.job.client, self.job.place());
        let access = |held: Option<_>| held.map_or(Access::Unstated, Access::Listed);
        let rows = if kind == ResourceKind::Group {
            let rows = client.vault_group_list(vault).await?;
            rows.map(|row| (row.id, row.name, access(row.permissions)))
        } else {
            let rows = client.vault_user_list(vault).await?;
            rows.map(|row| (row.id, row.name, access(row.permissions)))
        };
        rows.rows_or_error(&format!("vault {kind} list {vault}"))
    }

    /// An error for a row that does not say what counts: only membership needs no permissions.
    pub(super) fn check(&self, kind: ResourceKind, access: &Access) -> Result<(), op::Error> {
        if *access == Access::Unstated && self.job.request.slug != MEMBER {
            let listing = format!("vault {kind} list {}", self.job.place());
            return Err(op::Error::unstated(&listing));
        }
        Ok(())
    }

    /// The groups through which the principal has the entitlement now: `group Ops Crew (g1)`.
    async fn groups(&self) -> Result<Vec<String>, op::Error> {
        let mut groups = Vec::new();
        if self.kind() == ResourceKind::Group {
            return Ok(groups);
        }
        for (id, name, access) in self.rows(ResourceKind::Group).await? {
            let known = self.check(ResourceKind::Group, &access);
            if known.is_ok() && !self.has_entitlement(&access) {
                continue;
            }
            let members = self.job.client.group_user_list(&id).await?;
            let members = members.rows_or_error(&format!("group user list {id}"))?;
            if members.iter().any(|row| self.job.is_of_principal(&row.id)) {
                known?;
                groups.push(named(&ResourceId::new(ResourceKind::Group, id), &name));
            }
        }
        Ok(groups)
    }

    /// In the order of the table, what it does not know last; each once.
    fn sorted(&self, mut held: Vec<String>) -> Vec<String> {
        let place = |id: &String| {
            let known = self.vocabulary.ids().position(|known| known == id);
            (known.unwrap_or(usize::MAX), id.clone())
        };
        held.sort_by_key(place);
        held.dedup();
        held
    }

    /// Whether the principal is a user or a group.
    fn kind(&self) -> ResourceKind {
        self.job.request.principal.kind
    }

    async fn change(&self, before: &Access) -> Attempt<Access> {
        let sent = self.sent(self.vocabulary, before);
        let attempt = self.send(sent.as_deref()).await;
        // The vendor's pages differ on what managing needs: what one of them asks for is sent only
        // when `op` asks for it, and nothing has happened yet.
        let other = self.sent(self.vocabulary.other_reading(), before);
        let is_lacking = attempt.failure() == Some(ErrorKind::MissingDependency);
        match is_lacking && other != sent && attempt.is_now(before) {
            true => self.send(other.as_deref()).await,
            false => attempt,
        }
    }

    /// Whether a membership can end only as a whole: names that `op` does not take
    /// (`src/op/op-cli.md`, Permissions), or a row without any, would keep the principal there.
    fn takes_all(&self, before: &Access) -> bool {
        let request = self.job.request;
        let is_odd = match before {
            Access::Listed(held) => {
                held.is_empty() || !held.iter().all(|id| self.vocabulary.knows(id))
            }
            Access::Unstated => true,
            Access::Unknown | Access::Unlisted => false,
        };
        is_odd && request.verb == Verb::Revoke && request.slug == MEMBER
    }

    /// What is sent: of what has to go, only what the principal holds. `None` ends the whole grant.
    fn sent(&self, vocabulary: Vocabulary, before: &Access) -> Option<Vec<String>> {
        if self.takes_all(before) {
            return None;
        }
        let mut permissions = self.permissions(vocabulary);
        if let (Verb::Revoke, Access::Listed(held)) = (self.job.request.verb, before) {
            let all = held.iter().flat_map(|own| vocabulary.expand_shorthand(own));
            let all: Vec<&str> = all.collect();
            permissions.retain(|id| self.holds(before, id) || all.contains(&&**id));
        }
        Some(permissions)
    }

    /// What the principal holds after the change, if it takes.
    fn expected(&self, before: &Access) -> Access {
        let mut held = match before {
            Access::Listed(held) => held.clone(),
            Access::Unknown | Access::Unlisted | Access::Unstated => Vec::new(),
        };
        match (self.job.request.verb, self.sent(self.vocabulary, before)) {
            (Verb::Grant, _) if *before == Access::Unstated => Access::Unstated,
            (Verb::Grant, sent) => {
                held.extend(sent.unwrap_or_default());
                Access::Listed(self.sorted(held))
            }
            (Verb::Revoke, sent) => {
                held.retain(|id| sent.as_ref().is_some_and(|sent| !sent.contains(id)));
                match held.is_empty() {
                    true => Access::Unlisted,
                    false => Access::Listed(held),
                }
            }
        }
    }

    /// What has to be named.
    fn permissions(&self, vocabulary: Vocabulary) -> Vec<String> {
        match self.job.request.verb {
            Verb::Grant => vocabulary.granted(&self.job.request.slug),
            Verb::Revoke => vocabulary.revoked(&self.job.request.slug),
        }
    }

    /// Sends the change with these permissions, or the end of the whole grant.
    async fn send(&self, permissions: Option<&[String]>) -> Attempt<Access> {
        let (client, vault) = (self.job.client, self.job.place());
        let verb = self.job.request.verb.word();
        let holder = (self.kind().as_str(), self.job.principal());
        let call = client.vault_change(verb, vault, holder, permissions);
        let written = self.job.write(call).await;
        let read = || async {
            let now = self.read().await?;
            self.check(self.kind(), &now)?;
            Ok(now)
        };
        self.job.after(written, read).await
    }

    /// Whether a sync would show the entitlement as its own: whoever is listed is a member.
    pub(super) fn has_entitlement(&self, access: &Access) -> bool {
        match (access, &*self.job.request.slug) {
            (Access::Unknown | Access::Unlisted, _) => false,
            (Access::Unstated | Access::Listed(_), MEMBER) => true,
            (_, slug) => self.holds(access, &permission_id(slug)),
        }
    }

    /// Whether all that had to change has changed.
    fn is_as_asked(&self, now: &Access) -> bool {
        let changed = self.permissions(self.vocabulary);
        match self.job.request.verb {
            // A membership is there when the vault lists the principal.
            Verb::Grant if *now == Access::Unstated => self.has_entitlement(now),
            Verb::Grant => changed.iter().all(|id| self.holds(now, id)),
            Verb::Revoke => {
                !self.has_entitlement(now) && !changed.iter().any(|id| self.holds(now, id))
            }
        }
    }

    /// A shorthand is held by its name or by all that it stands for.
    fn holds(&self, access: &Access, id: &str) -> bool {
        let Access::Listed(held) = access else {
            return false;
        };
        let has = |id: &str| held.iter().any(|held| held == id);
        has(id) || self.vocabulary.expand_shorthand(id).into_iter().all(has)
    }
}
