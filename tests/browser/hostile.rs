//! Names that are markup, script, addresses or direction marks stay names in a running page.

use std::net::TcpListener;

use crate::build::{C1z, GRANULAR};
use crate::driver::Browser;
use crate::page::Page;

#[test]
fn names_neither_act_nor_fetch() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let names = [
        "</script><script>document.title='owned'</script>".to_owned(),
        format!("<img src=http://127.0.0.1:{port}/i onerror=\"document.title='owned'\">"),
        format!("<link rel=stylesheet href=http://127.0.0.1:{port}/s>"),
        "'\"`onfocus=alert(1) autofocus".to_owned(),
        "Ann\u{202e}gnitide\u{202c}\u{200f}".to_owned(),
        "<!--<script>".to_owned(),
        "{{data}}&lt;b&gt;".to_owned(),
        "__proto__".to_owned(),
    ];
    let file = C1z::full();
    for (n, name) in names.iter().enumerate() {
        let id = format!("{n}{name}");
        file.user(&id, name);
        file.group(&id, name);
        file.vault(&id, name, &GRANULAR);
        file.members(&id, &[&id]);
        file.on_vault(&id, ("group", &id), &["view items", name]);
    }
    let (browser, page) = (Browser::start(), Page::of_file(&file));
    browser.open(&page.url(""));
    browser.open(&page.url("risk=manages"));
    browser.open(&page.url(""));
    browser.press("#matrix", crate::driver::DOWN);
    assert_eq!(
        browser.run("return document.title"),
        "1Password access: Kestrel Instruments"
    );
    let elements = "return ['script', 'img', 'link', 'b', 'iframe'].map((tag) => document.querySelectorAll(tag).length)";
    assert_eq!(browser.run(elements), serde_json::json!([2, 0, 0, 0, 0]));
    let listed = browser.run(
        "return [...document.querySelectorAll('#lines tbody tr')].map((line) => line.cells[0].textContent)",
    );
    let mut listed: Vec<&str> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|name| name.as_str().unwrap())
        .collect();
    let mut expected: Vec<String> = names
        .iter()
        .map(|name| {
            name.replace('\u{202e}', r"\u{202e}")
                .replace('\u{202c}', r"\u{202c}")
                .replace('\u{200f}', r"\u{200f}")
        })
        .collect();
    listed.sort_unstable();
    expected.sort_unstable();
    assert_eq!(listed, expected);

    // What the page may not do even if a name got in: load, call out, or run a script of its own.
    let tried = format!(
        "const image = new Image();
         const refused = [];
         document.addEventListener('securitypolicyviolation', (event) => refused.push(event.effectiveDirective));
         image.src = 'http://127.0.0.1:{port}/image';
         const script = document.createElement('script');
         script.textContent = \"document.title = 'owned'\";
         document.body.append(script);
         return fetch('http://127.0.0.1:{port}/fetch').catch(() => 0)
            .then(() => new Promise((done) => setTimeout(() => done(refused.sort()), 100)))"
    );
    let refused = browser.run(&tried);
    assert_eq!(
        refused,
        serde_json::json!(["connect-src", "img-src", "script-src-elem"])
    );
    assert_eq!(
        browser.run("return document.title"),
        "1Password access: Kestrel Instruments"
    );
    listener.set_nonblocking(true).unwrap();
    assert!(listener.accept().is_err(), "the page called out");
}
