//! Rows that repeat or contradict each other, and very many of them.

use serde_json::{Value, json};

use super::super::world::grants;
use super::{ALICE, PROD, TEAM, answer, synced_once};
use crate::support::records::File;

/// Of two rows for one thing the later names it; of two rows for one access both count, so that no
/// order of rows hides any.
#[test]
fn rows_that_contradict_each_other_add_up() {
    let sandbox = synced_once();
    let member =
        |role: &str| json!({"id": ALICE, "role": role, "name": "Other", "state": "SUSPENDED"});
    let holds =
        |permissions: Value| json!({"id": ALICE, "name": "Other", "permissions": permissions});
    let group =
        |permissions: Value| json!({"id": TEAM, "name": "Other", "permissions": permissions});
    for flip in [false, true] {
        let order = |mut rows: Vec<Value>| {
            if flip {
                rows.reverse();
            }
            Value::Array(rows).to_string()
        };
        answer(
            &sandbox,
            &format!("group_user_list_{TEAM}"),
            order(vec![member("MANAGER"), member("MEMBER")]),
        );
        let users = vec![
            holds(json!(["view_items"])),
            holds(json!([])),
            holds(json!(["export_items"])),
        ];
        answer(&sandbox, &format!("vault_user_list_{PROD}"), order(users));
        let groups = vec![
            group(json!(["view_items"])),
            group(Value::Null),
            group(json!(["edit_items"])),
        ];
        answer(&sandbox, &format!("vault_group_list_{PROD}"), order(groups));
        let vault = |name: &str| json!({"id": PROD, "name": name});
        answer(
            &sandbox,
            "vault_list",
            order(vec![vault("One"), vault("Two")]),
        );
        answer(
            &sandbox,
            "vault_list_--permission=manage_vault",
            json!([vault("Three")]).to_string(),
        );
        let run = sandbox.run(&[]);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert!(
            run.stderr.contains("listed more than once (6 times)"),
            "{}",
            run.stderr
        );
        let records = File::open(&sandbox.path("work/sync.c1z")).newest();
        let of_alice = |part: &str| {
            grants(&records, part)
                .into_iter()
                .filter(|id| id.ends_with(&format!("user:{ALICE}")))
                .count()
        };
        assert_eq!(of_alice(&format!("group:{TEAM}:")), 2, "member and manager");
        // member, view, export themselves; edit through the group.
        assert_eq!(of_alice(&format!("vault:{PROD}:")), 4);
        let of_group = grants(&records, &format!(":group:{TEAM}"));
        assert_eq!(of_group.len(), 3, "{of_group:?}");
        let vault = &records.resources[&format!("vault:{PROD}")];
        assert_eq!(
            vault["displayName"],
            json!(if flip { "One" } else { "Two" })
        );
        // The account's own listing names and judges people, not the rows of their access.
        let alice = &records.resources[&format!("user:{ALICE}")];
        assert_eq!(alice["status"]["status"], json!("RESOURCE_STATUS_ENABLED"));
        assert!(alice["displayName"] != json!("Other"));
    }
}

/// 100,000 people in one listing, a twin among them, all of them in one group that reaches a vault.
#[test]
fn a_hundred_thousand_rows_are_all_there() {
    let sandbox = synced_once();
    let people: u64 = 100_000;
    let id = |n: u64| format!("U{n:025}");
    let mut users: Vec<Value> = (0..people)
        .map(|n| json!({"id": id(n), "name": "Ada Lindqvist", "email": "a@b.example", "state": "ACTIVE", "role": "MEMBER"}))
        .collect();
    users.push(json!({"id": id(0), "name": "Twin", "state": "ACTIVE"}));
    answer(&sandbox, "user_list", serde_json::to_vec(&users).unwrap());
    answer(
        &sandbox,
        &format!("group_user_list_{TEAM}"),
        serde_json::to_vec(&users).unwrap(),
    );
    answer(&sandbox, &format!("vault_user_list_{PROD}"), "[]");
    let run = sandbox.run(&[
        "--summary-format",
        "json",
        "--limit-vault-permissions",
        "view_items",
    ]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let summary: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(summary["resources"]["user"], json!(people));
    // Each person is in the account and in the group and inherits one permission; the group holds
    // it itself.
    assert_eq!(
        summary["grants"],
        json!({"direct": 2 * people + 1, "inherited": people})
    );
    let repeated = summary["warnings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|w| w["code"] == "row-repeated");
    assert_eq!(repeated.unwrap()["count"], json!(2));
}

/// Whatever a Connect listing leaves out, no record has an empty id, and what a token reaches is
/// told.
#[test]
fn tokens_without_ids_are_told_and_make_no_empty_ids() {
    let sandbox = synced_once();
    let server = |id: &str, name: &str| json!({"id": id, "name": name, "state": "ACTIVE"});
    answer(
        &sandbox,
        "connect_server_list",
        json!([server("S1", "One"), server("s1", "Two")]).to_string(),
    );
    let tokens = json!([{"id": "T", "name": "deploy", "state": "ACTIVE", "integration_id": "S1", "vaults": [
        null, {}, {"name": "Nameless", "acl": ["allow_viewing"]}, {"id": PROD, "acl": ["allow_viewing", null, ""]}]}]);
    answer(&sandbox, "connect_token_list", tokens.to_string());
    let run = sandbox.run(&[]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(
        run.stderr
            .contains("Connect tokens reach vaults that no listing shows"),
        "{}",
        run.stderr
    );
    let records = File::open(&sandbox.path("work/sync.c1z")).newest();
    let ids = records
        .resources
        .keys()
        .chain(records.entitlements.keys())
        .chain(records.grants.keys());
    for id in ids {
        assert!(!id.contains("::") && !id.ends_with(':'), "{id}");
    }
    for project in ["S1", "s1"] {
        assert!(
            records
                .resources
                .contains_key(&format!("project:{project}")),
            "{project}"
        );
    }
    assert!(
        records
            .grants
            .contains_key(&format!("vault:{PROD}:view items:project:S1"))
    );
    assert!(
        !records
            .grants
            .contains_key(&format!("vault:{PROD}:view items:project:s1"))
    );
}
