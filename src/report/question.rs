//! One question about a file: who reaches a vault, what somebody reaches, what a group opens to whom.

use std::cmp::Reverse;
use std::io::{self, Write};

use crate::baton::ids::ResourceKind;
use crate::text::plain;

use super::cells::name;
use super::count::Count;
use super::named::Named;
use super::paper::Paper;
use super::section::{self, Column, UNREAD};
use super::sections;
use super::sections_people::last_sign_in;
use super::snapshot::{Pair, Principal, Snapshot};
use super::table::Table;
use super::{Ability, text};

/// Whom or what is asked about, by id, name or e-mail address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// A vault.
    Vault(String),
    /// A person, a service account or a project.
    User(String),
    /// A group.
    Group(String),
}

/// What a question is about: a place in the snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Of [`Snapshot::vaults`].
    Vault(u32),
    /// Of [`Snapshot::principals`].
    Principal(u32),
}

impl Question {
    fn text(&self) -> &str {
        match self {
            Self::Vault(text) | Self::User(text) | Self::Group(text) => text,
        }
    }

    fn noun(&self) -> &'static str {
        match self {
            Self::Vault(_) => "vault",
            Self::User(_) => "user or project",
            Self::Group(_) => "group",
        }
    }

    /// What may be meant.
    fn kinds(&self) -> &'static [ResourceKind] {
        match self {
            Self::Vault(_) => &[ResourceKind::Vault],
            Self::User(_) => &[ResourceKind::User, ResourceKind::Project],
            Self::Group(_) => &[ResourceKind::Group],
        }
    }

    /// Finds what is meant: an id first, else a whole name or address, letter case aside.
    ///
    /// # Errors
    /// Lines that say that nothing is, or that several are, with those that may be meant.
    pub fn find(&self, snapshot: &Snapshot) -> Result<Subject, Vec<String>> {
        let all = self.known(snapshot);
        let several = match Named::choose(&all, self.text()) {
            Ok(subject) => return Ok(subject),
            Err(several) => several,
        };
        if !several.is_empty() {
            return Err(Named::ambiguous(self.text(), &several));
        }
        let (noun, asked, text) = (self.noun(), plain(self.text()), self.text().to_lowercase());
        let near: Vec<_> = all.iter().filter(|one| one.has(&text)).collect();
        let unread = match self
            .kinds()
            .iter()
            .all(|&kind| snapshot.coverage.lists(kind))
        {
            true => "",
            false => ", but the sync may not have read all of them",
        };
        let head = match near.len() {
            0 => format!(
                "no {noun} {asked:?} is in {}{unread}: check the name, or sync again if it is new",
                snapshot.source.file
            ),
            n => format!("no {noun} is called {asked:?}{unread}; {n} have it in name or id:"),
        };
        Err(Named::list(head, &near))
    }

    fn known<'s>(&self, snapshot: &'s Snapshot) -> Vec<Named<'s, Subject>> {
        if let Self::Vault(_) = self {
            let vaults = (0..).zip(&snapshot.vaults);
            let known = vaults.map(|(place, vault)| Named {
                what: Subject::Vault(place),
                id: &vault.id,
                name: &vault.name,
                email: "",
                label: (&*vault.label).into(),
            });
            return known.collect();
        }
        let principals = (0..).zip(&snapshot.principals);
        let asked = principals.filter(|(_, one)| self.kinds().contains(&one.kind));
        let known = asked.map(|(place, one)| Named {
            what: Subject::Principal(place),
            id: &one.id,
            name: &one.name,
            email: &one.email,
            label: (&*one.label).into(),
        });
        known.collect()
    }
}

/// Prints the answer.
///
/// # Errors
/// When `out` cannot be written.
pub fn answer(
    report: &super::Report<'_>,
    subject: Subject,
    out: &mut Paper<impl Write>,
) -> io::Result<()> {
    for line in text::head(report) {
        out.paragraph(&line)?;
    }
    for notice in text::notices(report) {
        out.notice(&notice.line())?;
    }
    writeln!(out)?;
    match subject {
        Subject::Vault(vault) => of_vault(report.snapshot, vault, out),
        Subject::Principal(place) => of_principal(report.snapshot, place, out),
    }
}

fn of_vault(snapshot: &Snapshot, place: u32, out: &mut Paper<impl Write>) -> io::Result<()> {
    let vault = snapshot.vault(place);
    out.head(&format!("vault {} ({})", vault.label, plain(&vault.id)))?;
    let content = format!(
        "{} items, last changed {}.",
        vault
            .content
            .items
            .map_or("?".to_owned(), |n| n.to_string()),
        sections::day(&vault.content.updated_at)
    );
    out.paragraph(&content)?;
    let pairs = || snapshot.pairs().filter(move |pair| pair.vault == place);
    out.paragraph(&managers(snapshot, place, pairs()))?;
    writeln!(out)?;
    let mut table = Table::new(&[
        Column::Text("Who"),
        Column::Text("Kind"),
        Column::Text("By"),
        Column::Text("Permissions"),
    ]);
    // People first: their groups, which hold the access for them, come last.
    let mut sorted: Vec<Pair<'_>> = pairs().collect();
    sorted.sort_by_key(|pair| Reverse(snapshot.principal(pair.principal).kind));
    let empty = sorted.is_empty();
    for pair in sorted {
        let who = snapshot.principal(pair.principal);
        let mut shown = [name(who), kind_and_state(who)];
        for (paths, held) in text::by_permissions(snapshot, &pair) {
            let [name, kind] = std::mem::take(&mut shown);
            table.row([name, kind, paths, held]);
        }
    }
    if !empty {
        table.print(out)?;
    }
    let coverage = &snapshot.coverage;
    let all = coverage.users(Some(place))
        && coverage.projects(Some(place))
        && coverage.unread(place).is_empty();
    let unread = "the sync did not read all access to this vault, or not which projects there are";
    remark(out, all, empty, "Nobody reaches it.", unread)
}

/// Who must confirm a review: those who decide who reaches the vault.
fn managers<'s>(
    snapshot: &'s Snapshot,
    vault: u32,
    pairs: impl Iterator<Item = Pair<'s>>,
) -> String {
    let manages = |pair: &Pair<'_>| {
        let can = snapshot.permissions.abilities(pair.held());
        can.has(Ability::Manages) && snapshot.principal(pair.principal).kind != ResourceKind::Group
    };
    let names: Vec<String> = pairs
        .filter(manages)
        .map(|pair| who_is(snapshot.principal(pair.principal)))
        .collect();
    let coverage = &snapshot.coverage;
    let all = coverage.users(Some(vault)) && coverage.can(vault, Ability::Manages);
    match (all, names.is_empty()) {
        (true, true) => "Managed by NOBODY.".to_owned(),
        (true, false) => format!("Managed by {}.", names.join(", ")),
        (false, true) => "Who manages it is unknown.".to_owned(),
        (false, false) => format!("Managed by {}; others unknown.", names.join(", ")),
    }
}

/// Name and address.
fn who_is(who: &Principal) -> String {
    match who.email.is_empty() || who.label.contains(&who.email) {
        true => name(who),
        false => format!("{} <{}>", name(who), plain(&who.email)),
    }
}

fn kind_and_state(who: &Principal) -> String {
    let state = who.status_text();
    match who.kind {
        ResourceKind::User if !state.is_empty() => format!("{}, {state}", who.sort.text()),
        _ => who.sort.text().to_owned(),
    }
}

fn of_principal(snapshot: &Snapshot, place: u32, out: &mut Paper<impl Write>) -> io::Result<()> {
    let who = snapshot.principal(place);
    let about = match who.kind {
        ResourceKind::Group => group(snapshot, place),
        ResourceKind::User => of_user(snapshot, place, who),
        _ => vec![format!("Id {}, {}.", plain(&who.id), kind_and_state(who))],
    };
    let pairs = snapshot.pairs().filter(|pair| pair.principal == place);
    let pairs: Vec<Pair<'_>> = pairs.collect();
    out.head(&text::title(who))?;
    for line in about {
        out.paragraph(&line)?;
    }
    writeln!(out)?;
    text::vaults(out, snapshot, &pairs)?;
    let coverage = &snapshot.coverage;
    let all = coverage.all_permissions()
        && match who.kind {
            ResourceKind::User => coverage.all_of_users(),
            ResourceKind::Project => coverage.all_of_projects(),
            _ => coverage.all_of_groups(),
        };
    remark(out, all, pairs.is_empty(), "No vault is reached.", UNREAD)
}

fn of_user(snapshot: &Snapshot, place: u32, who: &Principal) -> Vec<String> {
    let groups = snapshot.members.iter().filter(|(_, user)| *user == place);
    let groups: Vec<String> = groups
        .map(|&(group, _)| name(snapshot.principal(group)))
        .collect();
    let mut known = snapshot
        .of_kind(ResourceKind::Group)
        .map(|(group, _)| group);
    let all = snapshot.coverage.lists(ResourceKind::Group)
        && known.all(|group| snapshot.coverage.members(Some(group)));
    vec![
        format!(
            "Id {}, {}, last sign-in {}.",
            plain(&who.id),
            kind_and_state(who),
            last_sign_in(who.signed_in)
        ),
        format!("Groups: {}.", listed(&groups, all)),
    ]
}

fn group(snapshot: &Snapshot, group: u32) -> Vec<String> {
    let all = snapshot.coverage.members(Some(group));
    let names = |pairs: &[(u32, u32)]| -> Vec<String> {
        let places = Snapshot::of_group(pairs, group);
        places.map(|one| who_is(snapshot.principal(one))).collect()
    };
    let members = names(&snapshot.members);
    let count = Count::new(u32::try_from(members.len()).unwrap_or(u32::MAX), all);
    vec![
        format!("Id {}.", plain(&snapshot.principal(group).id)),
        format!("Managers: {}.", listed(&names(&snapshot.managers), all)),
        format!("Members ({count}): {}.", listed(&members, all)),
    ]
}

/// Names, and whether there may be more.
fn listed(names: &[String], all: bool) -> String {
    match (all, names) {
        (true, []) => "none".to_owned(),
        (true, names) => names.join(", "),
        (false, []) => "unknown".to_owned(),
        (false, names) => format!("{}, others unknown", names.join(", ")),
    }
}

fn remark(
    out: &mut Paper<impl Write>,
    all: bool,
    empty: bool,
    none: &str,
    unread: &str,
) -> io::Result<()> {
    match section::remark(all, empty, none, unread) {
        Some(remark) => out.paragraph(&remark),
        None => Ok(()),
    }
}
