//! Access through groups (contract sync §4.2, §8.5).

use baton_1password::baton::ids::{ResourceId, ResourceKind};
use baton_1password::op::ErrorKind;
use baton_1password::provision::{Change, Error, Outcome};
use serde_json::json;

use super::support::Sandbox;
use super::world::{calls_of, carry_out, grant, request, revoke, sync, tenant};

/// checklist sync 12, and the issue: refused, naming the group and the grants it comes from; `op` is not asked.
#[test]
fn inherited_access_is_refused_with_the_way_to_take_it() {
    let sandbox = Sandbox::tenant(&tenant("BUSINESS"));
    sync(&sandbox);
    let before = sandbox.all_calls().len();
    let run = revoke(&sandbox, "vault:vprod:view items:user:USAM1");
    assert_eq!(run.code, Some(7), "{}", run.stderr);
    assert_eq!(sandbox.all_calls().len(), before);
    for part in [
        "user Sam Smith (USAM1)",
        "group Team (gteam)",
        "\"vault:vprod:view items:group:gteam\"",
        "\"group:gteam:member:user:USAM1\"",
    ] {
        assert!(run.last_line().contains(part), "{part}: {}", run.stderr);
    }
}

/// The direct part of a merged grant can be taken; the line says that access remains.
#[test]
fn of_a_merged_grant_the_direct_part_goes() {
    let sandbox = Sandbox::tenant(&tenant("BUSINESS"));
    sync(&sandbox);
    let run = grant(&sandbox, "vault:vprod:view items", "user", "USAM1");
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    sync(&sandbox);
    let id = "vault:vprod:view items:user:USAM1";
    let run = revoke(&sandbox, id);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let end = "view_items → no direct access; access remains through group Team (gteam)";
    assert!(run.last_line().contains(end), "{}", run.stderr);
    assert_eq!(sandbox.tenant_now(), tenant("BUSINESS"));

    // The file still shows the direct part; it is gone, and the group's part cannot be taken here.
    let (run, calls) = calls_of(&sandbox, || revoke(&sandbox, id));
    assert_eq!(run.code, Some(7), "{}", run.stderr);
    assert!(
        run.last_line().contains("group Team (gteam)"),
        "{}",
        run.stderr
    );
    assert_eq!(calls, ["account get", "vault user list vprod"]);

    let grants = sync(&sandbox).grants;
    assert_eq!(
        grants[id]["sources"]["sources"].as_object().unwrap().len(),
        1
    );
    assert!(grants[id].to_string().contains("GrantImmutable"));
}

/// A group's own access, and a membership, are nobody's inheritance.
#[test]
fn taking_it_where_it_comes_from_works() {
    for id in [
        "vault:vprod:view items:group:gteam",
        "group:gteam:member:user:USAM1",
    ] {
        let sandbox = Sandbox::tenant(&tenant("TEAM"));
        sandbox.write("bin/tenant.json", tenant("BUSINESS").to_string());
        sync(&sandbox);
        let run = revoke(&sandbox, id);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        let grants = sync(&sandbox).grants;
        assert!(!grants.contains_key("vault:vprod:view items:user:USAM1"));
    }
}

/// Two groups give it: both are named.
#[test]
fn every_group_is_named() {
    let mut two = tenant("BUSINESS");
    two["group_users"]["g:ops"]["USAM1"] = json!("MEMBER");
    two["vault_groups"]["vprod"]["g:ops"] = json!(["view_items"]);
    let sandbox = Sandbox::tenant(&two);
    sync(&sandbox);
    let run = revoke(&sandbox, "vault:vprod:view items:user:USAM1");
    assert_eq!(run.code, Some(7), "{}", run.stderr);
    for part in [
        "group Team (gteam)",
        "group Ops (g:ops)",
        "\"group:g:ops:member:user:USAM1\"",
    ] {
        assert!(run.last_line().contains(part), "{part}: {}", run.stderr);
    }
}

/// A revocation as C1 may send it: the grant does not say whether it comes from groups.
async fn revoke_unexpanded(
    sandbox: &Sandbox,
    slug: &str,
    principal: ResourceId,
) -> Result<Outcome, Error> {
    let vault = ResourceId::new(ResourceKind::Vault, "vprod");
    let request = request("revoke", &vault, slug, &principal).unwrap();
    carry_out(sandbox, &request).await
}

fn user(id: &str) -> ResourceId {
    ResourceId::new(ResourceKind::User, id)
}

/// Who still reaches the vault through groups has not lost the access, so nobody is told "already revoked". Only the
/// groups that hold what was asked for are looked into.
#[tokio::test]
async fn access_through_groups_that_the_grant_does_not_name_is_found() {
    let mut three = tenant("BUSINESS");
    three["groups"] = json!([
        {"id": "gteam", "name": "Team", "state": "ACTIVE"},
        {"id": "g:ops", "name": "Ops", "state": "ACTIVE"},
        {"id": "gmore", "name": "More", "state": "ACTIVE"},
    ]);
    three["group_users"]["gmore"] = json!({"USAM1": "MANAGER"});
    three["vault_groups"]["vprod"] = json!({"g:ops": ["view_items"], "gmore": ["view_items", "print_items"], "gteam": ["view_items"]});
    let sandbox = Sandbox::tenant(&three);
    let refusal = revoke_unexpanded(&sandbox, "view items", user("USAM1")).await;
    let refusal = refusal.unwrap_err();
    assert!(matches!(refusal, Error::Inherited(_)), "{refusal}");
    let text = refusal.to_string();
    for part in [
        "group Team (gteam)",
        "group More (gmore)",
        "\"group:gteam:member:user:USAM1\"",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("g:ops"), "{text}");
    assert_eq!(sandbox.tenant_now(), three);

    let sandbox = Sandbox::tenant(&three);
    let refusal = revoke_unexpanded(&sandbox, "print items", user("USAM1")).await;
    assert!(matches!(refusal, Err(Error::Inherited(_))), "{refusal:?}");
    let calls: Vec<String> = sandbox.calls().iter().map(|call| call.words()).collect();
    assert_eq!(
        calls,
        [
            "account get",
            "vault user list vprod",
            "vault group list vprod",
            "group user list gmore"
        ]
    );
}

/// Also when somebody else took the direct access away in the meantime.
#[tokio::test]
async fn access_through_groups_is_found_after_a_lost_race() {
    let mut both = tenant("BUSINESS");
    both["vault_users"]["vprod"]["USAM1"] = json!(["view_items"]);
    let sandbox = Sandbox::tenant(&both);
    let stderr = "[ERROR] the accessor doesn't have any permissions";
    sandbox.set(
        "faults",
        json!([{"words": "user revoke", "late": true, "exit": 1, "stderr": stderr}]),
    );
    let refusal = revoke_unexpanded(&sandbox, "view items", user("USAM1")).await;
    assert!(matches!(refusal, Err(Error::Inherited(_))), "{refusal:?}");
}

/// Nobody reaches it any more: already revoked. A group inherits nothing, so nothing is looked for.
#[tokio::test]
async fn what_no_group_gives_is_already_revoked() {
    for (principal, slug, calls) in [
        (user("USAM2"), "view items", 4),
        (user("USAM1"), "print items", 3),
        (ResourceId::new(ResourceKind::Group, "g:ops"), "member", 2),
    ] {
        let sandbox = Sandbox::tenant(&tenant("BUSINESS"));
        let outcome = revoke_unexpanded(&sandbox, slug, principal).await.unwrap();
        assert!(
            matches!(outcome.change, Change::Already { .. }),
            "{outcome}"
        );
        assert_eq!(sandbox.calls().len(), calls, "{outcome}");
    }
}

/// Groups that cannot be read may give the access.
#[tokio::test]
async fn groups_that_cannot_be_read_are_not_taken_for_none() {
    for words in ["vault group list", "group user list"] {
        let sandbox = Sandbox::tenant(&tenant("BUSINESS"));
        sandbox.set(
            "faults",
            json!([{"words": words, "exit": 1, "stderr": "[ERROR] (403) Forbidden: no"}]),
        );
        let error = revoke_unexpanded(&sandbox, "view items", user("USAM1")).await;
        let error = error.unwrap_err();
        assert_eq!(
            error.op().map(|error| error.kind()),
            Some(ErrorKind::Forbidden)
        );
        assert!(error.to_string().contains("nothing was changed"), "{error}");
    }
}
