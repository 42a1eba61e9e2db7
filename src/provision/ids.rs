//! What is no id of 1Password never reaches a command line: `op` takes a name or an e-mail too, and would change the
//! access of whoever has it. C1 hands out ids that somebody may have typed.

use crate::baton::ids::{ResourceId, ResourceKind};
use crate::op::{self, Client};

use super::attempt::Job;
use super::{Error, Verb};

/// Ids have so many letters and digits (contract op-cli §1.1).
const LENGTH: usize = 26;

/// Checks the ids of a request. `false` when the place is a well-made id of nothing that is listed.
///
/// The principal of a revocation is not looked up: it is compared with the ids of the rows that the place has, and only
/// one that is found there is sent.
pub(super) async fn are_known(job: &Job<'_>) -> Result<bool, Error> {
    let (place, principal) = (&job.request.place, &job.request.principal);
    for id in [place, principal] {
        if !id.id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(not_an_id(id));
        }
    }
    if job.request.verb == Verb::Grant && !is_listed(job, principal).await? {
        return Err(not_an_id(principal));
    }
    match is_listed(job, place).await? {
        false if job.request.verb == Verb::Grant => Err(not_an_id(place)),
        is_listed => Ok(is_listed),
    }
}

/// Whether it is an id by its form, or one of those that `op` lists.
async fn is_listed(job: &Job<'_>, id: &ResourceId) -> Result<bool, Error> {
    if id.id.len() == LENGTH {
        return Ok(true);
    }
    let ids = listed(job.client, id.kind).await;
    let ids = ids.map_err(|error| job.unread(error))?;
    Ok(ids.iter().any(|listed| listed.eq_ignore_ascii_case(&id.id)))
}

async fn listed(client: &Client, kind: ResourceKind) -> Result<Vec<String>, op::Error> {
    Ok(match kind {
        ResourceKind::Group => ids(client.group_list().await?.rows, |row| row.id),
        ResourceKind::Vault => ids(client.vault_list(None).await?.rows, |row| row.id),
        _ => ids(client.user_list().await?.rows, |row| row.id),
    })
}

fn ids<T>(rows: Vec<T>, id: impl Fn(T) -> String) -> Vec<String> {
    rows.into_iter().map(id).collect()
}

fn not_an_id(id: &ResourceId) -> Error {
    Error::Malformed(format!(
        "{:?} is not the id of a {} in 1Password, which has {LENGTH} letters and digits: a name or an e-mail could be \
         somebody else's",
        id.id, id.kind
    ))
}
