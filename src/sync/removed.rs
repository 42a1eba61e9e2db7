//! Vaults and groups that were listed and that `op` then knows nothing of: removed while the sync ran, or hidden?

use crate::connector::{group, vault};
use crate::op::types::{Group, Listing, Vault};
use crate::op::{self, Client};

use super::access::Item;
use super::directory::Directory;
use super::error::Error;
use super::optional::{managed_vaults, when};
use super::plan::Plan;
use super::report::{Warning, Warnings};

/// What vanished, and what `op` said of it.
pub(super) type Gone = (Item, op::Error);

/// Notes what was removed. The listings are asked again before that is believed, for `op` has the same words for what
/// one may not see. The calls that these saved pay for that.
///
/// # Errors
/// `op`'s words about what is still listed, or of which that is not known; [`Error::TargetMissing`] when it was asked
/// for by name.
pub(super) async fn note(
    client: &Client,
    plan: &Plan,
    directory: &Directory,
    gone: Vec<Gone>,
    warnings: &mut Warnings,
) -> Result<(), Error> {
    let Some((first, _)) = gone.first() else {
        return Ok(());
    };
    if !plan.targets.is_empty() {
        return Err(Error::TargetMissing(match *first {
            Item::Group(i) => group::id(&directory.groups[i].id),
            Item::Vault(i) => vault::id(&directory.vaults[i].id),
        }));
    }
    refuse_hidden(client, directory, &gone).await?;
    for (item, _) in gone {
        let (warning, name, id) = match item {
            Item::Group(i) => {
                let Group { name, id, .. } = &directory.groups[i];
                (Warning::GroupRemoved, name, id)
            }
            Item::Vault(i) => {
                let Vault { name, id, .. } = &directory.vaults[i];
                (Warning::VaultRemoved, name, id)
            }
        };
        warnings.add(warning, format!("{name} ({id})"));
    }
    Ok(())
}

/// Asks each listing again that one of them came from.
async fn refuse_hidden(client: &Client, directory: &Directory, gone: &[Gone]) -> Result<(), Error> {
    let of_groups = |item: &Item| matches!(item, Item::Group(_));
    let is_managed = |item: &Item| match *item {
        Item::Vault(i) => directory.managed_only.contains(&directory.vaults[i].id),
        Item::Group(_) => false,
    };
    let asks = |fits: &dyn Fn(&Item) -> bool| gone.iter().any(|(item, _)| fits(item));
    let readable = |item: &Item| !of_groups(item) && !is_managed(item);
    let (groups, vaults, managed) = tokio::try_join!(
        when(asks(&of_groups), client.group_list()),
        when(asks(&readable), client.vault_list(None)),
        when(
            asks(&is_managed),
            managed_vaults(client, directory.vocabulary)
        ),
    )?;
    let managed = managed.and_then(Result::ok);
    for (item, error) in gone {
        let is_listed = match *item {
            Item::Group(i) => has(groups.as_ref(), &directory.groups[i].id, |row| &row.id),
            Item::Vault(i) => {
                let listing = if is_managed(item) { &managed } else { &vaults };
                has(listing.as_ref(), &directory.vaults[i].id, |row| &row.id)
            }
        };
        if is_listed {
            return Err(error.clone().into());
        }
    }
    Ok(())
}

/// Whether a listing has this id, or does not tell.
fn has<T>(listing: Option<&Listing<T>>, id: &str, of: impl Fn(&T) -> &String) -> bool {
    listing.is_none_or(|listing| {
        let mut rows = listing.rows.iter();
        listing.null || rows.any(|row| of(row).eq_ignore_ascii_case(id))
    })
}
