//! The order of principals and vaults, and the names they are shown by.

use std::collections::HashSet;

use crate::baton::ids::ResourceKind::Vault;

use super::model::Resource;

/// An index as a place. A list too long for it would not have fitted in memory.
pub(super) fn place(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

/// Sorts by kind and name, and gives each its new place, among principals or vaults, and its label;
/// the answer maps old places to new ones.
pub(super) fn by_name(all: &mut [Resource]) -> Vec<u32> {
    all.sort_by_cached_key(|one| (one.kind, one.name.to_lowercase(), one.id.clone()));
    let mut places = vec![0; all.len()];
    for list in all.chunk_by_mut(|a, b| (a.kind == Vault) == (b.kind == Vault)) {
        for (new, one) in (0..).zip(list) {
            places[std::mem::replace(&mut one.place, new) as usize] = new;
        }
    }
    label(all.iter_mut().collect());
    places
}

/// Gives them names that are safe to show. Those of one kind and name are told apart by address
/// where that does it, else by id. Sorted ids that begin alike are neighbours: many of one name
/// cost no more than others.
fn label(mut list: Vec<&mut Resource>) {
    list.sort_unstable_by(|a, b| (a.kind, &a.name, &a.id).cmp(&(b.kind, &b.name, &b.id)));
    for same in list.chunk_by_mut(|a, b| (a.kind, &a.name) == (b.kind, &b.name)) {
        let ids: Vec<String> = same.iter().map(|one| one.id.clone()).collect();
        let emails: HashSet<String> = same.iter().map(|one| one.email.to_lowercase()).collect();
        let by_email = emails.len() == same.len() && !emails.contains("");
        for (at, one) in same.iter_mut().enumerate() {
            let text = match one.name.trim() {
                "" => format!("({})", one.id),
                _ if ids.len() == 1 => one.name.clone(),
                _ if by_email => format!("{} ({})", one.name, one.email),
                _ => format!("{} ({})", one.name, start(&ids, at)),
            };
            one.label = crate::text::plain(&text).into_owned();
        }
    }
}

/// The start of one of these sorted ids that goes beyond what others have in common with it, at
/// least six characters, or the whole id.
fn start(ids: &[String], at: usize) -> String {
    let id = &ids[at];
    let neighbours = ids[..at].last().into_iter().chain(ids.get(at + 1));
    let common = neighbours.map(|other| {
        let pairs = id.chars().zip(other.chars());
        pairs.take_while(|(a, b)| a == b).count()
    });
    let needed = common.max().unwrap_or_default() + 1;
    match id.char_indices().nth(needed.max(6)) {
        Some((end, _)) => format!("{}…", &id[..end]),
        None => id.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baton::ids::{ResourceId, ResourceKind};

    fn labels_of(named: &[(&str, &str, &str)]) -> Vec<String> {
        let one = |&(name, id, email): &(&str, &str, &str)| Resource {
            name: name.to_owned(),
            email: email.to_owned(),
            ..Resource::new(&ResourceId::new(ResourceKind::Vault, id), 0, None)
        };
        let mut list: Vec<Resource> = named.iter().map(one).collect();
        label(list.iter_mut().collect());
        list.into_iter().map(|one| one.label).collect()
    }

    #[test]
    fn equal_names_are_told_apart_by_the_start_of_their_ids() {
        let named = [
            ("Shared", "abcdefgh1234", ""),
            ("Shared", "abcdefgx1234", "s@x"),
            ("Shared", "zzz", ""),
            ("Own", "abcdefgh5678", "o@x"),
            (" ", "q1", ""),
        ];
        let expected = [
            "Shared (abcdefgh…)",
            "Shared (abcdefgx…)",
            "Shared (zzz)",
            "Own",
            "(q1)",
        ];
        assert_eq!(labels_of(&named), expected);
    }

    #[test]
    fn twins_are_told_apart_by_their_addresses_when_these_differ() {
        let twins = [("Sam", "a1", "sam@x"), ("Sam", "a2", "sam2@x")];
        assert_eq!(labels_of(&twins), ["Sam (sam@x)", "Sam (sam2@x)"]);
        let alike = [("Sam", "a1", "sam@x"), ("Sam", "a2", "SAM@x")];
        assert_eq!(labels_of(&alike), ["Sam (a1)", "Sam (a2)"]);
    }

    /// Each compared with each, this would take 40,000,000,000 steps and not end.
    #[test]
    fn many_of_one_name_are_told_apart_without_comparing_each_with_each() {
        let ids: Vec<String> = (0..200_000).map(|n| format!("{n:026}")).collect();
        let named: Vec<_> = ids.iter().map(|id| ("Sam", id.as_str(), "")).collect();
        let labels: HashSet<String> = labels_of(&named).into_iter().collect();
        assert_eq!(labels.len(), ids.len());
    }
}
