//! Whatever a sync left out: its report says what the report of a whole sync says, or that it is
//! unknown. Nothing else, in any form.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::report::csv;
use crate::report::page::{self, Table};
use crate::support::{Sandbox, fixture};

const FINANCE: &str = "qaeagisjhf4gtrcyofuuauwzah";
const PRODUCTION: &str = "nd7iavrebg7oo4glop36fc6ctb";
const PLATFORM: &str = "3mlzih3ah3ghpokjxvvmdmwp25";
const BEN: &str = "UBNPXX3PQV4YOKK7JD5HY3KLZK";
const ROASTERY: &str = "TDYAPAJF26BEGUVHDNHZBWWS6Q";
const ACCOUNT: &str = "33YLC73AGKC66QZW63R6HXGUHT";

/// One sync of the demo, with options and faults.
fn synced(options: &[&str], faults: Value) -> Sandbox {
    let sandbox = Sandbox::canned(&fixture("demo/answers"));
    sandbox.set("faults", faults);
    let run = sandbox.run(options);
    assert_eq!(run.code, Some(0), "{options:?}: {}", run.stderr);
    sandbox
}

/// Its report in all forms.
struct Forms {
    json: Value,
    text: String,
    csv: Vec<BTreeMap<String, String>>,
    page: String,
    tables: BTreeMap<String, Table>,
}

impl Forms {
    fn of(sandbox: &Sandbox) -> Self {
        let report = |arguments: &[&str]| {
            let run = sandbox.run(&[&["report", "sync.c1z"], arguments].concat());
            assert_eq!(run.code, Some(0), "{}", run.stderr);
            run.stdout
        };
        let page = report(&["--html", "-"]);
        Self {
            json: serde_json::from_str(&report(&["--json"])).unwrap(),
            text: report(&[]),
            csv: csv::parse(&report(&["--csv-permissions", "-"])),
            tables: page::tables(&page),
            page,
        }
    }
}

/// Every way to leave something out, alone and with others.
fn cases() -> Vec<(Vec<String>, Value)> {
    let mut cases: Vec<Vec<String>> = vec![vec!["--skip-entitlements-and-grants".to_owned()]];
    let mut with = |flag: &str, value: String| cases.push(vec![flag.to_owned(), value]);
    let types = ["account", "group", "project", "user", "vault"];
    for one in types {
        with("--sync-resource-types", one.to_owned());
        // The account is never left out.
        if one != "account" {
            let others: Vec<&str> = types.into_iter().filter(|other| *other != one).collect();
            with("--sync-resource-types", others.join(","));
        }
    }
    for limit in [
        "member",
        "view_items",
        "member,view_items,manage_vault",
        "member,export_items,copy_and_share_items,manage_vault",
        "allow_managing",
    ] {
        with("--limit-vault-permissions", limit.to_owned());
    }
    let of = |kind: &str, id: &str| format!("bid:r:account/{ACCOUNT}/{kind}/{id}");
    for targets in [
        vec![of("vault", FINANCE)],
        vec![of("vault", PRODUCTION)],
        vec![of("group", PLATFORM)],
        vec![of("vault", PRODUCTION), of("group", PLATFORM)],
        vec![of("user", BEN)],
        vec![of("project", ROASTERY)],
        vec![of("vault", PRODUCTION), of("project", ROASTERY)],
        vec![format!("bid:r:account/{ACCOUNT}")],
    ] {
        with("--sync-resources", targets.join(","));
    }
    let mut cases: Vec<_> = cases.into_iter().map(|case| (case, json!([]))).collect();
    let both = ["--skip-entitlements-and-grants", "--sync-resources"].map(str::to_owned);
    cases.push(([&both[..], &[of("vault", FINANCE)]].concat(), json!([])));
    let refused =
        json!([{"words": "connect server list", "exit": 1, "stderr": "[ERROR] (403) Forbidden"}]);
    cases.push((Vec::new(), refused));
    cases
}

#[test]
fn every_figure_is_that_of_the_whole_sync_or_unknown() {
    let of_whole = synced(&[], json!([]));
    let whole = Forms::of(&of_whole);
    assert_eq!(whole.json["findings"]["incomplete"], json!([]));
    figures_are_those_of_the_json(&whole);
    for (options, faults) in cases() {
        let options: Vec<&str> = options.iter().map(String::as_str).collect();
        let case = match options.as_slice() {
            [] => "projects refused".to_owned(),
            options => options.join(" "),
        };
        let of_limited = synced(&options, faults);
        let limited = Forms::of(&of_limited);
        json_is_never_wrong(&case, &limited.json, &whole.json);
        csv_is_never_wrong(&case, &limited.csv, &whole.csv);
        tables_are_never_wrong(&case, &limited.tables, &whole.tables);
        text_is_never_wrong(&case, &limited, &whole);
        page_is_never_wrong(&case, &limited, &whole);
        nothing_changed(&case, &of_limited, &of_whole);
        nothing_changed(&case, &of_whole, &of_limited);
    }
}

/// The cards of a whole sync, against the lists and totals that programs read.
fn figures_are_those_of_the_json(whole: &Forms) {
    let (totals, findings) = (&whole.json["totals"], &whole.json["findings"]);
    let number = |key: &str| totals[key].as_u64().unwrap();
    let length = |key: &str| findings[key].as_array().unwrap().len() as u64;
    let expected = [
        ("People", number("users") - number("service_accounts")),
        ("Suspended with access", length("suspended_with_access")),
        ("Guests", number("guests")),
        ("Risky rights", length("risky_rights")),
        ("Vaults not read in full", 0),
    ];
    let expected = expected.map(|(name, n)| (name.to_owned(), n.to_string()));
    assert_eq!(page::cards(&whole.page), BTreeMap::from(expected));
}

/// Both syncs are of the same account, so all that differs is what they read.
fn nothing_changed(case: &str, new: &Sandbox, old: &Sandbox) {
    let old = old.path("work/sync.c1z");
    let report = |arguments: &[&str]| {
        let diff = ["report", "sync.c1z", "--diff", old.to_str().unwrap()];
        let run = new.run(&[&diff[..], arguments].concat());
        assert_eq!(run.code, Some(0), "{case}: {}", run.stderr);
        run.stdout
    };
    let changes: Value = serde_json::from_str(&report(&["--json"])).unwrap();
    let changes = &changes["changes"];
    let incomplete = list(&changes["incomplete"]);
    assert_ne!(incomplete.len(), 0, "{case}");
    for name in ["new", "gone", "edits", "memberships", "access"] {
        let expected = match incomplete.contains(&json!(name)) {
            true => Value::Null,
            false => json!([]),
        };
        assert_eq!(changes[name], expected, "{case}: {name}");
    }
    let text = report(&[]);
    assert!(!text.contains("Nothing changed"), "{case}: {text}");
    assert!(text.contains("Unknown: "), "{case}: {text}");
    for line in csv::parse(&report(&["--csv-permissions", "-"])) {
        assert!(
            ["", "unknown"].contains(&line["change"].as_str()),
            "{case}: {line:?}"
        );
    }
}

/// Null, or as it is.
fn assert_known_or_null(what: &str, limited: &Value, whole: &Value) {
    assert!(
        limited.is_null() || limited == whole,
        "{what}: {limited}, but really {whole}"
    );
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// What a row of a list is about.
fn key(row: &Value) -> String {
    let own = |row: &Value| match row["id"].as_str() {
        Some(id) => id.to_owned(),
        None => row.to_string(),
    };
    match (&row["principal"], &row["vault"], &row["project"]) {
        (Value::Null, Value::Null, Value::Null) => own(row),
        (Value::Null, Value::Null, project) => own(project),
        (principal, Value::Null, _) => own(principal),
        (principal, vault, _) => format!("{} {}", own(principal), own(vault)),
    }
}

/// The rows are some of the whole list's, and each figure in them is null or as it is.
fn assert_some_of(what: &str, limited: &Value, whole: &Value) {
    let whole: BTreeMap<String, &Value> = list(whole).iter().map(|row| (key(row), row)).collect();
    for row in list(limited) {
        let real = whole.get(&key(row));
        let real = real.unwrap_or_else(|| panic!("{what}: {row} is not there really"));
        for (name, figure) in row.as_object().unwrap() {
            match name.as_str() {
                "reached_by" if figure == "unknown" => {}
                // A user that is known from grants alone has no state.
                "paths" => {}
                _ => assert_known_or_null(&format!("{what} {name} of {row}"), figure, &real[name]),
            }
        }
    }
}

fn json_is_never_wrong(case: &str, limited: &Value, whole: &Value) {
    for (name, figure) in limited["totals"].as_object().unwrap() {
        assert_known_or_null(&format!("{case}: {name}"), figure, &whole["totals"][name]);
    }
    for kind in ["users", "projects", "groups", "vaults"] {
        let (some, all) = (&limited[kind], &whole[kind]);
        assert_some_of(&format!("{case}: {kind}"), some, all);
        let count = list(some).len();
        if !limited["totals"][kind].is_null() {
            assert_eq!(count, list(all).len(), "{case}: {kind}");
        } else {
            assert!(some.is_null() || count > 0, "{case}: {kind}: {some}");
        }
    }
    let (some, all) = (&limited["access"], &whole["access"]);
    assert_some_of(&format!("{case}: access"), some, all);
    assert!(some.is_null() || !list(some).is_empty(), "{case}: access");
    let incomplete = list(&limited["findings"]["incomplete"]);
    for (name, finding) in limited["findings"].as_object().unwrap() {
        let real = &whole["findings"][name];
        if name == "incomplete" {
            continue;
        }
        assert_some_of(&format!("{case}: {name}"), finding, real);
        let ids = |list: &Value| self::list(list).iter().map(key).collect::<BTreeSet<_>>();
        if incomplete.contains(&json!(name)) {
            assert_ne!(*finding, json!([]), "{case}: {name}");
        } else if name != "tokens" {
            // Without projects in the file, rows are those of users.
            let of_users = |list: &Value| {
                let rows = self::list(list).iter();
                let users = rows.filter(|row| row["principal"]["type"] != "project");
                users.map(key).collect::<BTreeSet<_>>()
            };
            assert_eq!(of_users(finding), of_users(real), "{case}: {name}");
        } else {
            assert_eq!(ids(finding), ids(real), "{case}: {name}");
        }
    }
}

type Lines = [BTreeMap<String, String>];

fn csv_is_never_wrong(case: &str, limited: &Lines, whole: &Lines) {
    let (gaps, facts): (Vec<_>, Vec<_>) = limited
        .iter()
        .partition(|line| line["permission"] == "unknown");
    let fact = |line: &BTreeMap<String, String>| {
        [
            "principal_id",
            "vault_id",
            "permission",
            "path_type",
            "path_id",
        ]
        .map(|column| line[column].clone())
    };
    let real: BTreeSet<_> = whole.iter().map(fact).collect();
    let told: BTreeSet<_> = facts.iter().map(|line| fact(line)).collect();
    assert!(told.is_subset(&real), "{case}: the CSV invents access");
    for line in whole.iter().filter(|line| !told.contains(&fact(line))) {
        let covers = |gap: &&&BTreeMap<String, String>| {
            [&line["principal_type"], "unknown"].contains(&gap["principal_type"].as_str())
                && ["", &line["vault_id"]].contains(&gap["vault_id"].as_str())
        };
        assert!(
            gaps.iter().any(|gap| covers(&gap)),
            "{case}: the CSV does not say that this may be missing: {line:?}"
        );
    }
}

/// Whether a cell says what the whole sync's cell says, or that it does not know.
fn fits(cell: &str, real: &str) -> bool {
    let number = |text: &str| text.parse::<u32>().ok();
    match (cell.strip_suffix('+').and_then(number), number(real)) {
        (Some(least), Some(real)) => least > 0 && least <= real,
        _ => cell == real || ["?", "unknown"].contains(&cell),
    }
}

fn tables_are_never_wrong(
    case: &str,
    limited: &BTreeMap<String, Table>,
    whole: &BTreeMap<String, Table>,
) {
    assert_eq!(
        limited.keys().collect::<Vec<_>>(),
        whole.keys().collect::<Vec<_>>()
    );
    for (title, real) in whole {
        let table = &limited[title];
        for row in &table.rows {
            // Names are told apart by more of their id when more of them are in the file.
            let real = real.rows.iter().find(|other| other[0] == row[0]);
            let real = real.unwrap_or_else(|| panic!("{case}: {title}: {row:?} is not there"));
            for (cell, real) in row.iter().zip(real) {
                assert!(fits(cell, real), "{case}: {title}: {row:?}, but {real:?}");
            }
        }
        let doubts = ["Unknown: ", "There may be more: "];
        let doubts = doubts.iter().any(|doubt| table.remark.starts_with(doubt));
        // Accounts without projects are told so in the section of projects alone.
        let projects = |row: &&Vec<String>| row.get(1).is_some_and(|kind| kind == "project");
        let missing = real.rows.len() - real.rows.iter().filter(projects).count();
        let there = table.rows.len() - table.rows.iter().filter(projects).count();
        assert!(
            there == missing || doubts,
            "{case}: {title} has {there} of {missing} rows and does not say why: {}",
            table.remark
        );
    }
}

/// The overview and the access itself; the tables are those of the page.
fn text_is_never_wrong(case: &str, limited: &Forms, whole: &Forms) {
    let sections = |text: &str| -> BTreeMap<String, String> {
        let parts = text.split("\n\n");
        let mut sections: BTreeMap<String, String> = BTreeMap::new();
        let mut title = String::new();
        for part in parts {
            let first = part.lines().next().unwrap_or_default();
            if !first.starts_with(' ') && first.to_uppercase() == first {
                title = first.to_owned();
            }
            let section = sections.entry(title.clone()).or_default();
            *section += &part.split_whitespace().collect::<Vec<_>>().join(" ");
            section.push('\n');
        }
        sections
    };
    let (some, all) = (sections(&limited.text), sections(&whole.text));
    for (title, section) in &some {
        let none = |section: &str| section.trim_end().ends_with(" None.");
        assert!(!none(section) || none(&all[title]), "{case}: {section}");
        assert!(
            !section.contains("Nobody") || all[title].contains("Nobody"),
            "{case}: {section}"
        );
    }
    let counted = |section: &str, what: &str| {
        section.contains(what) && !section.contains(&format!("at least {what}"))
    };
    let totals = &limited.json["totals"];
    for (key, word) in [
        ("users", "14 users"),
        ("groups", "7 groups"),
        ("vaults", "9 vaults"),
        ("projects", "2 projects"),
    ] {
        let known = !totals[key].is_null();
        assert_eq!(counted(&some["OVERVIEW"], word), known, "{case}: {word}");
    }
    let pairs = &totals["user_vault_pairs"];
    assert_eq!(
        some["OVERVIEW"].contains("51 of 126 possible"),
        !pairs.is_null(),
        "{case}"
    );
    let listed = limited.text.contains("no permission, only listed");
    assert!(!listed, "{case}: nobody in the demo is only listed");
    let access = &some["ACCESS"];
    if limited.json["access"].is_null() {
        assert!(access.contains("Unknown: "), "{case}: {access}");
    } else if pairs.is_null() {
        assert!(access.contains("There may be more: "), "{case}: {access}");
    }
}

/// The cards, and what the matrix is drawn from.
fn page_is_never_wrong(case: &str, limited: &Forms, whole: &Forms) {
    let real = page::cards(&whole.page);
    for (name, number) in page::cards(&limited.page) {
        match name.as_str() {
            "Vaults not read in full" => assert_ne!(number, "0", "{case}"),
            _ => assert!(fits(&number, &real[&name]), "{case}: {name}: {number}"),
        }
    }
    let data = page::data(&limited.page);
    let pairs = &limited.json["totals"]["user_vault_pairs"];
    if pairs.is_null() {
        assert_eq!(data["whole"], false, "{case}");
    }
    for (column, vault) in data["vaults"].as_array().unwrap().iter().enumerate() {
        let told = &limited.json["vaults"][column];
        assert_eq!(vault[1], told["id"]);
        let gaps = vault[2].as_u64().unwrap();
        assert_eq!(gaps & 1 == 1, told["users"].is_null(), "{case}: {told}");
        assert_eq!(gaps & 2 == 2, told["projects"].is_null(), "{case}: {told}");
        let hidden = told["managers"].is_null() && !told["users"].is_null();
        assert!(!hidden || gaps & 4 == 4, "{case}: {told}");
    }
}

/// What is read is still told: unknown is not said of everything.
#[test]
fn what_was_read_is_told() {
    let members = Forms::of(&synced(&["--limit-vault-permissions", "member"], json!([]))).json;
    assert_eq!(members["totals"]["user_vault_pairs"], 51);
    assert_eq!(members["vaults"][4]["users"], 8);
    assert_eq!(members["vaults"][4]["managers"], Value::Null);
    assert_eq!(members["groups"][4]["members"].as_array().unwrap().len(), 4);
    assert_eq!(list(&members["findings"]["suspended_with_access"]).len(), 2);
    assert_eq!(
        list(&members["findings"]["vaults_no_user_reaches"]).len(),
        1
    );
    assert_eq!(members["findings"]["risky_rights"], Value::Null);

    let risky = "member,export_items,copy_and_share_items,manage_vault";
    let risky = Forms::of(&synced(&["--limit-vault-permissions", risky], json!([]))).json;
    let rows = list(&risky["findings"]["risky_rights"]);
    assert_eq!((rows.len(), &rows[0]["manages"]), (12, &json!(4)));
    assert_eq!(rows[0]["manages_without_reading"], Value::Null);

    let refused = json!([{"words": "connect token list", "exit": 1, "stderr": "[ERROR] (403)"}]);
    let people = Forms::of(&synced(&[], refused)).json;
    assert_eq!(people["totals"]["user_vault_pairs"], 51);
    assert_eq!(people["totals"]["projects"], Value::Null);
    assert_eq!(people["vaults"][4]["users"], 8);
    assert_eq!(list(&people["findings"]["risky_rights"]).len(), 12);

    let target = format!("bid:r:account/{ACCOUNT}/vault/{PRODUCTION}");
    let vault = Forms::of(&synced(&["--sync-resources", &target], json!([])));
    assert_eq!(vault.json["vaults"][0]["users"], Value::Null);
    assert_eq!(vault.json["groups"][0]["members"], Value::Null);
    let row = &vault.tables["vaults"].rows[0];
    assert_eq!(row[1..], ["unknown", "3+", "3+", "1+", "1+"]);

    let target = format!("bid:r:account/{ACCOUNT}/group/{PLATFORM}");
    let group = Forms::of(&synced(&["--sync-resources", &target], json!([]))).json;
    assert_eq!(group["groups"][0]["members"].as_array().unwrap().len(), 4);
    assert_eq!(group["groups"][0]["vaults"], Value::Null);
}
