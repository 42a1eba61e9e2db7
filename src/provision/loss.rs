//! Whom it costs a vault when a group loses it: asked for before it is done.

use std::collections::HashSet;
use std::fmt;

use crate::connector::permission::MEMBER;
use crate::op;

use super::Error;
use super::attempt::Job;
use super::vault::{Access, Vault};

/// What the members of a group lose with its access to a vault, as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// `view items on vault Depot Keys (v1)`.
    what: String,
    /// `group Ops Crew (g1)`.
    group: String,
    /// Members who lose it, and those who keep it by themselves or through other groups.
    counts: Result<(usize, usize), String>,
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, group, .. } = self;
        match &self.counts {
            Ok((lose, keep)) => {
                let (who, verb) = match lose {
                    0 => ("Nobody".to_owned(), "loses"),
                    1 => ("1 person".to_owned(), "loses"),
                    n => (format!("{n} people"), "lose"),
                };
                write!(f, "{who} of {group} {verb} {what}")?;
                match keep {
                    0 => f.write_str("."),
                    1 => f.write_str("; 1 keeps it by other paths."),
                    n => write!(f, "; {n} keep it by other paths."),
                }
            }
            Err(why) => write!(
                f,
                "How many people of {group} lose {what} is not known, for it could not be read: {why}"
            ),
        }
    }
}

impl Job<'_> {
    /// Who loses what the request takes from a group; `None` where it takes nothing from one that opens a vault.
    ///
    /// # Errors
    /// The account could not be read.
    pub async fn loss(&self) -> Result<Option<Loss>, Error> {
        if !self.request.takes_from_group() {
            return Ok(None);
        }
        let vault = Vault::of(self).await?;
        Ok(Some(Loss {
            what: self.request.what(),
            group: self.request.who(),
            counts: count(&vault).await.map_err(|error| error.to_string()),
        }))
    }
}

/// Members of the group, without and with another path to the same.
async fn count(vault: &Vault<'_>) -> Result<(usize, usize), op::Error> {
    let (client, request) = (vault.job.client, vault.job.request);
    let (id, group) = (&request.place.id, &request.principal.id);
    let (mut own, mut others) = (HashSet::new(), HashSet::new());
    let listing = format!("vault user list {id}");
    for row in client.vault_user_list(id).await?.rows_or_error(&listing)? {
        if gives(vault, row.permissions, &listing)? {
            others.insert(row.id.to_lowercase());
        }
    }
    let listing = format!("vault group list {id}");
    for row in client.vault_group_list(id).await?.rows_or_error(&listing)? {
        if !gives(vault, row.permissions, &listing)? {
            continue;
        }
        let members = client.group_user_list(&row.id).await?;
        let members = members.rows_or_error(&format!("group user list {}", row.id))?;
        let members = members.into_iter().map(|member| member.id.to_lowercase());
        match row.id.eq_ignore_ascii_case(group) {
            true => own.extend(members),
            false => others.extend(members),
        }
    }
    let keep = own.intersection(&others).count();
    Ok((own.len() - keep, keep))
}

/// Whether a row gives what the group loses.
fn gives(
    vault: &Vault<'_>,
    permissions: Option<Vec<String>>,
    listing: &str,
) -> Result<bool, op::Error> {
    match permissions {
        None if vault.job.request.slug != MEMBER => Err(op::Error::untold(listing)),
        None => Ok(true),
        Some(held) => Ok(vault.has_entitlement(&Access::Listed(held))),
    }
}
