//! Membership of groups and its role, management (`src/op/op-cli.md`, Groups). `op` promotes only
//! who is a member already, and has no verb to demote: the role is set anew.

use std::fmt;

use crate::connector::permission::MEMBER;
use crate::connector::place::{MANAGER, is_manager};
use crate::op::{self, ErrorKind};

use super::attempt::{Attempt, Job};
use super::{Error, Outcome, Verb};

/// What a user is in a group; each holds what the ones before it hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Role {
    /// `op` did not say.
    Unknown,
    None,
    Member,
    Manager,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unknown => "not known",
            Self::None => "not in the group",
            Self::Member => MEMBER,
            Self::Manager => MANAGER,
        })
    }
}

pub(super) async fn run(job: &Job<'_>) -> Result<Outcome, Error> {
    let wanted = match job.request.slug == MANAGER {
        true => Role::Manager,
        false => Role::Member,
    };
    let Some(before) = job.held_before(None, job.read(), Role::Unknown).await? else {
        return Ok(job.nothing_there());
    };
    let holds = before >= wanted;
    job.prove_principal().await?;
    if holds == (job.request.verb == Verb::Grant) {
        return Ok(job.already(&before));
    }
    job.prove_place().await?;
    let (expected, attempt) = match (job.request.verb, wanted) {
        (Verb::Grant, Role::Manager) => (Role::Manager, job.promote(before).await),
        (Verb::Grant, _) => (Role::Member, job.set(MEMBER).await),
        (Verb::Revoke, Role::Manager) => (Role::Member, job.demote().await),
        (Verb::Revoke, _) => (Role::None, job.remove().await),
    };
    let took = |now: &Role| match job.request.verb {
        Verb::Grant => *now >= expected,
        Verb::Revoke => *now == expected,
    };
    job.outcome_of(&before, &expected, attempt, took)
}

impl Job<'_> {
    async fn read(&self) -> Result<Role, op::Error> {
        let group = self.place();
        let members = self.client.group_user_list(group).await?;
        let members = members.rows_or_error(&format!("group user list {group}"))?;
        let own = members.iter().filter(|row| self.is_of_principal(&row.id));
        let role = own.map(|row| match is_manager(row) {
            true => Role::Manager,
            false => Role::Member,
        });
        Ok(role.max().unwrap_or(Role::None))
    }

    async fn grant_role(&self, role: &str) -> Result<(), op::Error> {
        let (group, user) = (self.place(), self.principal());
        let call = self.client.group_user_grant(group, user, role);
        self.write(call).await
    }

    async fn set(&self, role: &str) -> Attempt<Role> {
        let written = self.grant_role(role).await;
        self.after(written, || self.read()).await
    }

    async fn remove(&self) -> Attempt<Role> {
        let (group, user) = (self.place(), self.principal());
        let call = self.client.group_user_revoke(group, user);
        let written = self.write(call).await;
        self.after(written, || self.read()).await
    }

    /// Makes a manager. A membership that was added on the way and led nowhere is taken back.
    async fn promote(&self, before: Role) -> Attempt<Role> {
        let mut is_new = before == Role::None;
        if is_new && let Err(error) = self.grant_role(MEMBER).await {
            let attempt = self.after(Err(error), || self.read()).await;
            if !attempt.is_now(&Role::Member) {
                return attempt;
            }
            // It took all the same, or somebody else was faster.
            is_new = attempt.failure() != Some(ErrorKind::AlreadyMember);
        }
        let mut attempt = self.set(MANAGER).await;
        if attempt.written.is_ok() && attempt.is_now(&Role::Member) {
            // The first call may only have confirmed the membership; the same call again promotes.
            attempt = self.set(MANAGER).await;
        }
        if is_new && attempt.is_now(&Role::Member) {
            let undone = self.remove().await;
            attempt.remarks = match undone.written {
                Ok(()) => " The membership that was added on the way was taken back.".to_owned(),
                Err(error) => format!(
                    " The membership that was added on the way could not be taken back: {error}"
                ),
            };
            attempt.now = undone.now;
        }
        attempt
    }

    /// Makes a plain member of a manager.
    async fn demote(&self) -> Attempt<Role> {
        let attempt = self.set(MEMBER).await;
        let is_refused = !matches!(attempt.failure(), None | Some(ErrorKind::AlreadyMember));
        if is_refused || !attempt.is_now(&Role::Manager) {
            return attempt;
        }
        // The role was left as it is: out of the group and in again.
        let removed = self.remove().await;
        let is_out = match &removed.now {
            Some(Ok(now)) => *now == Role::None,
            Some(Err(_)) | None => removed.written.is_ok(),
        };
        if !is_out {
            return removed;
        }
        let mut attempt = self.set(MEMBER).await;
        if attempt.is_now(&Role::None) {
            // Nobody asked for the membership to end, so it is worth a second try.
            attempt = self.set(MEMBER).await;
        }
        attempt.remarks = " To end the management, the user was taken out of the group, to be \
                           added again as a member."
            .to_owned();
        attempt
    }
}
