//! 2,000 users and 1,000 vaults in one page.

use serde_json::Value;

use crate::build::{C1z, GRANULAR};
use crate::driver::Browser;
use crate::page::Page;

/// A project without vaults, and 100 groups of 40 members; each vault has 3 groups and 8 users of
/// its own.
fn tenant() -> C1z {
    let file = C1z::full();
    file.project("P1", "ci", "");
    let user = |n: usize| format!("U{:04}", n % 2_000);
    for n in 0..2_000 {
        file.user(&user(n), &format!("User {n:04}"));
    }
    for g in 0..100 {
        let group = format!("G{g:02}");
        file.group(&group, &format!("Group {g:02}"));
        let members: Vec<String> = (0..40).map(|n| user(g * 37 + n * 53)).collect();
        file.members(
            &group,
            &members.iter().map(String::as_str).collect::<Vec<_>>(),
        );
    }
    for v in 0..1_000 {
        let vault = format!("V{v:03}");
        file.vault(&vault, &format!("Vault {v:03}"), &GRANULAR);
        for n in 0..3 {
            let group = format!("G{:02}", (v * 3 + n * 31) % 100);
            file.on_vault(
                &vault,
                ("group", &group),
                &["view items", "view and copy passwords"],
            );
        }
        for n in 0..8 {
            file.on_vault(
                &vault,
                ("user", &user(v * 7 + n * 211)),
                &["view items", "export items"],
            );
        }
    }
    file
}

#[test]
fn a_large_account_is_drawn_filtered_and_scrolled_without_a_row_for_everything() {
    let page = Page::of_file(&tenant());
    assert!(page.bytes() <= 3_000_000, "{} bytes", page.bytes());
    let browser = Browser::start();
    browser.open(&page.url(""));
    let pairs = page.report["totals"]["user_vault_pairs"].as_u64().unwrap();
    assert!(pairs > 100_000, "{pairs}");
    let all = format!(
        "Showing 2001 of 2001 users and projects, 1000 of 1000 vaults; {pairs} pairs with access."
    );
    assert_eq!(browser.text("#count"), all);
    let elements = browser.run("return document.querySelectorAll('*').length");
    // Neither lists nor the matrix have an element for each person or cell.
    assert!(elements.as_u64().unwrap() < 6_000, "{elements}");

    let drawn = "const canvas = document.getElementById('canvas');
        const dots = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
        const colours = new Map();
        for (let i = 0; i < dots.length; i += 4) {
          const key = `${dots[i]},${dots[i + 1]},${dots[i + 2]}`;
          colours.set(key, (colours.get(key) || 0) + 1);
        }
        return [canvas.width, canvas.height, colours.size, colours.get('194,80,10') || 0]";
    let at_top = browser.run(drawn);
    assert!(
        at_top[0].as_u64().unwrap() <= 1_400 && at_top[1].as_u64().unwrap() <= 1_000,
        "{at_top}"
    );
    assert!(
        at_top[3].as_u64().unwrap() > 50,
        "no exporting cell is drawn: {at_top}"
    );
    let scroll = "const matrix = document.getElementById('matrix');
        matrix.scrollTo(matrix.scrollWidth, matrix.scrollHeight);
        return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))";
    browser.run(scroll);
    let at_end = browser.run(drawn);
    assert!(
        at_end[3].as_u64().unwrap() > 50,
        "nothing is drawn at the end: {at_end}"
    );

    browser.open(&page.url("user=U1999"));
    let of_last = page
        .access()
        .into_iter()
        .filter(|one| one["principal"]["id"] == "U1999")
        .count();
    let count = browser.text("#count");
    assert!(
        count.ends_with(&format!("; {of_last} pairs with access.")),
        "{count}"
    );
    let lines = browser.run("return document.querySelectorAll('#lines tbody tr').length");
    assert!(lines.as_u64().unwrap() >= of_last as u64, "{lines}");
    let small = "const size = document.querySelector('[name=size]');
        size.value = 2;
        size.dispatchEvent(new Event('input', {bubbles: true}));
        return document.getElementById('extent').clientHeight";
    browser.open(&page.url(""));
    assert_ne!(browser.run(small), Value::Null);
}
