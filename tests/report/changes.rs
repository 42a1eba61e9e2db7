//! What `--diff` says has changed.

use serde_json::{Value, json};

use crate::report::build::{C1z, GRANULAR};
use crate::report::csv;
use crate::report::forms::check;
use crate::support::{Run, Sandbox};

const ALL: &[&str] = &["view items", "view and copy passwords", "export items"];

/// Ann holds Prod herself and through the team; Bob through the team.
fn before() -> C1z {
    let file = C1z::full();
    file.user("U1", "Ann");
    file.user("U2", "Bob");
    file.group("G1", "Team");
    file.vault("V1", "Prod", &GRANULAR);
    file.vault("V2", "Old vault", &GRANULAR);
    file.members("G1", &["U1", "U2"]);
    file.on_vault("V1", ("group", "G1"), ALL);
    file.inherited("V1", "G1", &["U2"], ALL);
    for slug in ["member"].iter().chain(ALL) {
        let own = format!("vault:V1:{slug}");
        file.grant(
            ("vault", "V1", slug),
            ("user", "U1"),
            &["group:G1:member", &own],
        );
    }
    file.on_vault("V2", ("user", "U2"), &["view items"]);
    file
}

/// Ann keeps Prod through the team only and manages the team; Bob leaves the team and is suspended;
/// the old vault is gone; Cem and a new vault came.
fn after() -> C1z {
    let file = C1z::full();
    file.user("U1", "Ann Archer");
    file.suspended("U2", "Bob");
    file.user("U3", "Cem");
    file.group("G1", "Team");
    file.vault("V1", "Prod", &GRANULAR);
    file.vault("V3", "New vault", &GRANULAR);
    file.members("G1", &["U1"]);
    file.grant(("group", "G1", "manager"), ("user", "U1"), &[]);
    file.on_vault("V1", ("group", "G1"), ALL);
    file.inherited("V1", "G1", &["U1"], ALL);
    file.on_vault("V3", ("user", "U3"), &["view items", "manage vault"]);
    file
}

fn run(old: &C1z, new: &C1z, arguments: &[&str]) -> (Sandbox, Run) {
    let sandbox = Sandbox::new(json!({}));
    old.write(&sandbox.path("work/old.c1z"));
    new.write(&sandbox.path("work/new.c1z"));
    let arguments = [&["report", "new.c1z", "--diff", "old.c1z"], arguments].concat();
    let run = sandbox.run(&arguments);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    (sandbox, run)
}

fn changes(old: &C1z, new: &C1z) -> Value {
    let (_, run) = run(old, new, &["--json"]);
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    report["changes"].clone()
}

#[test]
fn every_kind_of_change_is_named() {
    let changes = changes(&before(), &after());
    let named = |list: &str| {
        let list = changes[list].as_array().unwrap().iter();
        list.map(|one| one["id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(named("new"), ["U3", "V3"]);
    assert_eq!(named("gone"), ["V2"]);
    assert_eq!(
        changes["edits"],
        json!([
            {"type": "user", "id": "U1", "what": "name", "before": "Ann", "after": "Ann Archer"},
            {"type": "user", "id": "U2", "what": "state", "before": "active", "after": "suspended"},
        ])
    );
    let group = json!({"type": "group", "id": "G1", "name": "Team"});
    let ann = json!({"type": "user", "id": "U1", "name": "Ann Archer"});
    let bob = json!({"type": "user", "id": "U2", "name": "Bob"});
    assert_eq!(
        changes["memberships"],
        json!([
            {"group": group, "user": ann, "as": "manager", "change": "gained"},
            {"group": group, "user": bob, "as": "member", "change": "lost"},
        ])
    );
}

#[test]
fn access_is_compared_by_pair_and_by_path() {
    let changes = changes(&before(), &after());
    let access = changes["access"].as_array().unwrap();
    let of = |user: &str, vault: &str| {
        let found = access
            .iter()
            .find(|one| one["principal"]["id"] == user && one["vault"]["id"] == vault);
        found.unwrap_or_else(|| panic!("no change of {user} on {vault}: {access:#?}"))
    };
    assert_eq!(access.len(), 4);
    let all = [
        "member",
        "view items",
        "view and copy passwords",
        "export items",
    ];
    let ann = of("U1", "V1");
    assert_eq!((&ann["gained"], &ann["lost"]), (&json!([]), &json!([])));
    assert_eq!(
        ann["paths_lost"],
        json!([{"type": "direct", "permissions": all}])
    );
    assert_eq!(ann["paths_gained"], json!([]));
    let bob = of("U2", "V1");
    assert_eq!(bob["lost"], json!(all));
    assert_eq!(bob["paths_lost"][0]["id"], "G1");
    assert_eq!(of("U2", "V2")["lost"], json!(["member", "view items"]));
    assert_eq!(
        of("U3", "V3")["gained"],
        json!(["member", "view items", "manage vault"])
    );
}

/// Kind by kind: what came, what went, and what one of the two did not read.
#[test]
fn totals_count_what_is_not_known_apart() {
    let figures = |gained: Value, lost: Value, not_known: Value| {
        let all = gained.is_number() && lost.is_number() && not_known == 0;
        json!({"gained": gained, "lost": lost, "not_known": not_known, "all": all})
    };
    let n = |gained: u32, lost: u32| figures(json!(gained), json!(lost), json!(0));
    let changes = changes(&before(), &after());
    assert_eq!(
        changes["totals"],
        json!({
            "users": n(1, 0),
            "groups": n(0, 0),
            "projects": figures(Value::Null, Value::Null, Value::Null),
            "vaults": n(1, 1),
            // Ann was in the team that she manages now.
            "memberships": n(0, 1),
            // Ann lost a path only, which is no access lost.
            "access": n(1, 2),
        })
    );

    let mut unread = C1z::new();
    unread.sync(
        "resources_only",
        "2026-11-01 10:00:00",
        Some("2026-11-01 10:05:00"),
    );
    unread.types(&["account", "group", "project", "user", "vault"]);
    unread.resource(("account", "A1"), "Kestrel Instruments", &[], None);
    unread.user("U1", "Ann");
    unread.group("G1", "Team");
    unread.vault("V1", "Prod", &[]);
    let totals = &super::changes::changes(&before(), &unread)["totals"];
    assert_eq!(totals["users"], n(0, 1));
    assert_eq!(
        totals["memberships"],
        figures(Value::Null, Value::Null, json!(2))
    );
    // Ann, Bob and the team on Prod, Bob on the old vault.
    assert_eq!(
        totals["access"],
        figures(Value::Null, Value::Null, json!(4))
    );
    let (_, text) = run(&before(), &unread, &[]);
    let line = |kind: &str| {
        let line = text
            .stdout
            .lines()
            .find(|line| line.trim_start().starts_with(kind));
        line.unwrap_or_else(|| panic!("no {kind}: {}", text.stdout))
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(line("users "), "users 0 -1 0");
    assert_eq!(line("memberships "), "memberships ? ? 2 or more");
    assert_eq!(line("access "), "access ? ? 4 or more");
}

/// Beside a file, the totals of the account and of the change are told.
#[test]
fn totals_of_the_change_are_told_beside_a_file() {
    let beside = |old: &C1z, new: &C1z| run(old, new, &["--html", "out.html"]).1.stderr;
    let told = beside(&before(), &after());
    let since = "\n  Since old.c1z: users +1; projects unknown; vaults +1, -1; memberships -1; access +1, -2.\n";
    assert!(told.contains("\n  3 users (1 suspended"), "{told}");
    assert!(told.contains(since), "{told}");
    let with_project = before();
    with_project.project("P1", "shop", "");
    let told = beside(&with_project, &with_project);
    assert!(
        told.contains("\n  Since old.c1z: nothing came or went.\n"),
        "{told}"
    );
    let unread = before();
    unread.execute("delete from v1_grants");
    let told = beside(&before(), &unread);
    assert!(told.contains("; access 4 or more not known."), "{told}");
}

/// A manager is one member, and whoever manages no more is still one.
#[test]
fn memberships_count_people_and_not_their_roles() {
    let manager = |file: &C1z, user| file.grant(("group", "G1", "manager"), ("user", user), &[]);
    let (old, new) = (before(), before());
    manager(&old, "U1");
    new.user("U3", "Cem");
    new.members("G1", &["U3"]);
    manager(&new, "U3");
    let of = |changes: &Value| {
        let of = &changes["totals"]["memberships"];
        [&of["gained"], &of["lost"], &of["not_known"]].map(Clone::clone)
    };
    assert_eq!(of(&changes(&old, &new)), [json!(1), json!(0), json!(0)]);
    let (_, text) = run(&old, &new, &[]);
    for row in [
        "- manager  Team   Ann",
        "+ in       Team   Cem",
        "+ manager  Team   Cem",
    ] {
        assert!(text.stdout.contains(row), "{row}: {}", text.stdout);
    }
    new.execute("delete from v1_entitlements where resource_type_id = 'group'");
    new.execute("delete from v1_grants where resource_type_id = 'group'");
    assert_eq!(
        of(&changes(&old, &new)),
        [Value::Null, Value::Null, json!(2)]
    );
}

/// Who lost one of two paths has not lost the access: the path that is left is named, in text and
/// JSON.
#[test]
fn a_path_that_is_left_is_named() {
    let (old, new) = (before(), after());
    // Bob's own access to what the team opens shrinks to viewing.
    old.on_vault("V1", ("user", "U2"), &["print items"]);
    new.on_vault("V1", ("user", "U2"), &["view items"]);
    let changes = changes(&old, &new);
    let access = changes["access"].as_array().unwrap();
    let of = |user: &str| {
        let found = access
            .iter()
            .find(|one| one["principal"]["id"] == user && one["vault"]["id"] == "V1");
        found.unwrap_or_else(|| panic!("no change of {user}"))
    };
    assert_eq!(of("U1")["paths_now"][0]["id"], "G1");
    assert_eq!(
        of("U2")["paths_now"],
        json!([{"type": "direct", "permissions": ["member", "view items"]}])
    );
    let (_, text) = run(&old, &new, &[]);
    let section = |title: &str| {
        let (_, rest) = text.stdout.split_once(title).unwrap();
        let rest = rest.split("\n\n").take(3).collect::<Vec<_>>().join(" ");
        rest.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let lost = section("ACCESS LOST");
    assert!(lost.contains("STILL THERE BY"), "{lost}");
    assert!(
        lost.contains("Old vault direct view items no path"),
        "{lost}"
    );
    let others = section("OTHER PATHS");
    assert!(others.contains("access remains by another"), "{others}");
    assert!(others.contains("Team"), "{others}");
}

#[test]
fn the_text_shows_changes_only_and_equal_files_have_none() {
    let (_, text) = run(&before(), &after(), &[]);
    check(&text.stdout, "changes");
    let with_project = || {
        let file = before();
        file.project("P1", "shop", "");
        file
    };
    let (_, text) = run(&with_project(), &with_project(), &[]);
    assert!(
        text.stdout.ends_with("\nCHANGES\n  Nothing changed.\n"),
        "{}",
        text.stdout
    );
    let (_, text) = run(&before(), &before(), &[]);
    let unsaid = "\n  Nothing changed. No projects are in either file";
    assert!(text.stdout.contains(unsaid), "{}", text.stdout);
}

#[test]
fn the_page_has_the_changes_before_the_findings() {
    let (sandbox, _) = run(&before(), &after(), &["--html", "out.html"]);
    let page = std::fs::read_to_string(sandbox.path("work/out.html")).unwrap();
    let place = |text: &str| page.find(text).unwrap_or_else(|| panic!("no {text}"));
    assert!(place("id=\"access-lost\"") < place("id=\"risky-rights\""));
    assert!(page.contains("<dt>Before</dt><dd>old.c1z: full"));
}

#[test]
fn the_csv_marks_gained_lines_and_adds_lost_ones() {
    let (sandbox, _) = run(&before(), &after(), &["--csv-permissions", "out.csv"]);
    let lines = csv::parse(&std::fs::read_to_string(sandbox.path("work/out.csv")).unwrap());
    let with = |change: &str| lines.iter().filter(|line| line["change"] == change).count();
    // Group and Ann's team path stay; Cem gained 3; Ann's own path, Bob's team path and old vault
    // went.
    assert_eq!((with(""), with("gained"), with("lost")), (8, 3, 4 + 4 + 2));
    let lost = lines.iter().find(|line| line["vault_id"] == "V2").unwrap();
    assert_eq!(lost["vault_name"], "Old vault");
}

#[test]
fn what_one_sync_did_not_read_is_not_a_change() {
    let limited = C1z::full();
    limited.user("U1", "Ann");
    limited.user("U2", "Bob");
    limited.group("G1", "Team");
    limited.vault("V1", "Prod", &["member", "view items"]);
    limited.vault("V2", "Old vault", &["member", "view items"]);
    limited.members("G1", &["U1", "U2"]);
    limited.on_vault("V1", ("group", "G1"), &["view items"]);
    limited.inherited("V1", "G1", &["U1", "U2"], &["view items"]);
    limited.on_vault("V1", ("user", "U1"), &["view items"]);
    limited.execute("delete from v1_grants where rowid not in (select min(rowid) from v1_grants group by external_id)");
    limited.on_vault("V2", ("user", "U2"), &["view items"]);
    let changes = changes(&before(), &limited);
    let notices = changes["notices"].to_string();
    assert!(
        notices.contains("are not compared: create items"),
        "{notices}"
    );
    // Only that Ann's own path is not in this file any more.
    assert_eq!(
        changes["access"].as_array().unwrap().len(),
        1,
        "{changes:#}"
    );

    let mut partial = C1z::new();
    partial.sync(
        "resources_only",
        "2026-11-01 10:00:00",
        Some("2026-11-01 10:05:00"),
    );
    partial.types(&["account", "group", "project", "user", "vault"]);
    partial.resource(("account", "A1"), "Kestrel Instruments", &[], None);
    let changes = super::changes::changes(&before(), &partial);
    assert_eq!(changes["access"], Value::Null);
    assert_eq!(changes["memberships"], Value::Null);
    let (_, text) = run(&before(), &partial, &[]);
    assert!(!text.stdout.contains("Nothing changed"), "{}", text.stdout);
    assert!(
        changes["notices"]
            .to_string()
            .contains("access is not compared"),
        "{changes}"
    );
}

#[test]
fn files_of_two_accounts_are_told_apart() {
    let other = C1z::new_account("A2", "Other Ltd");
    let changes = changes(&before(), &other);
    let notices = changes["notices"].to_string();
    assert!(
        notices.contains("different accounts: Kestrel Instruments (A1) and Other Ltd (A2)"),
        "{notices}"
    );
}

#[test]
fn who_is_in_grants_only_was_not_renamed() {
    let file = C1z::full();
    file.vault("V1", "Prod", &GRANULAR);
    file.on_vault("V1", ("user", "U1"), ALL);
    let changes = changes(&before(), &file);
    let edits = changes["edits"].to_string();
    assert!(!edits.contains("Ann"), "{edits}");
}

/// A group that lost its listing, not its members: its people keep their access as far as is known.
#[test]
fn a_group_whose_members_were_not_read_took_nothing_away() {
    let file = C1z::full();
    file.user("U1", "Ann");
    file.user("U2", "Bob");
    file.bare_group("G1", "Team");
    file.vault("V1", "Prod", &GRANULAR);
    file.vault("V2", "Old vault", &GRANULAR);
    file.on_vault("V1", ("group", "G1"), ALL);
    file.on_vault("V2", ("user", "U1"), &["view items"]);
    let (sandbox, run) = run(
        &before(),
        &file,
        &["--json", "--csv-permissions", "out.csv"],
    );
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let changes = &report["changes"];
    assert_eq!(changes["memberships"], Value::Null);
    let access = changes["access"].as_array().unwrap();
    let vaults: Vec<&Value> = access.iter().map(|one| &one["vault"]["id"]).collect();
    assert_eq!(vaults, ["V2", "V2"], "Prod cannot be compared: {access:#?}");
    assert_eq!(changes["incomplete"], json!(["memberships", "access"]));
    let notices = changes["notices"].to_string();
    assert!(
        notices.contains("that to 1 vault is not compared"),
        "{notices}"
    );
    let lines = csv::parse(&std::fs::read_to_string(sandbox.path("work/out.csv")).unwrap());
    for line in lines.iter().filter(|line| line["vault_id"] == "V1") {
        assert_eq!(line["change"], "unknown", "{line:?}");
    }
}

#[test]
fn projects_in_one_file_alone_are_not_compared() {
    let file = before();
    file.project("P1", "shop", "");
    file.on_vault("V1", ("project", "P1"), &["view items"]);
    for (old, new) in [(&before(), &file), (&file, &before())] {
        let changes = changes(old, new);
        for list in ["new", "gone", "access"] {
            assert_eq!(changes[list], Value::Null, "{list}");
        }
        let notices = changes["notices"].to_string();
        assert!(notices.contains("Projects are not compared"), "{notices}");
    }
}
