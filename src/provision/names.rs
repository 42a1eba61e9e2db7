//! How messages show people, groups and places.

use crate::baton::ids::ResourceId;
use crate::text;

/// Longest name in a message, in characters.
const NAME_LENGTH: usize = 80;

/// A name as messages show it.
pub(super) fn clean(name: &str) -> String {
    let name = name.chars().filter(|c| !text::acts(*c));
    name.take(NAME_LENGTH).collect::<String>().trim().to_owned()
}

/// `user Ada Birch (U1)`, or `user U1`.
pub(super) fn named(id: &ResourceId, name: &str) -> String {
    let (kind, id) = (id.kind, text::plain(&id.id));
    match name {
        "" => format!("{kind} {id}"),
        name => format!("{kind} {name} ({id})"),
    }
}
