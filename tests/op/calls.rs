//! What reaches `op`: arguments, environment, standard input.

use baton_1password::op::{Auth, Client, ErrorKind, Settings};
use baton_1password::secret::Secret;
use serde_json::json;

use crate::op::common::{connected, faulty, settings};
use crate::support::Sandbox;

/// Everything that may stand in the environment of a call, but for credentials.
/// What children need besides on Windows.
const ON_WINDOWS: &[&str] = &[
    "SystemRoot",
    "SystemDrive",
    "windir",
    "ComSpec",
    "PATHEXT",
    "USERPROFILE",
    "APPDATA",
    "LOCALAPPDATA",
    "USERNAME",
    "TEMP",
    "TMP",
    // Wine gives these to every process.
    "PROCESSOR_ARCHITECTURE",
];
const ENVIRONMENT: &[&str] = &[
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "XDG_CONFIG_HOME",
    "OP_CONFIG_DIR",
    "OP_DEVICE",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "TMPDIR",
    "XDG_RUNTIME_DIR",
    "DBUS_SESSION_BUS_ADDRESS",
    "SECURITYSESSIONID",
    "__CF_USER_TEXT_ENCODING",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "OP_BIOMETRIC_UNLOCK_ENABLED",
    "OP_LOAD_DESKTOP_APP_SETTINGS",
    "OP_FORMAT",
    "OP_CACHE",
    "OP_DEBUG",
];

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// `src/sync/mapping.md`, Changes
#[tokio::test]
async fn every_verb_has_its_command_line() {
    let sandbox = Sandbox::new(json!({"answers": "answers"}));
    for listing in [
        "user_list",
        "group_list",
        "vault_list",
        "vault_list_--permission=manage_vault",
        "group_user_list_g1",
        "vault_user_list_v1",
        "vault_group_list_v1",
        "connect_server_list",
        "connect_token_list",
        "service-account_ratelimit",
    ] {
        sandbox.write(format!("bin/answers/{listing}.json"), "[]");
    }
    sandbox.write("bin/answers/account_get.json", "{}");
    let client = connected(&sandbox).await;
    client.account_get().await.unwrap();
    client.user_list().await.unwrap();
    client.group_list().await.unwrap();
    client.vault_list(None).await.unwrap();
    client.vault_list(Some("manage_vault")).await.unwrap();
    client.group_user_list("g1").await.unwrap();
    client.vault_user_list("v1").await.unwrap();
    client.vault_group_list("v1").await.unwrap();
    client.connect_server_list().await.unwrap();
    client.connect_token_list().await.unwrap();
    client.service_account_ratelimit().await.unwrap();
    client
        .group_user_grant("g1", "u1", "manager")
        .await
        .unwrap();
    client.group_user_revoke("g1", "u1").await.unwrap();
    client
        .vault_change(
            "grant",
            "v1",
            ("user", "u1"),
            Some(&names(&["view_items", "edit_items"])),
        )
        .await
        .unwrap();
    client
        .vault_change(
            "revoke",
            "v1",
            ("user", "u1"),
            Some(&names(&["edit_items"])),
        )
        .await
        .unwrap();
    client
        .vault_change(
            "grant",
            "v1",
            ("group", "g1"),
            Some(&names(&["view_items"])),
        )
        .await
        .unwrap();
    client
        .vault_change(
            "revoke",
            "v1",
            ("group", "g1"),
            Some(&names(&["view_items"])),
        )
        .await
        .unwrap();
    let made: Vec<String> = sandbox
        .calls()
        .iter()
        .map(|call| call.argv.join(" "))
        .collect();
    assert_eq!(
        made,
        [
            "account get --format=json",
            "user list --format=json",
            "group list --format=json",
            "vault list --format=json",
            "vault list --permission=manage_vault --format=json",
            "group user list g1 --format=json",
            "vault user list v1 --format=json",
            "vault group list v1 --format=json",
            "connect server list --format=json",
            "connect token list --format=json",
            "service-account ratelimit --format=json",
            "group user grant --group g1 --role manager --user u1 --format=json",
            "group user revoke --group g1 --user u1 --format=json",
            "vault user grant --vault v1 --user u1 --permissions view_items,edit_items --no-input --format=json",
            "vault user revoke --vault v1 --user u1 --permissions edit_items --no-input --format=json",
            "vault group grant --vault v1 --group g1 --permissions view_items --no-input --format=json",
            "vault group revoke --vault v1 --group g1 --permissions view_items --no-input --format=json",
        ]
    );
    assert_eq!(sandbox.all_calls()[0].argv, ["--version"]);
}

#[tokio::test]
async fn ids_of_any_shape_pass_unless_op_would_misread_them() {
    let sandbox = Sandbox::tenant(
        &json!({"vaults": [{"id": "a:b/c-d"}], "vault_users": {"a:b/c-d": {"u:1": []}}}),
    );
    let client = connected(&sandbox).await;
    assert_eq!(
        client.vault_user_list("a:b/c-d").await.unwrap().rows[0].id,
        "u:1"
    );
    let before = sandbox.calls().len();
    for id in ["", "-", "--help", "a b", "a\nb", "a\0b", &"x".repeat(2000)] {
        let error = client.vault_user_list(id).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage, "{id}");
        assert_eq!(
            client
                .group_user_grant(id, "u", "member")
                .await
                .unwrap_err()
                .kind(),
            ErrorKind::Usage
        );
        assert_eq!(
            client.group_user_revoke("g", id).await.unwrap_err().kind(),
            ErrorKind::Usage
        );
    }
    for wrong in [&[][..], &[""], &["view_items,manage_vault"], &["a", "-b"]] {
        let names: Vec<String> = wrong.iter().map(|name| (*name).to_owned()).collect();
        for verb in ["grant", "revoke"] {
            let change = client.vault_change(verb, "v", ("user", "u"), Some(&names));
            assert_eq!(change.await.unwrap_err().kind(), ErrorKind::Usage);
        }
    }
    assert_eq!(sandbox.calls().len(), before);
}
#[tokio::test]
async fn the_environment_is_built_from_empty_and_input_is_closed() {
    let sandbox = faulty(json!([]));
    let token = "ops_service-account-token";
    for (auth, more) in [
        (
            Auth::Unlocked {
                account: Some("ACCOUNT".to_owned()),
            },
            "OP_ACCOUNT",
        ),
        (
            Auth::Service(Secret::new(token.to_owned())),
            "OP_SERVICE_ACCOUNT_TOKEN",
        ),
    ] {
        let client = Client::connect(Settings {
            auth,
            ..settings(&sandbox)
        })
        .await
        .unwrap();
        client.user_list().await.unwrap();
        let calls = sandbox.all_calls();
        let (call, version) = (&calls[calls.len() - 1], &calls[calls.len() - 2]);
        assert_eq!(call.argv, ["user", "list", "--format=json"]);
        for name in call.environment.keys() {
            assert!(
                ENVIRONMENT.contains(&name.as_str())
                    || name == more
                    || (cfg!(windows)
                        && (ON_WINDOWS.contains(&name.as_str()) || name.starts_with("WINE"))),
                "{name} reached op"
            );
        }
        for (name, value) in [
            ("OP_FORMAT", "json"),
            ("OP_CACHE", "false"),
            ("OP_DEBUG", "false"),
        ] {
            assert_eq!(call.environment[name], value);
        }
        assert!(call.environment.contains_key(more) && !version.environment.contains_key(more));
        assert_eq!(
            (&*call.stdin, call.null_input, call.exit),
            ("", true, Some(0))
        );
    }
    sandbox.assert_hidden(token, &[]);
}

/// Reads run side by side once one has succeeded, never more than there are workers.
#[tokio::test]
async fn reads_run_side_by_side_after_the_first() {
    let sandbox =
        faulty(json!([{"words": "group user list", "gather": 3, "stdout_file": "empty"}]));
    sandbox.write("bin/empty", "[]");
    let client = Client::connect(Settings {
        workers: 3,
        ..settings(&sandbox)
    })
    .await
    .unwrap();
    client.account_get().await.unwrap();
    let reads: Vec<_> = (0..9)
        .map(|n| {
            let client = client.clone();
            tokio::spawn(async move { client.group_user_list(&format!("g{n}")).await })
        })
        .collect();
    for read in reads {
        read.await.unwrap().unwrap();
    }
    let calls = sandbox.calls();
    let at_once = |at: u64| {
        calls
            .iter()
            .filter(|call| call.began <= at && at < call.ended.unwrap())
            .count()
    };
    assert!(calls.iter().all(|call| at_once(call.began) <= 3));
}

/// `src/op/op-cli.md`, Parallel calls: parallel first calls mean one prompt each.
#[tokio::test]
async fn the_first_reads_run_one_after_the_other() {
    let sandbox = faulty(json!([{"words": "list", "times": 2, "exit": 1, "stderr": "odd"}]));
    let client = connected(&sandbox).await;
    let (one, two, three) = tokio::join!(
        client.user_list(),
        client.group_list(),
        client.vault_list(None)
    );
    assert_eq!(
        (one.is_err(), two.is_err(), three.is_ok()),
        (true, true, true)
    );
    let calls = sandbox.calls();
    assert!(!calls[0].overlaps(&calls[1]) && !calls[1].overlaps(&calls[2]));
}

#[tokio::test]
async fn writes_run_one_after_the_other() {
    let sandbox = faulty(json!([]));
    let client = connected(&sandbox).await;
    client.user_list().await.unwrap();
    let writes = ["u1", "u2", "u3", "u4"].map(|user| {
        let client = client.clone();
        tokio::spawn(async move { client.group_user_grant("g", user, "member").await })
    });
    for write in writes {
        write.await.unwrap().unwrap();
    }
    let calls = sandbox.calls();
    assert_eq!(calls.len(), 5);
    for pair in calls.windows(2) {
        assert!(!pair[0].overlaps(&pair[1]), "{pair:?}");
    }
}
