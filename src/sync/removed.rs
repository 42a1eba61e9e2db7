//! Vaults that were listed and that `op` then knows nothing of: removed while the sync ran, or hidden?

use crate::connector::vault;
use crate::op::{self, Client};

use super::directory::Directory;
use super::error::Error;
use super::optional::{managed_vaults, when};
use super::plan::Plan;
use super::report::{Warning, Warnings};

/// A vault's place in the directory, and what `op` said of it.
pub(super) type Gone = (usize, op::Error);

/// Notes the vaults that were removed. One vault may vanish; when it is more, or all there are, the
/// listings are asked again, for `op` has the same words for vaults that one may not see. The calls
/// that these vaults saved pay for that.
///
/// # Errors
/// `op`'s words about a vault that is still listed, or of which that is not known;
/// [`Error::TargetMissing`] when it was asked for by name.
pub(super) async fn note(
    client: &Client,
    plan: &Plan,
    directory: &Directory,
    gone: Vec<Gone>,
    warnings: &mut Warnings,
) -> Result<(), Error> {
    let Some(&(first, _)) = gone.first() else {
        return Ok(());
    };
    if !plan.targets.is_empty() {
        let target = vault::id(&directory.vaults[first].id);
        return Err(Error::TargetMissing(target));
    }
    if gone.len() > 1 || gone.len() == directory.vaults.len() {
        refuse_hidden(client, directory, &gone).await?;
    }
    for (place, _) in gone {
        let vault = &directory.vaults[place];
        warnings.add(
            Warning::VaultRemoved,
            format!("{} ({})", vault.name, vault.id),
        );
    }
    Ok(())
}

/// Asks each listing again that one of the vaults came from.
async fn refuse_hidden(client: &Client, directory: &Directory, gone: &[Gone]) -> Result<(), Error> {
    let is_managed = |place: usize| directory.managed_only.contains(&directory.vaults[place].id);
    let asks = |managed| gone.iter().any(|(place, _)| is_managed(*place) == managed);
    let (listed, managed) = tokio::try_join!(
        when(asks(false), client.vault_list(None)),
        when(asks(true), managed_vaults(client, directory.vocabulary)),
    )?;
    let managed = managed.and_then(Result::ok);
    for (place, error) in gone {
        let id = &directory.vaults[*place].id;
        let listing = if is_managed(*place) {
            &managed
        } else {
            &listed
        };
        let is_listed = listing.as_ref().is_none_or(|listing| {
            let mut rows = listing.rows.iter();
            listing.null || rows.any(|row| row.id.eq_ignore_ascii_case(id))
        });
        if is_listed {
            return Err(error.clone().into());
        }
    }
    Ok(())
}
