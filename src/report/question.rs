//! One question about a file: who reaches a vault, what somebody reaches, what a group opens to
//! whom.

use std::cmp::Reverse;
use std::io::{self, Write};

use crate::baton::ids::ResourceKind;
use crate::text::plain;

use super::abilities::Ability;
use super::count::Listed;
use super::model::{Pair, Principal, Vault};
use super::named::Named;
use super::paper::Paper;
use super::section::{UNREAD, remark};
use super::sections;
use super::snapshot::Snapshot;
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

/// What a question is about: its kind, and its place in the snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject(ResourceKind, u32);

impl Question {
    /// What may be meant, the word for it, and what is asked for.
    fn parts(&self) -> (&'static [ResourceKind], &'static str, &str) {
        match self {
            Self::Vault(text) => (&[ResourceKind::Vault], "vault", text),
            Self::User(text) => {
                let kinds = &[ResourceKind::User, ResourceKind::Project];
                (kinds, "user or project", text)
            }
            Self::Group(text) => (&[ResourceKind::Group], "group", text),
        }
    }

    /// Finds what is meant: an id first, else a whole name or address, letter case aside.
    ///
    /// # Errors
    /// Lines that say that nothing is, or that several are, with those that may be meant.
    pub fn find(&self, snapshot: &Snapshot) -> Result<Subject, Vec<String>> {
        let (kinds, noun, text) = self.parts();
        let all = known(snapshot, kinds);
        let several = match Named::choose(&all, text) {
            Ok(subject) => return Ok(subject),
            Err(several) => several,
        };
        if !several.is_empty() {
            return Err(Named::ambiguous(text, &several));
        }
        let (asked, text) = (plain(text), text.to_lowercase());
        let near: Vec<_> = all.iter().filter(|one| one.has(&text)).collect();
        let unread = match kinds.iter().all(|&kind| snapshot.coverage.lists(kind)) {
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
}

fn known<'s>(snapshot: &'s Snapshot, kinds: &[ResourceKind]) -> Vec<Named<'s, Subject>> {
    let vaults = snapshot.vaults.iter().map(|one| Named {
        what: Subject(ResourceKind::Vault, one.place),
        id: &one.id,
        name: &one.name,
        email: "",
        label: (&*one.label).into(),
    });
    let principals = snapshot.principals.iter().map(|one| Named {
        what: Subject(one.kind, one.place),
        id: &one.id,
        name: &one.name,
        email: &one.email,
        label: (&*one.label).into(),
    });
    let all = vaults.chain(principals);
    all.filter(|one| kinds.contains(&one.what.0)).collect()
}

/// Prints the answer.
///
/// # Errors
/// When `out` cannot be written.
pub fn answer(
    report: &super::Report<'_>,
    Subject(kind, place): Subject,
    out: &mut Paper<impl Write>,
) -> io::Result<()> {
    text::preface(report, out)?;
    writeln!(out)?;
    let snapshot = report.snapshot;
    match kind {
        ResourceKind::Vault => of_vault(snapshot, snapshot.vault(place), out),
        _ => of_principal(snapshot, snapshot.principal(place), out),
    }
}

fn of_vault(snapshot: &Snapshot, vault: &Vault, out: &mut Paper<impl Write>) -> io::Result<()> {
    out.head(&format!("vault {} ({})", vault.label, plain(&vault.id)))?;
    let changed = sections::day(vault.content.updated_at.as_deref());
    out.paragraph(&format!("{} items, last changed {changed}.", vault.items()))?;
    let of_vault = snapshot
        .pairs()
        .filter(|pair| pair.vault.place == vault.place);
    let mut pairs: Vec<Pair<'_>> = of_vault.collect();
    out.paragraph(&managers(snapshot, vault, &pairs))?;
    writeln!(out)?;
    // People first: their groups, which hold the access for them, come last.
    pairs.sort_by_key(|pair| Reverse(pair.who.kind));
    text::pairs(out, snapshot, &pairs, ["Who", "Kind"], |pair| {
        [pair.who.display_name(), kind_and_state(pair.who)]
    })?;
    let read = vault.read;
    let all = read.users && read.projects && read.unread.is_empty();
    let unread = "the sync did not read all access to this vault, or not which projects there are";
    out.paragraphs(remark(all, pairs.is_empty(), "Nobody reaches it.", unread))
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

fn who_is(who: &Principal) -> String {
    who.display_name() + &who.address()
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
    let pairs: Vec<Pair<'_>> = snapshot.pairs_of(who).collect();
    out.head(&text::title(who))?;
    out.paragraphs(about)?;
    writeln!(out)?;
    text::vaults(out, snapshot, &pairs)?;
    let coverage = &snapshot.coverage;
    let all = coverage.all_permissions() && coverage.all_of(who.kind);
    out.paragraphs(remark(
        all,
        pairs.is_empty(),
        "No vault is reached.",
        UNREAD,
    ))
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
            sections::names(&groups, "none", Principal::display_name)
        ),
    ]
}

fn group(snapshot: &Snapshot, group: &Principal) -> Vec<String> {
    let members = snapshot.people_of(&snapshot.members, group);
    let managers = snapshot.people_of(&snapshot.managers, group);
    let names = |people| sections::names(people, "none", who_is);
    vec![
        format!("Id {}.", plain(&group.id)),
        format!("Managers: {}.", names(&managers)),
        format!("Members ({}): {}.", members.count(), names(&members)),
    ]
}
