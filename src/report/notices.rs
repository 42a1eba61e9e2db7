//! Sentences about what a file does not say: not knowing must never look like nobody having access.

use std::collections::BTreeSet;

use jiff::ZonedDateTime;

use crate::baton::ids::ResourceKind::{Group, Project, User, Vault};
use crate::c1z::{SyncRun, SyncType};
use crate::connector::gaps::Gap;
use crate::notice::{Level, Notice};
use crate::text::plain;

use super::count::number;
use super::permissions::Set;
use super::snapshot::{Snapshot, local_time};

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

/// About the syncs of the file that are later than the chosen one.
pub(super) fn of_later(
    chosen: &SyncRun,
    syncs: &[SyncRun],
    now: &ZonedDateTime,
) -> impl Iterator<Item = Notice> {
    let later = move |run: &&SyncRun| run.id != chosen.id && run.started() > chosen.started();
    syncs.iter().filter(later).filter_map(move |run| {
        let what = match (run.is_finished(), &run.sync_type) {
            (false, _) => "did not finish".to_owned(),
            (true, SyncType::Full) => return None,
            (true, kind) => format!("is {}, not full", kind.as_str()),
        };
        let started = local_time(run.started(), &run.started_at, now);
        let sentence =
            format!("A later sync of this file, started {started}, {what}; it is not shown.");
        Some(Notice::warning("later-sync-hidden", sentence))
    })
}

pub(super) fn of_content(snapshot: &Snapshot, oddities: &Oddities) -> Vec<Notice> {
    let mut notices = of_coverage(snapshot);
    notices.extend(of_permissions(snapshot));
    notices.extend(of_unlisted(snapshot));
    let not_expanded = some(
        "grants-not-expanded",
        (oddities.not_expanded, "permission"),
        "The file does not give {} to the members of groups that hold them; they were added here.",
    );
    // Nothing is missing any more.
    let level = Level::Warning;
    notices.extend(not_expanded.map(|gap| Notice { level, ..gap }));
    notices.extend(some(
        "grants-of-unknown-kind",
        (oddities.strange_holders, "grant"),
        "{} to something that is no user, group or project are not shown.",
    ));
    notices.extend(some(
        "grants-incomplete",
        (oddities.incomplete_grants, "grant"),
        "{} without the id of an entitlement or principal could not be shown.",
    ));
    notices
}

/// A gap of so many of something, when there are any; `{}` stands for them.
fn some(code: &'static str, (n, noun): (usize, &str), sentence: &str) -> Option<Notice> {
    let number = number(n, noun, &format!("{noun}s"));
    (n > 0).then(|| Notice::gap(code, sentence.replace("{}", &number)))
}

fn of_coverage(snapshot: &Snapshot) -> Vec<Notice> {
    let coverage = &snapshot.coverage;
    let nothing = |code, why: &str| {
        let sentence = format!("This sync {why}: who reaches which vault is unknown.");
        vec![Notice::gap(code, sentence)]
    };
    if snapshot.source.sync.sync_type == SyncType::ResourcesOnly {
        return nothing("resources-only", "read resources only");
    }
    let mut notices = Vec::new();
    for (kind, unknown) in [
        (User, "what people reach"),
        (Group, "what people reach through groups"),
        (Vault, "who reaches which vault"),
    ] {
        if !coverage.asked_for(kind) {
            let sentence = format!("This sync was made without {kind}s: {unknown} is unknown.");
            notices.push(Notice::gap("type-left-out", sentence));
        }
    }
    if !notices.is_empty() {
        return notices;
    }
    if !coverage.grants {
        return nothing("grants-left-out", "holds no grants");
    }
    notices.extend(of_gaps(snapshot));
    let unread = snapshot.of_kind(Group).filter(|one| !one.members_read);
    let reaching = unread.filter(|one| snapshot.pairs_of(one).next().is_some());
    notices.extend(some(
        "members-unread",
        (reaching.count(), "group"),
        "The members of {} that reach vaults were not read: who else reaches these vaults is \
         unknown.",
    ));
    let hidden = snapshot.vaults.iter().filter(|vault| vault.read.hidden);
    notices.extend(some(
        "vaults-hidden",
        (hidden.count(), "vault"),
        "Only projects reach {}. The sync may not have been allowed to read them: whether people \
         reach them is unknown.",
    ));
    notices
}

/// About what the sync itself says that it did not read.
fn of_gaps(snapshot: &Snapshot) -> Vec<Notice> {
    let (mut notices, mut vaults) = (Vec::new(), BTreeSet::new());
    for (gap, why) in snapshot.coverage.gaps.iter() {
        let (code, what) = match gap {
            Gap::Projects => (
                "projects-unreadable",
                "Projects were not read, so which machines reach vaults is unknown",
            ),
            Gap::ManagedVaults => (
                "managed-vaults-unlisted",
                "Vaults that are managed but cannot be read may be missing, since listing them was \
                 refused",
            ),
            Gap::VaultUsers(vault) | Gap::VaultGroups(vault) => {
                vaults.insert(vault);
                continue;
            }
            Gap::Members(_) => continue,
        };
        notices.push(Notice::gap(code, format!("{what}: {}", plain(why))));
    }
    notices.extend(some(
        "vaults-unread",
        (vaults.len(), "vault"),
        "Who holds what on {} was not read in full: more people may reach them, with more \
         permissions.",
    ));
    notices
}

fn of_permissions(snapshot: &Snapshot) -> Option<Notice> {
    let offered = snapshot.offered();
    let unread = offered.unread();
    if !snapshot.coverage.grants || snapshot.vaults.is_empty() || unread.is_empty() {
        return None;
    }
    let slugs = Vec::from_iter(snapshot.permissions.slugs(unread)).join(", ");
    let these = "This sync left out these permissions, and who holds them is unknown: ";
    let sentence = match (
        offered.rights().is_empty(),
        offered.contains(Set::MEMBERSHIP),
    ) {
        (true, true) => {
            "This sync left out the permissions on vaults: only who is listed on a vault is known."
                .into()
        }
        (true, false) => {
            "This sync read no permissions on vaults: who reaches them is unknown.".into()
        }
        (false, true) => format!("{these}{slugs}."),
        (false, false) => format!(
            "{these}{slugs}. Who is listed on a vault without any other permission is unknown too."
        ),
    };
    Some(Notice::gap("permissions-left-out", sentence))
}

fn of_unlisted(snapshot: &Snapshot) -> impl Iterator<Item = Notice> {
    let kinds = [User, Group, Project].into_iter();
    kinds.filter_map(move |kind| {
        let unlisted = snapshot.of_kind(kind).filter(|one| !one.listed).count();
        let some = number(unlisted, &format!("{kind} is"), &format!("{kind}s are"));
        let sentence =
            format!("{some} in grants only and not in the list of {kind}s: shown by id.");
        (unlisted > 0).then(|| Notice::warning("principal-unlisted", sentence))
    })
}
