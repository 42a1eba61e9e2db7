//! The order of principals and vaults, and the names they are shown by.

use std::collections::HashSet;

use super::model::{Access, Principal, Vault};

/// An index as a place. A list too long for it would not have fitted in memory.
pub(super) fn place(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
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

/// Gives every principal its name as shown: those of one name are told apart by e-mail address where
/// that does it, else by id.
pub(super) fn label_principals(principals: &mut [Principal]) {
    let named = principals.iter().map(|p| Named {
        key: (p.kind, p.name.as_str()),
        name: &p.name,
        id: &p.id,
        email: &p.email,
    });
    let labels = labels(named.collect());
    for (principal, label) in principals.iter_mut().zip(labels) {
        principal.label = label;
    }
}

/// Gives every vault its name as shown.
pub(super) fn label_vaults(vaults: &mut [Vault]) {
    let named = vaults.iter().map(|v| Named {
        key: v.name.as_str(),
        name: &v.name,
        id: &v.id,
        email: "",
    });
    let labels = labels(named.collect());
    for (vault, label) in vaults.iter_mut().zip(labels) {
        vault.label = label;
    }
}

/// What a name as shown is made of.
struct Named<'a, K> {
    /// Those with equal keys are told apart.
    key: K,
    name: &'a str,
    id: &'a str,
    email: &'a str,
}

/// The names in the same order, safe to show. Sorting puts ids that begin alike side by side, so that
/// many of one name cost no more than as many of different names.
fn labels<K: Ord>(named: Vec<Named<'_, K>>) -> Vec<String> {
    let mut sorted: Vec<usize> = (0..named.len()).collect();
    sorted.sort_unstable_by(|&a, &b| {
        let [a, b] = [a, b].map(|at| &named[at]);
        (&a.key, a.id).cmp(&(&b.key, b.id))
    });
    let mut labels = vec![String::new(); named.len()];
    for same in sorted.chunk_by(|&a, &b| named[a].key == named[b].key) {
        let same_named: Vec<&Named<'_, K>> = same.iter().map(|&at| &named[at]).collect();
        let tails = tails(&same_named);
        for (&at, tail) in same.iter().zip(tails) {
            let Named { name, id, .. } = named[at];
            let text = match (name.trim().is_empty(), tail) {
                (true, _) => format!("({id})"),
                (false, None) => name.to_owned(),
                (false, Some(tail)) => format!("{name} ({tail})"),
            };
            labels[at] = crate::text::plain(&text).into_owned();
        }
    }
    labels
}

/// What tells each of one name, sorted by id, from the others; nothing when it is the only one.
fn tails<K>(same: &[&Named<'_, K>]) -> Vec<Option<String>> {
    if same.len() < 2 {
        return vec![None; same.len()];
    }
    let emails: HashSet<String> = same.iter().map(|one| one.email.to_lowercase()).collect();
    if emails.len() == same.len() && !emails.contains("") {
        let emails = same.iter().map(|one| Some(one.email.to_owned()));
        return emails.collect();
    }
    let id = |at: usize| same.get(at).map_or("", |one| one.id);
    let start = |(at, one): (usize, &&Named<'_, K>)| {
        let before = at.checked_sub(1).map_or("", id);
        let common = common(one.id, before).max(common(one.id, id(at + 1)));
        Some(start(one.id, common))
    };
    same.iter().enumerate().map(start).collect()
}

/// How many characters two texts have in common at their start.
fn common(a: &str, b: &str) -> usize {
    let pairs = a.chars().zip(b.chars());
    pairs.take_while(|(a, b)| a == b).count()
}

/// The start of an id that goes beyond what others have in common with it, at least six characters,
/// or the whole id.
fn start(id: &str, common: usize) -> String {
    match id.char_indices().nth((common + 1).max(6)) {
        Some((end, _)) => format!("{}…", &id[..end]),
        None => id.to_owned(),
    }
}

/// The order of access entries.
pub(super) fn by_place(a: &Access, b: &Access) -> std::cmp::Ordering {
    (a.principal, a.vault, &a.path).cmp(&(b.principal, b.vault, &b.path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels_of(named: &[(&str, &str, &str)]) -> Vec<String> {
        let one = |&(name, id, email)| Named {
            key: name,
            name,
            id,
            email,
        };
        labels(named.iter().map(one).collect())
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
