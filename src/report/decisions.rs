//! A filled-in review, read back: what is to be revoked, and what of it is not true any more.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use crate::baton::ids::{ResourceId, ResourceKind, grant_id};
use crate::connector::permission::MEMBER;
use crate::text::{plain, unmarked};

use super::csv::{harmless, joined};
use super::model::{Access, PRINCIPALS, Resource};
use super::snapshot::Snapshot;

/// The columns that a decision needs.
const NEEDED: [&str; 7] = [
    "decision",
    "principal_type",
    "principal_id",
    "vault_id",
    "path_type",
    "path_id",
    "permissions",
];

/// The cells of one line that says something.
pub type Line = [String; NEEDED.len()];

/// What becomes of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is to be revoked.
    Revoke {
        /// The ids of the grants that the access consists of.
        grants: Vec<String>,
        /// The principal's type and id.
        principal: (ResourceKind, String),
    },
    /// There is nothing to revoke any more: a sentence.
    Gone(String),
}

/// Reads the lines of a review that are to be revoked, each with its number in the file. They are
/// separated as the head is.
///
/// # Errors
/// A sentence: the text is no review, or a column is missing.
pub fn read(text: &str) -> Result<Vec<(usize, Line)>, String> {
    let text = unmarked(text);
    let head = text.lines().next().unwrap_or_default();
    let separator = [',', ';', '\t']
        .into_iter()
        .max_by_key(|one| (head.matches(*one).count(), *one == ','))
        .unwrap_or(',');
    let mut records = records(text, separator).into_iter();
    let (_, head) = records.next().ok_or("it is empty")?;
    let mut places = [0; NEEDED.len()];
    for (place, name) in places.iter_mut().zip(NEEDED) {
        let found = head.iter().position(|cell| cell.trim() == name);
        *place = found.ok_or_else(|| {
            format!("it has no column {name}; keep all columns that report --csv wrote")
        })?;
    }
    let cells =
        |record: Vec<String>| places.map(|place| record.get(place).cloned().unwrap_or_default());
    let lines = records.map(|(number, record)| (number, cells(record)));
    let is_keep = |text: &str| ["", "keep", "approve", "approved"].contains(&text);
    let lines = lines.filter(|(_, [said, ..])| !is_keep(&said.trim().to_lowercase()));
    Ok(lines.collect())
}

/// What becomes of each line, by its number; lines that say the same once. An error is a sentence:
/// it cannot be done, or is not as the reviewer saw it.
pub fn check(
    lines: &[(usize, Line)],
    snapshot: &Snapshot,
) -> Vec<(usize, Result<Verdict, String>)> {
    let all = snapshot.principals.iter().chain(&snapshot.vaults);
    let known = all.map(|one| ((one.kind, harmless(&one.id)), one));
    let known: Known<'_> = known.collect();
    let mut seen = HashSet::new();
    let verdicts = lines.iter();
    let verdicts = verdicts.map(|(number, line)| (*number, verdict(line, snapshot, &known)));
    let is_new = |(_, verdict): &(usize, Result<Verdict, String>)| match verdict {
        Ok(Verdict::Revoke { grants, .. }) => seen.insert(grants.clone()),
        Ok(Verdict::Gone(_)) | Err(_) => true,
    };
    verdicts.filter(is_new).collect()
}

/// Principals and vaults by their ids as the review writes them.
type Known<'s> = HashMap<(ResourceKind, Cow<'s, str>), &'s Resource>;

/// An error is a sentence on why it cannot be done.
fn verdict(line: &Line, snapshot: &Snapshot, known: &Known<'_>) -> Result<Verdict, String> {
    let [decision, kind, id, vault_id, path_kind, path_id, held] = line.each_ref();
    if !decision.trim().eq_ignore_ascii_case("revoke") {
        let decision = plain(decision);
        return Err(format!(
            "the decision {decision:?} is none of revoke, keep and approve"
        ));
    }
    let find = |kind, id: &String| known.get(&(kind, id.into())).copied();
    let of_kind = kind.parse().ok().filter(|kind| PRINCIPALS.contains(kind));
    let who = of_kind.and_then(|kind| find(kind, id));
    let (Some(who), Some(vault)) = (who, find(ResourceKind::Vault, vault_id)) else {
        let [kind, id, vault] = [kind, id, vault_id].map(|text| plain(text));
        let file = &snapshot.source.file;
        return Err(format!("{kind} {id:?} or vault {vault:?} is not in {file}"));
    };
    let pairs = snapshot.pairs_of(who);
    let pair = pairs.filter(|pair| pair.vault.place == vault.place);
    let access = pair.flat_map(|pair| pair.paths).find(|access| {
        let path = snapshot.path(access);
        path.kind == path_kind && harmless(path.id) == *path_id
    });
    let pair = format!("{} {} on vault {}", who.kind, who.label, vault.label);
    let Some(access) = access else {
        return Ok(Verdict::Gone(format!("{pair}: is not there any more")));
    };
    let grants = grants(held, snapshot, access, (who, vault));
    Ok(Verdict::Revoke {
        grants: grants.map_err(|why| format!("{pair}: {why}"))?,
        principal: (who.kind, who.id.clone()),
    })
}

/// The ids of the grants that an access consists of, or why they cannot be revoked.
fn grants(
    reviewed: &str,
    snapshot: &Snapshot,
    access: &Access,
    (who, vault): (&Resource, &Resource),
) -> Result<Vec<String>, String> {
    let path = snapshot.path(access);
    let holder = ResourceId::new(who.kind, &who.id);
    if let Some(group) = path.group {
        let id = ResourceId::new(group.kind, &group.id);
        return Err(format!(
            "it comes from group {}: decide on that group's line, or take {} out of the group with \
                 --revoke-grant {:?}",
            group.label,
            who.label,
            plain(&grant_id(&id.entitlement(MEMBER), &holder))
        ));
    }
    if path.kind == "other" {
        return Err(format!("it comes {}, which is no group", path.label()));
    }
    let holds = joined(&snapshot.permissions, access.held);
    if harmless(&holds) != reviewed {
        return Err(format!("it is not as it was reviewed; it is now: {holds}"));
    }
    let mut slugs: Vec<&str> = snapshot.permissions.slugs(access.held).collect();
    // Without membership the rest ends too.
    if slugs.contains(&MEMBER) {
        slugs = vec![MEMBER];
    }
    let vault = ResourceId::new(ResourceKind::Vault, &vault.id);
    let grants = slugs
        .iter()
        .map(|slug| grant_id(&vault.entitlement(slug), &holder));
    Ok(grants.collect())
}

/// The records of a CSV with the numbers of their first lines. What spreadsheets write is read
/// leniently: a quote inside a cell that does not begin with one is text.
fn records(text: &str, separator: char) -> Vec<(usize, Vec<String>)> {
    let mut records = Vec::new();
    let (mut record, mut cell) = (Vec::new(), String::new());
    let (mut quoted, mut line, mut first) = (false, 1, 1);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        line += usize::from(c == '\n');
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' if quoted => quoted = false,
            c if quoted => cell.push(c),
            '"' if cell.is_empty() => quoted = true,
            '\n' => {
                record.push(std::mem::take(&mut cell));
                records.push((first, std::mem::take(&mut record)));
                first = line;
            }
            '\r' if chars.peek() == Some(&'\n') => {}
            c if c == separator => record.push(std::mem::take(&mut cell)),
            c => cell.push(c),
        }
    }
    if !cell.is_empty() || !record.is_empty() {
        record.push(cell);
        records.push((first, record));
    }
    records.retain(|(_, cells)| cells.iter().any(|cell| !cell.is_empty()));
    records
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_spreadsheets_write_is_read() {
        let read = |text: &str, separator| {
            let records = records(text, separator);
            records
                .into_iter()
                .map(|(line, cells)| (line, cells.join("|")))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            read("a,b\r\n\"x,\"\"1\"\"\r\ny\",2\r\n\r\n,,\r\n3\"4,5", ','),
            [
                (1, "a|b".into()),
                (2, "x,\"1\"\r\ny|2".into()),
                (6, "3\"4|5".into())
            ]
        );
        assert_eq!(read("a;b,c\n", ';'), [(1, "a|b,c".into())]);
    }

    #[test]
    fn a_text_without_the_columns_is_no_review() {
        assert_eq!(super::read("").unwrap_err(), "it is empty");
        let error = super::read("decision,vault_id\n").unwrap_err();
        assert!(error.contains("no column principal_type"), "{error}");
        let head = format!("\u{feff}{}\r\n", NEEDED.join(";"));
        let text = format!("{head}keep;;;;;;\r\n Revoke ;user;U;V;direct;;member\r\n");
        let lines = super::read(&text).unwrap();
        assert_eq!(lines.len(), 1);
        assert_eq!((lines[0].0, &*lines[0].1[6]), (3, "member"));
    }
}
