//! The order of principals and vaults, and the names they are shown by.

use std::collections::HashMap;

use super::snapshot::{Access, Principal, Vault};

/// An index as a place. A list too long for it would not have fitted in memory.
pub(super) fn place(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

/// The place of a text in the list, at whose end it is put when it is new.
pub(super) fn intern(list: &mut Vec<String>, text: &str) -> u32 {
    let known = list.iter().position(|one| one == text);
    place(known.unwrap_or_else(|| {
        list.push(text.to_owned());
        list.len() - 1
    }))
}

/// Sorts the list; the answer maps old places to new ones.
pub(super) fn by_key<T, K: Ord>(list: &mut Vec<T>, key: impl Fn(&T) -> K) -> Vec<u32> {
    let mut numbered: Vec<(usize, T)> = std::mem::take(list).into_iter().enumerate().collect();
    numbered.sort_by_cached_key(|(_, item)| key(item));
    let mut places = vec![0; numbered.len()];
    for (new, (old, item)) in numbered.into_iter().enumerate() {
        places[old] = place(new);
        list.push(item);
    }
    places
}

/// Gives every principal its name as shown.
pub(super) fn label_principals(principals: &mut [Principal]) {
    let names = principals
        .iter()
        .map(|p| ((p.kind, p.name.as_str()), p.id.as_str()));
    let labels = labels(names, |(_, name)| name);
    for (principal, label) in principals.iter_mut().zip(labels) {
        principal.label = label;
    }
}

/// Gives every vault its name as shown.
pub(super) fn label_vaults(vaults: &mut [Vault]) {
    let names = vaults.iter().map(|v| (v.name.as_str(), v.id.as_str()));
    let labels = labels(names, |name| name);
    for (vault, label) in vaults.iter_mut().zip(labels) {
        vault.label = label;
    }
}

/// The names, safe to show and with as much of the id as tells those with equal keys apart.
fn labels<'a, K: Copy + Eq + std::hash::Hash>(
    named: impl Iterator<Item = (K, &'a str)> + Clone,
    name: impl Fn(K) -> &'a str,
) -> Vec<String> {
    let mut ids: HashMap<K, Vec<&str>> = HashMap::new();
    for (key, id) in named.clone() {
        ids.entry(key).or_default().push(id);
    }
    let label = |(key, id): (K, &str)| {
        let same = ids.get(&key).map_or(&[][..], Vec::as_slice);
        let text = match (name(key).trim().is_empty(), same.len()) {
            (true, _) => format!("({id})"),
            (false, ..=1) => name(key).to_owned(),
            (false, _) => format!("{} ({})", name(key), start(id, same)),
        };
        crate::text::plain(&text).into_owned()
    };
    named.map(label).collect()
}

/// The start of an id that no other one has, at least six characters, or the whole id.
fn start(id: &str, all: &[&str]) -> String {
    let is_unique =
        |start: &&str| all.iter().filter(|other| other.starts_with(*start)).count() == 1;
    let starts = id.char_indices().map(|(at, _)| &id[..at]).skip(6);
    starts
        .clone()
        .find(is_unique)
        .map_or(id.to_owned(), |start| format!("{start}…"))
}

/// The order of access entries.
pub(super) fn by_place(a: &Access, b: &Access) -> std::cmp::Ordering {
    (a.principal, a.vault, &a.path).cmp(&(b.principal, b.vault, &b.path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_names_are_told_apart_by_the_start_of_their_ids() {
        let named = [
            ("Shared", "abcdefgh1234"),
            ("Shared", "abcdefgx1234"),
            ("Shared", "zzz"),
            ("Own", "abcdefgh5678"),
            (" ", "q1"),
        ];
        let labels = labels(named.into_iter(), |name| name);
        let expected = [
            "Shared (abcdefgh…)",
            "Shared (abcdefgx…)",
            "Shared (zzz)",
            "Own",
            "(q1)",
        ];
        assert_eq!(labels, expected);
    }
}
