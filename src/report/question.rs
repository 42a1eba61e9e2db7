//! One question about a file: who reaches a vault, what somebody reaches, what a group opens.

use std::cmp::Reverse;
use std::io::{self, Write};

use crate::baton::ids::ResourceKind::{self, Group, User, Vault};
use crate::text::plain;

use super::count::Listed;
use super::model::{Pair, Resource};
use super::named::Named;
use super::paper::Paper;
use super::permissions::Abilities;
use super::section::{UNREAD, remark};
use super::sections;
use super::snapshot::Snapshot;
use super::text;

/// What a question is about.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'s>(&'s Resource);

/// Finds what is meant among those of these kinds, as [`Named::choose`] does.
///
/// # Errors
/// Lines that say that nothing is, or that several are, with those that may be meant.
pub fn find<'s>(
    snapshot: &'s Snapshot,
    kinds: &[ResourceKind],
    text: &str,
) -> Result<Subject<'s>, Vec<String>> {
    let all = snapshot.principals.iter().chain(&snapshot.vaults);
    let all = all.filter(|one| kinds.contains(&one.kind));
    let named = all.map(|one| Named {
        what: Subject(one),
        id: &one.id,
        name: &one.name,
        email: &one.email,
        label: (&*one.label).into(),
    });
    let all: Vec<_> = named.collect();
    if let Some(subject) = Named::choose(&all, text)? {
        return Ok(subject);
    }
    let (asked, text) = (plain(text), text.to_lowercase());
    let is_near = |one: &&Named<'_, _>| {
        let own = [one.name, one.email, one.id];
        !text.is_empty() && own.iter().any(|own| own.to_lowercase().contains(&text))
    };
    let near: Vec<_> = all.iter().filter(is_near).collect();
    let noun = kinds.iter().map(|kind| kind.as_str());
    let noun = noun.collect::<Vec<_>>().join(" or ");
    let unread = match kinds.iter().all(|&kind| snapshot.coverage.lists(kind)) {
        true => "",
        false => ", but the sync may not have read all of them",
    };
    let file = &snapshot.source.file;
    let head = match near.len() {
        0 => format!(
            "no {noun} {asked:?} is in {file}{unread}: check the name, or sync again if it is new"
        ),
        n => format!("no {noun} is called {asked:?}{unread}; {n} have it in name or id:"),
    };
    Err(Named::list(head, &near))
}

/// Prints the answer.
///
/// # Errors
/// When `out` cannot be written.
pub fn answer(
    report: &super::Report<'_>,
    Subject(subject): Subject<'_>,
    out: &mut Paper<impl Write>,
) -> io::Result<()> {
    let (snapshot, coverage) = (report.snapshot, &report.snapshot.coverage);
    text::preface(report, out)?;
    out.blank()?;
    let about = match subject.kind {
        Vault => return of_vault(snapshot, subject, out),
        Group => of_group(snapshot, subject),
        User => of_user(snapshot, subject),
        _ => {
            let id = plain(&subject.id);
            vec![format!("Id {id}, {}.", kind_and_state(subject))]
        }
    };
    let pairs: Vec<Pair<'_>> = snapshot.pairs_of(subject).collect();
    out.head(&text::title(subject))?;
    out.paragraphs(about)?;
    out.blank()?;
    text::table(out, snapshot, &pairs, ["Vault"], |pair| {
        [pair.vault.label.clone()]
    })?;
    let all = coverage.everywhere.unread.is_empty() && coverage.all_of(subject.kind);
    out.paragraphs(remark(
        all,
        pairs.is_empty(),
        "No vault is reached.",
        UNREAD,
    ))
}

fn of_vault(snapshot: &Snapshot, vault: &Resource, out: &mut Paper<impl Write>) -> io::Result<()> {
    out.head(&format!("vault {} ({})", vault.label, plain(&vault.id)))?;
    let changed = sections::day(vault.updated_at.as_deref());
    out.paragraph(&format!("{} items, last changed {changed}.", vault.items()))?;
    let pairs = snapshot.pairs();
    let pairs = pairs.filter(|pair| pair.vault.place == vault.place);
    let mut pairs: Vec<Pair<'_>> = pairs.collect();
    out.paragraph(&managers(snapshot, vault, &pairs))?;
    out.blank()?;
    // People first: their groups, which hold the access for them, come last.
    pairs.sort_by_key(|pair| Reverse(pair.who.kind));
    text::table(out, snapshot, &pairs, ["Who", "Kind"], |pair| {
        [pair.who.display_name(), kind_and_state(pair.who)]
    })?;
    let unread = "the sync did not read all access to this vault, or not which projects there are";
    let (all, empty) = (vault.read.is_whole(), pairs.is_empty());
    out.paragraphs(remark(all, empty, "Nobody reaches it.", unread))
}

/// Who must confirm a review: those who decide who reaches the vault.
fn managers(snapshot: &Snapshot, vault: &Resource, pairs: &[Pair<'_>]) -> String {
    let manages = |pair: &&Pair<'_>| {
        let can = snapshot.permissions.abilities(pair.held());
        can.contains(Abilities::MANAGES) && pair.who.kind != Group
    };
    let managers = pairs.iter().filter(manages);
    let names: Vec<String> = managers.map(|pair| who_is(pair.who)).collect();
    let all = vault.read.users && vault.read.can.contains(Abilities::MANAGES);
    match (all, names.is_empty()) {
        (true, true) => "Managed by NOBODY.".to_owned(),
        (true, false) => format!("Managed by {}.", names.join(", ")),
        (false, true) => "Who manages it is unknown.".to_owned(),
        (false, false) => format!("Managed by {}; others unknown.", names.join(", ")),
    }
}

fn who_is(who: &Resource) -> String {
    who.display_name() + &who.address()
}

fn kind_and_state(who: &Resource) -> String {
    let state = who.status_text();
    match who.kind {
        User if !state.is_empty() => format!("{}, {state}", who.sort.text()),
        _ => who.sort.text().to_owned(),
    }
}

fn of_user(snapshot: &Snapshot, who: &Resource) -> Vec<String> {
    let members = snapshot.members.iter();
    let groups = members.filter(|(_, user)| *user == who.place);
    let groups = groups.map(|&(group, _)| snapshot.principal(group));
    let mut every = snapshot.of_kind(Group);
    let all = snapshot.coverage.lists(Group) && every.all(|group| group.members_read);
    let groups = Listed::new(groups, all);
    let groups = sections::names(&groups, "none", Resource::display_name);
    let (id, sign_in) = (plain(&who.id), who.sign_in("?"));
    vec![
        format!("Id {id}, {}, last sign-in {sign_in}.", kind_and_state(who)),
        format!("Groups: {groups}."),
    ]
}

fn of_group(snapshot: &Snapshot, group: &Resource) -> Vec<String> {
    let members = snapshot.people_of(&snapshot.members, group);
    let managers = snapshot.people_of(&snapshot.managers, group);
    let names = |people| sections::names(people, "none", who_is);
    vec![
        format!("Id {}.", plain(&group.id)),
        format!("Managers: {}.", names(&managers)),
        format!("Members ({}): {}.", members.count(), names(&members)),
    ]
}
