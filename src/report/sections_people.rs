//! What stands out about people and machines, as tables.

use crate::baton::ids::ResourceKind;
use crate::text::plain;

use super::Report;
use super::count::{Count, Listed, number};
use super::section::{Cell, Draft, Section, UNREAD, UNREAD_STATE};
use super::tally::Risk;

pub(super) fn holders(rows: &Listed<Risk<'_>>) -> Section {
    let unread = "the sync did not list all users, or not all projects";
    let draft = Section::of("People and machines", rows, unread)
        .meaning("Users and projects, and on how many vaults they have which rights.")
        .text("Who", |r| Cell::principal(r.who))
        .text("E-mail", |r| plain(&r.who.email))
        .text("Kind", |r| r.who.sort.text())
        .text("State", |r| r.who.status_text())
        .text("Last sign-in", |r| r.who.sign_in("?"));
    rights(draft)
}

/// The last columns of tables about what somebody can do.
fn rights(draft: Draft<'_, Risk<'_>>) -> Section {
    draft
        .number("Vaults", |r| r.vaults)
        .number("Manages", |r| Cell::right(r.who, r.manages, "manages"))
        .number("Exports", |r| Cell::right(r.who, r.exports, "exports"))
        .number("Shares", |r| Cell::right(r.who, r.shares, "shares"))
        .end()
}

pub(super) fn idle(report: &Report<'_>) -> Section {
    let (rows, never) = report.idle();
    let never = words(never);
    let unread = "the sync did not read of everybody with access when they last signed in, or not \
                  all access";
    Section::of("Idle people with access", &rows, unread)
        .meaning(format!(
            "They have not signed in for {} or more and still reach something. Suspended people \
             have a list of their own.{never}",
            number(report.idle_days as usize, "day", "days"),
        ))
        .none(format!("None.{never}"))
        .text("Who", |r| Cell::principal(r.who))
        .text("E-mail", |r| plain(&r.who.email))
        .text("Kind", |r| r.who.sort.text())
        .text("Last sign-in", |r| r.who.sign_in("?"))
        .number("Days", |r| r.days.unwrap_or_default())
        .number("Vaults", |r| r.vaults)
        .end()
}

/// Nobody knows how long somebody who never signed in has not done so.
fn words(never: Count) -> String {
    match (never.seen(), never.known()) {
        (0, _) => String::new(),
        (1, Some(_)) => " One more with access has never signed in.".to_owned(),
        (1, None) => " At least one more with access has never signed in.".to_owned(),
        (n, Some(_)) => format!(" {n} more with access have never signed in."),
        (n, None) => format!(" At least {n} more with access have never signed in."),
    }
}

pub(super) fn guests(report: &Report<'_>) -> Section {
    let unread = "the sync did not read all access, or not who is a guest";
    let rows = report.guests();
    let draft = Section::of("Guests with much", &rows, unread)
        .meaning("Guests with more than one vault, or with the right to manage, export or share.")
        .text("Guest", |r| Cell::principal(r.who))
        .text("E-mail", |r| plain(&r.who.email));
    rights(draft)
}

pub(super) fn machines(report: &Report<'_>) -> Section {
    let unread = "the sync did not read all access, or not all machines";
    let rows = report.machines();
    let draft = Section::of("Machines with risky rights", &rows, unread)
        .meaning(
            "Service accounts and projects that manage, export or share: no person is asked \
             when they do.",
        )
        .text("Machine", |r| Cell::principal(r.who))
        .text("Kind", |r| r.who.sort.text());
    rights(draft)
}

pub(super) fn other_domains(report: &Report<'_>) -> Section {
    let (frequent, others) = report.domains();
    let decided = decided(&frequent);
    let unread = "the sync did not read everybody's e-mail address";
    Section::of("Addresses from elsewhere", &others, unread)
        .meaning(format!(
            "The domain of their e-mail address is not among the two most frequent. {decided}"
        ))
        .none(format!("None. {decided}"))
        .text("Who", |r| Cell::principal(r))
        .text("E-mail", |r| plain(&r.email))
        .text("Kind", |r| r.sort.text())
        .text("State", |r| r.status_text())
        .end()
}

/// How it was decided which domains are frequent.
fn decided(frequent: &[(String, usize)]) -> String {
    let each = frequent.iter().map(|(domain, n)| {
        let domain = plain(domain);
        format!("{domain} ({})", number(*n, "person", "people"))
    });
    match frequent.len() {
        0 => "No address has a domain.".to_owned(),
        _ => format!("Most frequent: {}.", each.collect::<Vec<_>>().join(", ")),
    }
}

pub(super) fn only_common(report: &Report<'_>) -> Section {
    let rows = report.only_common();
    let unread = match report.snapshot.coverage.all_of(ResourceKind::User) {
        true => UNREAD_STATE,
        false => UNREAD,
    };
    Section::of("People with common access only", &rows, unread)
        .meaning("They reach only what everybody reaches; they may not need their licence.")
        .text("Who", |r| Cell::principal(r))
        .text("E-mail", |r| plain(&r.email))
        .text("Last sign-in", |r| r.sign_in("?"))
        .end()
}
