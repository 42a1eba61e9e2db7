//! Sentences about what a file does not say: not knowing must never look like nobody having access.

use std::collections::BTreeSet;

use jiff::ZonedDateTime;

use crate::baton::ids::ResourceKind;
use crate::c1z::{Choice, SyncRun, SyncType};
use crate::connector::gaps::Gap;
use crate::notice::Notice;
use crate::text::plain;

use super::show::{count, local_time};
use super::snapshot::{Access, Snapshot};

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
    if oddities.not_expanded > 0 {
        let sentence = format!(
            "The file does not give {} to the members of groups that hold them; they were added here.",
            count(oddities.not_expanded, "permission", "permissions"),
        );
        notices.push(Notice::warning("grants-not-expanded", sentence));
    }
    if oddities.strange_holders > 0 {
        let sentence = format!(
            "{} to something that is no user, group or project are not shown.",
            count(oddities.strange_holders, "grant", "grants"),
        );
        notices.push(Notice::gap("grants-of-unknown-kind", sentence));
    }
    if oddities.incomplete_grants > 0 {
        let sentence = format!(
            "{} without the id of an entitlement or principal could not be shown.",
            count(oddities.incomplete_grants, "grant", "grants"),
        );
        notices.push(Notice::gap("grants-incomplete", sentence));
    }
    notices
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
    if !coverage.grants() {
        notices.push(Notice::gap(
            "grants-left-out",
            "This sync holds no grants: who reaches which vault is unknown.",
        ));
        return notices;
    }
    notices.extend(of_gaps(snapshot));
    notices.extend(of_groups(snapshot));
    notices.extend(of_hidden_vaults(snapshot));
    notices
}

/// About what the sync itself says that it did not read.
fn of_gaps(snapshot: &Snapshot) -> Vec<Notice> {
    let gaps = snapshot.coverage.gaps();
    let mut notices = Vec::new();
    let mut vaults = BTreeSet::new();
    for (gap, why) in gaps.iter() {
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
    let n = u32::try_from(vaults.len()).unwrap_or(u32::MAX);
    if n > 0 {
        let sentence = format!(
            "Who holds what on {} was not read in full: more people may reach them, with more permissions.",
            count(n, "vault", "vaults")
        );
        notices.push(Notice::gap("vaults-unread", sentence));
    }
    notices
}

/// About groups that hold vaults and whose members nobody knows.
fn of_groups(snapshot: &Snapshot) -> Option<Notice> {
    let unread = |access: &&Access| {
        let group = snapshot.principal(access.principal).kind == ResourceKind::Group;
        group && !snapshot.coverage.members(Some(access.principal))
    };
    let groups: BTreeSet<u32> = snapshot
        .access
        .iter()
        .filter(unread)
        .map(|access| access.principal)
        .collect();
    let n = u32::try_from(groups.len()).unwrap_or(u32::MAX);
    (n > 0).then(|| {
        let sentence = format!(
            "The members of {} that reach vaults were not read: who else reaches these vaults is \
             unknown.",
            count(n, "group", "groups")
        );
        Notice::gap("members-unread", sentence)
    })
}

/// About vaults that only a project's token tells of.
fn of_hidden_vaults(snapshot: &Snapshot) -> Option<Notice> {
    let vaults = (0..).zip(&snapshot.vaults);
    let hidden = vaults.filter(|&(place, _)| snapshot.coverage.is_hidden(place));
    let n = u32::try_from(hidden.count()).unwrap_or(u32::MAX);
    (n > 0).then(|| {
        let sentence = format!(
            "Only projects reach {}. The sync may not have been allowed to read them: whether people \
             reach them is unknown.",
            count(n, "vault", "vaults")
        );
        Notice::gap("vaults-hidden", sentence)
    })
}

/// About permissions that the sync was told to leave out.
fn of_permissions(snapshot: &Snapshot) -> Option<Notice> {
    let (permissions, offered) = (&snapshot.permissions, snapshot.offered());
    let unread = permissions.unread(offered);
    if !snapshot.coverage.grants() || snapshot.vaults.is_empty() || unread.is_empty() {
        return None;
    }
    let slugs: Vec<&str> = permissions.slugs(unread).collect();
    let none = permissions.rights(offered).is_empty();
    let holders = match permissions.tells_holders(offered) {
        true => "",
        false => " Who is listed on a vault without any other permission is unknown too.",
    };
    let sentence = match (none, holders) {
        (true, "") => {
            "This sync left out the permissions on vaults: only who is listed on a vault is known."
                .to_owned()
        }
        (true, _) => {
            "This sync read no permissions on vaults: who reaches them is unknown.".to_owned()
        }
        (false, _) => format!("{}{holders}", left_out(&slugs)),
    };
    Some(Notice::gap("permissions-left-out", sentence))
}

fn left_out(slugs: &[&str]) -> String {
    format!(
        "This sync left out these permissions, and who holds them is unknown: {}.",
        slugs.join(", ")
    )
}

fn of_unlisted(snapshot: &Snapshot) -> Vec<Notice> {
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
            let sentence = format!(
                "{} in grants only and not in the list of {many}: shown by id.",
                count(n, &format!("{one} is"), &format!("{many} are")),
            );
            notices.push(Notice::warning("principal-unlisted", sentence));
        }
    }
    notices
}
