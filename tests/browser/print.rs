//! What comes out of the printer.

use serde_json::json;

use crate::build::{C1z, GRANULAR};
use crate::driver::Browser;
use crate::page::Page;

/// As the page is laid out for print.
fn prints(browser: &Browser, selector: &str) -> bool {
    let script = format!(
        "return [...document.querySelectorAll({selector:?})].some((one) => one.checkVisibility())"
    );
    browser.run(&script) == true
}

fn print(browser: &Browser) {
    assert!(browser.pdf().starts_with(b"%PDF-"));
    browser.devtools("Emulation.setEmulatedMedia", json!({"media": "print"}));
    browser.run("window.dispatchEvent(new Event('beforeprint'))");
}

#[test]
fn the_whole_is_head_and_findings_and_no_start_of_a_list() {
    let file = C1z::full();
    for n in 0..40 {
        let (user, vault) = (format!("U{n:02}"), format!("V{n:02}"));
        file.user(&user, &format!("Person {n:02}"));
        file.vault(&vault, &format!("Vault {n:02}"), &GRANULAR);
        file.on_vault(&vault, ("user", &user), &["manage vault"]);
    }
    let (browser, page) = (Browser::start(), Page::of_file(&file));
    browser.open(&page.url(""));
    print(&browser);
    for hidden in [
        "#filters",
        "#matrix",
        "#more",
        ".skip",
        "nav",
        ".rest button",
        "#lines",
        "[data-of=vaults]",
        "[data-of=people-and-machines]",
    ] {
        assert!(!prints(&browser, hidden), "{hidden}");
    }
    for shown in [
        "h1",
        "header dl",
        "#cards",
        "[data-of=risky-rights]",
        "#filtered",
        "#unprinted",
        "#sign",
    ] {
        assert!(prints(&browser, shown), "{shown}");
    }
    assert!(browser.text("[data-of=risky-rights]").contains("Person"));
    // What was shown in full is printed in full.
    browser.run("document.querySelector('[data-rest=vaults]').click()");
    assert!(prints(&browser, "[data-of=vaults] tr:last-child"));
}

#[test]
fn a_filter_prints_its_list_whole_and_says_so() {
    let (browser, page) = (Browser::start(), Page::of_demo());
    browser.open(&page.url("risk=exports"));
    print(&browser);
    assert!(prints(&browser, "#lines tbody tr") && !prints(&browser, "#unprinted"));
    let filter = browser
        .text("#filtered")
        .replace(['\u{2068}', '\u{2069}'], "");
    assert_eq!(filter, "Filter: risk exports items.");
    assert!(
        browser
            .text("#lines-caption")
            .contains("Everything that is shown")
    );
}

#[test]
fn a_vault_is_printed_alone_with_what_a_signature_needs() {
    let (browser, page) = (Browser::start(), Page::of_demo());
    let vault = page.report["vaults"][4]["id"].as_str().unwrap();
    browser.open(&page.url(&format!("review={vault}")));
    print(&browser);
    for hidden in ["#whole", "h1", "nav", "#findings", ".skip"] {
        assert!(!prints(&browser, hidden), "{hidden}");
    }
    for shown in ["#one h2", "#one table", "#sign"] {
        assert!(prints(&browser, shown), "{shown}");
    }
    let text = browser.text("#one") + &browser.text("#sign");
    let sync = page.report["source"]["sync_id"].as_str().unwrap();
    for told in [
        "Northlight Coffee Roasters",
        "Filter: ",
        sync,
        &page.digest(),
        "Signature",
    ] {
        assert!(text.contains(told), "{told}: {text}");
    }
    let style = browser.run("return document.querySelector('style').textContent");
    assert!(
        style
            .as_str()
            .unwrap()
            .contains("counter(page) \" of \" counter(pages)")
    );
    let marks = browser
        .run("return getComputedStyle(document.documentElement).getPropertyValue('--marks')");
    assert!(marks.as_str().unwrap().contains(&page.digest()), "{marks}");
}
