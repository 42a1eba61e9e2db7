//! Whom it costs a vault when a group loses it: asked for before it is done.

use std::collections::HashSet;

use crate::baton::ids::ResourceKind::{Group, User};
use crate::op;

use super::Error;
use super::attempt::Job;
use super::vault::Vault;

impl Job<'_> {
    /// How many lose what the request takes from a group, as it is now, in a sentence; `None` where
    /// it takes nothing from one that opens a vault. Only an account that is not read is an error.
    pub async fn loss(&self) -> Result<Option<String>, Error> {
        if !self.request.takes_from_group() {
            return Ok(None);
        }
        let vault = Vault::of(self).await?;
        let (what, group) = (&self.request.what, &self.request.who);
        let (lose, keep) = match count(&vault).await {
            Ok(counts) => counts,
            Err(error) => {
                return Ok(Some(format!(
                    "How many people of {group} lose {what} is not known, for it could not be read: {error}"
                )));
            }
        };
        let (who, verb) = match lose {
            0 => ("Nobody".to_owned(), "loses"),
            1 => ("1 person".to_owned(), "loses"),
            n => (format!("{n} people"), "lose"),
        };
        let rest = match keep {
            0 => ".".to_owned(),
            1 => "; 1 keeps it by other paths.".to_owned(),
            n => format!("; {n} keep it by other paths."),
        };
        Ok(Some(format!("{who} of {group} {verb} {what}{rest}")))
    }
}

/// Members of the group who lose it, and those who keep it by themselves or through other groups.
async fn count(vault: &Vault<'_>) -> Result<(usize, usize), op::Error> {
    let (mut own, mut others) = (HashSet::new(), HashSet::new());
    for (id, _, access) in vault.rows(User).await? {
        vault.check(User, &access)?;
        if vault.has_entitlement(&access) {
            others.insert(id.to_lowercase());
        }
    }
    for (id, _, access) in vault.rows(Group).await? {
        vault.check(Group, &access)?;
        if !vault.has_entitlement(&access) {
            continue;
        }
        let members = vault.job.client.group_user_list(&id).await?;
        let members = members.rows_or_error(&format!("group user list {id}"))?;
        let members = members.into_iter().map(|member| member.id.to_lowercase());
        match id.eq_ignore_ascii_case(&vault.job.request.principal.id) {
            true => own.extend(members),
            false => others.extend(members),
        }
    }
    let keep = own.intersection(&others).count();
    Ok((own.len() - keep, keep))
}
