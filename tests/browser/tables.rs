//! The head, the cards and the tables: what is there when the page opens, and what a click shows.

use serde_json::{Value, json};

use crate::build::{C1z, GRANULAR};
use crate::driver::Browser;
use crate::page::Page;

/// The texts of a column that are seen.
fn column(browser: &Browser, table: &str, n: usize) -> Vec<String> {
    let script = format!(
        "return [...document.querySelectorAll('[data-of=\"{table}\"] tbody tr')]
            .filter((row) => row.checkVisibility()).map((row) => row.cells[{n}].textContent)"
    );
    let texts = browser.run(&script);
    let texts = texts.as_array().unwrap().iter();
    texts.map(|t| t.as_str().unwrap().to_owned()).collect()
}

fn click(browser: &Browser, selector: &str) {
    browser.run(&format!("document.querySelector({selector:?}).click()"));
}

/// People 00 to 24, of whom each manages as many vaults as his number says.
fn staircase() -> C1z {
    let file = C1z::full();
    for v in 0..24 {
        let vault = format!("V{v:02}");
        file.vault(&vault, &format!("Vault {v:02}"), &GRANULAR);
        for n in v + 1..25 {
            file.on_vault(&vault, ("user", &format!("U{n:02}")), &["manage vault"]);
        }
    }
    for n in 0..25 {
        file.user(&format!("U{n:02}"), &format!("Person {n:02}"));
    }
    file
}

#[test]
fn the_head_names_account_sync_file_digest_and_version() {
    let (browser, page) = (Browser::start(), Page::of_demo());
    browser.open(&page.url(""));
    let head = browser.text("header dl");
    let sync = page.report["source"]["sync_id"].as_str().unwrap();
    for told in [
        "Northlight Coffee Roasters",
        "full, ended 20",
        "the file does not say",
        "sync.c1z",
        &page.digest(),
        sync,
        concat!("baton-1password ", env!("CARGO_PKG_VERSION")),
    ] {
        assert!(head.contains(told), "{told}: {head}");
    }
    let order = browser.run(
        "return ['#cards', '#findings', '#matrix', '#vaults'].map((one) =>
            document.querySelector(one).getBoundingClientRect().top)",
    );
    let tops: Vec<f64> = order
        .as_array()
        .unwrap()
        .iter()
        .map(|n| n.as_f64().unwrap())
        .collect();
    assert!(tops.is_sorted(), "{tops:?}");
}

#[test]
fn the_ten_worst_are_there_and_the_rest_at_a_click() {
    let (browser, page) = (Browser::start(), Page::of_file(&staircase()));
    browser.open(&page.url(""));
    let longest = browser.run(
        "return Math.max(...[...document.querySelectorAll('tbody')].map((body) =>
            [...body.rows].filter((row) => row.checkVisibility()).length))",
    );
    assert_eq!(longest, 10);
    let manages = |n: std::ops::Range<u32>| n.rev().map(|n| n.to_string()).collect::<Vec<_>>();
    assert_eq!(column(&browser, "risky-rights", 3), manages(15..25));
    click(&browser, "[data-rest=risky-rights]");
    assert_eq!(column(&browser, "risky-rights", 3), manages(1..25));

    // As texts, 9 would come before 24. The shortened table shows the first ten of the new order.
    click(
        &browser,
        "[data-of=people-and-machines] th:nth-child(6) button",
    );
    assert_eq!(column(&browser, "people-and-machines", 5), manages(15..25));
    click(
        &browser,
        "[data-of=people-and-machines] th:nth-child(6) button",
    );
    let mut least = manages(0..10);
    least.reverse();
    assert_eq!(column(&browser, "people-and-machines", 5), least);
    let sorted =
        "return document.querySelector('[data-of=people-and-machines] th:nth-child(6)').ariaSort";
    assert_eq!(browser.run(sorted), "ascending");
    click(
        &browser,
        "[data-of=people-and-machines] th:first-child button",
    );
    assert_eq!(column(&browser, "people-and-machines", 0)[0], "Person 00");
}

#[test]
fn rows_that_a_click_shows_lead_into_the_matrix_like_the_first() {
    let (browser, page) = (Browser::start(), Page::of_file(&staircase()));
    browser.open(&page.url(""));
    click(&browser, "[data-rest=risky-rights]");
    let links = browser.run(
        "return [...document.querySelectorAll('[data-of=risky-rights] tbody tr')].map((row) =>
            [row.cells[0], row.cells[3]].map((cell) => cell.querySelector('a')?.getAttribute('href')))",
    );
    let expected = (1..25).rev().map(|n| {
        let user = format!("#user=U{n:02}");
        json!([user, format!("{user}&risk=manages")])
    });
    assert_eq!(links, expected.collect::<Value>());
    click(
        &browser,
        "[data-of=risky-rights] tbody tr:nth-child(22) td:nth-child(4) a",
    );
    let count = browser.text("#count");
    assert!(
        count.starts_with("Showing 1 of 25 users, 3 of 24 vaults; 3 pairs"),
        "{count}"
    );
}

#[test]
fn what_a_card_counts_is_behind_its_link() {
    let (browser, page) = (Browser::start(), Page::of_demo());
    browser.open(&page.url(""));
    click(&browser, "#cards a[href='#kind=guest']");
    assert!(browser.text("#count").starts_with("Showing 1 of 16"));
    let dead = browser.run(
        "return [...document.querySelectorAll('a[href^=\"#\"]')].map((a) => a.hash.slice(1))
            .filter((to) => to && !to.includes('=') && !document.getElementById(to))",
    );
    assert_eq!(dead, json!([]));
}

#[test]
fn a_figure_that_is_not_known_is_hatched_and_no_zero() {
    let page = Page::of_limited_demo(&["--skip-entitlements-and-grants"]);
    let browser = Browser::start();
    browser.open(&page.url(""));
    let cards = browser.run(
        "return Object.fromEntries([...document.querySelectorAll('#cards li')].map((li) =>
            [li.querySelector('a').lastChild.textContent.trim(),
             [li.querySelector('strong').textContent, li.className]]))",
    );
    assert_eq!(cards["Suspended with access"], json!(["?", "unread"]));
    assert_eq!(cards["Risky rights"], json!(["?", "unread"]));
    assert_eq!(cards["Guests"], json!(["1", ""]));
    assert_eq!(cards["Vaults not read in full"], json!(["9", ""]));
}
