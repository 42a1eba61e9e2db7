//! What a file does not say is never shown as access that nobody has.

use serde_json::Value;

use crate::report::build::{BASIC, C1z, GRANULAR};
use crate::support::{Run, Sandbox};

fn report(file: &C1z, arguments: &[&str]) -> Run {
    let sandbox = Sandbox::new(serde_json::json!({}));
    file.write(&sandbox.path("work/sync.c1z"));
    let arguments = [&["report", "sync.c1z"], arguments].concat();
    let run = sandbox.run(&arguments);
    sandbox.assert_clean();
    run
}

fn json(file: &C1z) -> Value {
    let run = report(file, &["--json"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    serde_json::from_str(&run.stdout).unwrap()
}

fn notices(report: &Value) -> String {
    let notices = report["notices"].as_array().unwrap().iter();
    notices
        .map(|notice| notice.as_str().unwrap())
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn members_have_what_their_group_has_even_when_the_file_does_not_say_so() {
    let file = C1z::full();
    file.user("U1", "Ann");
    file.group("G1", "Team");
    file.vault("V1", "Prod", &GRANULAR);
    file.members("G1", &["U1"]);
    file.on_vault("V1", ("group", "G1"), &["view items", "export items"]);
    let report = json(&file);
    assert!(
        notices(&report).contains("does not give 3 permissions"),
        "{report}"
    );
    let access = report["access"].as_array().unwrap();
    let ann = access
        .iter()
        .find(|one| one["principal"]["id"] == "U1")
        .unwrap();
    assert_eq!(ann["paths"][0]["id"], "G1");
    assert_eq!(
        ann["paths"][0]["permissions"],
        serde_json::json!(["member", "view items", "export items"])
    );
    assert_eq!(
        report["findings"]["vaults_no_user_reaches"],
        serde_json::json!([])
    );

    file.inherited("V1", "G1", &["U1"], &["view items", "export items"]);
    let expanded = json(&file);
    assert_eq!(notices(&expanded), "");
    assert_eq!(expanded["access"], report["access"]);
}

/// `src/c1z/format.md`, Checklist 27: slim, stub and full grants give the same set.
#[test]
fn slim_grants_read_like_any_others() {
    let tenant = |slim| {
        let mut file = C1z::full();
        file.slim = slim;
        file.user("U:1", "Ann");
        file.vault("V:1", "Prod", &GRANULAR);
        file.on_vault("V:1", ("user", "U:1"), &["view items", "manage vault"]);
        json(&file)
    };
    let stub = tenant(false);
    assert_eq!(tenant(true)["access"], stub["access"]);
    let permissions = serde_json::json!(["member", "view items", "manage vault"]);
    assert_eq!(stub["access"][0]["paths"][0]["permissions"], permissions);
}

#[test]
fn a_sync_without_grants_or_types_says_that_access_is_unknown() {
    let mut file = C1z::new();
    file.sync(
        "resources_only",
        "2026-11-01 10:00:00",
        Some("2026-11-01 10:05:00"),
    );
    file.types(&["account", "group", "user", "vault"]);
    file.user("U1", "Ann");
    file.vault("V1", "Prod", &[]);
    let report = json(&file);
    assert!(
        notices(&report).contains("no finished full sync"),
        "{report}"
    );
    assert!(
        notices(&report).contains("who reaches which vault is unknown"),
        "{report}"
    );
    assert_eq!(report["vaults"][0]["reached_by"], "unknown");
    assert_eq!(report["findings"]["vaults_no_user_reaches"], Value::Null);
    assert_eq!(
        report["findings"]["active_users_without_vault"],
        Value::Null
    );

    let mut file = C1z::new();
    file.sync("full", "2026-11-01 10:00:00", Some("2026-11-01 10:05:00"));
    file.types(&["account", "vault", "user"]);
    file.user("U1", "Ann");
    file.vault("V1", "Prod", &GRANULAR);
    let report = json(&file);
    assert!(notices(&report).contains("made without groups"), "{report}");
    assert_eq!(report["vaults"][0]["reached_by"], "unknown");
}

#[test]
fn permissions_that_were_left_out_are_unknown() {
    let limited = |slugs: &[&str]| {
        let file = C1z::full();
        file.user("U1", "Ann");
        file.vault("V1", "Prod", slugs);
        file.on_vault("V1", ("user", "U1"), &[]);
        json(&file)
    };
    let some = limited(&["member", "view items", "manage vault"]);
    let notice = notices(&some);
    assert!(notice.contains("left out these permissions"), "{notice}");
    assert!(
        notice.contains("export items") && !notice.contains("manage vault"),
        "{notice}"
    );
    assert_eq!(some["findings"]["vaults_no_user_reads"], Value::Null);
    let unlisted = notices(&limited(&["view items"]));
    assert!(
        unlisted.contains("Who is listed on a vault without any other permission is unknown too."),
        "{unlisted}"
    );
    let none = notices(&limited(&["member"]));
    assert!(
        none.contains("only who is listed on a vault is known"),
        "{none}"
    );
    for whole in [&GRANULAR[..], &BASIC[..]] {
        assert_eq!(notices(&limited(whole)), "");
    }
}

/// A task of C1 may ask for a sync without grants; the file has no other mark of it.
#[test]
fn a_full_sync_without_any_grant_did_not_read_them() {
    let file = C1z::full();
    file.user("U1", "Ann");
    file.group("G1", "Team");
    file.vault("V1", "Prod", &GRANULAR);
    let report = json(&file);
    assert!(notices(&report).contains("holds no grants"), "{report}");
    assert_eq!(report["vaults"][0]["users"], Value::Null);
    assert_eq!(report["vaults"][0]["reached_by"], "unknown");
    assert_eq!(report["groups"][0]["members"], Value::Null);
    assert_eq!(report["access"], Value::Null);
    assert_eq!(report["totals"]["user_vault_pairs"], Value::Null);
    assert_eq!(report["totals"]["users"], 1);
}

/// `src/sync/mapping.md`, Unlisted members: vaults name groups that `group list` may not show.
#[test]
fn a_group_whose_members_were_not_read_may_have_any() {
    let file = C1z::full();
    file.user("U1", "Ann");
    file.bare_group("G1", "Hidden");
    file.vault("V1", "Prod", &GRANULAR);
    file.vault("V2", "Home", &GRANULAR);
    file.on_vault("V1", ("group", "G1"), &["view items", "manage vault"]);
    file.on_vault("V1", ("user", "U1"), &["view items"]);
    file.on_vault("V2", ("user", "U1"), &["manage vault"]);
    let known = json(&file);
    assert!(
        notices(&known).contains("The members of 1 group"),
        "{known}"
    );
    assert_eq!(known["groups"][0]["members"], Value::Null);
    assert_eq!(known["groups"][0]["vaults"], 1);
    let of = |id: &str| {
        let vaults = known["vaults"].as_array().unwrap();
        vaults
            .iter()
            .find(|vault| vault["id"] == id)
            .unwrap()
            .clone()
    };
    assert_eq!(
        (&of("V1")["users"], &of("V2")["users"]),
        (&Value::Null, &1.into())
    );
    // Ann's right is told, and that others may have it.
    let findings = &known["findings"];
    assert_eq!(findings["risky_rights"][0]["principal"]["id"], "U1");
    assert_eq!(findings["risky_rights"][0]["manages"], Value::Null);
    assert!(findings["incomplete"].to_string().contains("risky_rights"));
    let text = report(&file, &[]).stdout;
    assert!(text.contains("There may be more: "), "{text}");
    assert!(
        text.contains("  Ann  member  active       1+       ?"),
        "{text}"
    );
}

/// `src/op/op-cli.md`, Connect: a token names vaults that the caller may not be allowed to list.
#[test]
fn a_vault_that_projects_alone_reach_may_have_users() {
    let file = C1z::full();
    file.user("U1", "Ann");
    file.project("P1", "shop", "");
    file.vault("V1", "Unlisted", &GRANULAR);
    file.vault("V2", "Home", &GRANULAR);
    file.on_vault("V1", ("project", "P1"), &["view items"]);
    file.on_vault("V2", ("user", "U1"), &["view items"]);
    let report = json(&file);
    assert!(
        notices(&report).contains("Only projects reach 1 vault"),
        "{report}"
    );
    let unlisted = &report["vaults"][1];
    assert_eq!(
        (&unlisted["name"], &unlisted["projects"]),
        (&"Unlisted".into(), &1.into())
    );
    assert_eq!(unlisted["users"], Value::Null);
    assert_eq!(unlisted["reached_by"], "unknown");
    assert_eq!(report["findings"]["vaults_no_user_reaches"], Value::Null);
    assert_eq!(report["vaults"][0]["users"], 1);
}

#[test]
fn an_unfinished_sync_is_never_shown() {
    let mut file = C1z::new();
    file.sync("full", "2026-11-01 10:00:00", None);
    file.types(&["account", "group", "user", "vault"]);
    file.vault("V1", "Prod", &GRANULAR);
    let run = report(&file, &[]);
    assert_eq!(run.code, Some(5));
    assert!(run.stdout.is_empty());
    assert!(
        run.stderr.contains("started 2026-11-01 10:00:00"),
        "{}",
        run.stderr
    );

    let mut file = C1z::full();
    file.vault("V1", "Old", &GRANULAR);
    file.sync("full", "2026-11-02 10:00:00", None);
    file.vault("V2", "Half", &GRANULAR);
    file.sync(
        "partial",
        "2026-11-03 10:00:00",
        Some("2026-11-03 10:00:01"),
    );
    file.vault("V3", "Part", &GRANULAR);
    let run = report(&file, &[]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let text = run.stdout.replace("\n  ", " ");
    assert!(
        text.contains(
            "started 2026-11-02 10:00 local time (UTC+00:00), did not finish; it is not shown"
        ),
        "{text}"
    );
    assert!(
        text.contains("started 2026-11-03 10:00 local time (UTC+00:00), is partial, not full"),
        "{text}"
    );
    assert!(
        text.contains("Old") && !text.contains("Half") && !text.contains("Part "),
        "{text}"
    );
}

#[test]
fn who_is_in_grants_only_is_shown_by_id() {
    let file = C1z::full();
    file.vault("V1", "Prod", &GRANULAR);
    file.on_vault("V1", ("user", "GHOST"), &["view items"]);
    file.on_vault("V1", ("group", "LOST"), &["view items"]);
    file.grant(
        ("vault", "V9", "view items"),
        ("user", "GHOST"),
        &["group:LOST:member"],
    );
    let report = json(&file);
    let notice = notices(&report);
    assert!(notice.contains("1 user is in grants only"), "{notice}");
    assert!(notice.contains("1 group is in grants only"), "{notice}");
    assert_eq!(report["users"][0]["listed"], false);
    let vaults = report["vaults"].as_array().unwrap();
    assert!(
        vaults
            .iter()
            .any(|vault| vault["id"] == "V9" && vault["listed"] == false)
    );
}

/// `src/sync/mapping.md`, Odd permissions: the Go connector folds permissions it does not know into
/// an empty slug.
#[test]
fn a_permission_without_a_name_is_shown_as_unknown() {
    let file = C1z::full();
    file.user("U1", "Ann");
    file.vault("V1", "Prod", &GRANULAR);
    file.grant(("vault", "V1", ""), ("user", "U1"), &[]);
    file.grant(("vault", "V1", "move items"), ("user", "U1"), &[]);
    let run = report(&file, &[]);
    assert!(
        run.stdout.contains("(unknown), move items"),
        "{}",
        run.stdout
    );
}

#[test]
fn a_grant_to_something_else_is_counted_not_shown() {
    let file = C1z::full();
    file.user("U1", "Ann");
    file.group("G1", "Team");
    file.vault("V1", "Prod", &GRANULAR);
    file.on_vault("V1", ("account", "A1"), &["view items"]);
    file.grant(("vault", "V1", "view items"), ("user", ""), &[]);
    file.grant(("group", "G1", "member"), ("group", "G2"), &[]);
    let report = json(&file);
    assert!(
        notices(&report).contains("4 grants to something"),
        "{report}"
    );
    assert_eq!(report["access"], serde_json::json!([]));
}
