//! Building resources and resource types: the parts that every type shares.

use prost_types::{Any, Struct, Timestamp};

use super::ids::{ResourceId, ResourceKind};
use super::pb::v2;

/// The longest display name that C1's checks let pass, in bytes (`src/sync/mapping.md`, Lengths).
pub const NAME_LIMIT: usize = 1024;
/// The longest description of a resource, in bytes.
pub const DESCRIPTION_LIMIT: usize = 2048;
/// The longest detail of a status, in bytes.
pub const DETAILS_LIMIT: usize = 1024;
/// The longest id, joined or not, in bytes (`src/c1z/format.md`, Database).
pub const ID_LIMIT: usize = 1024;

/// Packs an annotation.
pub fn annotation<M: prost::Message + prost::Name>(message: &M) -> Any {
    Any {
        type_url: M::type_url(),
        value: message.encode_to_vec(),
    }
}

/// A profile of strings, in key order.
pub fn profile<'a>(entries: impl IntoIterator<Item = (&'a str, &'a str)>) -> Struct {
    let entry = |(key, text): (&str, &str)| (key.to_owned(), text.into());
    let fields = entries.into_iter().map(entry).collect();
    Struct { fields }
}

/// Whether a time as `op` prints it is the zero time, which stands for "never".
pub fn is_zero(text: &str) -> bool {
    text.parse::<jiff::Timestamp>().is_ok() && moment(text).is_none()
}

/// An RFC 3339 time as `op` prints it; `None` for an empty, unreadable or zero time.
pub fn moment(text: &str) -> Option<jiff::Timestamp> {
    let time = text.parse().ok();
    time.filter(|time: &jiff::Timestamp| time.as_second() > 0)
}

/// The same as a message has it.
pub fn timestamp(text: &str) -> Option<Timestamp> {
    moment(text).map(|time| Timestamp {
        seconds: time.as_second(),
        nanos: time.subsec_nanosecond(),
    })
}

/// A resource with its id, parent and name; the rest is the caller's.
pub fn resource(
    kind: ResourceKind,
    id: &str,
    parent: Option<&ResourceId>,
    name: &str,
) -> v2::Resource {
    v2::Resource {
        id: Some(ResourceId::new(kind, id).to_message()),
        parent_resource_id: parent.map(ResourceId::to_message),
        display_name: name.to_owned(),
        ..Default::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_that_mean_never_are_left_out() {
        assert_eq!(timestamp("0001-01-01T00:00:00Z"), None);
        assert_eq!(timestamp(""), None);
        assert_eq!(timestamp("soon"), None);
        let some = timestamp("2025-07-15T20:33:43.5Z");
        assert_eq!(
            some,
            Some(Timestamp {
                seconds: 1_752_611_623,
                nanos: 500_000_000
            })
        );
    }

    #[test]
    fn annotations_carry_the_full_type_name() {
        let any = annotation(&v2::ChildResourceType {
            resource_type_id: "group".into(),
        });
        assert_eq!(
            any.type_url,
            "type.googleapis.com/c1.connector.v2.ChildResourceType"
        );
    }
}
