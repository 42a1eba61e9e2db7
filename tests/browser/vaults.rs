//! Each vault has a page: who reaches it, by which path, with what, and who manages it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::driver::Browser;
use crate::page::Page;

const PRODUCTION: &str = "nd7iavrebg7oo4glop36fc6ctb";

/// The texts of the body of the n-th table on the page.
fn lines(browser: &Browser, n: usize) -> Vec<Vec<String>> {
    let script = format!(
        "return [...(document.querySelectorAll('#one table')[{n}]?.tBodies[0].rows ?? [])]
            .map((row) => [...row.cells].map((cell) => cell.textContent))"
    );
    serde_json::from_value(browser.run(&script)).unwrap()
}

/// What the permissions of a path are in plain groups.
fn plainly(path: &Value) -> [String; 4] {
    let all = path["permissions"].as_array().unwrap();
    let held = |slugs: &[&str]| all.iter().any(|p| slugs.contains(&p.as_str().unwrap()));
    let words = |words: &[(&str, &[&str])]| {
        let told = words.iter().filter(|(_, slugs)| held(slugs));
        let told: Vec<&str> = told.map(|(word, _)| *word).collect();
        if told.is_empty() {
            "–".to_owned()
        } else {
            told.join(", ")
        }
    };
    let edit = [
        "create items",
        "edit items",
        "archive items",
        "delete items",
        "import items",
    ];
    let items = ["view items", "view item history"];
    [
        words(&[("manages", &["manage vault"])]),
        words(&[
            ("exports", &["export items"]),
            ("shares", &["copy and share items"]),
            ("prints", &["print items"]),
        ]),
        words(&[("edits", &edit)]),
        match held(&["view and copy passwords"]) {
            true => "passwords".to_owned(),
            false => words(&[("items only", &items)]),
        },
    ]
}

#[test]
fn every_vault_has_its_holders_paths_and_managers_as_the_file_has_them() {
    let (browser, page) = (Browser::start(), Page::of_demo());
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    for vault in page.report["vaults"].as_array().unwrap() {
        browser.open(&page.url(&format!("review={}", text(&vault["id"]))));
        assert_eq!(browser.text("#one h2"), text(&vault["name"]));
        let of = |groups: bool| {
            let all = page.report["access"].as_array().unwrap().iter();
            all.filter(move |one| one["vault"] == json!({"id": vault["id"], "name": vault["name"]}))
                .filter(move |one| (one["principal"]["type"] == "group") == groups)
                .flat_map(|one| {
                    one["paths"]
                        .as_array()
                        .unwrap()
                        .iter()
                        .map(move |path| (one, path))
                })
        };
        let line = |(one, path): (&Value, &Value)| {
            let by = match path["type"].as_str().unwrap() {
                "group" => format!("group {}", path["name"].as_str().unwrap()),
                word => word.to_owned(),
            };
            [
                vec![text(&one["principal"]["name"]), by],
                plainly(path).to_vec(),
            ]
            .concat()
        };
        let expected: BTreeSet<Vec<String>> = of(false).map(line).collect();
        let shown = lines(&browser, 0);
        let told = |row: &Vec<String>| [&row[..1], &row[4..]].concat();
        match expected.is_empty() {
            // The first table is then that of the groups, if there is any.
            true => assert!(browser.text("#one").contains("Who reaches itNone.")),
            false => {
                assert_eq!(shown.len(), of(false).count());
                assert_eq!(shown.iter().map(told).collect::<BTreeSet<_>>(), expected);
            }
        }
        let groups = of(true).count();
        if groups > 0 {
            assert_eq!(
                lines(&browser, usize::from(!expected.is_empty())).len(),
                groups
            );
        }
        let managers = browser.run("return document.querySelectorAll('#one li').length");
        assert_eq!(managers, vault["managers"], "{vault}");
    }
}

#[test]
fn managers_are_named_with_their_addresses_and_states() {
    let (browser, page) = (Browser::start(), Page::of_demo());
    browser.open(&page.url(&format!("review={PRODUCTION}")));
    let named =
        browser.run("return [...document.querySelectorAll('#one li')].map((li) => li.textContent)");
    let named = named.as_array().unwrap().iter();
    let plain = |one: &Value| one.as_str().unwrap().replace(['\u{2068}', '\u{2069}'], "");
    let named: Vec<String> = named.map(plain).collect();
    assert!(
        named.contains(&"Maren Holt <maren@northlight.example>".to_owned()),
        "{named:?}"
    );
    let staging = page.report["vaults"]
        .as_array()
        .unwrap()
        .iter()
        .find(|v| v["name"] == "Staging");
    browser.open(&page.url(&format!(
        "review={}",
        staging.unwrap()["id"].as_str().unwrap()
    )));
    assert!(browser.text("#one ul").contains(", suspended"));
}

#[test]
fn one_goes_through_the_vaults_and_back_to_the_whole() {
    let (browser, page) = (Browser::start(), Page::of_demo());
    browser.open(&page.url(""));
    let settle = "return new Promise((done) => setTimeout(() => done(document.querySelector('#one h2')?.textContent)))";
    let click = |selector: &str| {
        browser.run(&format!("document.querySelector({selector:?}).click()"));
        browser.run(settle)
    };
    let vaults = page.report["vaults"].as_array().unwrap();
    let first = vaults[0]["id"].as_str().unwrap();
    assert_eq!(
        click(&format!(
            "#vaults a, [data-of=vaults] a[href='#review={first}']"
        )),
        vaults[0]["name"]
    );
    for vault in &vaults[1..] {
        assert_eq!(click("#one nav a:last-child"), vault["name"]);
    }
    let ends = "return document.querySelector('#one nav a:last-child').hasAttribute('href')";
    assert_eq!(browser.run(ends), false);
    assert_eq!(
        click("#one nav a:first-child"),
        vaults[vaults.len() - 2]["name"]
    );
    assert_eq!(
        browser.run("return document.querySelector('#whole').checkVisibility()"),
        false
    );
    click("#one nav a:nth-child(2)");
    assert_eq!(
        browser.run("return document.querySelector('#whole').checkVisibility()"),
        true
    );
    let count = browser.text("#count");
    assert!(count.contains(" 1 of 9 vaults"), "{count}");
    // From a vault shown alone to its page.
    assert_eq!(click("#open a"), vaults[vaults.len() - 2]["name"]);
}

#[test]
fn what_was_not_read_of_a_vault_is_unknown_on_its_page() {
    let browser = Browser::start();
    let page = Page::of_limited_demo(&["--skip-entitlements-and-grants"]);
    browser.open(&page.url(&format!("review={PRODUCTION}")));
    let text = browser.text("#one");
    for told in [
        "Reached by ? users",
        "Unknown: the sync did not read who manages it",
        "which other users and projects",
    ] {
        assert!(text.contains(told), "{told}: {text}");
    }
    assert!(!text.contains("None") && !text.contains("NONE"), "{text}");

    let page = Page::of_limited_demo(&["--limit-vault-permissions", "member,view_items"]);
    browser.open(&page.url(&format!("review={PRODUCTION}")));
    for line in lines(&browser, 0) {
        assert_eq!(line[5..8], ["?", "?", "?"], "{line:?}");
        assert!(line[8] == "items only ?" || line[8] == "?", "{line:?}");
    }
    assert!(
        browser
            .text("#one")
            .contains("Unknown: the sync did not read who manages it")
    );
}
