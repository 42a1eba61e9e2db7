//! Sentences about what a file does not say: not knowing must never look like nobody having access.

use crate::baton::ids::ResourceKind;
use crate::c1z::{Choice, SyncRun, SyncType};
use crate::connector::permission::Vocabulary;

use super::count::count;
use super::snapshot::Snapshot;

/// What was strange about the rows of a sync.
#[derive(Debug, Default)]
pub(super) struct Oddities {
    /// Grants without the ids of entitlement or principal.
    pub(super) incomplete_grants: u32,
    /// Grants to something that is no user, group or project.
    pub(super) strange_holders: u32,
    /// Permissions that members have through their groups but that the file does not give them.
    pub(super) not_expanded: u32,
}

/// About the choice of the sync among those of the file.
pub(super) fn of_choice(choice: &Choice<'_>, syncs: &[SyncRun]) -> Vec<String> {
    let mut notices: Vec<String> = choice.notice.clone().into_iter().collect();
    let later = |run: &&SyncRun| run.id != choice.run.id && run.started_at > choice.run.started_at;
    for run in syncs.iter().filter(later) {
        let what = match (run.is_finished(), &run.sync_type) {
            (false, _) => "did not finish".to_owned(),
            (true, SyncType::Full) => continue,
            (true, kind) => format!("is {kind}, not full"),
        };
        notices.push(format!(
            "A later sync of this file (started {}) {what}; it is not shown.",
            run.started_at
        ));
    }
    notices
}

/// About what the sync holds.
pub(super) fn of_content(snapshot: &Snapshot, oddities: &Oddities) -> Vec<String> {
    let mut notices = of_coverage(snapshot);
    notices.extend(of_permissions(snapshot));
    notices.extend(of_unlisted(snapshot));
    if oddities.not_expanded > 0 {
        notices.push(format!(
            "The file does not give {} to the members of groups that hold them; they were added here.",
            count(oddities.not_expanded, "permission", "permissions"),
        ));
    }
    if oddities.strange_holders > 0 {
        notices.push(format!(
            "{} to something that is no user, group or project are not shown.",
            count(oddities.strange_holders, "grant", "grants"),
        ));
    }
    if oddities.incomplete_grants > 0 {
        notices.push(format!(
            "{} without the id of an entitlement or principal could not be shown.",
            count(oddities.incomplete_grants, "grant", "grants"),
        ));
    }
    notices
}

fn of_coverage(snapshot: &Snapshot) -> Vec<String> {
    let holds = snapshot.holds;
    if !holds.grants {
        return vec![
            "This sync read resources only: who reaches which vault is unknown.".to_owned(),
        ];
    }
    let mut notices = Vec::new();
    for (held, what, unknown) in [
        (holds.users, "users", "what people reach is unknown"),
        (
            holds.groups,
            "groups",
            "what people reach through groups is unknown",
        ),
        (holds.vaults, "vaults", "who reaches which vault is unknown"),
    ] {
        if !held {
            notices.push(format!("This sync was made without {what}: {unknown}."));
        }
    }
    notices
}

/// About permissions that the sync was told to leave out.
fn of_permissions(snapshot: &Snapshot) -> Option<String> {
    let permissions = &snapshot.permissions;
    let granular = permissions.of_vocabulary(Vocabulary::Granular);
    let basic = permissions.of_vocabulary(Vocabulary::Basic);
    let missing = |all| {
        permissions
            .slugs(snapshot.known_missing(all))
            .collect::<Vec<_>>()
    };
    let (of_granular, of_basic) = (missing(granular), missing(basic));
    if !snapshot.holds.grants
        || snapshot.vaults.is_empty()
        || of_granular.is_empty()
        || of_basic.is_empty()
    {
        return None;
    }
    Some(match (of_granular.len() as u32 == granular.len(), of_basic.len() as u32 == basic.len()) {
        (true, true) => "This sync left out the permissions on vaults: only who is listed on a vault is known.".to_owned(),
        (true, false) => left_out(&of_basic),
        (false, _) => left_out(&of_granular),
    })
}

fn left_out(slugs: &[&str]) -> String {
    format!(
        "This sync left out these permissions, and who holds them is unknown: {}.",
        slugs.join(", ")
    )
}

fn of_unlisted(snapshot: &Snapshot) -> Vec<String> {
    let unlisted = |kind| {
        let all = snapshot.of_kind(kind);
        let n = all.filter(|(_, principal)| !principal.listed).count();
        u32::try_from(n).unwrap_or(u32::MAX)
    };
    let kinds = [
        (ResourceKind::User, "user", "users"),
        (ResourceKind::Group, "group", "groups"),
        (ResourceKind::Project, "project", "projects"),
    ];
    let mut notices = Vec::new();
    for (kind, one, many) in kinds {
        let n = unlisted(kind);
        if n > 0 {
            notices.push(format!(
                "{} in grants only and not in the list of {many}: shown by id.",
                count(n, &format!("{one} is"), &format!("{many} are")),
            ));
        }
    }
    notices
}
