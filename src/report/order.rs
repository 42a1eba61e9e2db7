//! The order of principals and vaults, and the names they are shown by.

use std::collections::HashSet;

use crate::baton::ids::ResourceKind;

use super::model::Access;

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

/// What a name as shown is made of: kind, name, id and e-mail address. Those of one kind and name
/// are told apart by address where that does it, else by id.
pub(super) type NameParts<'a> = (ResourceKind, &'a str, &'a str, &'a str);

/// The names in the same order, safe to show. Sorting puts ids that begin alike side by side, so
/// that many of one name cost no more than as many of different names.
pub(super) fn labels<'a>(named: impl Iterator<Item = NameParts<'a>>) -> Vec<String> {
    let mut sorted: Vec<(NameParts<'_>, usize)> = named.zip(0..).collect();
    sorted.sort_unstable();
    let mut labels = vec![String::new(); sorted.len()];
    for same in
        sorted.chunk_by(|((kind, name, ..), _), (next, _)| (*kind, *name) == (next.0, next.1))
    {
        for (&((_, name, id, _), at), tail) in same.iter().zip(tails(same)) {
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
fn tails(same: &[(NameParts<'_>, usize)]) -> Vec<Option<String>> {
    if same.len() < 2 {
        return vec![None; same.len()];
    }
    let all = || same.iter().map(|((.., id, email), _)| (*id, *email));
    let emails: HashSet<String> = all().map(|(_, email)| email.to_lowercase()).collect();
    if emails.len() == same.len() && !emails.contains("") {
        return all().map(|(_, email)| Some(email.to_owned())).collect();
    }
    let ids: Vec<&str> = all().map(|(id, _)| id).collect();
    let start = |(at, id): (usize, &&str)| {
        let before = at.checked_sub(1).map_or("", |before| ids[before]);
        let after = ids.get(at + 1).map_or("", |after| after);
        Some(start(id, common(id, before).max(common(id, after))))
    };
    ids.iter().enumerate().map(start).collect()
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
        let one = |&(name, id, email)| (ResourceKind::Vault, name, id, email);
        labels(named.iter().map(one))
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
