//! Who people are and when they were last here: kinds, last sign-ins, what follows from them, and
//! what a file that does not tell leaves unknown.

use serde_json::{Value, json};

use crate::report::build::{C1z, GRANULAR};
use crate::report::page;
use crate::support::Sandbox;

const READ: &[&str] = &["view items", "view and copy passwords"];

fn sandbox(file: &C1z) -> Sandbox {
    let sandbox = Sandbox::new(json!({}));
    file.write(&sandbox.path("work/sync.c1z"));
    sandbox
}

fn report(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let run = sandbox.run(&[&["report", "sync.c1z"], arguments].concat());
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    run.stdout
}

fn findings(file: &C1z, arguments: &[&str]) -> Value {
    let text = report(&sandbox(file), &[arguments, &["--json"]].concat());
    serde_json::from_str::<Value>(&text).unwrap()["findings"].clone()
}

/// Ids of a list's principals or vaults.
fn ids(list: &Value) -> Vec<&str> {
    let id = |row: &'_ Value| match &row["principal"] {
        Value::Null => row["id"].clone(),
        principal => principal["id"].clone(),
    };
    let rows = list
        .as_array()
        .unwrap_or_else(|| panic!("unknown: {list}"))
        .iter();
    rows.map(|row| match id(row) {
        Value::String(id) => Box::leak(id.into_boxed_str()) as &str,
        other => panic!("{other}"),
    })
    .collect()
}

fn is_incomplete(findings: &Value, name: &str) -> bool {
    findings["incomplete"]
        .as_array()
        .unwrap()
        .contains(&json!(name))
}

/// A guest, a machine and three members, each on a vault of its own and on a common one.
fn tenant() -> C1z {
    let file = C1z::full();
    for vault in ["Common", "Own", "Old"] {
        file.filled_vault(vault, 3.0, if vault == "Old" { 400 } else { 10 });
    }
    file.person("ann", "ann@kestrel.example", "MEMBER", Some(91));
    file.person("ben", "ben@Kestrel.example", "MEMBER", Some(89));
    file.person("cat", "cat@other.example", "MEMBER", Some(-1));
    file.person("dan", "dan@other.example", "MEMBER", Some(500));
    file.person("gus", "gus@elsewhere.example", "GUEST", Some(200));
    file.person("bot", "bot@service.example", "SERVICE_ACCOUNT", Some(300));
    file.resource(
        ("user", "sue"),
        "sue",
        &[
            ("login", "sue@kestrel.example"),
            ("user_type", "MEMBER"),
            ("state", "SUSPENDED"),
        ],
        Some(2),
    );
    for user in ["ann", "ben", "cat", "dan"] {
        file.on_vault("Common", ("user", user), READ);
    }
    for user in ["gus", "bot", "ann"] {
        file.on_vault("Own", ("user", user), READ);
    }
    for user in ["gus", "sue"] {
        file.on_vault("Old", ("user", user), READ);
    }
    file.on_vault("Own", ("user", "bot"), &["export items"]);
    file.project("P", "Deploy", "");
    file.on_vault("Own", ("project", "P"), &["view items", "manage vault"]);
    file
}

#[test]
fn the_findings_about_people_and_vaults_are_those_of_the_file() {
    let found = findings(&tenant(), &[]);
    assert_eq!(found["incomplete"], json!([]), "{found:#}");
    // Those who reach most first; who never signed in, is suspended or is a machine is not idle.
    assert_eq!(ids(&found["idle_with_access"]), ["gus", "ann", "dan"]);
    assert_eq!(found["idle_with_access"][1]["days"], 91);
    assert_eq!(found["idle_with_access"][1]["vaults"], 2);
    assert_eq!(ids(&found["guests_with_much"]), ["gus"]);
    assert_eq!(ids(&found["machines_with_risky_rights"]), ["P", "bot"]);
    assert_eq!(
        ids(&found["users_with_common_access_only"]),
        ["ben", "cat", "dan"]
    );
    assert_eq!(ids(&found["users_of_other_domains"]), ["gus"]);
    let frequent = json!(["kestrel.example", "other.example"]);
    assert_eq!(found["decided_by"]["frequent_domains"], frequent);
    assert_eq!(ids(&found["vaults_unchanged_for_a_year"]), ["Old"]);
    assert_eq!(found["vaults_unchanged_for_a_year"][0]["days"], 400);
}

#[test]
fn idle_days_move_the_line() {
    let of = |days| ids(&findings(&tenant(), &["--idle-days", days])["idle_with_access"]).len();
    assert_eq!(["89", "92", "501"].map(of), [4, 2, 0]);
}

#[test]
fn guests_with_one_harmless_vault_are_no_finding() {
    let file = tenant();
    file.execute(
        "delete from v1_grants where resource_id = 'Old' and principal_resource_id = 'gus'",
    );
    assert_eq!(findings(&file, &[])["guests_with_much"], json!([]));
    file.on_vault("Own", ("user", "gus"), &["copy and share items"]);
    assert_eq!(ids(&findings(&file, &[])["guests_with_much"]), ["gus"]);
}

#[test]
fn what_the_file_does_not_say_is_unknown_and_no_finding() {
    let file = tenant();
    file.person("eve", "eve@kestrel.example", "MEMBER", None);
    file.on_vault("Common", ("user", "eve"), READ);
    file.vault("New", "New", &GRANULAR);
    let found = findings(&file, &[]);
    assert!(is_incomplete(&found, "idle_with_access"));
    assert!(is_incomplete(&found, "vaults_unchanged_for_a_year"));
    assert!(!ids(&found["idle_with_access"]).contains(&"eve"));
    assert_eq!(ids(&found["vaults_unchanged_for_a_year"]), ["Old"]);

    file.person("fay", "fay@kestrel.example", "MEMBER", Some(-1));
    file.on_vault("Common", ("user", "fay"), READ);
    let text = report(&sandbox(&file), &[]);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("of their own. At least"), "{text}");
    assert!(
        text.contains("more with access have never signed in"),
        "{text}"
    );

    let bare = C1z::full();
    bare.resource(("user", "U"), "U", &[], Some(1));
    bare.vault("V", "V", &GRANULAR);
    bare.on_vault("V", ("user", "U"), READ);
    let found = findings(&bare, &[]);
    for list in [
        "idle_with_access",
        "guests_with_much",
        "machines_with_risky_rights",
        "users_of_other_domains",
        "vaults_unchanged_for_a_year",
    ] {
        assert_eq!(found[list], Value::Null, "{list}");
        assert!(is_incomplete(&found, list), "{list}");
    }
}

#[test]
fn every_form_tells_guests_and_machines_from_members() {
    let sandbox = sandbox(&tenant());
    let text = report(&sandbox, &[]);
    for told in [
        "7 users (1 suspended, 1 guest, 1 service account)",
        "\nguest gus <gus@elsewhere.example>",
        "\nservice account bot <bot@service.example>",
        "\nann <ann@kestrel.example>",
        "One more with access has never",
    ] {
        assert!(text.contains(told), "{told}: {text}");
    }
    let json: Value = serde_json::from_str(&report(&sandbox, &["--json"])).unwrap();
    let kind = |id: &str| {
        let users = json["users"].as_array().unwrap();
        let user = users.iter().find(|user| user["id"] == id).unwrap();
        (
            user["kind"].as_str().unwrap().to_owned(),
            user["last_sign_in"].clone(),
        )
    };
    assert_eq!(kind("gus").0, "guest");
    assert_eq!(kind("bot").0, "service_account");
    assert_eq!(kind("cat"), ("member".to_owned(), json!("never")));
    assert_eq!(kind("sue").1, Value::Null);
    assert_eq!(json["totals"]["guests"], 1);
    let vault = &json["vaults"][1];
    assert_eq!((&vault["id"], &vault["items"]), (&json!("Old"), &json!(3)));
    assert_eq!(vault["type"], "USER_CREATED");
    let page = report(&sandbox, &["--html", "-"]);
    let rows = page::data(&page)["rows"].clone();
    let gus = rows
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row[1] == "gus")
        .unwrap();
    assert_eq!(gus[5], "guest");
}

/// A file of another connector may know a machine by Baton's account type alone.
#[test]
fn a_service_account_is_known_by_its_account_type_too() {
    let file = C1z::full();
    file.service_trait("bot");
    file.filled_vault("V", 0.0, 1);
    file.on_vault("V", ("user", "bot"), &["export items"]);
    let found = findings(&file, &[]);
    assert_eq!(ids(&found["machines_with_risky_rights"]), ["bot"]);
}

/// Nobody else is suspended, so what was not read adds no row, only vaults to those there are.
#[test]
fn a_list_with_everybody_who_is_suspended_is_whole() {
    let file = C1z::full();
    file.suspended("U1", "Sue");
    file.user("U2", "Ann");
    file.bare_group("G1", "Team");
    file.vault("V", "Prod", &GRANULAR);
    file.on_vault("V", ("user", "U1"), READ);
    file.on_vault("V", ("group", "G1"), READ);
    let of = |file: &C1z| {
        let found = findings(file, &[]);
        (
            ids(&found["suspended_with_access"]).len(),
            is_incomplete(&found, "suspended_with_access"),
        )
    };
    assert_eq!(of(&file), (1, false));
    // Tom may be in the team.
    file.suspended("U3", "Tom");
    assert_eq!(of(&file), (1, true));
}
