//! Permissions on vaults, of users and of groups (contract sync §8.3, op-cli §1.15 and §2.2).
//!
//! A shell that nobody sits at is not asked about dependent permissions, so each call names all of them.

use std::fmt;

use crate::baton::ids::ResourceKind;
use crate::connector::permission::{MEMBER, Vocabulary, permission_id};
use crate::op::{self, ErrorKind};

use super::attempt::{Attempt, Job};
use super::inherited::Sources;
use super::{Change, Error, Outcome, Verb};

/// What a principal holds directly; `None` when the vault does not list it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Access(Option<Vec<String>>);

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_deref() {
            None => f.write_str("no direct access"),
            Some([]) => f.write_str("listed without permissions"),
            Some(held) => f.write_str(&held.join(", ")),
        }
    }
}

/// Carries a request on a vault out.
pub(super) async fn run(job: &Job<'_>) -> Result<Outcome, Error> {
    let account = job.client.account_get().await;
    let account = account.map_err(|error| job.unread(error))?;
    let account = account.ok_or_else(|| Error::NoAccount {
        intent: job.request.intent(),
    })?;
    let vocabulary = Vocabulary::of_account_type(&account.kind);
    let vault = Vault { job, vocabulary };
    let before = vault.read().await.map_err(|error| job.unread(error))?;
    let outcome = match (job.request.verb, vault.has_entitlement(&before)) {
        (Verb::Grant, true) | (Verb::Revoke, false) => job.already(&before),
        (Verb::Grant, false) | (Verb::Revoke, true) => {
            let attempt = vault.change(&before).await;
            job.judge(&before, attempt, |now| vault.is_as_asked(now))?
        }
    };
    if let (Verb::Revoke, Change::Already { .. }) = (outcome.verb, &outcome.change) {
        // Who still has the access through groups has not lost it.
        let groups = vault.groups().await.map_err(|error| job.unread(error))?;
        if !groups.is_empty() {
            return Err(job.request.inherited(&groups));
        }
    }
    Ok(outcome)
}

struct Vault<'a> {
    job: &'a Job<'a>,
    vocabulary: Vocabulary,
}

impl Vault<'_> {
    async fn read(&self) -> Result<Access, op::Error> {
        let (client, request) = (self.job.client, self.job.request);
        let vault = &request.place.id;
        let rows: Vec<(String, Vec<String>)> = if self.is_of_group() {
            let rows = client.vault_group_list(vault).await?.rows.into_iter();
            rows.map(|row| (row.id, row.permissions)).collect()
        } else {
            let rows = client.vault_user_list(vault).await?.rows.into_iter();
            rows.map(|row| (row.id, row.permissions)).collect()
        };
        let own = rows
            .into_iter()
            .filter(|(id, _)| *id == request.principal.id);
        let held = own.map(|(_, permissions)| permissions);
        Ok(Access(
            held.reduce(|a, b| [a, b].concat())
                .map(|held| self.sorted(held)),
        ))
    }

    /// The groups through which the principal has the entitlement: as the grant names them, or as `op` shows them.
    async fn groups(&self) -> Result<Sources, op::Error> {
        let (client, request) = (self.job.client, self.job.request);
        let mut groups = request.sources.clone();
        if !request.looks_for_groups || !groups.is_empty() || self.is_of_group() {
            return Ok(groups);
        }
        for group in client.vault_group_list(&request.place.id).await?.rows {
            if !self.has_entitlement(&Access(Some(group.permissions))) {
                continue;
            }
            let members = client.group_user_list(&group.id).await?.rows;
            if members.iter().any(|row| row.id == request.principal.id) {
                groups.add(&group.id, group.name);
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

    fn is_of_group(&self) -> bool {
        self.job.request.principal.kind == ResourceKind::Group
    }

    async fn change(&self, before: &Access) -> Attempt<Access> {
        let permissions = self.permissions(self.vocabulary);
        let attempt = self.send(&permissions).await;
        // The vendor's pages differ on what managing needs: what one of them asks for is sent only when `op` asks for
        // it, and nothing has happened yet.
        let other = self.vocabulary.other_reading();
        let other = other.map(|other| self.permissions(other));
        match other {
            Some(other)
                if other != permissions
                    && attempt.failure() == Some(ErrorKind::MissingDependency)
                    && attempt.is_now(before) =>
            {
                self.send(&other).await
            }
            _ => attempt,
        }
    }

    /// What has to be named.
    fn permissions(&self, vocabulary: Vocabulary) -> Vec<String> {
        match self.job.request.verb {
            Verb::Grant => vocabulary.granted(&self.job.request.slug),
            Verb::Revoke => vocabulary.revoked(&self.job.request.slug),
        }
    }

    async fn send(&self, permissions: &[String]) -> Attempt<Access> {
        let written = self.job.write(self.call(permissions)).await;
        self.job.after(written, self.read()).await
    }

    async fn call(&self, permissions: &[String]) -> Result<(), op::Error> {
        let (client, request) = (self.job.client, self.job.request);
        let (vault, id) = (&request.place.id, &request.principal.id);
        match (request.verb, self.is_of_group()) {
            (Verb::Grant, false) => client.vault_user_grant(vault, id, permissions).await,
            (Verb::Grant, true) => client.vault_group_grant(vault, id, permissions).await,
            (Verb::Revoke, false) => client.vault_user_revoke(vault, id, permissions).await,
            (Verb::Revoke, true) => client.vault_group_revoke(vault, id, permissions).await,
        }
    }

    /// Whether a sync would show the entitlement as the principal's own: whoever is listed is a member.
    fn has_entitlement(&self, access: &Access) -> bool {
        let slug = &self.job.request.slug;
        access.0.is_some() && (slug == MEMBER || self.holds(access, &permission_id(slug)))
    }

    /// Whether all that had to change has changed.
    fn is_as_asked(&self, now: &Access) -> bool {
        let changed = self.permissions(self.vocabulary);
        match self.job.request.verb {
            Verb::Grant => changed.iter().all(|id| self.holds(now, id)),
            Verb::Revoke => {
                !self.has_entitlement(now) && !changed.iter().any(|id| self.holds(now, id))
            }
        }
    }

    /// A shorthand is held by its name or by all that it stands for.
    fn holds(&self, access: &Access, id: &str) -> bool {
        let held = access.0.as_deref().unwrap_or_default();
        let has = |id: &str| held.iter().any(|held| held == id);
        has(id) || self.vocabulary.expand_shorthand(id).into_iter().all(has)
    }
}
