//! What a sync did not read is never drawn, counted or read out as "no access".

use serde_json::{Value, json};

use crate::driver::{Browser, DOWN, RIGHT};
use crate::page::Page;

const PRODUCTION: &str =
    "bid:r:account/33YLC73AGKC66QZW63R6HXGUHT/vault/nd7iavrebg7oo4glop36fc6ctb";

/// What the keyboard finds in all cells of the first rows and columns.
fn told(browser: &Browser, rows: usize, columns: usize) -> Vec<String> {
    let mut told = Vec::new();
    for row in 0..rows {
        browser.press("#matrix", if row == 0 { RIGHT } else { DOWN });
        browser.press("#matrix", "\u{e011}");
        for column in 0..columns {
            told.push(browser.text("#readout"));
            if column + 1 < columns {
                browser.press("#matrix", RIGHT);
            }
        }
    }
    told
}

fn legend(browser: &Browser) -> String {
    browser.text("#legend")
}

#[test]
fn a_sync_of_resources_has_unknown_cells_and_no_count() {
    let page = Page::of_limited_demo(&["--skip-entitlements-and-grants"]);
    let browser = Browser::start();
    browser.open(&page.url(""));
    assert_eq!(
        browser.text("#count"),
        "Showing 16 of 16 users and projects, 9 of 9 vaults; 0 pairs with access are known; there \
         may be more."
    );
    for readout in told(&browser, 3, 3) {
        assert!(
            readout.contains("unknown: the sync did not read"),
            "{readout}"
        );
    }
    assert!(legend(&browser).contains("not read: unknown"));
    browser.open(&page.url("risk=exports"));
    assert_eq!(
        browser.text("#lines-caption"),
        "No access that was read matches the filters."
    );
    // Addresses and last changes are told by the lists of people and vaults, which were read.
    let findings = browser.run(
        "return [...document.querySelectorAll('section')]
            .filter((one) => !['addresses-from-elsewhere', 'vaults-unchanged-for-a-year']
                .includes(one.getAttribute('aria-labelledby')))
            .map((one) => one.textContent).join('')",
    );
    let findings = findings.as_str().unwrap();
    assert!(
        !findings.contains("None.") && !findings.contains("NO USER"),
        "{findings}"
    );
}

#[test]
fn unread_cells_are_hatched_and_read_ones_are_not() {
    // Draws anew and counts the cells under rectangles that are filled with a pattern.
    let hatched = "const pen = document.getElementById('canvas').getContext('2d');
        let cells = 0;
        const plain = pen.fillRect;
        pen.fillRect = function (x, y, width, height) {
          if (pen.fillStyle instanceof CanvasPattern) cells += width * height / (wide * 20);
          plain.call(pen, x, y, width, height);
        };
        const size = document.querySelector('[name=size]');
        size.value = 20;
        size.dispatchEvent(new Event('input', {bubbles: true}));
        pen.fillRect = plain;
        return Math.round(cells)";
    let browser = Browser::start();
    let count = |options: &[&str]| {
        browser.open(&Page::of_limited_demo(options).url(""));
        browser.run(hatched)
    };
    assert_eq!(count(&[]), 0);
    assert_eq!(count(&["--skip-entitlements-and-grants"]), 16 * 9);
    // Whoever is on a vault is known without the permissions.
    assert_eq!(count(&["--limit-vault-permissions", "member"]), 0);
    // Without projects, what they reach: but no row is theirs.
    assert_eq!(count(&["--sync-resource-types", "user,group,vault"]), 0);
    // Three people and a project.
    assert_eq!(count(&["--sync-resources", PRODUCTION]), 4);
}

#[test]
fn permissions_that_were_not_read_are_not_told_as_none() {
    let page = Page::of_limited_demo(&["--limit-vault-permissions", "member"]);
    let browser = Browser::start();
    browser.open(&page.url(""));
    assert!(
        browser.text("#count").contains("51 pairs") || browser.text("#count").contains("53 pairs")
    );
    let script = "return [...document.querySelectorAll('#lines tbody tr')]
        .map((line) => [line.cells[3].textContent, line.cells[5].textContent])";
    let lines = browser.run(script);
    for line in lines.as_array().unwrap() {
        assert_eq!(*line, json!(["unknown", "listed, permissions unknown"]));
    }
    assert!(legend(&browser).contains("listed, permissions unknown"));
}

#[test]
fn one_vault_alone_has_what_is_known_and_that_there_may_be_more() {
    let page = Page::of_limited_demo(&["--sync-resources", PRODUCTION]);
    let browser = Browser::start();
    browser.open(&page.url(""));
    let told = told(&browser, 3, 1);
    assert!(told[0].contains("More is unknown"), "{told:?}");
    assert_eq!(page.report["totals"]["user_vault_pairs"], Value::Null);
    assert!(
        browser
            .text("#count")
            .ends_with("4 pairs with access are known; there may be more.")
    );
    assert!(browser.text("#count").contains(" 1 of 1+ vaults;"));
    let vault = page.report["vaults"][0]["id"].as_str().unwrap();
    browser.open(&page.url(&format!("review={vault}")));
    let text = browser.text("#one");
    for told in [
        "All vaults (this is 1 of 1+)",
        "Those above may hold more, by paths that were not read.",
    ] {
        assert!(text.contains(told), "{told}: {text}");
    }
}

#[test]
fn projects_that_were_not_read_are_not_told_as_none() {
    let page = Page::of_limited_demo(&["--sync-resource-types", "user,group,vault"]);
    let browser = Browser::start();
    browser.open(&page.url(""));
    let count = browser.text("#count");
    assert!(
        count.ends_with("pairs with access are known; there may be more."),
        "{count}"
    );
    assert!(count.contains(" 9 of 9 vaults;"), "{count}");
    browser.open(&page.url("user=roast-control"));
    assert_eq!(
        browser.text("#nothing"),
        "Nothing that was read matches the filter."
    );
}

/// Managing is known, reading is not: nobody is then said to manage without reading.
#[test]
fn risks_that_were_not_read_are_marked_and_find_nothing() {
    let page = Page::of_limited_demo(&["--limit-vault-permissions", "member,manage_vault"]);
    let browser = Browser::start();
    browser.open(&page.url("risk=manages"));
    assert!(!browser.text("#count").contains("; 0 pairs"));
    browser.open(&page.url("risk=manages-only"));
    let count = browser.text("#count");
    assert!(
        count.ends_with("; 0 pairs with access are known; there may be more."),
        "{count}"
    );
    let risks = browser.text("[name=risk]");
    assert!(
        risks.contains("manages without reading (not all read)"),
        "{risks}"
    );
    assert!(risks.contains("manages the vault\n"), "{risks}");
    assert!(!legend(&browser).contains("manages only"));

    // Whoever manages the one vault that was read may read it through a group that was not.
    let page = Page::of_limited_demo(&["--sync-resources", PRODUCTION]);
    browser.open(&page.url("risk=manages"));
    assert!(browser.text("#count").contains("; 1 pairs"));
    browser.open(&page.url("risk=manages-only"));
    assert!(browser.text("#count").contains("; 0 pairs"));
}

/// Long names give way to the state that stands behind them.
#[test]
fn labels_fit_and_keep_the_state() {
    let page = Page::of_demo();
    let browser = Browser::start();
    for width in [390, 1280] {
        let screen =
            json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false});
        browser.devtools("Emulation.setDeviceMetricsOverride", screen);
        browser.open("about:blank");
        browser.open(&page.url(""));
        labels_keep_the_state(&browser);
    }
}

fn labels_keep_the_state(browser: &Browser) {
    let script = "const pen = document.getElementById('canvas').getContext('2d');
        const drawn = [];
        const plain = pen.fillText;
        pen.fillText = function (text, x, y) {
          drawn.push([text, x + pen.measureText(text).width]);
          plain.call(pen, text, x, y);
        };
        const size = document.querySelector('[name=size]');
        size.value = 24;
        size.dispatchEvent(new Event('input', {bubbles: true}));
        pen.fillText = plain;
        return [drawn, margin.left]";
    let answer = browser.run(script);
    let (drawn, room) = (&answer[0], answer[1].as_f64().unwrap());
    let state = "newhire@northlight.example · transfer pending";
    let labels = drawn.as_array().unwrap().iter();
    let labels: Vec<(&str, f64)> = labels
        .map(|one| (one[0].as_str().unwrap(), one[1].as_f64().unwrap()))
        .collect();
    let whole = labels
        .iter()
        .find(|(text, _)| text.starts_with('n') && text.contains(" · "));
    let (text, end) = whole.unwrap();
    assert!(
        *text == state || text.ends_with("… · transfer pending"),
        "{text}"
    );
    assert!(
        *end <= room && room <= 280.0,
        "{text} ends at {end} of {room}"
    );
}
