//! The report's figures equal those that an independent query counts in the same file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use crate::report::{csv, page};
use crate::support::records::{File, Records};
use crate::support::{Sandbox, fixture};

/// Principal type and id, vault, permission, path type and id.
type Line = (String, String, String, String, String, String);

/// What a file says, counted without the product.
struct Counted {
    records: Records,
    lines: BTreeSet<Line>,
    /// Permissions by principal and vault, all paths together.
    pairs: BTreeMap<(String, String, String), BTreeSet<String>>,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

impl Counted {
    fn new(path: &Path) -> Self {
        let records = File::open(path).newest();
        let mut lines = BTreeSet::new();
        for grant in records.grants.values() {
            let (entitlement, principal) = (&grant["entitlement"], &grant["principal"]["id"]);
            let resource = &entitlement["resource"]["id"];
            if resource["resourceType"] != "vault" {
                continue;
            }
            let (vault, id) = (text(&resource["resource"]), text(&entitlement["id"]));
            let slug = id
                .strip_prefix(&format!("vault:{vault}:"))
                .unwrap()
                .to_owned();
            let kind = text(&principal["resourceType"]);
            let direct = if kind == "project" {
                "project"
            } else {
                "direct"
            };
            let direct = (direct.to_owned(), String::new());
            let paths = match grant["sources"]["sources"].as_object() {
                None => vec![direct],
                Some(sources) => sources
                    .keys()
                    .map(|source| match *source == id {
                        true => direct.clone(),
                        false => {
                            let group = source.strip_prefix("group:").unwrap();
                            let group = group.strip_suffix(":member").unwrap();
                            ("group".to_owned(), group.to_owned())
                        }
                    })
                    .collect(),
            };
            for (path, path_id) in paths {
                let holder = text(&principal["resource"]);
                lines.insert((
                    kind.clone(),
                    holder,
                    vault.clone(),
                    slug.clone(),
                    path,
                    path_id,
                ));
            }
        }
        let mut pairs: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
        for (kind, holder, vault, slug, ..) in lines.clone() {
            pairs.entry((kind, holder, vault)).or_default().insert(slug);
        }
        Self {
            records,
            lines,
            pairs,
        }
    }

    /// Ids of a type's resources.
    fn listed(&self, kind: &str) -> BTreeSet<String> {
        let prefix = format!("{kind}:");
        let ids = self.records.resources.keys();
        ids.filter_map(|id| id.strip_prefix(&prefix).map(str::to_owned))
            .collect()
    }

    fn has_status(&self, user: &str, status: &str) -> bool {
        let resource = self.records.resources.get(&format!("user:{user}"));
        resource.is_some_and(|resource| resource["status"]["status"] == status)
    }

    /// Users of a group by one of its two entitlements.
    fn of_group(&self, group: &str, slug: &str) -> BTreeSet<String> {
        let entitlement = format!("group:{group}:{slug}");
        let grants = self.records.grants.values();
        grants
            .filter(|grant| grant["entitlement"]["id"] == *entitlement)
            .map(|grant| text(&grant["principal"]["id"]["resource"]))
            .collect()
    }

    /// Holders of a kind that have one of the permissions on a vault.
    fn holders(&self, kind: &str, vault: &str, slugs: Option<&[&str]>) -> BTreeSet<String> {
        let fits = |held: &BTreeSet<String>| match slugs {
            None => true,
            Some(slugs) => slugs.iter().any(|slug| held.contains(*slug)),
        };
        let pairs = self.pairs.iter();
        pairs
            .filter(|((k, _, v), held)| k == kind && v == vault && fits(held))
            .map(|((_, holder, _), _)| holder.clone())
            .collect()
    }
}

const MANAGE: &[&str] = &["manage vault", "allow managing"];
const READ: &[&str] = &["view and copy passwords", "allow viewing"];
const EXPORT: &[&str] = &["export items", "allow editing"];
const SHARE: &[&str] = &["copy and share items", "allow editing"];

/// Files of the Go connector, and one of ours with projects.
fn each_file(check: impl Fn(&Sandbox, &str)) {
    for tenant in ["business", "family", "tiny"] {
        let sandbox = Sandbox::canned(&fixture("golden/tiny/op"));
        let file = fixture(&format!("golden/{tenant}/sync.c1z"));
        std::fs::copy(file, sandbox.path("work/sync.c1z")).unwrap();
        check(&sandbox, tenant);
    }
    let sandbox = Sandbox::canned(&fixture("demo/answers"));
    let run = sandbox.run(&["-f", "sync.c1z"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    check(&sandbox, "demo");
}

fn json_report(sandbox: &Sandbox) -> Value {
    let run = sandbox.run(&["report", "sync.c1z", "--json"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    serde_json::from_str(&run.stdout).unwrap()
}

#[test]
fn every_line_of_access_is_in_the_csv_and_nothing_else() {
    each_file(|sandbox, tenant| {
        let counted = Counted::new(&sandbox.path("work/sync.c1z"));
        let run = sandbox.run(&["report", "sync.c1z", "--csv-permissions", "out.csv"]);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        let lines = csv::parse(&std::fs::read_to_string(sandbox.path("work/out.csv")).unwrap());
        let line = |cells: &BTreeMap<String, String>| {
            let cell = |name: &str| cells[name].clone();
            let who = (cell("principal_type"), cell("principal_id"));
            (
                who.0,
                who.1,
                cell("vault_id"),
                cell("permission"),
                cell("path_type"),
                cell("path_id"),
            )
        };
        let (gaps, lines): (Vec<_>, Vec<_>) = lines
            .into_iter()
            .partition(|cells| cells["permission"] == "unknown");
        // Files of the Go connector say nothing about projects.
        let gaps: Vec<Line> = gaps.iter().map(line).collect();
        let unread = ["project", "", "", "unknown", "unknown", ""].map(str::to_owned);
        assert_eq!(
            gaps,
            Vec::from_iter((tenant != "demo").then_some(unread.into()))
        );
        let reported: BTreeSet<Line> = lines.iter().map(line).collect();
        assert_eq!(
            reported.len(),
            lines.len(),
            "{tenant}: a line is there twice"
        );
        assert_eq!(reported, counted.lines, "{tenant}");
        assert!(!reported.is_empty());
    });
}

#[test]
fn every_path_is_in_the_json() {
    each_file(|sandbox, tenant| {
        let counted = Counted::new(&sandbox.path("work/sync.c1z"));
        let mut reported = BTreeSet::new();
        for access in json_report(sandbox)["access"].as_array().unwrap() {
            let who = &access["principal"];
            for path in access["paths"].as_array().unwrap() {
                for slug in path["permissions"].as_array().unwrap() {
                    reported.insert((
                        text(&who["type"]),
                        text(&who["id"]),
                        text(&access["vault"]["id"]),
                        text(slug),
                        text(&path["type"]),
                        path["id"].as_str().unwrap_or_default().to_owned(),
                    ));
                }
            }
        }
        assert_eq!(reported, counted.lines, "{tenant}");
    });
}

/// The matrix and the pages of the vaults are drawn from nothing else.
#[test]
fn every_line_of_access_is_in_the_data_of_the_page_and_nothing_else() {
    each_file(|sandbox, tenant| {
        let counted = Counted::new(&sandbox.path("work/sync.c1z"));
        let page = sandbox.run(&["report", "sync.c1z", "--html", "-"]).stdout;
        assert_eq!(page::lines(&page), counted.lines, "{tenant}");
    });
}

#[test]
fn the_table_of_people_counts_what_each_reaches() {
    each_file(|sandbox, tenant| {
        let counted = Counted::new(&sandbox.path("work/sync.c1z"));
        let mut expected: BTreeMap<&str, [u64; 4]> = BTreeMap::new();
        for ((kind, holder, _), held) in &counted.pairs {
            let has = |slugs: &[&str]| slugs.iter().any(|slug| held.contains(*slug));
            if kind != "group" {
                let counts = expected.entry(holder).or_default();
                let each = [true, has(MANAGE), has(EXPORT), has(SHARE)];
                for (count, one) in counts.iter_mut().zip(each) {
                    *count += u64::from(one);
                }
            }
        }
        let mut expected: Vec<[u64; 4]> = expected.into_values().collect();
        expected.sort_unstable();
        let page = sandbox.run(&["report", "sync.c1z", "--html", "-"]).stdout;
        let rows = &page::tables(&page)["people-and-machines"].rows;
        let numbers =
            |row: &Vec<String>| [5, 6, 7, 8].map(|n: usize| row[n].parse::<u64>().unwrap());
        let mut shown: Vec<[u64; 4]> = rows.iter().map(numbers).collect();
        shown.retain(|row| row[0] > 0);
        shown.sort_unstable();
        assert_eq!(shown, expected, "{tenant}");
    });
}

#[test]
fn totals_and_groups_are_those_of_the_file() {
    each_file(|sandbox, tenant| {
        let counted = Counted::new(&sandbox.path("work/sync.c1z"));
        let report = json_report(sandbox);
        let mut users = counted.listed("user");
        users.extend(
            counted
                .pairs
                .keys()
                .filter(|k| k.0 == "user")
                .map(|k| k.1.clone()),
        );
        let of = |kind: &str| counted.pairs.keys().filter(|(k, ..)| k == kind).count();
        let totals = [
            ("users", users.len()),
            ("groups", counted.listed("group").len()),
            ("vaults", counted.listed("vault").len()),
            ("projects", counted.listed("project").len()),
            ("user_vault_pairs", of("user")),
            ("project_vault_pairs", of("project")),
        ];
        for (name, count) in totals {
            let unread = name.starts_with("project") && tenant != "demo";
            let count = if unread { Value::Null } else { count.into() };
            assert_eq!(report["totals"][name], count, "{tenant} {name}");
        }
        let groups = report["groups"].as_array().unwrap();
        assert_eq!(groups.len(), counted.listed("group").len());
        for group in groups {
            let id = text(&group["id"]);
            let ids = |key: &str| {
                group[key]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(text)
                    .collect::<BTreeSet<_>>()
            };
            assert_eq!(
                ids("members"),
                counted.of_group(&id, "member"),
                "{tenant} {id}"
            );
            assert_eq!(
                ids("managers"),
                counted.of_group(&id, "manager"),
                "{tenant} {id}"
            );
            let vaults = counted
                .pairs
                .keys()
                .filter(|(k, g, _)| k == "group" && *g == id);
            assert_eq!(group["vaults"], vaults.count(), "{tenant} {id}");
        }
    });
}

#[test]
fn findings_equal_the_independent_count() {
    each_file(|sandbox, tenant| {
        let counted = Counted::new(&sandbox.path("work/sync.c1z"));
        let findings = json_report(sandbox)["findings"].clone();
        assert_eq!(risks(&findings), counted_risks(&counted), "{tenant}");
        let suspended: BTreeMap<String, u64> =
            rows(&findings, "suspended_with_access", "principal")
                .map(|(id, row)| (id, row["vaults"].as_u64().unwrap()))
                .collect();
        let mut expected: BTreeMap<String, u64> = BTreeMap::new();
        for (kind, user, _) in counted.pairs.keys() {
            if kind == "user" && counted.has_status(user, "RESOURCE_STATUS_DISABLED") {
                *expected.entry(user.clone()).or_default() += 1;
            }
        }
        assert_eq!(suspended, expected, "{tenant}");
        vaults(&findings, &counted, tenant);
    });
}

fn rows<'f>(
    findings: &'f Value,
    list: &str,
    key: &'static str,
) -> impl Iterator<Item = (String, &'f Value)> {
    let rows = findings[list].as_array().unwrap().iter();
    rows.map(move |row| (text(&row[key]["id"]), row))
}

type Risks = BTreeMap<String, [u64; 4]>;

fn risks(findings: &Value) -> Risks {
    let keys = ["manages", "manages_without_reading", "exports", "shares"];
    rows(findings, "risky_rights", "principal")
        .map(|(id, row)| (id, keys.map(|key| row[key].as_u64().unwrap())))
        .collect()
}

fn counted_risks(counted: &Counted) -> Risks {
    let mut risks = Risks::new();
    for ((kind, holder, _), held) in &counted.pairs {
        let has = |slugs: &[&str]| slugs.iter().any(|slug| held.contains(*slug));
        let each = [
            has(MANAGE),
            has(MANAGE) && !has(READ),
            has(EXPORT),
            has(SHARE),
        ];
        if kind != "group" && each.contains(&true) {
            let counts = risks.entry(holder.clone()).or_default();
            for (count, one) in counts.iter_mut().zip(each) {
                *count += u64::from(one);
            }
        }
    }
    risks
}

fn vaults(findings: &Value, counted: &Counted, tenant: &str) {
    let user_type = |user: &str| {
        let resource = &counted.records.resources[&format!("user:{user}")];
        resource["profile"]["user_type"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    let everybody: BTreeSet<String> = counted
        .listed("user")
        .into_iter()
        .filter(|user| counted.has_status(user, "RESOURCE_STATUS_ENABLED"))
        .filter(|user| !["GUEST", "SERVICE_ACCOUNT"].contains(&user_type(user).as_str()))
        .collect();
    let mut expected: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for vault in counted.listed("vault") {
        let users = counted.holders("user", &vault, None);
        let readers = counted.holders("user", &vault, Some(READ));
        let suspended = users
            .iter()
            .all(|user| counted.has_status(user, "RESOURCE_STATUS_DISABLED"));
        let list = if users.is_empty() {
            "vaults_no_user_reaches"
        } else if suspended {
            "vaults_only_suspended_reach"
        } else if readers.is_empty() {
            "vaults_no_user_reads"
        } else if everybody.is_subset(&users) {
            "vaults_everybody_reaches"
        } else {
            continue;
        };
        expected.entry(list).or_default().insert(vault);
    }
    for list in [
        "vaults_no_user_reaches",
        "vaults_only_suspended_reach",
        "vaults_no_user_reads",
        "vaults_everybody_reaches",
    ] {
        let reported = findings[list].as_array().unwrap().iter();
        let reported: BTreeSet<String> = reported.map(|vault| text(&vault["id"])).collect();
        assert_eq!(
            reported,
            expected.remove(list).unwrap_or_default(),
            "{tenant} {list}"
        );
    }
}
