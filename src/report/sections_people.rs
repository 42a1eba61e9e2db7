//! What stands out about people and machines, as tables.

use crate::baton::ids::ResourceKind;

use super::Report;
use super::count::{Count, Listed};
use super::finding_rows::Risk;
use super::model::{Principal, Sort};
use super::people::Domains;
use super::section::{Cell, Draft, Section, UNREAD, UNREAD_STATE};
use super::show::number;

/// Every section about people and machines.
pub(super) fn all(report: &Report<'_>) -> Vec<Section> {
    vec![
        idle(report),
        guests(report),
        machines(report),
        other_domains(report),
        only_common(report),
    ]
}

/// Everybody, with what each reaches.
pub(super) fn holders(rows: &Listed<Risk<'_>>) -> Section {
    let unread = "the sync did not list all users, or not all projects";
    let draft = Section::of("People and machines", rows, unread)
        .meaning("Users and projects, and on how many vaults they have which rights.")
        .text("Who", |risk| Cell::user(risk.who))
        .text("E-mail", |risk| Cell::email(risk.who))
        .text("Kind", |risk| risk.who.sort.text())
        .text("State", |risk| risk.who.status_text())
        .text("Last sign-in", |risk| sign_in(risk.who));
    rights(draft)
}

/// Projects do not sign in.
fn sign_in(who: &Principal) -> String {
    match who.sort {
        Sort::Project => String::new(),
        _ => who.signed_in.day("?"),
    }
}

/// The last columns of tables about what somebody can do.
fn rights(draft: Draft<'_, Risk<'_>>) -> Section {
    draft
        .number("Vaults", |risk| risk.vaults)
        .number("Manages", |risk| {
            Cell::right(risk.who, risk.manages, "manages")
        })
        .number("Exports", |risk| {
            Cell::right(risk.who, risk.exports, "exports")
        })
        .number("Shares", |risk| {
            Cell::right(risk.who, risk.shares, "shares")
        })
        .end()
}

fn idle(report: &Report<'_>) -> Section {
    let people = &report.findings.people;
    let never = never(people.never);
    let unread = "the sync did not read of everybody with access when they last signed in, or not \
                  all access";
    Section::of("Idle people with access", &people.idle, unread)
        .meaning(format!(
            "They have not signed in for {} or more and still reach something. Suspended people \
             have a list of their own.{never}",
            number(people.idle_days as usize, "day", "days"),
        ))
        .none(format!("None.{never}"))
        .text("Who", |row| Cell::user(row.who))
        .text("E-mail", |row| Cell::email(row.who))
        .text("Kind", |row| row.who.sort.text())
        .text("Last sign-in", |row| row.who.signed_in.day("?"))
        .number("Days", |row| row.days)
        .number("Vaults", |row| row.vaults)
        .end()
}

/// Nobody knows how long somebody who never signed in has not done so.
fn never(never: Count) -> String {
    match (never.seen(), never.known()) {
        (0, _) => String::new(),
        (1, Some(_)) => " One more with access has never signed in.".to_owned(),
        (1, None) => " At least one more with access has never signed in.".to_owned(),
        (n, Some(_)) => format!(" {n} more with access have never signed in."),
        (n, None) => format!(" At least {n} more with access have never signed in."),
    }
}

fn guests(report: &Report<'_>) -> Section {
    let unread = "the sync did not read all access, or not who is a guest";
    let draft = Section::of("Guests with much", &report.findings.people.guests, unread)
        .meaning("Guests with more than one vault, or with the right to manage, export or share.")
        .text("Guest", |risk| Cell::user(risk.who))
        .text("E-mail", |risk| Cell::email(risk.who));
    rights(draft)
}

fn machines(report: &Report<'_>) -> Section {
    let unread = "the sync did not read all access, or not all machines";
    let rows = &report.findings.people.machines;
    let draft = Section::of("Machines with risky rights", rows, unread)
        .meaning(
            "Service accounts and projects that manage, export or share: no person is asked \
             when they do.",
        )
        .text("Machine", |risk| Cell::user(risk.who))
        .text("Kind", |risk| risk.who.sort.text());
    rights(draft)
}

fn other_domains(report: &Report<'_>) -> Section {
    let domains = &report.findings.people.domains;
    let decided = decided(domains);
    let unread = "the sync did not read everybody's e-mail address";
    Section::of("Addresses from elsewhere", &domains.others, unread)
        .meaning(format!(
            "The domain of their e-mail address is not among the two most frequent. {decided}"
        ))
        .none(format!("None. {decided}"))
        .text("Who", |who| Cell::user(who))
        .text("E-mail", |who| Cell::email(who))
        .text("Kind", |who| who.sort.text())
        .text("State", |who| who.status_text())
        .end()
}

/// How it was decided which domains are frequent.
fn decided(domains: &Domains<'_>) -> String {
    let each = domains.frequent.iter().map(|(domain, n)| {
        let domain = crate::text::plain(domain);
        format!("{domain} ({})", number(*n, "person", "people"))
    });
    match domains.frequent.len() {
        0 => "No address has a domain.".to_owned(),
        _ => format!("Most frequent: {}.", each.collect::<Vec<_>>().join(", ")),
    }
}

fn only_common(report: &Report<'_>) -> Section {
    let rows = &report.findings.people.only_common;
    let unread = match report.snapshot.coverage.all_of(ResourceKind::User) {
        true => UNREAD_STATE,
        false => UNREAD,
    };
    Section::of("People with common access only", rows, unread)
        .meaning("They reach only what everybody reaches; they may not need their licence.")
        .text("Who", |who| Cell::user(who))
        .text("E-mail", |who| Cell::email(who))
        .text("Last sign-in", |who| who.signed_in.day("?"))
        .end()
}
