//! Keyboard, names for assistive tools, print, and both colour schemes.

use serde_json::{Value, json};

use crate::driver::{Browser, DOWN, END, ENTER, RIGHT, TAB};
use crate::page::Page;

#[test]
fn the_matrix_is_read_out_cell_by_cell_with_the_keyboard_alone() {
    let (browser, page) = (Browser::start(), Page::of_demo());
    browser.open(&page.url(""));
    browser.press("#matrix", RIGHT);
    let first = browser.text("#readout");
    assert!(
        first.contains("Archive 2024") && first.contains("no access"),
        "{first}"
    );
    browser.press("#matrix", &[DOWN, DOWN, RIGHT, RIGHT, END].concat());
    let last = browser.text("#readout");
    assert!(last.contains("Staging"), "{last}");
    // Every row's cell in the last column, told as the JSON tells it.
    let staging = page
        .access()
        .into_iter()
        .filter(|one| one["vault"]["name"] == "Staging")
        .count();
    browser.press("#matrix", &format!("{}{END}", "\u{e009}\u{e011}\u{e000}"));
    let rows = page.report["totals"]["users"].as_u64().unwrap();
    let mut told = 0;
    for _ in 0..rows {
        told += usize::from(!browser.text("#readout").contains("no access"));
        browser.press("#matrix", DOWN);
    }
    assert_eq!(told, staging);

    browser.press("#matrix", ENTER);
    assert!(
        browser
            .run("return location.hash")
            .as_str()
            .unwrap()
            .starts_with("#user=")
    );
    // The page hears of its new address a little later.
    browser.run("return new Promise((done) => setTimeout(done))");
    assert!(browser.text("#count").starts_with("Showing 1 of "));
}

#[test]
fn every_control_is_reached_by_tab_and_shows_its_focus() {
    let (browser, page) = (Browser::start(), Page::of_demo());
    browser.open(&page.url(""));
    let mut reached = Vec::new();
    while reached.last().is_none_or(|last| last != "matrix") {
        assert!(
            reached.len() < 300,
            "the matrix is never reached: {reached:?}"
        );
        browser.press(":focus, body", TAB);
        let focus = browser.run(
            "const one = document.activeElement;
             return [one.name || one.id || one.className || one.textContent,
                     getComputedStyle(one).outlineStyle,
                     parseFloat(getComputedStyle(one).outlineWidth)]",
        );
        assert_ne!(focus[1], "none", "{focus}");
        assert!(focus[2].as_f64().unwrap() >= 2.0, "{focus}");
        reached.push(focus[0].as_str().unwrap().to_owned());
    }
    let expected = [
        "user",
        "kind",
        "vault",
        "group",
        "permission",
        "risk",
        "size",
        "Show all",
        "matrix",
    ];
    assert_eq!(reached[reached.len() - expected.len()..], expected);
    assert_eq!(reached[0], "skip");
    for named in ["Findings", "Manages", "Show all 12"] {
        assert!(reached.iter().any(|one| one == named), "{named}");
    }
}

#[test]
fn everything_has_a_name_and_every_table_a_caption_and_headings() {
    let (browser, page) = (Browser::start(), Page::of_demo());
    browser.open(&page.url(""));
    let tree = browser.devtools("Accessibility.getFullAXTree", json!({}));
    let controls = [
        "button",
        "combobox",
        "searchbox",
        "slider",
        "textbox",
        "application",
        "table",
        "link",
    ];
    let mut seen = 0;
    for node in tree["nodes"].as_array().unwrap() {
        let role = node["role"]["value"].as_str().unwrap_or_default();
        if controls.contains(&role) && node["ignored"] != true {
            let name = node["name"]["value"].as_str().unwrap_or_default();
            assert!(!name.trim().is_empty(), "{node:#}");
            seen += 1;
        }
    }
    assert!(seen > 15, "{seen} named");
    let tables = browser.run(
        "return [...document.querySelectorAll('table')].map((table) => [
            Boolean(table.caption && table.caption.textContent.trim()),
            [...table.querySelectorAll('th')].every((th) => th.scope !== ''),
            [...table.tBodies[0].rows].every((row) => row.cells[0].tagName === 'TH'),
            table.tHead.rows[0].cells.length > 1])",
    );
    for table in tables.as_array().unwrap() {
        assert_eq!(*table, json!([true, true, true, true]));
    }
    let outline = browser.run(
        "return [...document.querySelectorAll('h1, h2, h3')].map((heading) => heading.tagName)",
    );
    let outline: Vec<&str> = outline
        .as_array()
        .unwrap()
        .iter()
        .map(|h| h.as_str().unwrap())
        .collect();
    assert_eq!(outline[0], "H1");
    assert!(
        outline[1..].iter().all(|&heading| heading == "H2"),
        "{outline:?}"
    );
    assert_eq!(browser.run("return document.documentElement.lang"), "en");
}

/// Contrast by WCAG 2.2: text 4.5 to 1, pictures 3 to 1.
#[test]
fn both_colour_schemes_have_enough_contrast() {
    let (browser, page) = (Browser::start(), Page::of_demo());
    browser.open(&page.url(""));
    let mut papers = Vec::new();
    for scheme in ["light", "dark"] {
        let feature = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        browser.devtools("Emulation.setEmulatedMedia", json!({"features": feature}));
        let colour = |name: &str| {
            let script = format!(
                "return getComputedStyle(document.documentElement).getPropertyValue('--{name}').trim()"
            );
            luminance(browser.run(&script).as_str().unwrap())
        };
        for paper in ["paper", "band"] {
            for (name, least) in [
                ("ink", 4.5),
                ("soft", 4.5),
                ("link", 4.5),
                ("cursor", 3.0),
                ("gained", 3.0),
                ("lost", 3.0),
                ("cell-lists", 3.0),
                ("cell-reads", 3.0),
                ("cell-edits", 3.0),
                ("cell-takes", 3.0),
                ("cell-manages", 3.0),
            ] {
                let contrast = contrast(colour(name), colour(paper));
                assert!(
                    contrast >= least,
                    "{scheme}: {name} on {paper} has {contrast:.2}"
                );
            }
        }
        assert!(contrast(colour("ink"), colour("warn")) >= 4.5, "{scheme}");
        papers.push(colour("paper"));
    }
    assert!(papers[0] > papers[1], "the schemes are the same");
}

fn luminance(hex: &str) -> f64 {
    let channel = |at: usize| {
        let value = f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()) / 255.0;
        match value <= 0.040_45 {
            true => value / 12.92,
            false => ((value + 0.055) / 1.055).powf(2.4),
        }
    };
    0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
}

fn contrast(a: f64, b: f64) -> f64 {
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn warnings_of_the_file_are_on_the_page() {
    let mut file = crate::build::C1z::new();
    file.sync(
        "resources_only",
        "2026-11-01 10:00:00",
        Some("2026-11-01 10:05:00"),
    );
    file.types(&["account", "group", "user", "vault"]);
    file.user("U1", "Ann");
    file.vault("V1", "Prod", &[]);
    let (browser, page) = (Browser::start(), Page::of_file(&file));
    browser.open(&page.url(""));
    let shown = browser
        .run("return [...document.querySelectorAll('.notices li')].map((li) => li.textContent)");
    assert_eq!(shown, page.report["notices"]);
    assert_ne!(shown, Value::Array(Vec::new()));
}
