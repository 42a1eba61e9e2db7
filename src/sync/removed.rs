//! Vaults and groups that were listed and that `op` then knows nothing of: removed while the sync
//! ran, or hidden?

use std::collections::HashSet;

use crate::baton::ids::{ResourceId, ResourceKind};
use crate::op::types::Listing;
use crate::op::{self, Client};

use super::access::{self, Item};
use super::directory::Directory;
use super::error::Error;
use super::optional::{managed_vaults, when};
use super::records::Records;
use super::report::Warning;

/// Notes what was removed, and what is only hidden: items, and what `op` said of them. The listings
/// are asked again before a removal is believed, for `op` has the same words for what one may not
/// see. The calls that these saved pay for that.
///
/// # Errors
/// `op`'s words about what is still listed, or of which that is not known, unless it may be marked
/// as unread; [`Error::TargetMissing`] when it was asked for by name.
pub(super) async fn note(
    client: &Client,
    records: &mut Records<'_>,
    vanished: Vec<(Item, op::Error)>,
) -> Result<(), Error> {
    let directory = records.directory;
    let named = |item| match item {
        Item::Group(i) => (
            ResourceKind::Group,
            &directory.groups[i].id,
            &directory.groups[i].name,
        ),
        Item::Vault(i) => (
            ResourceKind::Vault,
            &directory.vaults[i].id,
            &directory.vaults[i].name,
        ),
    };
    let Some((first, _)) = vanished.first() else {
        return Ok(());
    };
    if !records.plan.targets.is_empty() {
        let (kind, id, _) = named(*first);
        return Err(Error::TargetMissing(ResourceId::new(kind, id)));
    }
    let items: Vec<Item> = vanished.iter().map(|(item, _)| *item).collect();
    let listed = listed_again(client, directory, &items).await?;
    for (item, error) in vanished {
        let (_, id, name) = named(item);
        let of_item = &listed[listing_of(directory, item)];
        let is_listed = of_item
            .as_ref()
            .is_none_or(|ids| ids.contains(&id.to_ascii_lowercase()));
        let warning = match item {
            _ if is_listed => {
                hidden(records, item, error)?;
                continue;
            }
            // What vaults still name is not gone, whatever the listing says.
            Item::Group(i) if records.groups.contains_key(id) => {
                records.unreadable(&directory.groups[i], &error);
                continue;
            }
            Item::Group(_) => Warning::GroupRemoved,
            Item::Vault(_) => Warning::VaultRemoved,
        };
        records.warnings.add(warning, format!("{name} ({id})"));
    }
    Ok(())
}

/// What is still listed was refused, not removed.
fn hidden(records: &mut Records<'_>, item: Item, error: op::Error) -> Result<(), Error> {
    let directory = records.directory;
    let gaps = access::gaps(records.plan, directory, item);
    if !gaps
        .iter()
        .all(|gap| records.plan.leaves_unread(gap, &error))
    {
        return Err(access::of_listing(error));
    }
    for gap in gaps {
        records.refused(gap, &error);
    }
    match item {
        // A vault that names it has written it already.
        Item::Group(i) if records.groups.contains_key(&directory.groups[i].id) => {}
        Item::Group(i) => records.group(&directory.groups[i], None),
        Item::Vault(i) => records.vault(&directory.vaults[i], None, None),
    }
    Ok(())
}

/// Where an item was listed, by its place in what [`listed_again`] gives.
fn listing_of(directory: &Directory, item: Item) -> usize {
    match item {
        Item::Group(_) => 0,
        Item::Vault(i) if directory.managed_only.contains(&directory.vaults[i].id) => 1,
        Item::Vault(_) => 2,
    }
}

/// The ids in small letters that the listings of these items have now: of the groups, of the
/// vaults that are managed only, of the others. `None` of a listing that does not tell.
async fn listed_again(
    client: &Client,
    directory: &Directory,
    items: &[Item],
) -> Result<[Option<HashSet<String>>; 3], Error> {
    let needs = |place| {
        items
            .iter()
            .any(|item| listing_of(directory, *item) == place)
    };
    let (groups, managed, vaults) = tokio::try_join!(
        when(needs(0), client.group_list()),
        when(needs(1), managed_vaults(client, directory.vocabulary)),
        when(needs(2), client.vault_list(None)),
    )?;
    Ok([
        ids(groups, |group| group.id),
        ids(managed.and_then(Result::ok), |vault| vault.id),
        ids(vaults, |vault| vault.id),
    ])
}

fn ids<T>(listing: Option<Listing<T>>, id: fn(T) -> String) -> Option<HashSet<String>> {
    let rows = listing.filter(|listing| !listing.null)?.rows.into_iter();
    Some(rows.map(|row| id(row).to_ascii_lowercase()).collect())
}
