//! Vaults and groups that were listed and that `op` then knows nothing of: removed while the sync
//! ran, or hidden?

use crate::baton::ids::{ResourceId, ResourceKind};
use crate::op::types::{Group, Listing, Vault};
use crate::op::{self, Client};

use super::access::{self, Item};
use super::directory::Directory;
use super::error::Error;
use super::optional::{managed_vaults, when};
use super::records::Records;
use super::report::Warning;

/// What vanished, and what `op` said of it.
pub(super) type Vanished = (Item, op::Error);

/// Notes what was removed, and what is only hidden. The listings are asked again before a removal
/// is believed, for `op` has the same words for what one may not see. The calls that these saved
/// pay for that.
///
/// # Errors
/// `op`'s words about what is still listed, or of which that is not known, unless it may be marked
/// as unread; [`Error::TargetMissing`] when it was asked for by name.
pub(super) async fn note(
    client: &Client,
    records: &mut Records<'_>,
    vanished: Vec<Vanished>,
) -> Result<(), Error> {
    let Some((first, _)) = vanished.first() else {
        return Ok(());
    };
    let directory = records.directory;
    if !records.plan.targets.is_empty() {
        return Err(Error::TargetMissing(match *first {
            Item::Group(i) => ResourceId::new(ResourceKind::Group, &directory.groups[i].id),
            Item::Vault(i) => ResourceId::new(ResourceKind::Vault, &directory.vaults[i].id),
        }));
    }
    let listings = Listings::read(client, directory, &vanished).await?;
    for (item, error) in vanished {
        if listings.has(directory, item) {
            hidden(records, item, error)?;
            continue;
        }
        let (warning, name, id) = match item {
            // What vaults still name is not gone, whatever the listing says.
            Item::Group(i) if records.groups.contains_key(&directory.groups[i].id) => {
                records.unreadable(&directory.groups[i], &error);
                continue;
            }
            Item::Group(i) => {
                let Group { name, id, .. } = &directory.groups[i];
                (Warning::GroupRemoved, name, id)
            }
            Item::Vault(i) => {
                let Vault { name, id, .. } = &directory.vaults[i];
                (Warning::VaultRemoved, name, id)
            }
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

/// The listings that what is gone came from, asked again.
struct Listings {
    groups: Option<Listing<Group>>,
    vaults: Option<Listing<Vault>>,
    managed: Option<Listing<Vault>>,
}

impl Listings {
    async fn read(
        client: &Client,
        directory: &Directory,
        vanished: &[Vanished],
    ) -> Result<Self, Error> {
        let is_group = |item: Item| matches!(item, Item::Group(_));
        let is_readable = |item| !is_group(item) && !is_managed(directory, item);
        let any = |fits: &dyn Fn(Item) -> bool| vanished.iter().any(|&(item, _)| fits(item));
        let (groups, vaults, managed) = tokio::try_join!(
            when(any(&is_group), client.group_list()),
            when(any(&is_readable), client.vault_list(None)),
            when(
                any(&|item| is_managed(directory, item)),
                managed_vaults(client, directory.vocabulary)
            ),
        )?;
        Ok(Self {
            groups,
            vaults,
            managed: managed.and_then(Result::ok),
        })
    }

    /// Whether it is still listed, or its listing does not tell.
    fn has(&self, directory: &Directory, item: Item) -> bool {
        match item {
            Item::Group(i) => has(self.groups.as_ref(), &directory.groups[i].id, |row| &row.id),
            Item::Vault(i) => {
                let listing = match is_managed(directory, item) {
                    true => &self.managed,
                    false => &self.vaults,
                };
                has(listing.as_ref(), &directory.vaults[i].id, |row| &row.id)
            }
        }
    }
}

fn is_managed(directory: &Directory, item: Item) -> bool {
    match item {
        Item::Vault(i) => directory.managed_only.contains(&directory.vaults[i].id),
        Item::Group(_) => false,
    }
}

/// Whether a listing has this id, or does not tell.
fn has<T>(listing: Option<&Listing<T>>, id: &str, of: impl Fn(&T) -> &String) -> bool {
    listing.is_none_or(|listing| {
        let mut rows = listing.rows.iter();
        listing.null || rows.any(|row| of(row).eq_ignore_ascii_case(id))
    })
}
