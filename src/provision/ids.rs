//! What is no id of 1Password never reaches a command line: `op` takes a name or an e-mail too, and would change the
//! access of whoever has it. C1 hands out ids that somebody may have typed.

use crate::baton::ids::{ResourceId, ResourceKind};
use crate::op::{self, Client};

use super::attempt::Job;
use super::{Error, Verb};

/// Ids have so many letters and digits (`src/op/op-cli.md`, Ids).
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
    let grants = job.request.verb == Verb::Grant;
    if grants && found(job, principal).await? != Found::Id {
        return Err(not_an_id(principal));
    }
    match found(job, place).await? {
        Found::Id => Ok(true),
        // Nothing is there whose access could remain.
        Found::Nothing if !grants => Ok(false),
        Found::Nothing | Found::Name => Err(not_an_id(place)),
    }
}

/// What a text is for `op`.
#[derive(PartialEq)]
enum Found {
    Id,
    /// Of something that is there.
    Name,
    Nothing,
}

/// Whether it is an id by its form, or one of those that `op` lists, or a name.
async fn found(job: &Job<'_>, id: &ResourceId) -> Result<Found, Error> {
    if is_made_by_op(&id.id) {
        return Ok(Found::Id);
    }
    let listed = listed(job.client, id.kind).await;
    let listed = listed.map_err(|error| job.unread(error))?;
    let is = |text: &String| text.eq_ignore_ascii_case(&id.id);
    Ok(if listed.iter().any(|(id, _)| is(id)) {
        Found::Id
    } else if listed.iter().any(|(_, name)| is(name)) {
        Found::Name
    } else {
        Found::Nothing
    })
}

/// Whether a text of letters and digits has the form of an id: those are all of one case, and names seldom are.
fn is_made_by_op(id: &str) -> bool {
    let has = |is: fn(&u8) -> bool| id.bytes().any(|byte| is(&byte));
    id.len() == LENGTH && !(has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase))
}

/// Ids and names of all of a kind.
async fn listed(client: &Client, kind: ResourceKind) -> Result<Vec<(String, String)>, op::Error> {
    Ok(match kind {
        ResourceKind::Group => {
            let rows = client.group_list().await?.rows.into_iter();
            rows.map(|row| (row.id, row.name)).collect()
        }
        ResourceKind::Vault => {
            let rows = client.vault_list(None).await?.rows.into_iter();
            rows.map(|row| (row.id, row.name)).collect()
        }
        _ => {
            let rows = client.user_list().await?.rows.into_iter();
            rows.map(|row| (row.id, row.name)).collect()
        }
    })
}

fn not_an_id(id: &ResourceId) -> Error {
    Error::Malformed(format!(
        "{:?} is not the id of a {} in 1Password, which has {LENGTH} letters and digits: a name or an e-mail could be \
         somebody else's",
        id.id, id.kind
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_of_one_case() {
        assert!(is_made_by_op("ALICE4Q7ZB5KX2MNP6RT3VWYHA"));
        assert!(is_made_by_op("vprodvq7zb5kx2mnp6rt3vwyha"));
        for name in ["EngineeringProductionVault", "payroll", ""] {
            assert!(!is_made_by_op(name), "{name}");
        }
    }
}
