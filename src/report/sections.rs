//! The findings as tables, told once for the terminal and the page.

use std::cmp::Reverse;

use crate::baton::ids::ResourceKind;
use crate::connector::gaps::Gap;
use crate::text::{plain, start};

use super::count::Listed;
use super::finding_rows::{Expiry, GroupRow, Reach, TokenRow, VaultRow};
use super::model::{Content, Principal, Vault};
use super::section::{Cell, Section, UNREAD, UNREAD_STATE};
use super::snapshot::Snapshot;
use super::{Report, sections_people};

/// What stands out, what to act on first before the rest.
pub(super) fn findings(report: &Report<'_>) -> Vec<Section> {
    let mut sections = vec![risks(report), suspended(report)];
    sections.extend(sections_people::all(report));
    sections.extend([tokens(report), unchanged(report), without_vault(report)]);
    sections
}

/// Vaults and groups, all of them, by name.
pub(super) fn lists(report: &Report<'_>) -> Vec<Section> {
    let f = &report.findings;
    let by_name = report.snapshot.vaults.iter().collect();
    vec![
        vaults(&f.vaults),
        contents(report.snapshot, by_name),
        groups(&f.groups),
    ]
}

/// People, vaults and groups, all of them, those with most first: for who reads their beginning alone.
pub(super) fn ranked(report: &Report<'_>) -> Vec<Section> {
    let f = &report.findings;
    let mut filled: Vec<&Vault> = report.snapshot.vaults.iter().collect();
    filled.sort_by_key(|vault| Reverse(vault.content.items));
    vec![
        sections_people::holders(&f.holders.most_first(|row| row.vaults)),
        vaults(&f.vaults.most_first(|row| row.users)),
        contents(report.snapshot, filled),
        groups(&f.groups.most_first(|row| row.members.count())),
    ]
}

fn risks(report: &Report<'_>) -> Section {
    Section::of("Risky rights", &report.findings.risks, UNREAD)
        .meaning(
            "On how many vaults each user or project manages access, exports all items, or \
             shares items. Managing is not reading: \"unread\" counts the managed vaults whose \
             passwords are not read; the manager could take the right to. On accounts with the \
             three basic permissions, whoever may edit may export and share.",
        )
        .none(
            match report.snapshot.coverage.lists(ResourceKind::Project) {
                true => "None.",
                false => "No user has any.",
            },
        )
        .text("Who", |risk| Cell::user(risk.who))
        .text("Kind", |risk| risk.who.sort.text())
        .text("State", |risk| risk.who.status_text())
        .number("Manages", |risk| {
            Cell::right(risk.who, risk.manages, "manages")
        })
        .number("Unread", |risk| {
            Cell::right(risk.who, risk.manages_only, "manages-only")
        })
        .number("Exports", |risk| {
            Cell::right(risk.who, risk.exports, "exports")
        })
        .number("Shares", |risk| {
            Cell::right(risk.who, risk.shares, "shares")
        })
        .end()
}

fn suspended(report: &Report<'_>) -> Section {
    let rows = &report.findings.suspended;
    Section::of("Suspended users with access", rows, UNREAD_STATE)
        .meaning("They cannot sign in now; the access is theirs again when the suspension ends.")
        .text("Who", |row| Cell::user(row.who))
        .text("E-mail", |row| Cell::email(row.who))
        .text("State", |row| row.who.status_text())
        .number("Vaults", |row| row.vaults)
        .end()
}

fn vaults(rows: &Listed<VaultRow<'_>>) -> Section {
    Section::of("Vaults", rows, "the sync did not list all vaults")
        .meaning(
            "Reached by everybody: by every active user who is no guest and no service account. \
             Connect servers reach vaults as projects.",
        )
        .text("Vault", |row| Cell::vault(row.vault, "review"))
        .text("Reached by", |row| reach(row.reach))
        .number("Users", |row| {
            Cell::leading(row.users.to_string(), "vault", &row.vault.id)
        })
        .number("Readers", |row| row.readers)
        .number("Managers", |row| row.managers)
        .number("Projects", |row| row.projects)
        .end()
}

/// The words for how far a vault is open.
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
        .text("Group", |row| {
            Cell::leading(row.group.shown(), "group", &row.group.id)
        })
        .text("State", |row| row.group.status_text())
        .number("Members", |row| row.members.count())
        .number("Vaults", |row| row.vaults)
        .text("Managers", |row| {
            names(&row.managers, "NONE", Principal::shown)
        })
        .end()
}

/// Names, and whether there may be more.
pub(super) fn names(
    people: &Listed<&Principal>,
    none: &str,
    name: impl Fn(&Principal) -> String,
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
    let active = |project: &Principal| project.tokens.active.map(|n| n.to_string());
    let unread = unread_projects(report.snapshot);
    Section::of("Projects and their tokens", &report.findings.tokens, unread)
        .meaning("What Connect servers reach with tokens, no person involved.")
        .none("No project has a working token.")
        .text("Project", |row| Cell::user(row.project))
        .text("State", |row| row.project.status_text())
        .number("Tokens", move |row| {
            active(row.project).unwrap_or("?".to_owned())
        })
        .number("Vaults", |row| row.vaults)
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

/// Why vaults may be missing from a table of those that tell something.
fn unread_vaults(
    snapshot: &Snapshot,
    tells: impl Fn(&Vault) -> bool,
    untold: &'static str,
) -> &'static str {
    match snapshot.vaults.iter().all(tells) {
        true => "the sync did not list all vaults",
        false => untold,
    }
}

/// When a token ends, in words.
fn expiry(row: &TokenRow<'_>) -> String {
    let day = plain(row.expires_at.get(..10).unwrap_or(row.expires_at));
    match row.expiry {
        Expiry::Never => "never".to_owned(),
        Expiry::Unreadable => format!("unreadable: {day}"),
        Expiry::Days(days) if days < 0 => format!("{day}, ENDED"),
        Expiry::Days(days) if days < SOON => format!("{day}, IN {days} DAYS"),
        Expiry::Days(days) => format!("{day}, in {days} days"),
    }
}

/// A token that ends within so many days stands out.
const SOON: i64 = 30;

fn unchanged(report: &Report<'_>) -> Section {
    let unread = unread_vaults(
        report.snapshot,
        |vault| vault.content.updated_at.parse::<jiff::Timestamp>().is_ok(),
        "the file does not say of every vault when it was changed",
    );
    Section::of(
        "Vaults unchanged for a year",
        &report.findings.unchanged,
        unread,
    )
    .meaning(
        "Nobody has changed what is in them for 365 days or more; whoever reaches them still \
             does.",
    )
    .text("Vault", |row| Cell::vault(row.vault, "vault"))
    .text("Last change", |row| day(&row.vault.content.updated_at))
    .number("Days", |row| row.days)
    .number("Items", |row| row.vault.items())
    .number("Users", |row| row.users)
    .end()
}

fn contents(snapshot: &Snapshot, mut vaults: Vec<&Vault>) -> Section {
    let told = |vault: &Vault| vault.content != Content::default();
    let untold = "the file does not say of every vault what is in it";
    let unread = unread_vaults(snapshot, told, untold);
    let kind = |text: &str| match text {
        "" => "?".to_owned(),
        text => plain(&text.to_lowercase().replace('_', " ")).into_owned(),
    };
    vaults.retain(|vault| told(vault));
    let all = vaults.len() == snapshot.vaults.len();
    let rows = Listed::new(vaults, all && snapshot.coverage.lists(ResourceKind::Vault));
    Section::of("What is in the vaults", &rows, unread)
        .meaning("As `op vault list` said when the sync ran.")
        .none("There are no vaults.")
        .text("Vault", |vault| Cell::vault(vault, "review"))
        .text("Type", move |vault| kind(&vault.content.kind))
        .number("Items", |vault| vault.items())
        .text("Created", |vault| day(&vault.content.created_at))
        .text("Last change", |vault| day(&vault.content.updated_at))
        .end()
}

/// The day of a time as the file has it; what it does not say is unknown.
pub(super) fn day(text: &str) -> String {
    match text.parse::<jiff::Timestamp>() {
        Ok(at) => at.strftime("%F").to_string(),
        Err(_) if text.is_empty() => "?".to_owned(),
        Err(_) => format!("unreadable: {}", plain(&start(text, 20))),
    }
}

fn without_vault(report: &Report<'_>) -> Section {
    let rows = &report.findings.without_vault;
    Section::of("Active users without any vault", rows, UNREAD_STATE)
        .meaning("They may hold a licence for nothing.")
        .text("Who", |who| who.shown())
        .text("E-mail", |who| Cell::email(who))
        .end()
}
