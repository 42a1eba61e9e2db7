//! Sentences about what a file does not say: not knowing must never look like nobody having access.

use std::collections::BTreeSet;

use jiff::ZonedDateTime;

use crate::baton::ids::ResourceKind;
use crate::c1z::{Choice, SyncRun, SyncType};
use crate::connector::gaps::Gap;
use crate::notice::Notice;
use crate::text::plain;

use super::model::Access;
use super::show::{local_time, number};
use super::snapshot::Snapshot;

/// What was strange about the rows of a sync.
#[derive(Debug, Default)]
pub(super) struct Oddities {
    /// Grants without the ids of entitlement or principal.
    pub(super) incomplete_grants: usize,
    /// Grants to something that is no user, group or project.
    pub(super) strange_holders: usize,
    /// Permissions that members have through their groups but that the file does not give them.
    pub(super) not_expanded: usize,
}

/// About the choice of the sync among those of the file.
pub(super) fn of_choice(
    choice: &Choice<'_>,
    syncs: &[SyncRun],
    now: &ZonedDateTime,
) -> Vec<Notice> {
    let mut notices: Vec<Notice> = choice.notice.clone().into_iter().collect();
    let later = |run: &&SyncRun| run.id != choice.run.id && run.started() > choice.run.started();
    for run in syncs.iter().filter(later) {
        let what = match (run.is_finished(), &run.sync_type) {
            (false, _) => "did not finish".to_owned(),
            (true, SyncType::Full) => continue,
            (true, kind) => format!("is {kind}, not full"),
        };
        let sentence = format!(
            "A later sync of this file, started {}, {what}; it is not shown.",
            local_time(run.started(), &run.started_at, now)
        );
        notices.push(Notice::warning("later-sync-hidden", sentence));
    }
    notices
}

/// About what the sync holds.
pub(super) fn of_content(snapshot: &Snapshot, oddities: &Oddities) -> Vec<Notice> {
    let mut notices = of_coverage(snapshot);
    notices.extend(of_permissions(snapshot));
    notices.extend(of_unlisted(snapshot));
    notices.extend(some(oddities.not_expanded, "permission", "permissions").map(|some| {
        let sentence = format!(
            "The file does not give {some} to the members of groups that hold them; they were added here."
        );
        Notice::warning("grants-not-expanded", sentence)
    }));
    notices.extend(
        some(oddities.strange_holders, "grant", "grants").map(|some| {
            let sentence =
                format!("{some} to something that is no user, group or project are not shown.");
            Notice::gap("grants-of-unknown-kind", sentence)
        }),
    );
    notices.extend(
        some(oddities.incomplete_grants, "grant", "grants").map(|some| {
            let sentence =
                format!("{some} without the id of an entitlement or principal could not be shown.");
            Notice::gap("grants-incomplete", sentence)
        }),
    );
    notices
}

/// How many, when there are any.
fn some(n: usize, one: &str, many: &str) -> Option<String> {
    (n > 0).then(|| number(n, one, many))
}

fn of_coverage(snapshot: &Snapshot) -> Vec<Notice> {
    let coverage = &snapshot.coverage;
    if snapshot.source.sync.sync_type == SyncType::ResourcesOnly {
        return vec![Notice::gap(
            "resources-only",
            "This sync read resources only: who reaches which vault is unknown.",
        )];
    }
    let mut notices = Vec::new();
    for (kind, unknown) in [
        (ResourceKind::User, "what people reach is unknown"),
        (
            ResourceKind::Group,
            "what people reach through groups is unknown",
        ),
        (ResourceKind::Vault, "who reaches which vault is unknown"),
    ] {
        if !coverage.asked_for(kind) {
            let sentence = format!("This sync was made without {kind}s: {unknown}.");
            notices.push(Notice::gap("type-left-out", sentence));
        }
    }
    if !notices.is_empty() {
        return notices;
    }
    if !coverage.grants {
        return vec![Notice::gap(
            "grants-left-out",
            "This sync holds no grants: who reaches which vault is unknown.",
        )];
    }
    notices.extend(of_gaps(snapshot));
    notices.extend(of_groups(snapshot));
    notices.extend(of_hidden_vaults(snapshot));
    notices
}

/// About what the sync itself says that it did not read.
fn of_gaps(snapshot: &Snapshot) -> Vec<Notice> {
    let mut notices = Vec::new();
    let mut vaults = BTreeSet::new();
    for (gap, why) in snapshot.coverage.gaps.iter() {
        let why = plain(why);
        match gap {
            Gap::Projects => notices.push(Notice::gap(
                "projects-unreadable",
                format!("Projects were not read, so which machines reach vaults is unknown: {why}"),
            )),
            Gap::ManagedVaults => notices.push(Notice::gap(
                "managed-vaults-unlisted",
                format!("Vaults that are managed but cannot be read may be missing, since listing them was refused: {why}"),
            )),
            Gap::VaultUsers(vault) | Gap::VaultGroups(vault) => {
                vaults.insert(vault);
            }
            Gap::Members(_) => {}
        }
    }
    notices.extend(some(vaults.len(), "vault", "vaults").map(|some| {
        let sentence = format!(
            "Who holds what on {some} was not read in full: more people may reach them, with more permissions."
        );
        Notice::gap("vaults-unread", sentence)
    }));
    notices
}

/// About groups that hold vaults and whose members nobody knows.
fn of_groups(snapshot: &Snapshot) -> Option<Notice> {
    let unread = |access: &&Access| {
        let who = snapshot.principal(access.principal);
        who.kind == ResourceKind::Group && !who.members_read
    };
    let access = snapshot.access.iter().filter(unread);
    let groups: BTreeSet<u32> = access.map(|access| access.principal).collect();
    some(groups.len(), "group", "groups").map(|some| {
        let sentence = format!(
            "The members of {some} that reach vaults were not read: who else reaches these vaults is \
             unknown."
        );
        Notice::gap("members-unread", sentence)
    })
}

/// About vaults that only projects reach.
fn of_hidden_vaults(snapshot: &Snapshot) -> Option<Notice> {
    let hidden = snapshot.vaults.iter().filter(|vault| vault.read.hidden);
    some(hidden.count(), "vault", "vaults").map(|some| {
        let sentence = format!(
            "Only projects reach {some}. The sync may not have been allowed to read them: whether people \
             reach them is unknown."
        );
        Notice::gap("vaults-hidden", sentence)
    })
}

/// About permissions that the sync left out.
fn of_permissions(snapshot: &Snapshot) -> Option<Notice> {
    let (permissions, offered) = (&snapshot.permissions, snapshot.offered());
    let unread = permissions.unread(offered);
    if !snapshot.coverage.grants || snapshot.vaults.is_empty() || unread.is_empty() {
        return None;
    }
    let none = offered.rights().is_empty();
    let sentence = match (none, offered.has_membership()) {
        (true, true) => {
            "This sync left out the permissions on vaults: only who is listed on a vault is known."
                .to_owned()
        }
        (true, false) => {
            "This sync read no permissions on vaults: who reaches them is unknown.".to_owned()
        }
        (false, lists_holders) => {
            let slugs: Vec<&str> = permissions.slugs(unread).collect();
            let holders = match lists_holders {
                true => "",
                false => " Who is listed on a vault without any other permission is unknown too.",
            };
            format!(
                "This sync left out these permissions, and who holds them is unknown: {}.{holders}",
                slugs.join(", ")
            )
        }
    };
    Some(Notice::gap("permissions-left-out", sentence))
}

fn of_unlisted(snapshot: &Snapshot) -> impl Iterator<Item = Notice> {
    let kinds = [
        (ResourceKind::User, "user is", "users are", "users"),
        (ResourceKind::Group, "group is", "groups are", "groups"),
        (
            ResourceKind::Project,
            "project is",
            "projects are",
            "projects",
        ),
    ];
    kinds.into_iter().filter_map(|(kind, one, many, list)| {
        let unlisted = snapshot.of_kind(kind).filter(|one| !one.listed);
        let some = some(unlisted.count(), one, many)?;
        let sentence = format!("{some} in grants only and not in the list of {list}: shown by id.");
        Some(Notice::warning("principal-unlisted", sentence))
    })
}
