//! The CSV for a review: one line a principal, vault and path, which a spreadsheet shows as it is.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use crate::report::build::{C1z, GRANULAR};
use crate::report::csv;
use crate::support::{Sandbox, fixture};

fn sandbox(file: &C1z) -> Sandbox {
    let sandbox = Sandbox::new(json!({}));
    file.write(&sandbox.path("work/sync.c1z"));
    sandbox
}

fn printed(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let run = sandbox.run(&[&["report", "sync.c1z"], arguments].concat());
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    run.stdout
}

type Lines = Vec<BTreeMap<String, String>>;

fn review(sandbox: &Sandbox) -> Lines {
    csv::parse(&printed(sandbox, &["--csv", "-"]))
}

#[test]
fn a_line_tells_who_reaches_a_vault_by_one_path_and_waits_for_a_decision() {
    let file = C1z::full();
    file.person("ann", "ann@kestrel.example", "GUEST", Some(-1));
    file.group("g", "Ops");
    file.vault("V", "Prod", &GRANULAR);
    file.members("g", &["ann"]);
    file.on_vault("V", ("user", "ann"), &["view items", "export items"]);
    file.on_vault("V", ("group", "g"), &["manage vault"]);
    file.project("P", "Deploy", "");
    let lines = review(&sandbox(&file));
    assert_eq!(lines.len(), 3, "{lines:#?}");
    let of = |path: &str| {
        lines
            .iter()
            .find(|line| line["path"] == path && line["person"] == "ann")
            .unwrap()
    };
    for (column, expected) in [
        ("email", "ann@kestrel.example"),
        ("kind", "guest"),
        ("state", "active"),
        ("last_sign_in", "never"),
        ("vault", "Prod"),
        ("permissions", "member, view items, export items"),
        ("can_manage", "no"),
        ("can_export", "yes"),
        ("can_read", "no"),
        ("decision", ""),
        ("reviewer", ""),
        ("comment", ""),
        ("principal_type", "user"),
        ("principal_id", "ann"),
        ("vault_id", "V"),
    ] {
        assert_eq!(of("direct")[column], expected, "{column}");
    }
    let inherited = of("group Ops");
    assert_eq!(
        (&*inherited["path_id"], &*inherited["can_manage"]),
        ("g", "yes")
    );
}

/// Both forms tell the same, one line a path or one line a permission.
#[test]
fn both_forms_tell_the_same_of_every_file() {
    for tenant in ["business", "family", "tiny"] {
        let sandbox = Sandbox::new(json!({}));
        let file = fixture(&format!("golden/{tenant}/sync.c1z"));
        std::fs::copy(file, sandbox.path("work/sync.c1z")).unwrap();
        let keys = [
            "principal_type",
            "principal_id",
            "vault_id",
            "path_type",
            "path_id",
        ];
        let key = |line: &BTreeMap<String, String>| keys.map(|column| line[column].clone());
        let mut by_path: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
        for line in csv::parse(&printed(&sandbox, &["--csv-permissions", "-"])) {
            by_path
                .entry(key(&line))
                .or_default()
                .insert(line["permission"].clone());
        }
        let lines = review(&sandbox);
        assert_eq!(lines.len(), by_path.len(), "{tenant}");
        for line in &lines {
            let joined = line["permissions"].split(", ").map(str::to_owned);
            assert_eq!(by_path[&key(line)], joined.collect(), "{tenant}: {line:?}");
        }
    }
}

#[test]
fn what_was_not_read_has_lines_of_its_own_and_no_certain_denial() {
    let file = C1z::full();
    file.person("ann", "ann@kestrel.example", "MEMBER", None);
    file.vault("V", "Prod", &["member", "view items"]);
    file.on_vault("V", ("user", "ann"), &["view items"]);
    let lines = review(&sandbox(&file));
    let unread: Vec<_> = lines
        .iter()
        .filter(|line| line["permissions"] == "unknown")
        .collect();
    let about: Vec<_> = unread
        .iter()
        .map(|line| (&*line["kind"], &*line["vault"]))
        .collect();
    assert_eq!(about, [("project", ""), ("unknown", "Prod")]);
    let ann = lines.iter().find(|line| line["person"] == "ann").unwrap();
    assert_eq!(ann["can_manage"], "unknown");
    assert_eq!(ann["last_sign_in"], "unknown");
}

#[test]
fn excel_gets_the_mark_that_it_needs_for_accents() {
    let file = C1z::full();
    file.user("U", "Zoë");
    let sandbox = sandbox(&file);
    for form in ["--csv", "--csv-permissions"] {
        let plain = printed(&sandbox, &[form, "-"]);
        let marked = printed(&sandbox, &[form, "-", "--excel"]);
        assert_eq!(marked, format!("\u{feff}{plain}"));
    }
}

/// Read with any separator, no cell begins like a formula.
#[test]
fn no_separator_makes_a_name_a_formula() {
    let names = [
        "x;=HYPERLINK(\"http://evil.example\")",
        "x;\"=1",
        "x;\u{feff}=1",
        "\u{200b}=1",
        "\u{a0}=1",
        "x;＝1",
        "two\r\n=1",
        "tab\t=1",
        "\u{e0041}@1",
    ];
    let file = C1z::full();
    for (n, name) in names.iter().enumerate() {
        let id = format!("I{n}");
        file.user(&id, name);
        file.vault(&id, name, &GRANULAR);
        file.on_vault(&id, ("user", &id), &["view items", name]);
    }
    let sandbox = sandbox(&file);
    for form in ["--csv", "--csv-permissions"] {
        let text = printed(&sandbox, &[form, "-"]);
        let unseen =
            |c: char| c.is_whitespace() || c == '"' || "\u{feff}\u{200b}\u{e0041}".contains(c);
        for cell in text
            .split([';', '\t', '\r', '\n'])
            .chain(text.split("\",\""))
        {
            let seen = cell.trim_start_matches(unseen);
            assert!(
                !seen.starts_with(['=', '+', '-', '@', '＝']),
                "{form}: {cell:?}"
            );
        }
    }
    let lines = review(&sandbox);
    assert!(
        lines
            .iter()
            .any(|line| line["person"] == "x;'=HYPERLINK(\"http://evil.example\")")
    );
}

/// A million grants are 131,000 lines, which fit into a spreadsheet of a million rows.
#[test]
fn a_line_stands_for_all_permissions_of_a_path() {
    let file = C1z::full();
    let users: Vec<String> = (0..50).map(|n| format!("U{n}")).collect();
    users.iter().for_each(|user| file.user(user, user));
    for n in 0..20 {
        let vault = format!("V{n}");
        file.vault(&vault, &vault, &GRANULAR);
        users
            .iter()
            .for_each(|user| file.on_vault(&vault, ("user", user), &GRANULAR[1..]));
    }
    let sandbox = sandbox(&file);
    let count = |form| printed(&sandbox, &[form, "-"]).lines().count();
    // The head, and that projects are unknown.
    assert_eq!(count("--csv"), 2 + 50 * 20);
    assert_eq!(count("--csv-permissions"), 2 + 50 * 20 * 13);
}
