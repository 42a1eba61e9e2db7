//! The matrix on the screen: its width, the pointer on it, the filters in words, and a phone.

use serde_json::{Value, json};

use crate::build::{C1z, GRANULAR};
use crate::driver::Browser;
use crate::page::Page;

/// Moves the pointer over the middle of a cell, or of a name where a place is -1, and clicks there.
fn point(browser: &Browser, row: i32, column: i32, click: bool) {
    let script = format!(
        "document.querySelector('#matrix').scrollIntoView({{block: 'end'}});
         const box = canvas.getBoundingClientRect();
         const x = {column} < 0 ? 20 : margin.left + ({column} + 0.5) * wide;
         const y = {row} < 0 ? 10 : margin.top + ({row} + 0.5) * size;
         return [box.left + x, box.top + y]"
    );
    let at = browser.run(&script);
    let kinds: &[&str] = if click {
        &["mouseMoved", "mousePressed", "mouseReleased"]
    } else {
        &["mouseMoved"]
    };
    for kind in kinds {
        let event = json!({"type": kind, "x": at[0], "y": at[1], "button": if *kind == "mouseMoved" { "none" } else { "left" }, "clickCount": 1});
        browser.devtools("Input.dispatchMouseEvent", event);
    }
}

#[test]
fn a_cell_is_explained_beside_the_pointer_and_on_the_screen() {
    let (browser, page) = (Browser::start(), Page::of_demo());
    browser.open(&page.url(""));
    for (row, column) in [(0, 0), (4, 4), (15, 8), (0, 8), (15, 0)] {
        point(&browser, row, column, false);
        let seen = browser.run(
            "const box = readout.getBoundingClientRect();
             return [box.left, box.top, innerWidth - box.right, innerHeight - box.bottom, readout.textContent]",
        );
        let edges = seen.as_array().unwrap()[..4].iter();
        assert!(
            edges.clone().all(|edge| edge.as_f64().unwrap() >= 0.0),
            "{seen}"
        );
        assert_ne!(seen[4], "");
    }
    let gone = "document.querySelector('h1').scrollIntoView();
        return new Promise((done) => setTimeout(() => done(readout.className)))";
    browser.devtools(
        "Input.dispatchMouseEvent",
        json!({"type": "mouseMoved", "x": 3, "y": 3}),
    );
    assert_eq!(browser.run(gone), "");
}

#[test]
fn a_click_on_a_name_isolates_its_row_or_column() {
    let (browser, page) = (Browser::start(), Page::of_demo());
    browser.open(&page.url(""));
    point(&browser, -1, 4, true);
    let vault = &page.report["vaults"][4];
    let hash = browser.run("return new Promise((done) => setTimeout(() => done(location.hash)))");
    assert_eq!(hash, format!("#vault={}", vault["id"].as_str().unwrap()));
    assert!(browser.text("#count").contains(" 1 of 9 vaults"));
    let value = |name: &str| {
        browser.run(&format!(
            "return document.querySelector('[name={name}]').value"
        ))
    };
    assert_eq!(value("vault"), vault["name"], "the name, not the id");
    browser.open(&page.url(""));
    point(&browser, 4, -1, true);
    let hash = browser.run("return new Promise((done) => setTimeout(() => done(location.hash)))");
    assert!(hash.as_str().unwrap().starts_with("#user="), "{hash}");
    assert_eq!(value("user"), "Idris Okonkwo");
    // The one who was meant stays, whatever else is filtered.
    browser.press("[name=kind]", "m");
    let hash = browser.run("return location.hash");
    assert!(
        hash.as_str().unwrap().starts_with("#user=") && !hash.as_str().unwrap().contains("Idris")
    );
}

/// A finger cannot point without touching: it explains first, and isolates when it comes again.
#[test]
fn a_touch_explains_a_cell_before_it_isolates() {
    let (browser, page) = (Browser::start(), Page::of_demo());
    browser.devtools(
        "Emulation.setTouchEmulationEnabled",
        json!({"enabled": true}),
    );
    browser.open(&page.url(""));
    let at = browser.run(
        "matrix.scrollIntoView({block: 'center'});
         const box = canvas.getBoundingClientRect();
         return [box.left + margin.left + 4.5 * wide, box.top + margin.top + 4.5 * size]",
    );
    let touch = || {
        for (kind, points) in [
            ("touchStart", json!([{"x": at[0], "y": at[1]}])),
            ("touchEnd", json!([])),
        ] {
            browser.devtools(
                "Input.dispatchTouchEvent",
                json!({"type": kind, "touchPoints": points}),
            );
        }
        browser.run("return new Promise((done) => setTimeout(() => done([location.hash, readout.className, readout.textContent]), 50))")
    };
    let first = touch();
    assert_eq!((&first[0], &first[1]), (&json!(""), &json!("beside")));
    assert!(first[2].as_str().unwrap().contains("Production"), "{first}");
    assert!(touch()[0].as_str().unwrap().starts_with("#user="));
}

#[test]
fn twins_are_told_apart_by_their_addresses() {
    let file = C1z::full();
    file.vault("V1", "Prod", &GRANULAR);
    for id in ["U1", "U2"] {
        file.user(id, "Ann");
        file.on_vault("V1", ("user", id), &["view items"]);
    }
    let (browser, page) = (Browser::start(), Page::of_file(&file));
    browser.open(&page.url("user=U2"));
    assert!(browser.text("#count").starts_with("Showing 1 of 2"));
    let value = browser.run("return document.querySelector('[name=user]').value");
    assert_eq!(value, "Ann (u2@kestrel.example)");
}

#[test]
fn nothing_matches_says_which_filter_to_drop() {
    let (browser, page) = (Browser::start(), Page::of_demo());
    browser.open(&page.url("vault=payroll&risk=manages&kind=guest"));
    let buttons = "return [...document.querySelectorAll('#nothing button')].map((one) => one.textContent.replace(/[\\u2068\\u2069]/g, ''))";
    let expected = page.access().into_iter().filter(|one| {
        one["vault"]["name"] == "Payroll"
            && one["can"].as_array().unwrap().contains(&json!("manages"))
    });
    let drop = format!("kind guest (then {} pairs)", expected.count());
    assert_eq!(browser.run(buttons), json!([drop]));
    browser.run("document.querySelector('#nothing button').click()");
    assert_eq!(browser.text("#nothing"), "");
    assert!(!browser.text("#count").contains("; 0 pairs"));
    browser.open(&page.url("user=nobody"));
    assert_eq!(browser.text("#nothing"), "Nothing matches the filter.");
}

/// Nothing is wider than the screen, and the matrix is as wide as it may be.
#[test]
fn pages_fit_their_screens_and_the_matrix_fills_it() {
    let (browser, page) = (Browser::start(), Page::of_demo());
    let vault = page.report["vaults"][4]["id"].as_str().unwrap();
    for width in [390, 800, 1280, 1366, 1920] {
        let screen =
            json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width == 390});
        browser.devtools("Emulation.setDeviceMetricsOverride", screen);
        for filters in ["", "risk=exports", &format!("review={vault}")] {
            browser.open("about:blank");
            browser.open(&page.url(filters));
            let over = browser.run(
                "return [...document.querySelectorAll('body *')]
                    .filter((one) => one.checkVisibility() && !one.closest('#matrix, .skip') &&
                        one.getBoundingClientRect().right > innerWidth + 1)
                    .map((one) => one.outerHTML.slice(0, 120))",
            );
            assert_eq!(over, Value::Array(Vec::new()), "{width} {filters}");
        }
        browser.open(&page.url(""));
        let clipped = browser.run(
            "return [...document.querySelectorAll('#findings .wide')]
                .filter((one) => one.scrollWidth > one.clientWidth)
                .map((one) => one.firstChild.dataset.of)",
        );
        assert_eq!(clipped, Value::Array(Vec::new()), "{width}");
        let filled = browser
            .run("return document.getElementById('extent').clientWidth / matrix.clientWidth");
        assert!(filled.as_f64().unwrap() > 0.9, "{width}: {filled}");
    }
}
