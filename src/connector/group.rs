//! A row of `op group list` → a group resource.

use crate::baton::ids::{ResourceId, ResourceKind};
use crate::baton::pb::v2;
use crate::baton::resource::{
    DESCRIPTION_LIMIT, NAME_LIMIT, annotation, profile, resource, timestamp,
};
use crate::op::types::{Group, User};
use crate::text::cut;

/// The slug of a group's managers.
pub const MANAGER: &str = "manager";

/// The group as a resource: it carries an empty group trait, which C1's syncer asks for
/// (`src/sync/mapping.md`, Resources).
pub fn group_resource(group: &Group, account: &ResourceId) -> v2::Resource {
    let name = cut(&group.name, NAME_LIMIT - " group manager".len());
    v2::Resource {
        annotations: vec![annotation(&v2::GroupTrait {})],
        description: cut(&group.description, DESCRIPTION_LIMIT).to_owned(),
        profile: Some(profile([
            ("group_id", &*group.id),
            ("group_name", &group.name),
            ("group_state", &group.state),
        ])),
        created_at: timestamp(&group.created_at),
        ..resource(ResourceKind::Group, &group.id, Some(account), name)
    }
}

/// Whether a membership row is a manager's: `MANAGER`, in any letter case. A manager is always a
/// member too.
pub fn is_manager(row: &User) -> bool {
    row.role.eq_ignore_ascii_case("MANAGER")
}
