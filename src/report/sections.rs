//! The findings as tables, told once for the terminal and the page.

use crate::baton::ids::ResourceKind;
use crate::connector::gaps::Gap;
use crate::text::plain;

use super::cells::{email, name, right, user};
use super::count::{Count, Listed};
use super::findings::{Expiry, Reach, TokenRow};
use super::section::Column::{Number, Text};
use super::section::{Cell, Section, UNREAD, UNREAD_STATE};
use super::snapshot::{Content, Snapshot, Vault};
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
    let (f, vaults_by_name) = (&report.findings, &report.snapshot.vaults);
    vec![
        vaults(report, &f.vaults),
        contents(report, vaults_by_name.iter().collect()),
        groups(report, &f.groups),
    ]
}

/// People, vaults and groups, all of them, those with most first: for who reads their beginning alone.
pub(super) fn ranked(report: &Report<'_>) -> Vec<Section> {
    let f = &report.findings;
    let mut filled: Vec<&Vault> = report.snapshot.vaults.iter().collect();
    filled.sort_by_key(|vault| std::cmp::Reverse(vault.content.items));
    vec![
        sections_people::holders(report, &f.holders.most_first(|row| row.vaults.seen())),
        vaults(report, &f.vaults.most_first(|row| row.users.seen())),
        contents(report, filled),
        groups(
            report,
            &f.groups.most_first(|row| row.members.count().seen()),
        ),
    ]
}

fn risks(report: &Report<'_>) -> Section {
    let row = |risk: &super::Risk| {
        let who = report.snapshot.principal(risk.principal);
        let cell = |n, ability| right(who, n, ability);
        vec![
            user(who),
            who.sort.text().into(),
            who.status_text().into(),
            cell(risk.manages, "manages"),
            cell(risk.manages_only, "manages-only"),
            cell(risk.exports, "exports"),
            cell(risk.shares, "shares"),
        ]
    };
    Section {
        title: "Risky rights",
        meaning: "On how many vaults each user or project manages access, exports all items, or \
                  shares items. Managing is not reading: \"unread\" counts the managed vaults whose \
                  passwords are not read; the manager could take the right to. On accounts with the three basic permissions, \
                  whoever may edit may export and share.".into(),
        columns: &[
            Text("Who"),
            Text("Kind"),
            Text("State"),
            Number("Manages"),
            Number("Unread"),
            Number("Exports"),
            Number("Shares"),
        ],
        rows: report.findings.risks.map(row),
        none: match report.snapshot.coverage.lists(ResourceKind::Project) {
            true => "None.".into(),
            false => "No user has any.".into(),
        },
        unread: UNREAD,
    }
}

fn suspended(report: &Report<'_>) -> Section {
    let row = |&(place, vaults): &(u32, Count)| {
        let who = report.snapshot.principal(place);
        vec![
            user(who),
            email(who),
            who.status_text().into(),
            vaults.into(),
        ]
    };
    Section {
        title: "Suspended users with access",
        meaning: "They cannot sign in now; the access is theirs again when the suspension ends."
            .into(),
        columns: &[Text("Who"), Text("E-mail"), Text("State"), Number("Vaults")],
        rows: report.findings.suspended.map(row),
        none: "None.".into(),
        unread: UNREAD_STATE,
    }
}

fn vaults(report: &Report<'_>, rows: &Listed<super::VaultRow>) -> Section {
    let row = |row: &super::VaultRow| {
        let vault = report.snapshot.vault(row.vault);
        vec![
            vault_name(vault, "review"),
            reach(row.reach).into(),
            Cell::leading(row.users.to_string(), "vault", &vault.id),
            row.readers.into(),
            row.managers.into(),
            row.projects.into(),
        ]
    };
    Section {
        title: "Vaults",
        meaning:
            "Reached by everybody: by every active user who is no guest and no service account. \
                  Connect servers reach vaults as projects."
                .into(),
        columns: &[
            Text("Vault"),
            Text("Reached by"),
            Number("Users"),
            Number("Readers"),
            Number("Managers"),
            Number("Projects"),
        ],
        rows: rows.map(row),
        none: "None.".into(),
        unread: "the sync did not list all vaults",
    }
}

/// The name as shown, leading to who reaches it in the matrix, or to the vault's own page.
fn vault_name(vault: &Vault, key: &'static str) -> Cell {
    let name = match vault.listed {
        true => vault.label.clone(),
        false => format!("{} (not listed)", vault.label),
    };
    Cell::leading(name, key, &vault.id)
}

/// The words for how far a vault is open.
fn reach(reach: Option<Reach>) -> &'static str {
    match reach {
        None => "unknown",
        Some(Reach::NoUser) => "NO USER",
        Some(Reach::SuspendedOnly) => "SUSPENDED ONLY",
        Some(Reach::NoUserReads) => "some, NONE READS",
        Some(Reach::Some) => "some",
        Some(Reach::Everybody) => "EVERYBODY",
    }
}

fn groups(report: &Report<'_>, rows: &Listed<super::GroupRow>) -> Section {
    let row = |row: &super::GroupRow| {
        let group = report.snapshot.principal(row.group);
        vec![
            Cell::leading(name(group), "group", &group.id),
            group.status_text().into(),
            row.members.count().into(),
            row.vaults.into(),
            managers(report.snapshot, &row.managers).into(),
        ]
    };
    Section {
        title: "Groups and their managers",
        meaning: "Managers decide who is in a group, and so who reaches its vaults.".into(),
        columns: &[
            Text("Group"),
            Text("State"),
            Number("Members"),
            Number("Vaults"),
            Text("Managers"),
        ],
        rows: rows.map(row),
        none: "None.".into(),
        unread: "the sync did not list all groups",
    }
}

pub(super) fn managers(snapshot: &Snapshot, managers: &Listed<u32>) -> String {
    let names = managers.map(|&place| name(snapshot.principal(place)));
    match (names.all, names.rows.is_empty()) {
        (true, true) => "NONE".to_owned(),
        (true, false) => names.rows.join(", "),
        (false, true) => "unknown".to_owned(),
        (false, false) => format!("{}, others unknown", names.rows.join(", ")),
    }
}

fn tokens(report: &Report<'_>) -> Section {
    let row = |row: &TokenRow| {
        let project = report.snapshot.principal(row.project);
        let active = project.tokens.active;
        vec![
            user(project),
            project.status_text().into(),
            active.map_or("?".to_owned(), |n| n.to_string()).into(),
            row.vaults.into(),
            expiry(row, &project.tokens.expires_at).into(),
        ]
    };
    Section {
        title: "Projects and their tokens",
        meaning: "What Connect servers reach with tokens, no person involved.".into(),
        columns: &[
            Text("Project"),
            Text("State"),
            Number("Tokens"),
            Number("Vaults"),
            Text("First token ends"),
        ],
        rows: report.findings.tokens.map(row),
        none: "No project has a working token.".into(),
        unread: unread_projects(report.snapshot),
    }
}

/// Why projects may be missing.
pub(super) fn unread_projects(snapshot: &Snapshot) -> &'static str {
    let coverage = &snapshot.coverage;
    let is_unread =
        !coverage.asked_for(ResourceKind::Project) || coverage.gaps().has(&Gap::Projects);
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
fn expiry(row: &TokenRow, text: &str) -> String {
    let day = plain(text.get(..10).unwrap_or(text)).into_owned();
    match row.expiry {
        Expiry::Never => "never".to_owned(),
        Expiry::Unreadable => format!("unreadable: {day}"),
        Expiry::Days(days) if days < 0 => format!("{day}, ENDED"),
        Expiry::Days(days) if row.is_urgent() => format!("{day}, IN {days} DAYS"),
        Expiry::Days(days) => format!("{day}, in {days} days"),
    }
}

fn unchanged(report: &Report<'_>) -> Section {
    let row = |row: &super::Unchanged| {
        let vault = report.snapshot.vault(row.vault);
        vec![
            vault_name(vault, "vault"),
            day(&vault.content.updated_at).into(),
            row.days.into(),
            items(vault).into(),
            report.findings.vaults.rows[row.vault as usize].users.into(),
        ]
    };
    Section {
        title: "Vaults unchanged for a year",
        meaning: "Nobody has changed what is in them for 365 days or more; whoever reaches them still does.".into(),
        columns: &[
            Text("Vault"),
            Text("Last change"),
            Number("Days"),
            Number("Items"),
            Number("Users"),
        ],
        rows: report.findings.unchanged.map(row),
        none: "None.".into(),
        unread: unread_vaults(
            report.snapshot,
            |vault| vault.content.updated_at.parse::<jiff::Timestamp>().is_ok(),
            "the file does not say of every vault when it was changed",
        ),
    }
}

fn contents(report: &Report<'_>, vaults: Vec<&Vault>) -> Section {
    let snapshot = report.snapshot;
    let told = |vault: &Vault| vault.content != Content::default();
    let kind = |text: &str| match text {
        "" => "?".to_owned(),
        text => plain(&text.to_lowercase().replace('_', " ")).into_owned(),
    };
    let row = |vault: &&Vault| {
        let content = &vault.content;
        vec![
            vault_name(vault, "review"),
            kind(&content.kind).into(),
            items(vault).into(),
            day(&content.created_at).into(),
            day(&content.updated_at).into(),
        ]
    };
    Section {
        title: "What is in the vaults",
        meaning: "As `op vault list` said when the sync ran.".into(),
        columns: &[
            Text("Vault"),
            Text("Type"),
            Number("Items"),
            Text("Created"),
            Text("Last change"),
        ],
        rows: Listed::new(
            vaults.iter().filter(|vault| told(vault)).map(row),
            snapshot.coverage.lists(ResourceKind::Vault) && snapshot.vaults.iter().all(told),
        ),
        none: "There are no vaults.".into(),
        unread: unread_vaults(
            snapshot,
            told,
            "the file does not say of every vault what is in it",
        ),
    }
}

pub(super) fn items(vault: &Vault) -> String {
    let items = vault.content.items;
    items.map_or("?".to_owned(), |items| items.to_string())
}

/// The day of a time as the file has it; what it does not say is unknown.
pub(super) fn day(text: &str) -> String {
    match text.parse::<jiff::Timestamp>() {
        Ok(at) => at.strftime("%F").to_string(),
        Err(_) if text.is_empty() => "?".to_owned(),
        Err(_) => format!("unreadable: {}", plain(&crate::text::start(text, 20))),
    }
}

fn without_vault(report: &Report<'_>) -> Section {
    let row = |&place: &u32| {
        let who = report.snapshot.principal(place);
        vec![name(who).into(), email(who)]
    };
    Section {
        title: "Active users without any vault",
        meaning: "They may hold a licence for nothing.".into(),
        columns: &[Text("Who"), Text("E-mail")],
        rows: report.findings.without_vault.map(row),
        none: "None.".into(),
        unread: UNREAD_STATE,
    }
}
