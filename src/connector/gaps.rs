//! What a sync could not read, as its file remembers it: under `unread` in the account's profile,
//! which other readers pass over. The keys are the commands of `op` that gave no answer, the values
//! why. What a file without `unread` lacks, of another connector or an earlier version, is not
//! known; one with an empty `unread` was read whole, as far as its options go.

use std::collections::BTreeMap;

use prost_types::value::Kind;
use prost_types::{Struct, Value};

use crate::baton::ids::ResourceKind;
use crate::baton::pb::v2;
use crate::text::start;

/// The profile's key.
const UNREAD: &str = "unread";
/// Most bytes of a reason.
const LONGEST: usize = 300;

/// A listing that gave no answer, or rows that left something out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gap {
    /// Connect servers and their tokens.
    Projects,
    /// Vaults that the caller manages and cannot read.
    ManagedVaults,
    /// Who is in this group, or with which role.
    Members(String),
    /// Which users hold what on this vault directly.
    VaultUsers(String),
    /// Which groups hold what on this vault.
    VaultGroups(String),
}

impl Gap {
    /// The command of `op` without its first word, and the key in the file.
    pub fn command(&self) -> String {
        match self {
            Self::Projects => "connect server list".to_owned(),
            Self::ManagedVaults => "vault list --permission".to_owned(),
            Self::Members(group) => format!("group user list {group}"),
            Self::VaultUsers(vault) => format!("vault user list {vault}"),
            Self::VaultGroups(vault) => format!("vault group list {vault}"),
        }
    }

    fn of_command(command: &str) -> Option<Self> {
        let id = command.splitn(4, ' ').nth(3).unwrap_or_default();
        let of_one = [Self::Members, Self::VaultUsers, Self::VaultGroups];
        let of_one = of_one.map(|gap| gap(id.to_owned())).into_iter();
        let mut all = of_one.chain([Self::Projects, Self::ManagedVaults]);
        all.find(|gap| gap.command() == command)
    }
}

/// All gaps of a sync, each with the reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gaps(BTreeMap<Gap, String>);

impl Gaps {
    /// Notes a gap; the first reason counts.
    pub fn add(&mut self, gap: Gap, why: &str) {
        let why = start(why, LONGEST);
        self.0.entry(gap).or_insert_with(|| why.into_owned());
    }

    /// Whether this was not read.
    pub fn has(&self, gap: &Gap) -> bool {
        self.0.contains_key(gap)
    }

    /// The gaps with their reasons, in a fixed order.
    pub fn iter(&self) -> impl Iterator<Item = (&Gap, &str)> {
        self.0.iter().map(|(gap, why)| (gap, why.as_str()))
    }

    /// The account's profile that holds them.
    pub fn profile(&self) -> Struct {
        let gaps = self.iter().map(|(gap, why)| (gap.command(), why.into()));
        let unread = gaps.collect::<BTreeMap<String, Value>>();
        Struct {
            fields: [(UNREAD.to_owned(), unread.into())].into(),
        }
    }

    /// What the file remembers; `None` for another resource than the account, and for a file that
    /// does not tell. A key that a later version wrote is none that this one has a figure for.
    pub fn of_account(resource: &v2::Resource) -> Option<Self> {
        let is_account = resource.id.as_ref()?.resource_type == ResourceKind::Account.as_str();
        let profile = resource.profile.as_ref().filter(|_| is_account);
        let unread = profile?.fields.get(UNREAD)?;
        let Some(Kind::StructValue(unread)) = &unread.kind else {
            return None;
        };
        let gap = |(command, why): (&String, &Value)| {
            let why = match &why.kind {
                Some(Kind::StringValue(why)) => why.clone(),
                _ => String::new(),
            };
            Some((Gap::of_command(command)?, why))
        };
        Some(Self(unread.fields.iter().filter_map(gap).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baton::ids::ResourceId;

    fn account(profile: Option<Struct>) -> v2::Resource {
        v2::Resource {
            id: Some(ResourceId::new(ResourceKind::Account, "A").to_message()),
            profile,
            ..Default::default()
        }
    }

    #[test]
    fn what_was_not_read_is_read_back() {
        let mut gaps = Gaps::default();
        assert_eq!(
            Gaps::of_account(&account(Some(gaps.profile()))),
            Some(gaps.clone())
        );
        for gap in [
            Gap::Projects,
            Gap::ManagedVaults,
            Gap::Members("g:1".into()),
            Gap::VaultUsers("v 1".into()),
            Gap::VaultGroups(String::new()),
        ] {
            gaps.add(gap.clone(), "refused");
            gaps.add(gap, "again");
        }
        let read = Gaps::of_account(&account(Some(gaps.profile())));
        assert_eq!(read.as_ref(), Some(&gaps));
        assert!(gaps.iter().all(|(_, why)| why == "refused"));
        assert_eq!(gaps.iter().count(), 5);
    }

    #[test]
    fn files_that_do_not_tell_and_other_resources_are_unknown() {
        assert_eq!(Gaps::of_account(&account(None)), None);
        assert_eq!(Gaps::of_account(&account(Some(Struct::default()))), None);
        let mut other = account(Some(Gaps::default().profile()));
        other.id = Some(ResourceId::new(ResourceKind::Group, "A").to_message());
        assert_eq!(Gaps::of_account(&other), None);
    }
}
