//! Each filter shows what an independent look at the JSON says it should.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::driver::Browser;
use crate::page::Page;

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// What the page says it shows: rows, vaults, pairs.
fn shown(browser: &Browser) -> (usize, usize, usize) {
    let line = browser.text("#count");
    let numbers = line
        .split(|c: char| !c.is_ascii_digit())
        .filter(|n| !n.is_empty());
    let numbers: Vec<usize> = numbers.map(|n| n.parse().unwrap()).collect();
    (numbers[0], numbers[2], numbers[4])
}

/// Users (or projects) and vaults of the listed lines.
fn listed(browser: &Browser) -> BTreeSet<(String, String)> {
    let script = "return [...document.querySelectorAll('#lines tbody tr')]
        .map((line) => [line.cells[0].textContent, line.cells[2].textContent])";
    let lines = browser.run(script);
    let pair = |line: &Value| (text(&line[0]).to_owned(), text(&line[1]).to_owned());
    lines.as_array().unwrap().iter().map(pair).collect()
}

#[test]
fn without_filters_everything_is_there() {
    let (browser, page) = (Browser::start(), Page::of_demo());
    browser.open(&page.url(""));
    let totals = &page.report["totals"];
    let count = |key: &str| usize::try_from(totals[key].as_u64().unwrap()).unwrap();
    let rows = count("users") + count("projects");
    let pairs = count("user_vault_pairs") + count("project_vault_pairs");
    assert_eq!(shown(&browser), (rows, count("vaults"), pairs));
    let expected: BTreeSet<(String, String)> = page
        .access()
        .iter()
        .map(|one| {
            (
                text(&one["principal"]["name"]).to_owned(),
                text(&one["vault"]["name"]).to_owned(),
            )
        })
        .collect();
    assert_eq!(listed(&browser), expected);
}

#[test]
fn filters_in_the_address_show_what_the_file_says() {
    let (browser, page) = (Browser::start(), Page::of_demo());
    let has = |one: &Value, slug: &str| {
        let paths = one["paths"].as_array().unwrap().iter();
        paths
            .flat_map(|path| path["permissions"].as_array().unwrap())
            .any(|p| p == slug)
    };
    let can = |one: &Value, word: &str| one["can"].as_array().unwrap().iter().any(|w| w == word);
    let user = text(&page.access()[0]["principal"]["id"]).to_owned();
    let vault = text(&page.access()[0]["vault"]["id"]).to_owned();
    let group = page.report["groups"]
        .as_array()
        .unwrap()
        .iter()
        .find(|g| g["name"] == "Platform");
    let group = text(&group.unwrap()["id"]).to_owned();
    let suspended: BTreeSet<&str> = page.report["users"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|user| user["status"] == "suspended")
        .map(|user| text(&user["id"]))
        .collect();
    let guests: BTreeSet<&str> = page.report["users"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|user| user["user_type"] == "GUEST")
        .map(|user| text(&user["id"]))
        .collect();
    type Fits<'a> = Box<dyn Fn(&Value) -> bool + 'a>;
    let cases: Vec<(String, Fits<'_>)> = vec![
        (
            format!("user={user}"),
            Box::new(|one| one["principal"]["id"] == *user),
        ),
        (
            "user=YUKI".to_owned(),
            Box::new(|one| {
                text(&one["principal"]["name"])
                    .to_lowercase()
                    .contains("yuki")
            }),
        ),
        (
            format!("vault={vault}"),
            Box::new(|one| one["vault"]["id"] == *vault),
        ),
        (
            "vault=social%20media".to_owned(),
            Box::new(|one| one["vault"]["name"] == "Social media"),
        ),
        (
            format!("group={group}"),
            Box::new(|one| {
                one["paths"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .any(|path| path["id"] == *group)
            }),
        ),
        (
            "permission=export+items".to_owned(),
            Box::new(|one| has(one, "export items")),
        ),
        (
            "risk=manages".to_owned(),
            Box::new(|one| can(one, "manages")),
        ),
        (
            "risk=manages-only".to_owned(),
            Box::new(|one| can(one, "manages") && !can(one, "reads")),
        ),
        (
            "risk=exports".to_owned(),
            Box::new(|one| can(one, "exports")),
        ),
        ("risk=shares".to_owned(), Box::new(|one| can(one, "shares"))),
        (
            "risk=suspended".to_owned(),
            Box::new(|one| suspended.contains(text(&one["principal"]["id"]))),
        ),
        (
            "kind=guest".to_owned(),
            Box::new(|one| guests.contains(text(&one["principal"]["id"]))),
        ),
        (
            format!("group={group}&permission=manage+vault&risk=suspended"),
            Box::new(|one| {
                let by = |path: &Value| path["id"] == *group;
                suspended.contains(text(&one["principal"]["id"]))
                    && has(one, "manage vault")
                    && one["paths"].as_array().unwrap().iter().any(by)
            }),
        ),
    ];
    for (filter, fits) in cases {
        browser.open(&page.url(&filter));
        let access = page.access();
        let expected: Vec<&Value> = access.into_iter().filter(|one| fits(one)).collect();
        assert!(
            !expected.is_empty(),
            "{filter} finds nothing, so it checks nothing"
        );
        let ids = |key: &str| {
            expected
                .iter()
                .map(|one| text(&one[key]["id"]))
                .collect::<BTreeSet<_>>()
        };
        let counts = (ids("principal").len(), ids("vault").len(), expected.len());
        assert_eq!(shown(&browser), counts, "{filter}");
        let pair = |one: &&Value| {
            (
                text(&one["principal"]["name"]).to_owned(),
                text(&one["vault"]["name"]).to_owned(),
            )
        };
        assert_eq!(
            listed(&browser),
            expected.iter().map(pair).collect(),
            "{filter}"
        );
    }
}

/// A group that reaches nothing, or that the file does not have, shows nothing, and not everything.
#[test]
fn a_filter_that_no_choice_offers_is_not_dropped() {
    let file = crate::build::C1z::full();
    file.user("U1", "Ann");
    file.vault("V1", "Prod", &crate::build::GRANULAR);
    file.on_vault("V1", ("user", "U1"), &["view items"]);
    file.group("G1", "Empty");
    file.project("P1", "ci", "");
    let (browser, page) = (Browser::start(), Page::of_file(&file));
    for (group, name) in [("G1", "group Empty"), ("G2", "G2")] {
        browser.open(&page.url(&format!("group={group}")));
        assert_eq!(shown(&browser), (0, 0, 0), "{group}");
        let chosen = browser.run("return form.elements.group.selectedOptions[0].textContent");
        assert_eq!(chosen, name);
        assert_eq!(browser.text("#nothing"), "Nothing matches the filter.");
    }
}

#[test]
fn the_several_paths_filter_counts_like_the_totals() {
    let (browser, page) = (Browser::start(), Page::of_demo());
    browser.open(&page.url("risk=several"));
    let total = &page.report["totals"]["user_vault_pairs_by_several_paths"];
    assert_eq!(
        shown(&browser).2,
        usize::try_from(total.as_u64().unwrap()).unwrap()
    );
    assert!(shown(&browser).2 > 0);
}

#[test]
fn typing_filters_changes_the_address_and_reset_undoes_it() {
    let (browser, page) = (Browser::start(), Page::of_demo());
    browser.open(&page.url(""));
    let all = shown(&browser);
    browser.press("[name=user]", "yuki");
    assert_eq!(shown(&browser).0, 1);
    assert_eq!(browser.run("return location.hash"), "#user=yuki");
    browser.press("[name=user]", "q");
    assert_eq!(shown(&browser), (0, 0, 0));
    assert_eq!(
        browser.text("#lines-caption"),
        "No access matches the filters."
    );
    browser.run("document.querySelector('#filters [type=reset]').click()");
    let waited = browser.run("return new Promise((done) => setTimeout(() => done(location.hash)))");
    assert_eq!(waited, "");
    assert_eq!(shown(&browser), all);
}

#[test]
fn a_finding_leads_to_its_access_and_a_heading_leaves_the_filters() {
    let (browser, page) = (Browser::start(), Page::of_demo());
    browser.open(&page.url(""));
    let script = "const link = document.querySelector('#findings a[href*=exports]');
        link.click();
        return [link.closest('tr').cells[0].textContent, link.textContent]";
    let [who, count] = [0, 1].map(|n| browser.run(script)[n].as_str().unwrap().to_owned());
    assert_eq!(shown(&browser).2.to_string(), count);
    assert!(listed(&browser).iter().all(|(name, _)| *name == who));
    let before = shown(&browser);
    browser.run("document.querySelector('.skip').click()");
    assert_eq!(shown(&browser), before);
}
