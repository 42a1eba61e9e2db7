//! What stands out about people and machines, as tables.

use super::Report;
use super::cells::{email, right, user};
use super::count::{Count, Listed};
use super::findings::Risk;
use super::people::{Domains, Idle};
use super::section::{Cell, Column, Section, UNREAD, UNREAD_STATE};
use super::show::count;
use super::snapshot::{Principal, SignIn, Sort};

use Column::{Number, Text};

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
pub(super) fn holders(report: &Report<'_>, rows: &Listed<Risk>) -> Section {
    let row = |risk: &Risk| {
        let who = report.snapshot.principal(risk.principal);
        let cell = |n, ability| right(who, n, ability);
        vec![
            user(who),
            email(who),
            who.sort.text().into(),
            who.status_text().into(),
            sign_in_text(who).into(),
            risk.vaults.into(),
            cell(risk.manages, "manages"),
            cell(risk.exports, "exports"),
            cell(risk.shares, "shares"),
        ]
    };
    Section {
        title: "People and machines",
        meaning: "Users and projects, and on how many vaults they have which rights.".into(),
        columns: &[
            Text("Who"),
            Text("E-mail"),
            Text("Kind"),
            Text("State"),
            Text("Last sign-in"),
            Number("Vaults"),
            Number("Manages"),
            Number("Exports"),
            Number("Shares"),
        ],
        rows: rows.map(row),
        none: "None.".into(),
        unread: "the sync did not list all users, or not all projects",
    }
}

/// Projects do not sign in.
fn sign_in_text(who: &Principal) -> String {
    match who.sort {
        Sort::Project => String::new(),
        _ => last_sign_in(who.signed_in),
    }
}

fn idle(report: &Report<'_>) -> Section {
    let people = &report.findings.people;
    let row = |row: &Idle| {
        let who = report.snapshot.principal(row.user);
        vec![
            user(who),
            email(who),
            who.sort.text().into(),
            last_sign_in(who.signed_in).into(),
            row.days.into(),
            row.vaults.into(),
        ]
    };
    let never = never(people.never);
    Section {
        title: "Idle people with access",
        meaning: format!(
            "They have not signed in for {} or more and still reach something. Suspended people \
             have a list of their own.{never}",
            count(people.idle_days, "day", "days"),
        )
        .into(),
        columns: &[
            Text("Who"),
            Text("E-mail"),
            Text("Kind"),
            Text("Last sign-in"),
            Number("Days"),
            Number("Vaults"),
        ],
        rows: people.idle.map(row),
        none: format!("None.{never}").into(),
        unread: "the sync did not read of everybody with access when they last signed in, or not all access",
    }
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

/// The day, `never`, or `?` where the file does not say.
pub(super) fn last_sign_in(signed_in: SignIn) -> String {
    match signed_in {
        SignIn::Unknown => "?".to_owned(),
        SignIn::Never => "never".to_owned(),
        SignIn::At(at) => at.strftime("%F").to_string(),
    }
}

/// The columns of a right's holder.
fn holder(report: &Report<'_>, risk: &Risk, about: Cell) -> Vec<Cell> {
    let who = report.snapshot.principal(risk.principal);
    vec![
        user(who),
        about,
        risk.vaults.into(),
        right(who, risk.manages, "manages"),
        right(who, risk.exports, "exports"),
        right(who, risk.shares, "shares"),
    ]
}

fn guests(report: &Report<'_>) -> Section {
    let row = |risk: &Risk| {
        holder(
            report,
            risk,
            email(report.snapshot.principal(risk.principal)),
        )
    };
    Section {
        title: "Guests with much",
        meaning: "Guests with more than one vault, or with the right to manage, export or share."
            .into(),
        columns: &[
            Text("Guest"),
            Text("E-mail"),
            Number("Vaults"),
            Number("Manages"),
            Number("Exports"),
            Number("Shares"),
        ],
        rows: report.findings.people.guests.map(row),
        none: "None.".into(),
        unread: "the sync did not read all access, or not who is a guest",
    }
}

fn machines(report: &Report<'_>) -> Section {
    let row = |risk: &Risk| {
        let sort = report.snapshot.principal(risk.principal).sort;
        holder(report, risk, sort.text().into())
    };
    Section {
        title: "Machines with risky rights",
        meaning: "Service accounts and projects that manage, export or share: no person is asked \
                  when they do."
            .into(),
        columns: &[
            Text("Machine"),
            Text("Kind"),
            Number("Vaults"),
            Number("Manages"),
            Number("Exports"),
            Number("Shares"),
        ],
        rows: report.findings.people.machines.map(row),
        none: "None.".into(),
        unread: "the sync did not read all access, or not all machines",
    }
}

fn other_domains(report: &Report<'_>) -> Section {
    let domains = &report.findings.people.domains;
    let decided = decided(domains);
    let row = |&place: &u32| {
        let who = report.snapshot.principal(place);
        vec![
            user(who),
            email(who),
            who.sort.text().into(),
            who.status_text().into(),
        ]
    };
    Section {
        title: "Addresses from elsewhere",
        meaning: format!(
            "The domain of their e-mail address is not among the two most frequent. {decided}"
        )
        .into(),
        columns: &[Text("Who"), Text("E-mail"), Text("Kind"), Text("State")],
        rows: domains.others.map(row),
        none: format!("None. {decided}").into(),
        unread: "the sync did not read everybody's e-mail address",
    }
}

/// How it was decided which domains are frequent.
fn decided(domains: &Domains) -> String {
    let each = domains.frequent.iter().map(|(domain, n)| {
        format!(
            "{} ({})",
            crate::text::plain(domain),
            count(*n, "person", "people")
        )
    });
    match domains.frequent.len() {
        0 => "No address has a domain.".to_owned(),
        _ => format!("Most frequent: {}.", each.collect::<Vec<_>>().join(", ")),
    }
}

fn only_common(report: &Report<'_>) -> Section {
    let row = |&place: &u32| {
        let who = report.snapshot.principal(place);
        vec![user(who), email(who), last_sign_in(who.signed_in).into()]
    };
    Section {
        title: "People with common access only",
        meaning: "They reach only what everybody reaches; they may not need their licence.".into(),
        columns: &[Text("Who"), Text("E-mail"), Text("Last sign-in")],
        rows: report.findings.people.only_common.map(row),
        none: "None.".into(),
        unread: match report.snapshot.coverage.all_of_users() {
            true => UNREAD_STATE,
            false => UNREAD,
        },
    }
}
