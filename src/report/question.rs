//! One question about a file: who reaches a vault, what somebody reaches, what a group opens to whom.

use std::cmp::Reverse;
use std::io::{self, Write};

use crate::baton::ids::ResourceKind;
use crate::text::plain;

use super::abilities::Ability;
use super::count::Listed;
use super::model::{Pair, Principal, Vault};
use super::named::Named;
use super::paper::Paper;
use super::section::{self, Column, UNREAD};
use super::sections;
use super::snapshot::Snapshot;
use super::table::Table;
use super::text;

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
            let known = snapshot.vaults.iter().map(|vault| Named {
                what: Subject::Vault(vault.place),
                id: &vault.id,
                name: &vault.name,
                email: "",
                label: (&*vault.label).into(),
            });
            return known.collect();
        }
        let principals = snapshot.principals.iter();
        let asked = principals.filter(|one| self.kinds().contains(&one.kind));
        let known = asked.map(|one| Named {
            what: Subject::Principal(one.place),
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
    let snapshot = report.snapshot;
    match subject {
        Subject::Vault(vault) => of_vault(snapshot, snapshot.vault(vault), out),
        Subject::Principal(place) => of_principal(snapshot, snapshot.principal(place), out),
    }
}

fn of_vault(snapshot: &Snapshot, vault: &Vault, out: &mut Paper<impl Write>) -> io::Result<()> {
    out.head(&format!("vault {} ({})", vault.label, plain(&vault.id)))?;
    let changed = sections::day(&vault.content.updated_at);
    out.paragraph(&format!("{} items, last changed {changed}.", vault.items()))?;
    let of_vault = snapshot
        .pairs()
        .filter(|pair| pair.vault.place == vault.place);
    let mut pairs: Vec<Pair<'_>> = of_vault.collect();
    out.paragraph(&managers(snapshot, vault, &pairs))?;
    writeln!(out)?;
    let mut table = Table::new(&[
        Column::Text("Who"),
        Column::Text("Kind"),
        Column::Text("By"),
        Column::Text("Permissions"),
    ]);
    // People first: their groups, which hold the access for them, come last.
    pairs.sort_by_key(|pair| Reverse(pair.who.kind));
    for pair in &pairs {
        let mut shown = [pair.who.shown(), kind_and_state(pair.who)];
        for (paths, held) in text::by_permissions(snapshot, pair) {
            let [name, kind] = std::mem::take(&mut shown);
            table.row([name, kind, paths, held]);
        }
    }
    if !pairs.is_empty() {
        table.print(out)?;
    }
    let read = vault.read;
    let all = read.users && read.projects && read.unread.is_empty();
    let unread = "the sync did not read all access to this vault, or not which projects there are";
    remark(out, all, pairs.is_empty(), "Nobody reaches it.", unread)
}

/// Who must confirm a review: those who decide who reaches the vault.
fn managers(snapshot: &Snapshot, vault: &Vault, pairs: &[Pair<'_>]) -> String {
    let manages = |pair: &&Pair<'_>| {
        let can = snapshot.permissions.abilities(pair.held());
        can.has(Ability::Manages) && pair.who.kind != ResourceKind::Group
    };
    let managers = pairs.iter().filter(manages);
    let names: Vec<String> = managers.map(|pair| who_is(pair.who)).collect();
    let all = vault.read.users && vault.read.can.has(Ability::Manages);
    match (all, names.is_empty()) {
        (true, true) => "Managed by NOBODY.".to_owned(),
        (true, false) => format!("Managed by {}.", names.join(", ")),
        (false, true) => "Who manages it is unknown.".to_owned(),
        (false, false) => format!("Managed by {}; others unknown.", names.join(", ")),
    }
}

/// Name and address.
fn who_is(who: &Principal) -> String {
    who.shown() + &who.address()
}

fn kind_and_state(who: &Principal) -> String {
    let state = who.status_text();
    match who.kind {
        ResourceKind::User if !state.is_empty() => format!("{}, {state}", who.sort.text()),
        _ => who.sort.text().to_owned(),
    }
}

fn of_principal(
    snapshot: &Snapshot,
    who: &Principal,
    out: &mut Paper<impl Write>,
) -> io::Result<()> {
    let about = match who.kind {
        ResourceKind::Group => group(snapshot, who),
        ResourceKind::User => of_user(snapshot, who),
        _ => vec![format!("Id {}, {}.", plain(&who.id), kind_and_state(who))],
    };
    let pairs = snapshot.pairs().filter(|pair| pair.who.place == who.place);
    let pairs: Vec<Pair<'_>> = pairs.collect();
    out.head(&text::title(who))?;
    for line in about {
        out.paragraph(&line)?;
    }
    writeln!(out)?;
    text::vaults(out, snapshot, &pairs)?;
    let coverage = &snapshot.coverage;
    let all = coverage.all_permissions() && coverage.all_of(who.kind);
    remark(out, all, pairs.is_empty(), "No vault is reached.", UNREAD)
}

fn of_user(snapshot: &Snapshot, who: &Principal) -> Vec<String> {
    let groups = snapshot
        .members
        .iter()
        .filter(|(_, user)| *user == who.place);
    let groups = groups.map(|&(group, _)| snapshot.principal(group));
    let all = snapshot.coverage.lists(ResourceKind::Group)
        && snapshot
            .of_kind(ResourceKind::Group)
            .all(|group| group.members_read);
    let groups = Listed::new(groups, all);
    vec![
        format!(
            "Id {}, {}, last sign-in {}.",
            plain(&who.id),
            kind_and_state(who),
            who.signed_in.day("?")
        ),
        format!(
            "Groups: {}.",
            sections::names(&groups, "none", Principal::shown)
        ),
    ]
}

fn group(snapshot: &Snapshot, group: &Principal) -> Vec<String> {
    let people = |pairs| Listed::new(snapshot.people_of(pairs, group), group.members_read);
    let (members, managers) = (people(&snapshot.members), people(&snapshot.managers));
    let names = |people| sections::names(people, "none", who_is);
    vec![
        format!("Id {}.", plain(&group.id)),
        format!("Managers: {}.", names(&managers)),
        format!("Members ({}): {}.", members.count(), names(&members)),
    ]
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
