//! Permissions on vaults, of users and of groups (`src/sync/mapping.md`, Changes and
//! `src/op/op-cli.md`, Vault access).
//!
//! A shell that nobody sits at is not asked about dependent permissions, so each call names all of
//! them.

use std::fmt;

use crate::baton::ids::{ResourceId, ResourceKind};
use crate::connector::permission::{MEMBER, Vocabulary, permission_id};
use crate::op::{self, ErrorKind};

use super::attempt::{Attempt, Job};
use super::ids;
use super::names::named;
use super::{Change, Error, Outcome, Refusal, Verb};

pub(super) const USER: &str = "user";
pub(super) const GROUP: &str = "group";

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

/// Carries a request on a vault out.
pub(super) async fn run(job: &Job<'_>) -> Result<Outcome, Error> {
    let vault = Vault::of(job).await?;
    let vocabulary = vault.vocabulary;
    let listed = || ids::vault(job.client, vocabulary, &job.request.place.id);
    let held = job.held_before(listed, vault.read(), Access::Unknown);
    let Some(before) = held.await? else {
        return Ok(job.nothing_there());
    };
    if before == Access::Unstated && job.request.verb == Verb::Revoke && job.request.slug != MEMBER
    {
        return Err(job.unread(vault.unstated(vault.noun())));
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
    if outcome.verb == Verb::Revoke && !matches!(outcome.change, Change::Planned { .. }) {
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
        let rows = self.rows(self.noun()).await?.into_iter();
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
        noun: &str,
    ) -> Result<Vec<(String, String, Access)>, op::Error> {
        let (client, vault) = (self.job.client, self.job.place());
        let listing = format!("vault {noun} list {vault}");
        let access = |held: Option<Vec<String>>| held.map_or(Access::Unstated, Access::Listed);
        if noun == GROUP {
            let rows = client
                .vault_group_list(vault)
                .await?
                .rows_or_error(&listing)?;
            let rows = rows.into_iter();
            let rows = rows.map(|row| (row.id, row.name, access(row.permissions)));
            return Ok(rows.collect());
        }
        let rows = client
            .vault_user_list(vault)
            .await?
            .rows_or_error(&listing)?;
        let rows = rows.into_iter();
        let rows = rows.map(|row| (row.id, row.name, access(row.permissions)));
        Ok(rows.collect())
    }

    /// The same after a change, whose effect must be known: only membership needs no permissions.
    async fn read_again(&self) -> Result<Access, op::Error> {
        match self.read().await? {
            Access::Unstated if self.job.request.slug != MEMBER => Err(self.unstated(self.noun())),
            now => Ok(now),
        }
    }

    /// The error for a row without permissions where they count.
    pub(super) fn unstated(&self, noun: &str) -> op::Error {
        op::Error::unstated(&format!("vault {noun} list {}", self.job.place()))
    }

    /// The groups through which the principal has the entitlement now: `group Ops Crew (g1)`.
    async fn groups(&self) -> Result<Vec<String>, op::Error> {
        let (client, request) = (self.job.client, self.job.request);
        let mut groups = Vec::new();
        if self.noun() == GROUP {
            return Ok(groups);
        }
        for (id, name, access) in self.rows(GROUP).await? {
            let is_unstated = access == Access::Unstated && request.slug != MEMBER;
            if !is_unstated && !self.has_entitlement(&access) {
                continue;
            }
            let members = client.group_user_list(&id).await?;
            let members = members.rows_or_error(&format!("group user list {id}"))?;
            match members.iter().any(|row| self.job.is_of_principal(&row.id)) {
                true if is_unstated => return Err(self.unstated(GROUP)),
                true => groups.push(named(&ResourceId::new(ResourceKind::Group, id), &name)),
                false => {}
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

    fn noun(&self) -> &'static str {
        match self.job.request.principal.kind {
            ResourceKind::Group => GROUP,
            _ => USER,
        }
    }

    async fn change(&self, before: &Access) -> Attempt<Access> {
        if self.takes_all(before) {
            return self.send(None).await;
        }
        let permissions = self.sent(self.vocabulary, before);
        let attempt = self.send(Some(&permissions)).await;
        // The vendor's pages differ on what managing needs: what one of them asks for is sent only
        // when `op` asks for it, and nothing has happened yet.
        let other = self.vocabulary.other_reading();
        let other = other.map(|other| self.sent(other, before));
        match other {
            Some(other)
                if other != permissions
                    && attempt.failure() == Some(ErrorKind::MissingDependency)
                    && attempt.is_now(before) =>
            {
                self.send(Some(&other)).await
            }
            _ => attempt,
        }
    }

    /// Whether a membership can end only as a whole: `op` takes no names that the table does not
    /// have (`src/op/op-cli.md`, Permissions), and they, or a row without any, would keep the
    /// principal in the vault.
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

    /// What is sent: of what has to go, only what the principal holds.
    fn sent(&self, vocabulary: Vocabulary, before: &Access) -> Vec<String> {
        let mut permissions = self.permissions(vocabulary);
        if let (Verb::Revoke, Access::Listed(held)) = (self.job.request.verb, before) {
            let all = held.iter().flat_map(|own| vocabulary.expand_shorthand(own));
            let all: Vec<&str> = all.collect();
            permissions.retain(|id| self.holds(before, id) || all.contains(&&**id));
        }
        permissions
    }

    /// What the principal holds after the change, if it takes.
    fn expected(&self, before: &Access) -> Access {
        let sent = || self.sent(self.vocabulary, before);
        match (self.job.request.verb, before) {
            (Verb::Grant, Access::Unstated) => Access::Unstated,
            (Verb::Grant, Access::Listed(held)) => {
                Access::Listed(self.sorted([held.clone(), sent()].concat()))
            }
            (Verb::Grant, Access::Unknown | Access::Unlisted) => Access::Listed(sent()),
            (Verb::Revoke, Access::Listed(held)) if !self.takes_all(before) => {
                let (sent, mut left) = (sent(), held.clone());
                left.retain(|id| !sent.contains(id));
                match left.is_empty() {
                    true => Access::Unlisted,
                    false => Access::Listed(left),
                }
            }
            (Verb::Revoke, _) => Access::Unlisted,
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
        let (verb, holder) = (
            self.job.request.verb.word(),
            (self.noun(), self.job.principal()),
        );
        let call = client.vault_change(verb, vault, holder, permissions);
        let written = self.job.write(call).await;
        self.job.after(written, || self.read_again()).await
    }

    /// Whether a sync would show the entitlement as the principal's own: whoever is listed is a
    /// member.
    pub(super) fn has_entitlement(&self, access: &Access) -> bool {
        let slug = &self.job.request.slug;
        match access {
            Access::Unknown | Access::Unlisted => false,
            Access::Unstated => slug == MEMBER,
            Access::Listed(_) => slug == MEMBER || self.holds(access, &permission_id(slug)),
        }
    }

    /// Whether all that had to change has changed.
    fn is_as_asked(&self, now: &Access) -> bool {
        let changed = self.permissions(self.vocabulary);
        match self.job.request.verb {
            // A membership is there, whatever it was given with, when the vault lists the
            // principal.
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
