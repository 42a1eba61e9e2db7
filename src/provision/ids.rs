//! What is no id of 1Password never reaches a command line: `op` takes a name or an e-mail too, and
//! would change the access of whoever has it. C1 hands out ids that somebody may have typed, and no
//! form tells an id from a name: what `op` lists does. Who may not list gets an error, never a
//! change, since `op` does not tell that from what is not there.

use crate::baton::ids::{ResourceId, ResourceKind};
use crate::connector::permission::Vocabulary;
use crate::op::{self, Client, ErrorKind, Vault};

use super::attempt::Job;
use super::{Error, Verb};

/// Letters and digits of an id (`src/op/op-cli.md`, Ids).
const ID_LENGTH: usize = 26;

/// What a text is for `op`.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Lookup {
    /// Nothing that is listed.
    Nothing,
    /// The name of something that is listed.
    Name,
    /// The id of something that is listed, as it stands there.
    Id(String),
}

impl Job<'_> {
    /// Refuses what can be no id, before anybody is asked.
    pub(super) fn check_form(&self) -> Result<(), Error> {
        let is_odd = |id: &&ResourceId| !id.id.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let mut ids = [&self.request.place, &self.request.principal].into_iter();
        ids.find(is_odd).map_or(Ok(()), |id| Err(not_an_id(id)))
    }

    /// What the principal holds before a change, or `unknown` where a grant may go on without it;
    /// `None`: there is no such place. The vocabulary is that of a vault.
    pub(super) async fn held_before<S>(
        &self,
        vocabulary: Option<Vocabulary>,
        read: impl Future<Output = Result<S, op::Error>>,
        unknown: S,
    ) -> Result<Option<S>, Error> {
        let (verb, place) = (self.request.verb, &self.request.place);
        let kind = place.kind;
        if self.is_foreign {
            // Of a group that only vaults name, reading it tells, and `prove_place`.
            let may_be_unlisted = kind == ResourceKind::Group && place.id.len() == ID_LENGTH;
            match self.look_up(vocabulary).await? {
                // Somebody may have the same in other letters for a name.
                Lookup::Id(id) => drop(self.listed_place.set(id)),
                Lookup::Nothing if may_be_unlisted => {}
                Lookup::Nothing if verb == Verb::Revoke => return Ok(None),
                Lookup::Nothing | Lookup::Name => return Err(not_an_id(place)),
            }
        }
        match read.await {
            // `op` has the same words for what may not be read, but it lists that.
            Err(error) if verb == Verb::Revoke && error.is_of_missing(kind.as_str()) => {
                if let Lookup::Id(_) = self.look_up(vocabulary).await? {
                    return Err(self.unread(error));
                }
                tracing::info!(%error, "there is nothing to revoke where there is no {kind}");
                Ok(None)
            }
            // Some versions of `op` print an empty list so. A grant does no harm and is read back;
            // a revocation ends.
            Err(error) if error.kind() == ErrorKind::NullAnswer && verb == Verb::Grant => {
                Ok(Some(unknown))
            }
            read => read.map(Some).map_err(|error| self.unread(error)),
        }
    }

    async fn look_up(&self, vocabulary: Option<Vocabulary>) -> Result<Lookup, Error> {
        let place = &self.request.place;
        let found = match vocabulary {
            None => listed(self.client, place).await,
            Some(vocabulary) => vault(self.client, vocabulary, &place.id).await,
        };
        found.map_err(|error| self.unread(error))
    }

    /// Proves before a change that C1 names a group by id that no listing has.
    pub(super) async fn prove_place(&self) -> Result<(), Error> {
        if !self.is_foreign || self.listed_place.get().is_some() {
            return Ok(());
        }
        let place = &self.request.place;
        let group = self.client.group_get(&place.id).await;
        match group.map_err(|error| self.unread(error))? {
            Some(group) if group.id.eq_ignore_ascii_case(&place.id) => {
                let _ = self.listed_place.set(group.id);
                Ok(())
            }
            _ => Err(not_an_id(place)),
        }
    }

    /// Whether a row is the principal's; if so, what is sent for C1 is the id that stands in it.
    pub(super) fn is_of_principal(&self, id: &str) -> bool {
        let is = id.eq_ignore_ascii_case(&self.request.principal.id);
        if is && self.is_foreign {
            let _ = self.listed_principal.set(id.to_owned());
        }
        is
    }

    /// The id of the place, as it is listed if it was looked up.
    pub(super) fn place(&self) -> &str {
        let listed = self.listed_place.get();
        listed.unwrap_or(&self.request.place.id)
    }

    /// The id of the principal, likewise.
    pub(super) fn principal(&self) -> &str {
        let listed = self.listed_principal.get();
        listed.unwrap_or(&self.request.principal.id)
    }

    /// Proves that C1 names the principal by id, unless the rows of the place have done so: of who
    /// is there by another id, a revocation must not say that there is nothing to do.
    pub(super) async fn prove_principal(&self) -> Result<(), Error> {
        if !self.is_foreign || self.listed_principal.get().is_some() {
            return Ok(());
        }
        let id = &self.request.principal;
        let found = listed(self.client, id).await;
        match found.map_err(|error| self.unread(error))? {
            Lookup::Id(id) => {
                let _ = self.listed_principal.set(id);
                Ok(())
            }
            Lookup::Nothing if self.request.verb == Verb::Revoke => Ok(()),
            Lookup::Name | Lookup::Nothing => Err(not_an_id(id)),
        }
    }
}

/// What a text is among the groups, or the users.
async fn listed(
    client: &Client,
    ResourceId { kind, id }: &ResourceId,
) -> Result<Lookup, op::Error> {
    if *kind == ResourceKind::Group {
        let rows = client.group_list().await?.rows_or_error("group list")?;
        return Ok(found(id, rows.iter().map(|row| (&*row.id, &*row.name))));
    }
    let rows = client.user_list().await?.rows_or_error("user list")?;
    Ok(found(id, rows.iter().map(|row| (&*row.id, &*row.name))))
}

/// What a text is among the vaults: those that can be read, and if it is none of them, those that
/// are only managed (`src/op/op-cli.md`, Vault listings).
async fn vault(client: &Client, vocabulary: Vocabulary, id: &str) -> Result<Lookup, op::Error> {
    let in_rows = |rows: &[Vault]| found(id, rows.iter().map(|row| (&*row.id, &*row.name)));
    let readable = client.vault_list(None).await?;
    let first = in_rows(&readable.rows);
    if let Lookup::Id(_) = first {
        return Ok(first);
    }
    let managed = client.vault_list(Some(vocabulary.manages_vault())).await?;
    let best = first.max(in_rows(&managed.rows));
    if !matches!(best, Lookup::Id(_)) {
        readable.rows_or_error("vault list")?;
        managed.rows_or_error("vault list --permission")?;
    }
    Ok(best)
}

/// Letter case is no difference (`src/op/op-cli.md`, Ids).
fn found<'a>(id: &str, rows: impl Iterator<Item = (&'a str, &'a str)>) -> Lookup {
    let mut found = Lookup::Nothing;
    for (own, name) in rows {
        if own.eq_ignore_ascii_case(id) {
            return Lookup::Id(own.to_owned());
        }
        if name.eq_ignore_ascii_case(id) {
            found = Lookup::Name;
        }
    }
    found
}

fn not_an_id(id: &ResourceId) -> Error {
    Error::malformed(&format!(
        "{:?} is not the id of a {} that `op` lists, so nothing was changed: a name or an e-mail could be somebody \
         else's. Sync, and ask for it by the id that the sync shows",
        id.id, id.kind
    ))
}
