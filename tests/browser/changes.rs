//! What changed since an older file, in the matrix: gained, lost, and what is not known.

use serde_json::{Value, json};

use crate::build::{C1z, GRANULAR};
use crate::driver::Browser;
use crate::page::Page;

/// Ann, Bob and Dan, vaults Prod and Test, and a group whose members reach Prod.
fn account() -> C1z {
    let file = C1z::full();
    for (id, name) in [("U1", "Ann"), ("U2", "Bob"), ("U4", "Dan")] {
        file.user(id, name);
    }
    for (id, name) in [("V1", "Prod"), ("V2", "Test")] {
        file.vault(id, name, &GRANULAR);
    }
    file.project("P1", "ci", "");
    file.group("G1", "Team");
    file.on_vault("V1", ("group", "G1"), &["view items"]);
    file.on_vault("V2", ("user", "U1"), &["view items"]);
    file
}

/// Ann has Prod twice, Bob has Test, and Eve and the vault Old are still there.
fn before() -> C1z {
    let file = account();
    file.members("G1", &["U1"]);
    file.on_vault("V1", ("user", "U1"), &["view items", "export items"]);
    file.on_vault("V2", ("user", "U2"), &["view items"]);
    file.user("U5", "Eve");
    file.vault("V9", "Old", &GRANULAR);
    file.on_vault("V9", ("user", "U5"), &["manage vault"]);
    file
}

/// Ann has Prod through the group alone, Bob lost Test, Dan gained Prod and is in the group.
fn after() -> C1z {
    let file = account();
    file.members("G1", &["U1", "U4"]);
    file.on_vault("V1", ("user", "U4"), &["view items", "edit items"]);
    file
}

/// What is read out of a cell, by the names of its row and column.
fn told(browser: &Browser, row: &str, vault: &str) -> String {
    let script = format!(
        "move(shown.rows.findIndex((row) => row.name === {row:?}),
              shown.vaults.findIndex((vault) => vault.name === {vault:?}));
         return readout.textContent.replace(/[\\u2068\\u2069]/g, '')"
    );
    browser.run(&script).as_str().unwrap().to_owned()
}

#[test]
fn each_change_is_told_in_its_cell() {
    let (browser, page) = (Browser::start(), Page::of_change(&before(), &after()));
    browser.open(&page.url(""));
    let cases = [
        (
            "Ann",
            "Prod",
            "Lost: export items. Access remains.\n− direct: view items, export items",
        ),
        (
            "Bob",
            "Test",
            "no access.\nLost: view items.\n− direct: view items",
        ),
        (
            "Dan",
            "Prod",
            "Gained: view items, edit items.\n+ direct: view items, edit items\n+ group Team: view items",
        ),
        ("Ann", "Test", "Change: none."),
        (
            "Eve",
            "Old",
            "Old · only in the older file: no access.\nLost: manage vault.",
        ),
    ];
    for (row, vault, expected) in cases {
        let text = told(&browser, row, vault);
        assert!(text.contains(expected), "{row}, {vault}: {text}");
    }
    assert!(told(&browser, "Eve", "Old").starts_with("Eve · only in the older file"));
    let count = browser.text("#count");
    assert!(
        count.starts_with("Showing 4 of 4 users and projects, 2 of 2 vaults; 3 pairs"),
        "{count}"
    );
    assert!(
        count.ends_with("And 2 that are only in the older file."),
        "{count}"
    );
}

/// The matrix has the same changes as the JSON.
#[test]
fn the_filter_shows_the_changes_that_programs_read() {
    let (browser, page) = (Browser::start(), Page::of_change(&before(), &after()));
    for change in ["gained", "lost"] {
        browser.open(&page.url(&format!("change={change}")));
        let marked = browser.run(&format!(
            "return shown.rows.flatMap((row) => shown.vaults
                .filter((vault) => isChanged(row, vaults.indexOf(vault), {change:?}))
                .map((vault) => `${{row.name}} ${{vault.name}}`))"
        ));
        let shifts = page.report["changes"]["access"].as_array().unwrap().iter();
        let expected = shifts
            .filter(|one| one["principal"]["type"] != "group")
            .filter(|one| one[change].as_array().is_some_and(|held| !held.is_empty()))
            .map(|one| {
                let name = |key: &str| one[key]["name"].as_str().unwrap();
                json!(format!("{} {}", name("principal"), name("vault")))
            });
        let mut expected: Vec<Value> = expected.collect();
        expected.sort_by_key(ToString::to_string);
        assert!(!expected.is_empty());
        let mut marked = marked.as_array().unwrap().clone();
        marked.sort_by_key(ToString::to_string);
        assert_eq!(marked, expected, "{change}");
        let rows =
            browser.run("return shown.rows.every((row) => [...row.changes.keys()].length > 0)");
        assert_eq!(rows, true, "{change}");
    }
    let legend = browser.text("#legend");
    assert!(
        legend.contains("gained and lost") && !legend.contains("unknown"),
        "{legend}"
    );
}

/// The lines of the table below the matrix, without status.
fn listed(browser: &Browser) -> Vec<String> {
    let script = "return [...document.querySelectorAll('#lines tbody tr')].map((line) =>
        [0, 2, 3, 4, 5].map((n) => line.cells[n].textContent).join(' | '))";
    serde_json::from_value(browser.run(script)).unwrap()
}

#[test]
fn the_table_and_its_print_have_what_was_lost_and_gained() {
    let (browser, page) = (Browser::start(), Page::of_change(&before(), &after()));
    browser.open(&page.url("change=lost"));
    let expected = [
        "Ann | Prod | lists | group Team | view items",
        "Ann | Prod | Lost: export items | direct | lost: view items, export items",
        "Bob | Test | Lost: view items | direct | lost: view items",
        "Eve | Old · only in the older file | Lost: manage vault | direct | lost: manage vault",
    ];
    assert_eq!(listed(&browser), expected);
    let count = browser.text("#count");
    assert!(
        count.contains("; 3 pairs that lost something, 1 of them with access."),
        "{count}"
    );
    browser.devtools("Emulation.setEmulatedMedia", json!({"media": "print"}));
    browser.run("window.dispatchEvent(new Event('beforeprint'))");
    let lines = "return [...document.querySelectorAll('#lines tbody tr')]
        .filter((line) => line.checkVisibility()).length";
    assert_eq!(browser.run(lines), expected.len());
    let caption = browser.text("#lines-caption");
    assert!(
        caption.ends_with("Everything that is shown above."),
        "{caption}"
    );

    browser.open(&page.url("change=gained"));
    let gained = listed(&browser);
    let line =
        "Dan | Prod | Gained: view items, edit items | direct | gained: view items, edit items";
    assert!(gained.contains(&line.to_owned()), "{gained:?}");
    // Without a filter, what was lost stands among what is there.
    browser.open(&page.url(""));
    let all = listed(&browser);
    for line in expected {
        assert!(all.contains(&line.to_owned()), "{line}: {all:?}");
    }
}

#[test]
fn what_one_file_does_not_tell_is_no_change_and_no_none() {
    let mut old = C1z::new();
    old.sync(
        "resources_only",
        "2026-10-01 10:00:00",
        Some("2026-10-01 10:05:00"),
    );
    old.types(&["account", "group", "project", "user", "vault"]);
    old.user("U1", "Ann");
    old.vault("V1", "Prod", &[]);
    let (browser, page) = (Browser::start(), Page::of_change(&old, &after()));
    browser.open(&page.url(""));
    for row in ["Ann", "Bob", "ci"] {
        let text = told(&browser, row, "Prod");
        assert!(text.contains("Change: unknown"), "{text}");
    }
    assert!(browser.text("#legend").contains("not compared: unknown"));
    browser.open(&page.url("change=gained"));
    assert!(browser.text("#count").starts_with("Showing 0 of 4"));
    let count = browser.text("#count");
    assert!(
        count.contains("; 0 pairs that gained something")
            && count.contains("not all was compared, there may be more."),
        "{count}"
    );
    assert_eq!(
        browser.text("#lines-caption"),
        "No pair that was compared matches the filters."
    );
    browser.open(&page.url("change=unknown"));
    let count = browser.text("#count");
    assert!(
        count.starts_with("Showing 4 of 4") && count.contains("; 8 pairs that were not compared"),
        "{count}"
    );
    let unknown = listed(&browser);
    for who in ["Bob | Prod", "ci | Test"] {
        let line = format!("{who} | change unknown: not compared |  | ");
        assert!(unknown.contains(&line), "{line}: {unknown:?}");
    }
}

/// A vault of the older file alone keeps the start of its name over a narrow column.
#[test]
fn a_vault_that_is_gone_has_a_name_over_its_column() {
    let (old, new) = (before(), after());
    old.vault("V8", "Marketing archive of the north", &GRANULAR);
    old.on_vault("V8", ("user", "U1"), &["view items"]);
    for n in 10..18 {
        new.vault(&format!("V{n}"), &format!("Vault {n}"), &GRANULAR);
    }
    let (browser, page) = (Browser::start(), Page::of_change(&old, &new));
    browser.open(&page.url(""));
    for width in [800, 1280, 1920] {
        let screen =
            json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false});
        browser.devtools("Emulation.setDeviceMetricsOverride", screen);
        let drawn = browser.run(
            "const plain = pen.fillText;
             const drawn = [];
             pen.fillText = (text) => drawn.push(text);
             layout();
             pen.fillText = plain;
             return drawn",
        );
        let drawn: Vec<String> = serde_json::from_value(drawn).unwrap();
        let label = |name: &str| drawn.iter().any(|text| text.starts_with(name));
        assert!(label("Market") && label("Old · o"), "{width}: {drawn:?}");
    }
}

#[test]
fn totals_are_neither_counted_nor_named_twice() {
    let (browser, page) = (Browser::start(), Page::of_change(&before(), &after()));
    browser.open(&page.url(""));
    assert_eq!(browser.text("#totals"), "Totals");
    let named = browser.run(
        "const table = document.querySelector('[data-of=totals]');
         return [table.caption, table.getAttribute('aria-labelledby')]",
    );
    assert_eq!(named, json!([null, "totals"]));
    assert_eq!(browser.text("#access-lost"), "Access lost 3");
}

#[test]
fn a_page_without_an_older_file_speaks_of_no_change() {
    let (browser, page) = (Browser::start(), Page::of_file(&after()));
    browser.open(&page.url(""));
    assert_eq!(
        browser.run("return form.elements.change.checkVisibility()"),
        false
    );
    assert!(!told(&browser, "Ann", "Prod").contains("Change"));
    assert!(!browser.text("#legend").contains("gained"));
}
