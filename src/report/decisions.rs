//! A filled-in review, read back: what is to be revoked, and what of it is not true any more.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::baton::ids::{ResourceId, ResourceKind, grant_id};
use crate::connector::permission::MEMBER;
use crate::text::{plain, unmarked};

use super::csv::{harmless, joined};
use super::model::{Access, Principal, Vault};
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

/// One line that says something.
#[derive(Debug)]
struct Line {
    number: usize,
    cells: BTreeMap<&'static str, String>,
}

impl Line {
    fn cell(&self, name: &str) -> &str {
        self.cells.get(name).map_or("", String::as_str)
    }
}

/// The lines of a review that are to be revoked.
#[derive(Debug)]
pub struct Decisions {
    lines: Vec<Line>,
}

/// A grant to take back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// The ids of the grants that the access consists of.
    pub grants: Vec<String>,
    /// The principal's type and id.
    pub principal: (ResourceKind, String),
}

/// What becomes of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is to be revoked.
    Revoke(Revocation),
    /// There is nothing to revoke any more: a sentence.
    Gone(String),
    /// It cannot be done, or is not as the reviewer saw it: a sentence.
    Refused(String),
}

impl Decisions {
    /// Reads the lines, separated as the head is.
    ///
    /// # Errors
    /// A sentence: the text is no review, or a column is missing.
    pub fn read(text: &str) -> Result<Self, String> {
        let text = unmarked(text);
        let head = text.lines().next().unwrap_or_default();
        let separators = [',', ';', '\t'];
        let separator = separators
            .into_iter()
            .max_by_key(|one| (head.matches(*one).count(), *one == ','))
            .unwrap_or(',');
        let mut records = records(text, separator).into_iter();
        let (_, head) = records.next().ok_or("it is empty")?;
        let mut places = Vec::new();
        for name in NEEDED {
            let place = head.iter().position(|cell| cell.trim() == name);
            let place = place.ok_or_else(|| {
                format!("it has no column {name}; keep all columns that report --csv wrote")
            })?;
            places.push((name, place));
        }
        let line = |(number, record): (usize, Vec<String>)| Line {
            number,
            cells: places
                .iter()
                .map(|&(name, place)| (name, record.get(place).cloned().unwrap_or_default()))
                .collect(),
        };
        let says = |line: &Line| !is_keep(line.cell("decision"));
        Ok(Self {
            lines: records.map(line).filter(says).collect(),
        })
    }

    /// What becomes of each line, with its number in the file; lines that say the same once.
    pub fn check(&self, snapshot: &Snapshot) -> Vec<(usize, Verdict)> {
        let known = Known::new(snapshot);
        let mut seen = HashSet::new();
        let verdicts = self
            .lines
            .iter()
            .map(|line| (line.number, known.verdict(line)));
        let verdicts = verdicts.filter(|(_, verdict)| match verdict {
            Verdict::Revoke(revocation) => seen.insert(revocation.grants.clone()),
            Verdict::Gone(_) | Verdict::Refused(_) => true,
        });
        verdicts.collect()
    }
}

/// Nothing is to be done.
fn is_keep(decision: &str) -> bool {
    let decision = decision.trim().to_lowercase();
    ["", "keep", "approve", "approved"].contains(&decision.as_str())
}

/// The snapshot by ids, as the review writes them.
struct Known<'s> {
    snapshot: &'s Snapshot,
    principals: HashMap<(&'static str, String), u32>,
    vaults: HashMap<String, u32>,
    access: HashMap<(u32, u32), Vec<&'s Access>>,
}

impl<'s> Known<'s> {
    fn new(snapshot: &'s Snapshot) -> Self {
        let written = |id: &str| harmless(id).into_owned();
        let principals = (0..).zip(&snapshot.principals);
        let vaults = (0..).zip(&snapshot.vaults);
        let mut access: HashMap<_, Vec<_>> = HashMap::new();
        for one in &snapshot.access {
            let of_pair = access.entry((one.principal, one.vault)).or_default();
            of_pair.push(one);
        }
        Self {
            snapshot,
            principals: principals
                .map(|(place, one)| ((one.kind.as_str(), written(&one.id)), place))
                .collect(),
            vaults: vaults
                .map(|(place, one)| (written(&one.id), place))
                .collect(),
            access,
        }
    }

    fn verdict(&self, line: &Line) -> Verdict {
        let decision = line.cell("decision");
        if !decision.trim().eq_ignore_ascii_case("revoke") {
            let asked = plain(decision);
            return Verdict::Refused(format!(
                "the decision {asked:?} is none of revoke, keep and approve"
            ));
        }
        let kind: Option<ResourceKind> = line.cell("principal_type").parse().ok();
        let key = kind.map(|kind| (kind.as_str(), line.cell("principal_id").to_owned()));
        let principal = key.and_then(|key| self.principals.get(&key));
        let (Some(&principal), Some(&vault)) = (principal, self.vaults.get(line.cell("vault_id")))
        else {
            return Verdict::Refused(format!(
                "{} {:?} or vault {:?} is not in {}",
                plain(line.cell("principal_type")),
                plain(line.cell("principal_id")),
                plain(line.cell("vault_id")),
                self.snapshot.source.file
            ));
        };
        let paths = self.access.get(&(principal, vault));
        let path = paths.into_iter().flatten().find(|access| {
            let path = self.snapshot.path(access);
            path.kind == line.cell("path_type") && harmless(path.id) == line.cell("path_id")
        });
        match path {
            Some(access) => self.of_access(line, access),
            None => Verdict::Gone(format!(
                "{}: is not there any more",
                self.pair(principal, vault)
            )),
        }
    }

    fn pair(&self, principal: u32, vault: u32) -> String {
        let (who, vault) = (
            self.snapshot.principal(principal),
            self.snapshot.vault(vault),
        );
        format!("{} on vault {}", who_is(who), vault.label)
    }

    fn of_access(&self, line: &Line, access: &Access) -> Verdict {
        let snapshot = self.snapshot;
        let (who, vault) = (
            snapshot.principal(access.principal),
            snapshot.vault(access.vault),
        );
        let pair = self.pair(access.principal, access.vault);
        let path = snapshot.path(access);
        if let Some(group) = path.group {
            let member = grant_id(&id(group).entitlement(MEMBER), &id(who));
            return Verdict::Refused(format!(
                "{pair}: it comes from group {}: decide on that group's line, or take {} out of the group with \
                 --revoke-grant {:?}",
                group.label,
                who.label,
                plain(&member)
            ));
        }
        if path.kind == "other" {
            return Verdict::Refused(format!(
                "{pair}: it comes {}, which is no group",
                path.label()
            ));
        }
        let holds = joined(&snapshot.permissions, access.held);
        if *harmless(&holds) != *line.cell("permissions") {
            return Verdict::Refused(format!(
                "{pair}: it is not as it was reviewed; it is now: {holds}"
            ));
        }
        let slugs: Vec<&str> = snapshot.permissions.slugs(access.held).collect();
        // Without membership the rest ends too.
        let slugs = if slugs.contains(&MEMBER) {
            vec![MEMBER]
        } else {
            slugs
        };
        Verdict::Revoke(Revocation {
            grants: slugs.iter().map(|slug| grant(vault, slug, who)).collect(),
            principal: (who.kind, who.id.clone()),
        })
    }
}

fn id(who: &Principal) -> ResourceId {
    ResourceId::new(who.kind, &who.id)
}

fn grant(vault: &Vault, slug: &str, who: &Principal) -> String {
    let place = ResourceId::new(ResourceKind::Vault, &vault.id);
    grant_id(&place.entitlement(slug), &id(who))
}

fn who_is(who: &Principal) -> String {
    format!("{} {}", who.kind, who.label)
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
        assert_eq!(Decisions::read("").unwrap_err(), "it is empty");
        let error = Decisions::read("decision,vault_id\n").unwrap_err();
        assert!(error.contains("no column principal_type"), "{error}");
        let head = format!("\u{feff}{}\r\n", NEEDED.join(";"));
        let text = format!("{head}keep;;;;;;\r\n Revoke ;user;U;V;direct;;member\r\n");
        let lines = Decisions::read(&text).unwrap().lines;
        assert_eq!(lines.len(), 1);
        assert_eq!(
            (lines[0].number, lines[0].cell("permissions")),
            (3, "member")
        );
    }
}
