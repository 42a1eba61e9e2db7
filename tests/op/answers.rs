//! What is read from answers.

use baton_1password::op::{ErrorKind, VaultAcl};
use serde_json::json;

use crate::op::common::{connected, faulty};
use crate::support::{Sandbox, fixture};

#[tokio::test]
async fn every_listing_of_a_tenant_is_read() {
    let sandbox = Sandbox::canned(&fixture("golden/business/op"));
    let client = connected(&sandbox).await;
    let account = client.account_get().await.unwrap().unwrap();
    assert_eq!(account.kind, "BUSINESS");
    let users = client.user_list().await.unwrap();
    assert_eq!(
        (users.rows.len(), users.skipped, users.null),
        (12, 0, false)
    );
    let (mut members, mut direct, mut through_groups) = (0, 0, 0);
    for group in client.group_list().await.unwrap().rows {
        members += client.group_user_list(&group.id).await.unwrap().rows.len();
    }
    for vault in client.vault_list(None).await.unwrap().rows {
        direct += client.vault_user_list(&vault.id).await.unwrap().rows.len();
        through_groups += client.vault_group_list(&vault.id).await.unwrap().rows.len();
    }
    assert!(members > 0 && direct > 0 && through_groups > 0);
    let activity = client.activity();
    assert_eq!((activity.calls_started(), activity.calls_done()), (18, 18));
    sandbox.assert_clean();
}

#[tokio::test]
async fn what_only_some_verbs_print_is_read() {
    let sandbox = Sandbox::new(json!({"answers": "answers"}));
    let rows = [
        (
            "vault_list_--permission=manage_vault",
            r#"[{"id":"v","items":19,"updated_at":"2026-08-29T07:30:00Z"}]"#,
        ),
        (
            "group_user_list_g",
            r#"[{"id":"u","role":"MANAGER","type":"GUEST"}]"#,
        ),
        (
            "vault_group_list_v",
            r#"[{"id":"g","permissions":["manage_vault"],"state":"INACTIVE"}]"#,
        ),
        (
            "connect_server_list",
            r#"[{"id":"S","name":"prod","state":"ACTIVE","creator_id":"u"}]"#,
        ),
        (
            "connect_token_list",
            r#"[{"id":"T","state":"ACTIVE","integration_id":"S","vaults":[{"id":"V","acl":["allow_viewing"]}]}]"#,
        ),
        (
            "service-account_ratelimit",
            r#"[{"type":"token","action":"read","limit":1000,"remaining":7,"reset":60}]"#,
        ),
    ];
    for (name, rows) in rows {
        sandbox.write(format!("bin/answers/{name}.json"), rows);
    }
    let client = connected(&sandbox).await;
    let vault = &client.vault_list(Some("manage_vault")).await.unwrap().rows[0];
    assert_eq!(
        (vault.items, &*vault.updated_at),
        (Some(19), "2026-08-29T07:30:00Z")
    );
    let member = &client.group_user_list("g").await.unwrap().rows[0];
    assert_eq!((&*member.role, &*member.kind), ("MANAGER", "GUEST"));
    let group = &client.vault_group_list("v").await.unwrap().rows[0];
    assert_eq!(
        (&group.permissions.as_ref().unwrap()[..], &*group.state),
        (&["manage_vault".to_owned()][..], "INACTIVE")
    );
    let server = &client.connect_server_list().await.unwrap().rows[0];
    assert_eq!((&*server.id, &*server.creator_id), ("S", "u"));
    let token = &client.connect_token_list().await.unwrap().rows[0];
    let acl = VaultAcl {
        id: "V".to_owned(),
        acl: vec!["allow_viewing".to_owned()],
        ..VaultAcl::default()
    };
    assert_eq!(
        (&token.vaults[..], &*token.integration_id),
        (&[acl][..], "S")
    );
    let limit = &client.service_account_ratelimit().await.unwrap()[0];
    assert_eq!((limit.limit, limit.remaining, limit.reset), (1000, 7, 60));
}

/// `src/sync/mapping.md`, Empty answers
#[tokio::test]
async fn null_answers_and_rows_are_told_apart_from_empty_ones() {
    let sandbox = faulty(json!([]));
    sandbox.write("bin/answers/account_get.json", "null");
    sandbox.write("bin/answers/user_list.json", "null");
    sandbox.write(
        "bin/answers/vault_list.json",
        r#"[null, {"name": "no id"}, {"id": "v"}]"#,
    );
    let client = connected(&sandbox).await;
    assert_eq!(client.account_get().await.unwrap(), None);
    let users = client.user_list().await.unwrap();
    assert_eq!((users.rows.len(), users.skipped, users.null), (0, 0, true));
    let groups = client.group_list().await.unwrap();
    assert_eq!(
        (groups.rows.len(), groups.skipped, groups.null),
        (0, 0, false)
    );
    let vaults = client.vault_list(None).await.unwrap();
    assert_eq!(
        (vaults.rows.len(), vaults.skipped, vaults.null),
        (1, 2, false)
    );
}

/// `src/sync/mapping.md`, Failures
#[tokio::test]
async fn an_answer_that_is_not_the_expected_json_names_the_command_and_shows_its_beginning() {
    let sandbox = faulty(json!([]));
    let client = connected(&sandbox).await;
    let half = r#"[{"id": "u1", "permissions": ["view_items","#;
    for (answer, shown) in [
        ("", "printed nothing"),
        (
            "<!DOCTYPE html><title>Sign in</title>",
            "<!DOCTYPE html><title>Sign in</title>",
        ),
        (half, half),
        (" \u{FEFF}[]", r"\u{feff}[]"),
        ("[]\nupdate available", "[] update available"),
        ("warning: old\n[]", "warning: old []"),
        (r#"{"id": "u"}"#, r#"{"id": "u"}"#),
        (r#"[{"id": "u", "permissions": {}}]"#, "permissions"),
        (r#"[{"id": "u", "permissions": [1]}]"#, "permissions"),
    ] {
        sandbox.write("bin/answers/vault_user_list_v1.json", answer);
        let error = client.vault_user_list("v1").await.unwrap_err();
        assert_eq!(
            (error.kind(), error.is_retryable()),
            (ErrorKind::BadAnswer, false),
            "{answer}"
        );
        let text = error.to_string();
        assert!(
            text.contains("`op vault user list v1`") && text.contains("exit code 0"),
            "{text}"
        );
        assert!(text.contains(shown) && text.lines().count() == 1, "{text}");
    }
    assert_eq!(client.activity().calls_started(), 9, "none is asked again");
}

#[tokio::test]
async fn names_keep_every_character_and_lose_what_is_none() {
    let sandbox = faulty(json!([]));
    let answer =
        b"[{\"id\":\"u\",\"name\":\"\xF0\x9F\x98\x80 \\ud83d\\ude00 \\ud83d \xFF\\u0000\\t\"}]";
    sandbox.write("bin/answers/user_list.json", answer);
    let users = connected(&sandbox).await.user_list().await.unwrap();
    assert_eq!(users.rows[0].name, "😀 😀 \u{FFFD} \u{FFFD}\0\t");
}

#[tokio::test]
async fn a_listing_of_100000_rows_is_read() {
    let sandbox = faulty(json!([]));
    let permissions = ["view_items", "create_items", "edit_items", "manage_vault"];
    let rows: Vec<_> = (0..100_000)
        .map(|n| json!({"id": format!("USER{n:022}"), "name": "Ada Lindqvist", "email": "ada@kestrel.example",
                        "type": "MEMBER", "state": "ACTIVE", "permissions": permissions}))
        .collect();
    sandbox.write(
        "bin/answers/vault_user_list_v.json",
        serde_json::to_vec_pretty(&rows).unwrap(),
    );
    let users = connected(&sandbox)
        .await
        .vault_user_list("v")
        .await
        .unwrap();
    assert_eq!(users.rows.len(), 100_000);
    assert_eq!(users.rows[99_999].id, format!("USER{:022}", 99_999));
    assert_eq!(
        users.rows[99_999].permissions.as_ref().unwrap(),
        &permissions
    );
}
