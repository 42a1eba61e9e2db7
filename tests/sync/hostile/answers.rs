//! Answers that are not the JSON that was asked for, for every listing.

use serde_json::{Value, json};

use super::{ALICE, PROD, TEAM, answer, assert_harmless, refused, synced_once};
use crate::support::records::File;

/// Every call of a sync without which it cannot go on, by the name of its canned answer.
fn needed() -> Vec<String> {
    [
        "account_get",
        "user_list",
        "group_list",
        "vault_list",
        "vault_list_--permission=manage_vault",
    ]
    .map(str::to_owned)
    .into_iter()
    .chain([
        format!("group_user_list_{TEAM}"),
        format!("vault_user_list_{PROD}"),
        format!("vault_group_list_{PROD}"),
    ])
    .collect()
}

/// Texts that are neither a list of objects nor an object.
fn broken() -> Vec<(&'static str, Vec<u8>)> {
    let row = format!(r#"{{"id":"{ALICE}","name":"Alice"}}"#);
    let text = |text: String| text.into_bytes();
    vec![
        ("nothing", Vec::new()),
        ("spaces", b" \n\t ".to_vec()),
        (
            "a page",
            text("<!DOCTYPE html><html><body>Proxy login</body></html>".into()),
        ),
        ("a word", text("null and void".into())),
        ("a text", text(r#""[]""#.into())),
        ("a number", text("1e999".into())),
        ("lists in a list", text("[[]]".into())),
        ("rows of lines", text(format!("{row}\n{row}\n"))),
        ("two lists", text(format!("[{row}]\n[{row}]\n"))),
        ("a byte order mark behind", text(format!("[{row}]\u{feff}"))),
        (
            "a warning before",
            text(format!("[WARN] old version\n[{row}]")),
        ),
        ("a word behind", text(format!("[{row}] done"))),
        ("a NUL behind", text(format!("[{row}]\0"))),
        ("half a list", text(format!("[{row},"))),
        ("half a row", text(row[..row.len() - 9].to_owned())),
        ("bytes that are no text", b"\xFF\xFE[\0]\0".to_vec()),
        ("open brackets", text("[".repeat(100_000))),
        (
            "deep lists",
            text("[".repeat(100_000) + &"]".repeat(100_000)),
        ),
        (
            "deep objects",
            text(r#"{"id":"#.repeat(100_000) + "1" + &"}".repeat(100_000)),
        ),
    ]
}

#[test]
fn no_listing_takes_what_is_no_listing() {
    let sandbox = synced_once();
    for (at, name) in needed().into_iter().enumerate() {
        let sound = std::fs::read(sandbox.path(format!("bin/answers/{name}.json"))).unwrap();
        // They share a reader: the first listing meets every text, each other one a third of them.
        for (what, text) in broken()
            .into_iter()
            .skip(at % 3)
            .step_by(if at == 0 { 1 } else { 3 })
        {
            answer(&sandbox, &name, text);
            let run = refused(&sandbox, 4);
            let command = format!("`op {}`", name.replace('_', " "));
            let line = run.last_line().replace("manage vault", "manage_vault");
            let command = command.replace("manage vault", "manage_vault");
            assert!(line.contains(&command), "{what}: {line}");
            assert!(line.len() < 1200, "{what}: {} bytes", line.len());
            assert_harmless(&run.stderr);
        }
        answer(&sandbox, &name, sound);
    }
    assert_eq!(sandbox.run(&[]).code, Some(0));
}

/// The two Connect listings: one warning, and nothing of projects in the file.
#[test]
fn broken_connect_listings_are_a_warning() {
    let sandbox = synced_once();
    for name in ["connect_server_list", "connect_token_list"] {
        for (what, text) in broken().into_iter().step_by(4) {
            answer(&sandbox, name, text);
            let run = sandbox.run(&[]);
            assert_eq!(run.code, Some(0), "{what}: {}", run.stderr);
            assert!(
                run.stderr
                    .contains("could not be read and are not in this file"),
                "{what}: {}",
                run.stderr
            );
            assert!(!run.stderr.contains(" projects,"), "{what}: {}", run.stderr);
            assert_harmless(&run.stderr);
        }
        answer(&sandbox, name, "[]");
    }
}

/// What is no text.
const WRONG: [&str; 6] = [
    "7",
    "true",
    "{}",
    r#"["x"]"#,
    "123456789012345678901234567890",
    "1e999",
];

/// A value of another type where one is needed is an error that names its key, for every key of
/// every row.
#[test]
fn every_key_that_counts_is_checked() {
    let members = format!("group_user_list_{TEAM}");
    let users = format!("vault_user_list_{PROD}");
    let groups = format!("vault_group_list_{PROD}");
    let texts: [(&str, &str, &[&str]); 7] = [
        (
            "account_get",
            "ACCTTINY0000000000000000AA",
            &["id", "name", "type"],
        ),
        ("user_list", ALICE, &["id", "name", "email", "state"]),
        ("group_list", TEAM, &["id", "name"]),
        ("vault_list", PROD, &["id", "name"]),
        (&members, ALICE, &["id", "name", "email", "state", "role"]),
        (&users, ALICE, &["id", "name", "email", "state"]),
        (&groups, TEAM, &["id", "name"]),
    ];
    let mut wrong: Vec<(&str, String, &str)> = Vec::new();
    for (name, id, keys) in texts {
        for &key in keys {
            // One of them each: a key is read the same way wherever it stands.
            let value = WRONG[wrong.len() % WRONG.len()];
            let row = format!(r#"{{"id":"{id}","{key}":{value}}}"#);
            wrong.push((name, row, key));
        }
    }
    for (name, id) in [(&users, ALICE), (&groups, TEAM)] {
        for value in ["[1]", "{}", r#"[["view_items"]]"#, "true"] {
            let row = format!(r#"{{"id":"{id}","permissions":{value}}}"#);
            wrong.push((name, row, "permissions"));
        }
    }
    for value in [r#""7""#, "1.5", "9223372036854775808", "[]"] {
        let row = format!(r#"{{"id":"{PROD}","content_version":{value}}}"#);
        wrong.push(("vault_list", row, "content_version"));
    }
    let sandbox = synced_once();
    for (name, row, key) in wrong {
        let path = sandbox.path(format!("bin/answers/{name}.json"));
        let sound = std::fs::read(&path).unwrap();
        let text = if name == "account_get" {
            row.clone()
        } else {
            format!("[{row}]")
        };
        answer(&sandbox, name, text);
        let run = refused(&sandbox, 4);
        assert!(
            run.last_line().contains(&format!("key \"{key}\"")),
            "{row}: {}",
            run.stderr
        );
        std::fs::write(path, sound).unwrap();
    }
}

/// Keys that nobody reads may hold anything, however deep, and keys that only add detail any plain
/// value.
#[test]
fn keys_that_do_not_count_are_passed_over() {
    let sandbox = synced_once();
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    let user = format!(
        r#"[{{"id":"{ALICE}","name":"Alice","\ud800":{deep},"nested":{{"id":"X","rows":[1e999,null]}},"type":12345678901234567890123}}]"#
    );
    answer(&sandbox, "user_list", user);
    let run = sandbox.run(&[]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let records = File::open(&sandbox.path("work/sync.c1z")).newest();
    let alice = &records.resources[&format!("user:{ALICE}")];
    assert_eq!(alice["displayName"], json!("Alice"));
    assert_eq!(alice["profile"]["user_type"], json!(""));
}

/// What is no character becomes U+FFFD, one each, and everything else is stored as it came.
#[test]
fn names_are_stored_as_they_came() {
    let sandbox = synced_once();
    let text = br#"[{"id":"UALICE0000000000000000000A","name":"\ud83d\ude00 \ud83d \u0000\u001b[2J\u202e "#;
    answer(
        &sandbox,
        "user_list",
        [&text[..], b"\xC0\xAF\xF5\",\"email\":\"\\n\"}]"].concat(),
    );
    let run = sandbox.run(&[]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let records = File::open(&sandbox.path("work/sync.c1z")).newest();
    let alice: &Value = &records.resources[&format!("user:{ALICE}")];
    let name = "😀 \u{fffd} \0\u{1b}[2J\u{202e} \u{fffd}\u{fffd}\u{fffd}";
    assert_eq!(alice["displayName"], json!(name));
    assert_eq!(alice["profile"]["login"], json!("\n"));
    assert_harmless(&run.stderr);
}
