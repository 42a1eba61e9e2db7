//! What is not done, said before `op` is asked; and what 1Password does not let a service account
//! do.

use baton_1password::baton::ids::{ResourceId, ResourceKind};
use baton_1password::baton::pb::v2;
use baton_1password::provision::{Error, Refusal, Request};
#[cfg(unix)]
use rustix::process::Signal;
use serde_json::json;

use super::world::{carry_out, grant, request, revoke, sync, tenant};
use crate::c1z::support::{Folder, edit};
use crate::support::{Run, Sandbox, Started, TEMP};

fn assert_malformed(error: &Error) {
    assert!(matches!(error, Error::Refused(Refusal::Malformed, _)));
    assert!(error.to_string().contains("makes no sense"), "{error}");
}

fn refused(sandbox: &Sandbox, work: impl FnOnce() -> Run, parts: &[&str]) {
    let before = sandbox.all_calls().len();
    let run = work();
    assert_eq!(run.code, Some(7), "{}", run.stderr);
    assert_eq!(sandbox.all_calls().len(), before, "op was asked");
    for part in parts {
        assert!(run.last_line().contains(part), "{part}: {}", run.stderr);
    }
}

/// `src/sync/mapping.md`, Changes: which id is unknown, what it may have meant, and no call.
#[test]
fn unknown_ids_are_named_with_near_misses() {
    let mut tenant = tenant("BUSINESS");
    tenant["users"][0]["email"] = json!("sam1@acme.example");
    let sandbox = Sandbox::tenant(&tenant);
    sync(&sandbox);
    let entitlement = "\"vault:vprod:view_items\"";
    refused(
        &sandbox,
        || grant(&sandbox, "vault:vprod:view_items", "user", "USAM1"),
        &[
            "no entitlement",
            entitlement,
            "did you mean \"vault:vprod:view items\"",
            "sync.c1z",
        ],
    );
    refused(
        &sandbox,
        || grant(&sandbox, "vault:vprod:view items", "user", "USAM3"),
        &[
            "no principal",
            "\"user:USAM3\"",
            "\"user:USAM1\" or \"user:USAM2\"",
        ],
    );
    for (kind, id, other) in [
        ("user", "gteam", "group:gteam"),
        ("group", "USAM1", "user:USAM1"),
    ] {
        let meant = format!("UTC), so `op` was not asked: did you mean \"{other}\"?");
        let work = || grant(&sandbox, "vault:vprod:view items", kind, id);
        refused(&sandbox, work, &["no principal", &meant]);
    }
    let meant = "did you mean \"group:gteam\"?";
    let work = || grant(&sandbox, "vault:vprod:view items", "user", "Team");
    refused(&sandbox, work, &["no principal", meant]);
    refused(
        &sandbox,
        || grant(&sandbox, "vault:vprod:read", "user", "USAM1"),
        &[
            "no entitlement",
            "\"vault:vprod:view items\"",
            "\"vault:vprod:manage vault\"",
        ],
    );
    refused(
        &sandbox,
        || revoke(&sandbox, "garbage"),
        &["no grant", "\"garbage\"", "check the id"],
    );
}

/// No file, no full sync: the file's exit code, no call, and no file is made.
#[test]
fn a_file_without_a_full_sync_is_refused() {
    let sandbox = Sandbox::tenant(&tenant("BUSINESS"));
    let missing = sandbox.run(&["--revoke-grant", "x", "-f", "none.c1z"]);
    assert_eq!(missing.code, Some(5), "{}", missing.stderr);
    assert!(
        missing.last_line().contains("none.c1z")
            && missing.last_line().contains("Run a sync into it first"),
        "{}",
        missing.stderr
    );
    assert!(!sandbox.path("work/none.c1z").exists());
    assert_eq!(sandbox.all_calls().len(), 0);

    assert_eq!(
        sandbox.run(&["--skip-entitlements-and-grants"]).code,
        Some(0)
    );
    let mut command = sandbox.command();
    command
        .args(["--revoke-grant", "x"])
        .envs(TEMP.iter().map(|name| (name, "/nope")));
    let run = Started::new(command).wait();
    assert_eq!(run.code, Some(5), "{}", run.stderr);
    assert!(run.last_line().contains(TEMP[0]), "{}", run.stderr);
    let calls = sandbox.all_calls().len();
    let run = revoke(&sandbox, "group:gteam:member:user:USAM1");
    assert_eq!(run.code, Some(5), "{}", run.stderr);
    assert!(
        run.last_line().contains("no finished full sync"),
        "{}",
        run.stderr
    );
    assert_eq!(sandbox.all_calls().len(), calls);
}

/// A sentence each for what is granted elsewhere, or to nobody.
#[test]
fn types_that_cannot_be_provisioned_are_refused() {
    let mut with_project = tenant("BUSINESS");
    with_project["connect_servers"] = json!([{"id": "SRV", "name": "ci", "state": "ACTIVE"}]);
    with_project["connect_tokens"] = json!([{"id": "TOK", "name": "t", "state": "ACTIVE",
        "integration_id": "SRV", "vaults": [{"id": "VPROD", "acl": ["view_items"]}]}]);
    let sandbox = Sandbox::tenant(&with_project);
    sync(&sandbox);
    let account = "resource type account does not have provisioner configured";
    refused(
        &sandbox,
        || grant(&sandbox, "account:ACC:member", "user", "USAM1"),
        &[account, "op user"],
    );
    refused(
        &sandbox,
        || revoke(&sandbox, "account:ACC:member:user:USAM1"),
        &[account],
    );
    refused(
        &sandbox,
        || revoke(&sandbox, "vault:vprod:view items:project:SRV"),
        &["project ci (SRV)", "op connect vault"],
    );
    refused(
        &sandbox,
        || grant(&sandbox, "vault:vprod:view items", "project", "SRV"),
        &["op connect vault"],
    );
    refused(
        &sandbox,
        || grant(&sandbox, "group:gteam:member", "group", "g:ops"),
        &[
            "only users can be granted group membership",
            "group Ops (g:ops)",
        ],
    );
    refused(
        &sandbox,
        || grant(&sandbox, "vault:vprod:view items", "account", "ACC"),
        &["only users and groups can be granted vault access"],
    );
}

/// `src/c1/protocol.md`, Other tasks: a task's messages are checked against themselves, never split
/// at `:`.
#[test]
fn messages_that_make_no_sense_are_refused() {
    let vault = ResourceId::new(ResourceKind::Vault, "v:x/1");
    let user = ResourceId::new(ResourceKind::User, "USAM1");
    let good = v2::Entitlement {
        id: "vault:v:x/1:view items".to_owned(),
        resource: Some(v2::Resource {
            id: Some(vault.to_message()),
            ..Default::default()
        }),
        ..Default::default()
    };
    let principal = v2::Resource {
        id: Some(user.to_message()),
        ..Default::default()
    };
    assert!(Request::grant(&good, &principal).is_ok());
    let entitlements = [
        v2::Entitlement {
            resource: None,
            ..good.clone()
        },
        v2::Entitlement {
            id: "vault:v:view items".to_owned(),
            ..good.clone()
        },
        v2::Entitlement {
            id: "vault:v:x/1:".to_owned(),
            ..good.clone()
        },
    ];
    for entitlement in entitlements {
        let error = Request::grant(&entitlement, &principal).unwrap_err();
        assert_malformed(&error);
    }
    let error = Request::grant(&good, &v2::Resource::default()).unwrap_err();
    assert_malformed(&error);
    let error = Request::revoke(&v2::Grant::default(), |_| None).unwrap_err();
    assert_malformed(&error);

    let mut foreign = good.clone();
    let id = foreign.resource.as_mut().unwrap().id.as_mut().unwrap();
    id.resource_type = "role".to_owned();
    let error = Request::grant(&foreign, &principal)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("resource type role does not have provisioner configured"),
        "{error}"
    );
    let group = ResourceId::new(ResourceKind::Group, "g");
    let error = request("grant", &group, "owner", &user).unwrap_err();
    assert!(error.to_string().contains("\"owner\""), "{error}");
}

/// The id alone says what is granted: the slug beside it is a name, which may have been edited in
/// C1.
#[tokio::test]
async fn an_edited_slug_changes_nothing() {
    let vault = ResourceId::new(ResourceKind::Vault, "v:x/1");
    let resource = |id: ResourceId| v2::Resource {
        id: Some(id.to_message()),
        ..Default::default()
    };
    let entitlement = v2::Entitlement {
        id: vault.entitlement("view items"),
        slug: "Read Only".to_owned(),
        resource: Some(resource(vault)),
        ..Default::default()
    };
    let user = resource(ResourceId::new(ResourceKind::User, "USAM1"));
    let sandbox = Sandbox::tenant(&tenant("BUSINESS"));
    let request = Request::grant(&entitlement, &user).unwrap();
    carry_out(&sandbox, &request).await.unwrap();
    assert_eq!(
        sandbox.tenant_now()["vault_users"]["v:x/1"]["USAM1"],
        json!(["view_items"])
    );
}

/// A grant that says it is immutable and not why is refused like an inherited one.
#[test]
fn an_immutable_grant_is_refused() {
    let vault = ResourceId::new(ResourceKind::Vault, "v1");
    let grant = v2::Grant {
        entitlement: Some(v2::Entitlement {
            id: vault.entitlement("view items"),
            resource: Some(v2::Resource {
                id: Some(vault.to_message()),
                ..Default::default()
            }),
            ..Default::default()
        }),
        principal: Some(v2::Resource {
            id: Some(ResourceId::new(ResourceKind::User, "U1").to_message()),
            ..Default::default()
        }),
        annotations: vec![prost_types::Any {
            type_url: "type.googleapis.com/c1.connector.v2.GrantImmutable".to_owned(),
            value: vec![],
        }],
        ..Default::default()
    };
    let error = Request::revoke(&grant, |_| None).unwrap_err();
    assert!(
        matches!(error, Error::Refused(Refusal::Inherited, _)),
        "{error}"
    );
    assert!(error.to_string().contains("op vault group list"), "{error}");
}

/// `src/op/op-cli.md`, Service accounts: the refusal says exactly what a service account may do.
#[test]
fn a_service_account_is_told_its_limit() {
    let sandbox = Sandbox::tenant(&tenant("BUSINESS"));
    sync(&sandbox);
    sandbox.set("sign_in", json!({"service_token": "ops_token"}));
    for (entitlement, limit) in [
        (
            "vault:vprod:view items",
            "A service account can change access only on vaults that it created itself",
        ),
        (
            "group:gteam:member",
            "A service account cannot change groups",
        ),
    ] {
        for stderr in [
            "[ERROR] (403) Forbidden: no",
            "[ERROR] not available for service accounts",
        ] {
            sandbox.set(
                "faults",
                json!([{"words": "grant", "exit": 1, "stderr": stderr}]),
            );
            let mut command = sandbox.command();
            command.args(["--auth-type", "service", "--grant-entitlement", entitlement]);
            command.args([
                "--grant-principal",
                "U:NIX",
                "--grant-principal-type",
                "user",
            ]);
            command.env("OP_SERVICE_ACCOUNT_TOKEN", "ops_token");
            let run = crate::support::Started::new(command).wait();
            assert_eq!(run.code, Some(7), "{}", run.stderr);
            assert!(run.last_line().contains(limit), "{}", run.stderr);
            assert!(run.last_line().contains(&stderr[8..]), "{}", run.stderr);
            assert!(
                run.last_line().contains("It is as it was"),
                "{}",
                run.stderr
            );
        }
    }
}

/// The exit code tells a reading that failed from a change that was refused.
#[test]
fn exit_codes_tell_what_failed() {
    for (call, stderr, code) in [
        (1, "[ERROR] (403) Forbidden: no", 4),
        (1, "[ERROR] account is not signed in", 3),
        (3, "[ERROR] (403) Forbidden: no", 7),
        (4, "[ERROR] (403) Forbidden: no", 7),
    ] {
        let sandbox = Sandbox::tenant(&tenant("BUSINESS"));
        sync(&sandbox);
        sandbox.set(
            "faults",
            json!([{"call": call, "exit": 1, "stderr": stderr}]),
        );
        let run = grant(&sandbox, "vault:vprod:view items", "user", "U:NIX");
        assert_eq!(run.code, Some(code), "{}", run.stderr);
        assert!(run.last_line().contains(&stderr[8..]), "{}", run.stderr);
    }
}

/// Stopped in the middle of a write: no child is left, and the user learns that it may have
/// happened.
#[cfg(unix)]
#[test]
fn a_signal_during_a_write_is_told() {
    let sandbox = Sandbox::tenant(&tenant("BUSINESS"));
    sync(&sandbox);
    sandbox.set("faults", json!([{"words": "user grant", "hang": true}]));
    let calls = sandbox.calls().len();
    let started = sandbox.start(&[
        "--grant-entitlement",
        "group:gteam:member",
        "--grant-principal",
        "U:NIX",
        "--grant-principal-type",
        "user",
    ]);
    sandbox.await_calls(calls + 2);
    started.send(Signal::TERM);
    let run = started.wait();
    assert_eq!(run.code, Some(143), "{}", run.stderr);
    assert!(
        run.stderr.contains("it is not known whether"),
        "{}",
        run.stderr
    );
    sandbox.assert_clean();
}

/// What a file has lost is said before anything of it is believed.
#[test]
fn a_file_that_lacks_something_is_said_to() {
    let sandbox = Sandbox::tenant(&tenant("BUSINESS"));
    sync(&sandbox);
    let lost = "delete from v1_entitlements where external_id = 'vault:vprod:view items';
        update v1_sync_runs set stats = null";
    edit(&Folder::new(), &sandbox.path("work/sync.c1z"), lost);
    let run = grant(&sandbox, "group:gteam:member", "user", "USAM2");
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let said = "grants in the file are of entitlements";
    let warnings = run.stderr.lines().filter(|line| line.contains(said));
    assert_eq!(warnings.count(), 1, "{}", run.stderr);
}
