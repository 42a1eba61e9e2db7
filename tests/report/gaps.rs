//! What a sync did not read, as every form of the report shows it: unknown, never none, never gone
//! and never lost.

use serde_json::{Value, json};

use super::csv;
use crate::support::Sandbox;

/// Two people in a team, a vault for the team and one for Ann, and one that the caller only
/// manages.
fn tenant() -> Value {
    let user = |id: &str, name: &str| json!({"id": id, "name": name, "email": "", "type": "MEMBER", "state": "ACTIVE"});
    json!({
        "account": {"id": "ACC", "name": "Acme", "type": "BUSINESS"},
        "users": [user("UANN", "Ann"), user("UBOB", "Bob")],
        "groups": [{"id": "gteam", "name": "Team", "state": "ACTIVE"}],
        "vaults": [
            {"id": "vprod", "name": "Prod"}, {"id": "vann", "name": "Anns"},
            {"id": "vpay", "name": "Payroll", "managed_only": true},
        ],
        "group_users": {"gteam": {"UANN": "MANAGER", "UBOB": "MEMBER"}},
        "vault_users": {"vann": {"UANN": ["view_items"]}, "vpay": {"UBOB": ["view_items", "manage_vault"]}},
        "vault_groups": {"vprod": {"gteam": ["view_items", "export_items"]}},
        "connect_servers": [{"id": "SRV", "name": "deploy", "state": "ACTIVE"}],
        "connect_tokens": [{"id": "TOK", "name": "t", "state": "ACTIVE", "integration_id": "SRV",
            "vaults": [{"id": "VPROD", "acl": ["view_items"]}]}],
    })
}

/// A sandbox with the whole sync in `whole.c1z` and one with these faults in `gap.c1z`.
fn synced(faults: &Value) -> Sandbox {
    let sandbox = Sandbox::tenant(&tenant());
    let run = sandbox.run(&["-f", "whole.c1z"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    sandbox.write("bin/null", "null");
    sandbox.write("bin/untold", r#"[{"id": "gteam", "name": "Team"}]"#);
    sandbox.set("faults", faults.clone());
    let run = sandbox.run(&["-f", "gap.c1z", "--allow-unread"]);
    assert_eq!(run.code, Some(0), "{faults}: {}", run.stderr);
    sandbox
}

fn printed(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let run = sandbox.run(&[&["report"], arguments].concat());
    assert_eq!(run.code, Some(0), "{arguments:?}: {}", run.stderr);
    run.stdout + &run.stderr
}

fn refused(words: &str) -> Value {
    json!([{"words": words, "exit": 1, "stderr": "[ERROR] (403) Forbidden: You do not have permission.\n"}])
}

/// Every listing that can be refused, be `null` or leave something out.
fn gaps() -> Vec<Value> {
    let answered = |words: &str, file: &str| json!([{"words": words, "stdout_file": file}]);
    vec![
        refused("--permission=manage_vault"),
        refused("connect token list"),
        refused("group user list"),
        refused("vault user list"),
        refused("vault group list"),
        answered("group user list", "null"),
        answered("vault user list", "null"),
        answered("vault group list", "null"),
        answered("vault group list", "untold"),
    ]
}

#[test]
fn a_difference_that_comes_from_a_gap_is_neither_gain_nor_loss() {
    for faults in gaps() {
        let sandbox = synced(&faults);
        for (new, old) in [("gap.c1z", "whole.c1z"), ("whole.c1z", "gap.c1z")] {
            let json = printed(&sandbox, &[new, "--diff", old, "--json"]);
            let json: Value = serde_json::from_str(&json).unwrap();
            let changes = &json["changes"];
            for list in ["new", "gone", "edits", "memberships", "access"] {
                let rows = changes.get(list).expect("the list is there");
                let none = rows.is_null() || *rows == json!([]);
                assert!(none, "{faults} {new} {list}: {changes}");
            }
            let text = printed(&sandbox, &[new, "--diff", old]);
            assert!(!text.contains("Payroll"), "{faults}: {text}");
            assert!(
                text.contains("Unknown: one of the two syncs"),
                "{faults}: {text}"
            );
        }
    }
}

#[test]
fn no_form_shows_a_gap_as_none() {
    for faults in gaps() {
        let sandbox = synced(&faults);
        let text = printed(&sandbox, &["gap.c1z"]);
        let says = ["not read", "refused", "unknown"];
        assert!(
            says.iter().any(|word| text.contains(word)),
            "{faults}: {text}"
        );
        let json: Value = serde_json::from_str(&printed(&sandbox, &["gap.c1z", "--json"])).unwrap();
        let warnings = json["warnings"].as_array().unwrap();
        let is_gap = |warning: &&Value| warning["level"] == "gap" && warning["code"] != "";
        let said = warnings.iter().find(is_gap);
        let said = said.unwrap_or_else(|| panic!("{faults}: {json}"));
        let sentence = said["text"].as_str().unwrap();
        assert!(
            json["notices"]
                .as_array()
                .unwrap()
                .contains(&sentence.into())
        );
        for form in ["--csv", "--csv-permissions"] {
            let run = sandbox.run(&["report", "gap.c1z", form, "-"]);
            assert!(run.stderr.contains(sentence), "{faults}: {}", run.stderr);
            let rows = csv::parse(&run.stdout);
            let mut cells = rows.iter().flat_map(|row| row.values());
            assert!(cells.any(|cell| cell == "unknown"), "{faults}: {rows:?}");
        }
        printed(&sandbox, &["gap.c1z", "--html", "gap.html"]);
        let page = std::fs::read_to_string(sandbox.path("work/gap.html")).unwrap();
        let (_, list) = page.split_once("<ul class=\"notices\"").unwrap();
        let (list, _) = list.split_once("</ul>").unwrap();
        assert!(list.contains(sentence), "{faults}: {list}");
    }
    // Of the whole file nothing is unknown.
    let sandbox = synced(&json!([]));
    let json: Value = serde_json::from_str(&printed(&sandbox, &["whole.c1z", "--json"])).unwrap();
    assert_eq!(json["notices"], json!([]));
}

/// A number is the true one or `null`.
#[test]
fn no_figure_is_smaller_than_what_is_known() {
    for faults in gaps() {
        let sandbox = synced(&faults);
        let read = |file: &str| -> Value {
            serde_json::from_str(&printed(&sandbox, &[file, "--json"])).unwrap()
        };
        let (whole, gap) = (read("whole.c1z"), read("gap.c1z"));
        let mut unknown = 0;
        for (name, figure) in gap["totals"].as_object().unwrap() {
            assert!(
                figure.is_null() || *figure == whole["totals"][name],
                "{faults} {name}: {figure}, and it is {}",
                whole["totals"][name]
            );
            unknown += usize::from(figure.is_null());
        }
        assert!(unknown > 0, "{faults}: {}", gap["totals"]);
    }
}

/// Each form of the comparison says "unknown" where one of the two syncs did not read it.
#[test]
fn no_form_of_a_comparison_shows_a_gap_as_a_change() {
    for faults in gaps() {
        let sandbox = synced(&faults);
        for (new, old) in [("gap.c1z", "whole.c1z"), ("whole.c1z", "gap.c1z")] {
            for form in ["--csv", "--csv-permissions"] {
                let run = sandbox.run(&["report", new, "--diff", old, form, "-"]);
                assert_eq!(run.code, Some(0), "{}", run.stderr);
                assert!(run.stderr.contains("warning: "), "{faults}: {}", run.stderr);
                for row in csv::parse(&run.stdout) {
                    let shifts = ["gained", "lost"];
                    let is_shift = shifts.iter().any(|word| row["change"].contains(word));
                    assert!(!is_shift, "{faults} {new} {form}: {row:?}");
                }
            }
            printed(&sandbox, &[new, "--diff", old, "--html", "gap.html"]);
            let page = std::fs::read_to_string(sandbox.path("work/gap.html")).unwrap();
            assert!(page.contains("<ul class=\"notices\""), "{faults}");
            for word in ["gained", "lost"] {
                let cell = format!("<bdi>{word}</bdi>");
                assert!(!page.contains(&cell), "{faults} {new}: {word}");
            }
        }
    }
}

/// Without any project in the file: there is none, or nobody was allowed to look.
#[test]
fn no_projects_and_refused_projects_are_told_apart() {
    let mut none = tenant();
    none["connect_servers"] = json!([]);
    none["connect_tokens"] = json!([]);
    let count = |faults: Value| {
        let sandbox = Sandbox::tenant(&none);
        sandbox.set("faults", faults);
        assert_eq!(sandbox.run(&[]).code, Some(0));
        let json: Value = serde_json::from_str(&printed(&sandbox, &["--json"])).unwrap();
        json["totals"]["projects"].clone()
    };
    assert_eq!(count(json!([])), json!(0));
    assert_eq!(count(refused("connect server list")), Value::Null);
}

/// Projects alone were refused: everything else is whole, and no sentence says that there is no
/// project.
#[test]
fn a_project_that_was_not_read_may_exist() {
    let sandbox = synced(&refused("connect server list"));
    let run = sandbox.run(&["report", "gap.c1z", "--user", "deploy"]);
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    let unread = "is in gap.c1z, but the sync may not have read all of them";
    assert!(run.stderr.contains(unread), "{}", run.stderr);
    let run = sandbox.run(&["report", "whole.c1z", "--user", "nobody"]);
    assert!(
        run.stderr.contains("is in whole.c1z: check"),
        "{}",
        run.stderr
    );

    let text = printed(&sandbox, &["gap.c1z"]);
    let tokens = "PROJECTS AND THEIR TOKENS\n  Unknown: the sync did not read projects.\n";
    assert!(text.contains(tokens), "{text}");
    let (_, access) = text.split_once("\nACCESS\n").unwrap();
    let more = "\n  There may be more: the sync did not read projects.\n";
    assert!(access.contains(more), "{access}");
}

/// The list of vaults alone is open: what is said of those in it is whole.
#[test]
fn an_open_list_of_vaults_is_no_vault_that_tells_nothing() {
    let mut tenant = tenant();
    for vault in tenant["vaults"].as_array_mut().unwrap() {
        for at in ["created_at", "updated_at"] {
            vault[at] = json!(jiff::Timestamp::now().to_string());
        }
    }
    let sandbox = Sandbox::tenant(&tenant);
    sandbox.set("faults", refused("--permission=manage_vault"));
    assert_eq!(sandbox.run(&["--allow-unread"]).code, Some(0));
    let text = printed(&sandbox, &[]);
    let unchanged = "FOR A YEAR\n  Unknown: the sync did not list all vaults.\n";
    assert!(text.contains(unchanged), "{text}");
    let (_, contents) = text.split_once("WHAT IS IN THE VAULTS").unwrap();
    let (contents, _) = contents.split_once("GROUPS AND").unwrap();
    assert!(
        contents.contains("There may be more: the sync did not list all vaults."),
        "{contents}"
    );
    // The type is in no row.
    assert!(contents.contains("Prod   ?"), "{contents}");
}
