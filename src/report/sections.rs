//! The findings as tables, written once for the terminal and the page.

use std::cmp::Reverse;

use crate::baton::ids::ResourceKind;
use crate::connector::gaps::Gap;
use crate::text::{plain, start};

use super::count::Listed;
use super::findings::{GroupRow, TokenRow};
use super::model::Resource;
use super::section::{Cell, Section, UNREAD, UNREAD_STATE};
use super::snapshot::Snapshot;
use super::tally::{Reach, VaultRow};
use super::{Report, sections_people as people};

/// What stands out, what to act on first before the rest.
pub(super) fn findings(report: &Report<'_>) -> Vec<Section> {
    vec![
        risks(report),
        suspended(report),
        people::idle(report),
        people::guests(report),
        people::machines(report),
        people::other_domains(report),
        people::only_common(report),
        tokens(report),
        unchanged(report),
        without_vault(report),
    ]
}

/// Vaults and groups, all of them, by name.
pub(super) fn lists(report: &Report<'_>) -> Vec<Section> {
    let by_name = report.snapshot.vaults.iter().collect();
    vec![
        vaults(&report.vaults),
        contents(report.snapshot, by_name),
        groups(&report.groups()),
    ]
}

/// People, vaults and groups, those with most first: for who reads their beginning alone.
pub(super) fn ranked(report: &Report<'_>) -> Vec<Section> {
    let mut filled: Vec<&Resource> = report.snapshot.vaults.iter().collect();
    filled.sort_by_key(|vault| Reverse(vault.items));
    vec![
        people::holders(&report.holders().most_first(|row| row.vaults)),
        vaults(&report.vaults.clone().most_first(|row| row.users)),
        contents(report.snapshot, filled),
        groups(&report.groups().most_first(|row| row.members.count())),
    ]
}

fn risks(report: &Report<'_>) -> Section {
    let none = match report.snapshot.coverage.lists(ResourceKind::Project) {
        true => "None.",
        false => "No user has any.",
    };
    Section::of("Risky rights", &report.risks(), UNREAD)
        .meaning(
            "On how many vaults each user or project manages access, exports all items, or \
             shares items. Managing is not reading: \"unread\" counts the managed vaults whose \
             passwords are not read; the manager could take the right to. On accounts with the \
             three basic permissions, whoever may edit may export and share.",
        )
        .none(none)
        .text("Who", |r| Cell::principal(r.who))
        .text("Kind", |r| r.who.sort.text())
        .text("State", |r| r.who.status_text())
        .number("Manages", |r| Cell::right(r.who, r.manages, "manages"))
        .number("Unread", |r| {
            Cell::right(r.who, r.manages_only, "manages-only")
        })
        .number("Exports", |r| Cell::right(r.who, r.exports, "exports"))
        .number("Shares", |r| Cell::right(r.who, r.shares, "shares"))
        .end()
}

fn suspended(report: &Report<'_>) -> Section {
    let rows = report.suspended();
    Section::of("Suspended users with access", &rows, UNREAD_STATE)
        .meaning("They cannot sign in now; the access is theirs again when the suspension ends.")
        .text("Who", |r| Cell::principal(r.who))
        .text("E-mail", |r| plain(&r.who.email))
        .text("State", |r| r.who.status_text())
        .number("Vaults", |r| r.vaults)
        .end()
}

fn vaults(rows: &Listed<VaultRow<'_>>) -> Section {
    Section::of("Vaults", rows, "the sync did not list all vaults")
        .meaning(
            "Reached by everybody: by every active user who is no guest and no service account. \
             Connect servers reach vaults as projects.",
        )
        .text("Vault", |r| Cell::vault(r.vault, "review"))
        .text("Reached by", |r| reach(r.reach))
        .number("Users", |r| {
            Cell::leading(r.users.to_string(), "vault", &r.vault.id)
        })
        .number("Readers", |r| r.readers)
        .number("Managers", |r| r.managers)
        .number("Projects", |r| r.projects)
        .end()
}

fn reach(reach: Reach) -> &'static str {
    match reach {
        Reach::Unknown => "unknown",
        Reach::NoUser => "NO USER",
        Reach::SuspendedOnly => "SUSPENDED ONLY",
        Reach::NoUserReads => "some, NONE READS",
        Reach::Some => "some",
        Reach::Everybody => "EVERYBODY",
    }
}

fn groups(rows: &Listed<GroupRow<'_>>) -> Section {
    let unread = "the sync did not list all groups";
    Section::of("Groups and their managers", rows, unread)
        .meaning("Managers decide who is in a group, and so who reaches its vaults.")
        .text("Group", |r| Cell::principal(r.group))
        .text("State", |r| r.group.status_text())
        .number("Members", |r| r.members.count())
        .number("Vaults", |r| r.vaults)
        .text("Managers", |r| {
            names(&r.managers, "NONE", Resource::display_name)
        })
        .end()
}

/// Names, and whether there may be more.
pub(super) fn names(
    people: &Listed<&Resource>,
    none: &str,
    name: impl Fn(&Resource) -> String,
) -> String {
    let names: Vec<String> = people.rows.iter().map(|one| name(one)).collect();
    match (people.all, names.is_empty()) {
        (true, true) => none.to_owned(),
        (true, false) => names.join(", "),
        (false, true) => "unknown".to_owned(),
        (false, false) => format!("{}, others unknown", names.join(", ")),
    }
}

fn tokens(report: &Report<'_>) -> Section {
    let active = |n: Option<u64>| n.map_or("?".to_owned(), |n| n.to_string());
    let unread = unread_projects(report.snapshot);
    Section::of("Projects and their tokens", &report.tokens(), unread)
        .meaning("What Connect servers reach with tokens, no person involved.")
        .none("No project has a working token.")
        .text("Project", |r| Cell::principal(r.project))
        .text("State", |r| r.project.status_text())
        .number("Tokens", |r| active(r.project.active_tokens))
        .number("Vaults", |r| r.vaults)
        .text("First token ends", expiry)
        .end()
}

/// Why projects may be missing.
pub(super) fn unread_projects(snapshot: &Snapshot) -> &'static str {
    let coverage = &snapshot.coverage;
    let is_unread = !coverage.asked_for(ResourceKind::Project) || coverage.gaps.has(&Gap::Projects);
    match snapshot.of_kind(ResourceKind::Project).next() {
        _ if is_unread => "the sync did not read projects",
        Some(_) => "the sync did not list all projects",
        None => {
            "no project is in the file; there is none, or the sync could not list them, as its \
             summary then says"
        }
    }
}

/// Why vaults may be missing from a table of those of which the file says something, as it does of
/// all or not.
fn unread_vaults(all_say: bool, unsaid: &'static str) -> &'static str {
    match all_say {
        true => "the sync did not list all vaults",
        false => unsaid,
    }
}

fn expiry(row: &TokenRow<'_>) -> String {
    let day = plain(row.expires_at.get(..10).unwrap_or(row.expires_at));
    match row.days_left {
        _ if row.expires_at.is_empty() => "never".to_owned(),
        None => format!("unreadable: {day}"),
        Some(days) if days < 0 => format!("{day}, ENDED"),
        Some(days) if days < SOON => format!("{day}, IN {days} DAYS"),
        Some(days) => format!("{day}, in {days} days"),
    }
}

/// A token that ends within so many days stands out.
const SOON: i64 = 30;

fn unchanged(report: &Report<'_>) -> Section {
    let mut vaults = report.snapshot.vaults.iter();
    let all_say = vaults.all(|vault| vault.changed().is_some());
    let unsaid = "the file does not say of every vault when it was changed";
    let (rows, unread) = (report.unchanged(), unread_vaults(all_say, unsaid));
    Section::of("Vaults unchanged for a year", &rows, unread)
        .meaning(
            "Nobody has changed what is in them for 365 days or more; whoever reaches them still \
             does.",
        )
        .text("Vault", |r| Cell::vault(r.vault, "vault"))
        .text("Last change", |r| day(r.vault.updated_at.as_deref()))
        .number("Days", |r| r.days)
        .number("Items", |r| r.vault.items())
        .number("Users", |r| r.users)
        .end()
}

fn contents(snapshot: &Snapshot, mut vaults: Vec<&Resource>) -> Section {
    let kind = |vault: &Resource| {
        let kind = vault.vault_type.as_deref().unwrap_or("?");
        plain(&kind.to_lowercase().replace('_', " ")).into_owned()
    };
    vaults.retain(|vault| {
        let times = vault.updated_at.is_some() || vault.created_at.is_some();
        times || vault.items.is_some() || vault.vault_type.is_some()
    });
    let all_say = vaults.len() == snapshot.vaults.len();
    let unsaid = "the file does not say of every vault what is in it";
    let unread = unread_vaults(all_say, unsaid);
    let all = all_say && snapshot.coverage.lists(ResourceKind::Vault);
    let rows = Listed::new(vaults, all);
    Section::of("What is in the vaults", &rows, unread)
        .meaning("As `op vault list` said when the sync ran.")
        .none("There are no vaults.")
        .text("Vault", |r| Cell::vault(r, "review"))
        .text("Type", move |r| kind(r))
        .number("Items", |r| r.items())
        .text("Created", |r| day(r.created_at.as_deref()))
        .text("Last change", |r| day(r.updated_at.as_deref()))
        .end()
}

/// The day of a time as the file has it; what it does not say is unknown.
pub(super) fn day(text: Option<&str>) -> String {
    match text.map(|text| (text.parse::<jiff::Timestamp>(), text)) {
        None => "?".to_owned(),
        Some((Ok(at), _)) => at.strftime("%F").to_string(),
        Some((Err(_), text)) => format!("unreadable: {}", plain(&start(text, 20))),
    }
}

fn without_vault(report: &Report<'_>) -> Section {
    let rows = report.without_vault();
    Section::of("Active users without any vault", &rows, UNREAD_STATE)
        .meaning("They may hold a licence for nothing.")
        .text("Who", |r| r.display_name())
        .text("E-mail", |r| plain(&r.email))
        .end()
}
