//! Vaults and groups that were listed and that `op` then does not know: removed since, or hidden?

use std::collections::HashSet;

use crate::baton::ids::ResourceId;
use crate::op::types::Listing;
use crate::op::{self, Client};

use super::access::{self, Item};
use super::directory::{Directory, managed_vaults, when};
use super::error::Error;
use super::records::Records;
use super::report::Warning;

/// Notes what was removed, and what is only hidden: items, and what `op` said of them, which has
/// the same words for both. So the listings are asked again; the calls that these saved pay for
/// that. What is still listed, or may be, is an error unless it may be marked as unread, and so is
/// what was asked for by name.
pub(super) async fn note(
    client: &Client,
    records: &mut Records<'_>,
    vanished: Vec<(Item, op::Error)>,
) -> Result<(), Error> {
    let Some((first, _)) = vanished.first() else {
        return Ok(());
    };
    let directory = records.directory;
    if !records.plan.targets.is_empty() {
        return Err(Error::TargetMissing(first.named(directory).0));
    }
    let listed = listed_again(client, directory, &vanished).await?;
    for (item, error) in vanished {
        let (ResourceId { id, .. }, name) = item.named(directory);
        let of_item = listed[listing_of(directory, item)].as_ref();
        let is_listed = of_item.is_none_or(|ids| ids.contains(&id.to_ascii_lowercase()));
        let gone = format!("{name} ({id})");
        match item {
            _ if is_listed => hidden(records, item, error)?,
            // What vaults still name is not gone, whatever the listing says.
            Item::Group(i) if records.groups.contains_key(&id) => {
                records.unreadable(&directory.groups[i], &error);
            }
            Item::Group(_) => records.warnings.add(Warning::GroupRemoved, gone),
            Item::Vault(_) => records.warnings.add(Warning::VaultRemoved, gone),
        }
    }
    Ok(())
}

/// What is still listed was refused, not removed.
fn hidden(records: &mut Records<'_>, item: Item, error: op::Error) -> Result<(), Error> {
    let directory = records.directory;
    let gaps = access::gaps(records.plan, directory, item);
    let allowed = records.plan.allow_unread;
    if !gaps.iter().all(|gap| allowed.covers(gap, &error)) {
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
    items: &[(Item, op::Error)],
) -> Result<[Option<HashSet<String>>; 3], Error> {
    let needed = items.iter().map(|(item, _)| listing_of(directory, *item));
    let needs = |place| needed.clone().any(|needed| needed == place);
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
