//! Grants and revokes against an account that remembers them.

use baton_1password::op::{Client, ErrorKind};
use serde_json::{Value, json};

use crate::op::common::connected;
use crate::support::Sandbox;

fn tenant(kind: &str) -> Value {
    json!({
        "account": {"id": "A", "name": "Kestrel", "type": kind},
        "users": [{"id": "U1", "name": "Ada", "email": "ada@kestrel.example", "state": "ACTIVE"}, {"id": "U2"}],
        "groups": [{"id": "g1", "name": "Platform"}],
        "vaults": [{"id": "v1", "name": "Production"}, {"id": "v2", "name": "Finance", "managed_only": true}],
        "group_users": {"g1": {"U1": "MEMBER"}},
        "vault_users": {"v1": {"U1": ["view_items"]}},
        "vault_groups": {},
    })
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

async fn roles(client: &Client) -> Vec<(String, String)> {
    let members = client.group_user_list("g1").await.unwrap().rows;
    members
        .into_iter()
        .map(|member| (member.id, member.role))
        .collect()
}

async fn permissions(client: &Client, user: &str) -> Vec<String> {
    let users = client.vault_user_list("v1").await.unwrap().rows;
    users
        .into_iter()
        .find(|row| row.id == user)
        .and_then(|row| row.permissions)
        .unwrap_or_default()
}

/// `src/op/op-cli.md`, Groups
#[tokio::test]
async fn a_manager_is_made_in_two_calls_and_demoted_in_one() {
    let sandbox = Sandbox::tenant(&tenant("BUSINESS"));
    let client = connected(&sandbox).await;
    let pair = |user: &str, role: &str| (user.to_owned(), role.to_owned());
    client
        .group_user_grant("g1", "U2", "manager")
        .await
        .unwrap();
    assert_eq!(
        roles(&client).await,
        [pair("U1", "MEMBER"), pair("U2", "MEMBER")]
    );
    client
        .group_user_grant("g1", "U2", "manager")
        .await
        .unwrap();
    assert_eq!(
        roles(&client).await,
        [pair("U1", "MEMBER"), pair("U2", "MANAGER")]
    );
    client.group_user_grant("g1", "U2", "member").await.unwrap();
    client.group_user_revoke("g1", "U1").await.unwrap();
    assert_eq!(roles(&client).await, [pair("U2", "MEMBER")]);
    assert_eq!(
        client
            .group_user_revoke("g1", "U1")
            .await
            .unwrap_err()
            .kind(),
        ErrorKind::NotFound
    );
    assert_eq!(
        sandbox.tenant_now()["group_users"]["g1"],
        json!({"U2": "MEMBER"})
    );
}

/// `src/op/op-cli.md`, Dependencies
#[tokio::test]
async fn permissions_need_and_carry_each_other() {
    let sandbox = Sandbox::tenant(&tenant("BUSINESS"));
    let client = connected(&sandbox).await;
    let edit = names(&["view_items", "view_and_copy_passwords", "edit_items"]);
    let error = client
        .vault_change("grant", "v1", ("user", "U2"), Some(&names(&["edit_items"])))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MissingDependency);
    client
        .vault_change("grant", "v1", ("user", "U2"), Some(&edit))
        .await
        .unwrap();
    assert_eq!(
        permissions(&client, "U2").await,
        ["view_items", "view_and_copy_passwords", "edit_items"]
    );
    let error = client
        .vault_change(
            "revoke",
            "v1",
            ("user", "U2"),
            Some(&names(&["view_and_copy_passwords"])),
        )
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MissingDependency);
    client
        .vault_change(
            "revoke",
            "v1",
            ("user", "U2"),
            Some(&names(&["view_and_copy_passwords", "edit_items"])),
        )
        .await
        .unwrap();
    assert_eq!(permissions(&client, "U2").await, ["view_items"]);
    let error = client
        .vault_change(
            "revoke",
            "v1",
            ("user", "U2"),
            Some(&names(&["manage_vault"])),
        )
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoDirectGrant);
    client
        .vault_change(
            "revoke",
            "v1",
            ("user", "U2"),
            Some(&names(&["view_items"])),
        )
        .await
        .unwrap();
    assert!(permissions(&client, "U2").await.is_empty());

    client
        .vault_change(
            "grant",
            "v1",
            ("group", "g1"),
            Some(&names(&["view_items"])),
        )
        .await
        .unwrap();
    assert_eq!(
        client.vault_group_list("v1").await.unwrap().rows[0].permissions,
        Some(names(&["view_items"]))
    );
    client
        .vault_change(
            "revoke",
            "v1",
            ("group", "g1"),
            Some(&names(&["view_items"])),
        )
        .await
        .unwrap();
    assert!(client.vault_group_list("v1").await.unwrap().rows.is_empty());
}

#[tokio::test]
async fn other_plans_have_other_permissions() {
    let sandbox = Sandbox::tenant(&tenant("TEAM"));
    let client = connected(&sandbox).await;
    let error = client
        .vault_change("grant", "v1", ("user", "U2"), Some(&names(&["view_items"])))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
    client
        .vault_change(
            "grant",
            "v1",
            ("user", "U2"),
            Some(&names(&["allow_viewing", "allow_editing"])),
        )
        .await
        .unwrap();
    assert_eq!(
        permissions(&client, "U2").await,
        ["allow_viewing", "allow_editing"]
    );
}

#[tokio::test]
async fn unknown_objects_are_named() {
    let sandbox = Sandbox::tenant(&tenant("BUSINESS"));
    let client = connected(&sandbox).await;
    let view = names(&["view_items"]);
    for (error, id) in [
        (client.vault_user_list("nope").await.unwrap_err(), "nope"),
        (client.group_user_list("gone").await.unwrap_err(), "gone"),
        (
            client
                .group_user_grant("g1", "Nobody", "member")
                .await
                .unwrap_err(),
            "Nobody",
        ),
        (
            client
                .vault_change("grant", "v1", ("group", "U1"), Some(&view))
                .await
                .unwrap_err(),
            "U1",
        ),
    ] {
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert!(
            error.to_string().contains(&format!("\"{id}\" isn't a ")),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_vault_that_is_only_managed_shows_with_the_permission_filter() {
    let sandbox = Sandbox::tenant(&tenant("BUSINESS"));
    let client = connected(&sandbox).await;
    let ids = |vaults: Vec<baton_1password::op::Vault>| {
        vaults.into_iter().map(|vault| vault.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(client.vault_list(None).await.unwrap().rows), ["v1"]);
    assert_eq!(
        ids(client.vault_list(Some("manage_vault")).await.unwrap().rows),
        ["v1", "v2"]
    );
}

#[tokio::test]
async fn parallel_changes_of_two_clients_are_all_kept() {
    let sandbox = Sandbox::tenant(&tenant("BUSINESS"));
    let (one, two) = tokio::join!(connected(&sandbox), connected(&sandbox));
    let manage = names(&["manage_vault"]);
    let (first, second) = tokio::join!(
        one.vault_change("grant", "v1", ("user", "U1"), Some(&manage)),
        two.vault_change("grant", "v1", ("user", "U2"), Some(&manage))
    );
    first.unwrap();
    second.unwrap();
    assert_eq!(
        permissions(&one, "U1").await,
        ["view_items", "manage_vault"]
    );
    assert_eq!(permissions(&one, "U2").await, ["manage_vault"]);
}
