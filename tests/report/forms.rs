//! The forms of a report: text, JSON, CSV and page, with names that try to break out of them.

use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;

use crate::report::build::{BASIC, C1z, GRANULAR};
use crate::report::csv;
use crate::support::{Sandbox, fixture};

/// Names that a line, a terminal, a spreadsheet or a page could take for more than a name.
pub const HOSTILE: [&str; 9] = [
    "</script><script>alert(1)</script>",
    "\"><img src=http://127.0.0.1:9/x onerror=alert(1)>",
    "\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}31m",
    "Ann\u{202e}gnitide\u{202c}",
    "=HYPERLINK(\"http://evil.example\")",
    "two\r\nlines,\"and\" 'quotes'",
    "{{data}} &amp; &lt;b&gt;",
    "<!--<script>",
    "",
];

fn hostile() -> C1z {
    let file = C1z::full();
    for (n, name) in HOSTILE.iter().enumerate() {
        let id = format!("I{n}\"'<&>{name}");
        file.user(&id, name);
        file.group(&id, name);
        file.vault(&id, name, &GRANULAR);
        file.project(&id, name, name);
        file.members(&id, &[&id]);
        file.on_vault(&id, ("group", &id), &["view items", name]);
        file.on_vault(&id, ("project", &id), &["view items"]);
    }
    file
}

fn sandbox(file: &C1z) -> Sandbox {
    let sandbox = Sandbox::new(json!({}));
    file.write(&sandbox.path("work/sync.c1z"));
    sandbox
}

/// Compares with a fixture; `BLESS=1 cargo test --test outside report` writes it anew.
pub fn check(text: &str, name: &str) {
    let path = fixture(&format!("report/{name}.txt"));
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    assert_eq!(text, std::fs::read_to_string(path).unwrap(), "{name}");
    assert!(text.lines().all(|line| line.width() <= 80), "{name}");
}

#[test]
fn the_text_is_what_a_reviewer_reads_and_fits_80_columns() {
    for tenant in ["business", "family"] {
        let sandbox = Sandbox::new(json!({}));
        let file = fixture(&format!("golden/{tenant}/sync.c1z"));
        std::fs::copy(file, sandbox.path("work/sync.c1z")).unwrap();
        let run = sandbox.run(&["report", "sync.c1z"]);
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
        check(&run.stdout, tenant);
    }
}

#[test]
fn hostile_names_stay_names_in_text_and_json() {
    let sandbox = sandbox(&hostile());
    let text = sandbox.run(&["report", "sync.c1z"]);
    assert_eq!(text.code, Some(0), "{}", text.stderr);
    let acts = |c: char| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c);
    assert!(!text.stdout.contains(acts), "{:?}", text.stdout);
    assert!(
        text.stdout.contains(r"Ann\u{202e}gnitide"),
        "{}",
        text.stdout
    );
    assert!(
        text.stdout.lines().all(|line| line.width() <= 80),
        "{}",
        text.stdout
    );

    let run = sandbox.run(&["report", "sync.c1z", "--json"]);
    assert!(
        !run.stdout.contains(acts) && !run.stdout.contains('<'),
        "{:?}",
        run.stdout
    );
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(report["version"], 1);
    let mut names: Vec<&str> = report["users"]
        .as_array()
        .unwrap()
        .iter()
        .map(|user| user["name"].as_str().unwrap())
        .collect();
    let mut expected = HOSTILE;
    names.sort_unstable();
    expected.sort_unstable();
    assert_eq!(names, expected);
}

#[test]
fn hostile_names_are_cells_and_no_formulas() {
    let sandbox = sandbox(&hostile());
    assert_eq!(
        sandbox
            .run(&["report", "sync.c1z", "--csv-permissions", "out.csv"])
            .code,
        Some(0)
    );
    let text = std::fs::read_to_string(sandbox.path("work/out.csv")).unwrap();
    let lines = csv::parse(&text);
    for cells in &lines {
        for cell in cells.values() {
            assert!(
                !cell.starts_with(['=', '+', '-', '@', '\t', '\r']),
                "{cell}"
            );
        }
    }
    let formula = format!("'{}", HOSTILE[4]);
    assert!(lines.iter().any(|cells| cells["vault_name"] == formula));
    let spelled = HOSTILE[5].replace("\r\n", "\\r\\n");
    assert!(lines.iter().any(|cells| cells["vault_name"] == spelled));
}

/// A terminal shows a CSV too. Names, addresses, states and permissions are tried; ids stay as they
/// are.
#[test]
fn no_cell_for_people_moves_a_terminal_or_hides_anything() {
    let (old, new) = (C1z::full(), C1z::full());
    let tried = [
        HOSTILE[2],
        HOSTILE[3],
        HOSTILE[5],
        "\u{2066}a\u{2069}\u{200b}\u{feff}\u{7f}\n",
    ];
    for file in [&old, &new] {
        for (n, name) in tried.iter().enumerate() {
            let [user, group, vault, project] =
                ["U", "G", "V", "P"].map(|kind| format!("{kind}{n}"));
            file.resource(
                ("user", &user),
                name,
                &[("login", name), ("state", name)],
                Some(1),
            );
            file.group(&group, name);
            file.resource(("project", &project), name, &[("state", name)], None);
            file.vault(&vault, name, &["member", "view items", name]);
            file.members(&group, &[&user]);
            file.on_vault(&vault, ("group", &group), &["view items", name]);
            file.on_vault(&vault, ("project", &project), &["view items", name]);
        }
    }
    old.on_vault("V1", ("user", "U0"), &["view items", tried[0]]);
    let sandbox = sandbox(&new);
    old.write(&sandbox.path("work/old.c1z"));
    for form in ["--csv", "--csv-permissions"] {
        for diff in [&[][..], &["--diff", "old.c1z"]] {
            let run = sandbox.run(&[&["report", "sync.c1z", form, "-"], diff].concat());
            assert_eq!(run.code, Some(0), "{}", run.stderr);
            let text = run.stdout.replace("\r\n", "");
            assert!(
                !text.contains(baton_1password::text::acts),
                "{form}: {text:?}"
            );
            assert!(text.contains(r"Ann\u{202e}gnitide"), "{form}: {text}");
            assert_eq!(text.contains("lost"), !diff.is_empty(), "{form}: {text}");
        }
    }
}

#[test]
fn hostile_names_are_text_in_the_page_which_fetches_nothing() {
    let sandbox = sandbox(&hostile());
    assert_eq!(
        sandbox
            .run(&["report", "sync.c1z", "--html", "out.html"])
            .code,
        Some(0)
    );
    let page = std::fs::read_to_string(sandbox.path("work/out.html")).unwrap();
    assert_eq!(
        page.matches("<script").count(),
        2,
        "the data and the page's own script"
    );
    assert_eq!(page.matches("</script").count(), 2);
    assert_eq!(page.matches("<img").count(), 0);
    assert!(page.contains("default-src 'none'"));
    let (before, rest) = page.split_once("id=\"data\">").unwrap();
    let (data, after) = rest.split_once("</script>").unwrap();
    let markup = format!("{before}{after}").replace(&html(HOSTILE[1]), "");
    for fetches in [
        "<link",
        "<iframe",
        "@import",
        "url(",
        " src=",
        "fetch(",
        "XMLHttpRequest",
    ] {
        assert!(!markup.contains(fetches), "{fetches}");
    }
    let acts = |c: char| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c);
    assert!(!page.contains(acts));
    let data: Value = serde_json::from_str(data).unwrap();
    assert_eq!(data["rows"].as_array().unwrap().len(), 2 * HOSTILE.len());
}

fn html(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// `src/op/op-cli.md`, Permissions: a basic permission stands for several granular ones.
#[test]
fn basic_permissions_manage_read_export_and_share() {
    let file = C1z::full();
    for (id, slug) in [
        ("U1", "allow viewing"),
        ("U2", "allow editing"),
        ("U3", "allow managing"),
    ] {
        file.user(id, id);
        file.on_vault("V1", ("user", id), &[slug]);
    }
    file.vault("V1", "Home", &BASIC);
    let run = sandbox(&file).run(&["report", "sync.c1z", "--json"]);
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let can = |n: usize| report["access"][n]["can"].clone();
    assert_eq!(can(0), json!(["reads"]));
    assert_eq!(can(1), json!(["edits", "exports", "shares", "prints"]));
    assert_eq!(can(2), json!(["manages"]));
}

#[test]
fn tokens_are_counted_in_days_and_sorted_by_their_end() {
    let in_days = |days: i64| {
        let at = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24 * days + 12);
        at.to_string()
    };
    let file = C1z::full();
    file.project("P1", "far", &in_days(90));
    file.project("P2", "near", &in_days(9));
    file.project("P3", "over", &in_days(-3));
    file.project("P4", "never", "");
    file.project("P5", "odd", "soon");
    let sandbox = sandbox(&file);
    let run = sandbox.run(&["report", "sync.c1z", "--json"]);
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let tokens = report["findings"]["tokens"].as_array().unwrap();
    let rows: Vec<(&str, Option<i64>)> = tokens
        .iter()
        .map(|row| {
            (
                row["project"]["name"].as_str().unwrap(),
                row["days_left"].as_i64(),
            )
        })
        .collect();
    let expected = [
        ("odd", None),
        ("over", Some(-3)),
        ("near", Some(9)),
        ("far", Some(90)),
        ("never", None),
    ];
    assert_eq!(rows, expected);
    let text = sandbox.run(&["report", "sync.c1z"]).stdout;
    for told in [
        "unreadable: soon",
        ", ENDED",
        ", IN 9 DAYS",
        ", in 90 days",
        "never",
    ] {
        assert!(text.contains(told), "{told}: {text}");
    }
}
