//! Access through groups (`src/sync/mapping.md`, Inherited access).

use baton_1password::baton::ids::{ResourceId, ResourceKind};
use baton_1password::op::ErrorKind;
use baton_1password::provision::{Change, Error, Outcome};
use serde_json::json;

use super::world::{calls_of, carry_out, grant, request, revoke, sync, tenant};
use crate::support::Sandbox;

/// `src/sync/mapping.md`, Inherited access: refused, naming the group and the grants it comes from;
/// `op` is not asked.
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

    // The file still shows the direct part; it is gone, and the group's part is named.
    let (run, calls) = calls_of(&sandbox, || revoke(&sandbox, id));
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(
        run.last_line().contains("already revoked"),
        "{}",
        run.stderr
    );
    assert!(
        run.last_line().contains("group Team (gteam)"),
        "{}",
        run.stderr
    );
    let reads = [
        "account get",
        "vault user list vprod",
        "vault group list vprod",
        "group user list gteam",
    ];
    assert_eq!(calls, reads);

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

/// Who still reaches the vault through groups has not lost the access, so these are named. Only the
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
    let outcome = revoke_unexpanded(&sandbox, "view items", user("USAM1")).await;
    let outcome = outcome.unwrap();
    assert!(
        matches!(outcome.change, Change::Already { .. }),
        "{outcome}"
    );
    assert!(
        outcome.annotation().is_some(),
        "C1 is told that nothing had to be done"
    );
    let text = outcome.to_string();
    for part in [
        "access remains through",
        "group Team (gteam)",
        "group More (gmore)",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("g:ops"), "{text}");
    assert_eq!(sandbox.tenant_now(), three);

    let sandbox = Sandbox::tenant(&three);
    let outcome = revoke_unexpanded(&sandbox, "print items", user("USAM1")).await;
    assert!(
        outcome
            .unwrap()
            .to_string()
            .ends_with("through group More (gmore)")
    );
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
    let outcome = revoke_unexpanded(&sandbox, "view items", user("USAM1")).await;
    assert!(
        outcome
            .unwrap()
            .to_string()
            .ends_with("through group Team (gteam)")
    );
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

/// With a service account the rows of groups do not say what they hold: unknown is not nothing.
#[tokio::test]
async fn what_op_does_not_tell_is_never_done_or_already_done() {
    let vault = ResourceId::new(ResourceKind::Vault, "vprod");
    let team = ResourceId::new(ResourceKind::Group, "gteam");
    let rows = json!([{"id": "gteam", "name": "Team", "state": "ACTIVE"}]);
    let untold = |after: Option<serde_json::Value>| {
        let sandbox = Sandbox::tenant(&tenant("BUSINESS"));
        sandbox.write("bin/rows", rows.to_string());
        let mut faults = vec![json!({"words": "vault group list", "stdout_file": "rows"})];
        if let Some(after) = after {
            sandbox.write("bin/after", after.to_string());
            faults[0]["times"] = json!(1);
            faults.push(json!({"words": "vault group list", "stdout_file": "after"}));
        }
        sandbox.set("faults", faults.into());
        sandbox
    };
    let asked = |verb: &str, slug: &str| request(verb, &vault, slug, &team).unwrap();

    let sandbox = untold(None);
    let error = carry_out(&sandbox, &asked("revoke", "view items"))
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Unread { .. }), "{error}");
    assert!(error.to_string().contains("nothing was changed"), "{error}");
    assert!(error.to_string().contains("does not say"), "{error}");
    assert_eq!(sandbox.tenant_now(), tenant("BUSINESS"));

    let sandbox = untold(None);
    let error = carry_out(&sandbox, &asked("grant", "edit items"))
        .await
        .unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("`op` took the change") && text.contains("could not be read"),
        "{text}"
    );
    assert!(!text.contains("did not take"), "{text}");

    // Whether it is there at all is told, so a membership can end as a whole.
    let sandbox = untold(Some(json!([])));
    let outcome = carry_out(&sandbox, &asked("revoke", "member"))
        .await
        .unwrap();
    assert!(matches!(outcome.change, Change::Done { .. }), "{outcome}");
    let outcome = carry_out(&untold(None), &asked("grant", "member"))
        .await
        .unwrap();
    assert!(
        matches!(outcome.change, Change::Already { .. }),
        "{outcome}"
    );

    // A group that may give the access to its member leaves open whether it remains.
    let sandbox = untold(None);
    let error = revoke_unexpanded(&sandbox, "view items", user("USAM1"))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("does not say"), "{error}");
    let stranger = revoke_unexpanded(&untold(None), "view items", user("USAM2")).await;
    assert!(matches!(stranger.unwrap().change, Change::Already { .. }));
}

/// A revocation on what is gone is done; a grant on it fails; and what is still listed is only
/// hidden.
#[tokio::test]
async fn nothing_is_left_to_revoke_on_what_is_gone() {
    let (vault, group) = (
        ResourceId::new(ResourceKind::Vault, "vnone"),
        ResourceId::new(ResourceKind::Group, "gnone"),
    );
    for (place, slug) in [(&vault, "view items"), (&group, "member")] {
        let sandbox = Sandbox::tenant(&tenant("BUSINESS"));
        let revocation = request("revoke", place, slug, &user("USAM1")).unwrap();
        let outcome = carry_out(&sandbox, &revocation).await.unwrap();
        assert!(
            matches!(outcome.change, Change::Already { .. }),
            "{outcome}"
        );
        assert!(
            outcome.to_string().contains("does not exist any more"),
            "{outcome}"
        );
        let grant = request("grant", place, slug, &user("USAM1")).unwrap();
        let error = carry_out(&sandbox, &grant).await.unwrap_err();
        assert!(!error.is_retryable(), "{error}");
    }
    for (place, slug, words) in [
        (
            ResourceId::new(ResourceKind::Vault, "vprod"),
            "view items",
            "vault user list",
        ),
        (
            ResourceId::new(ResourceKind::Group, "gteam"),
            "member",
            "group user list",
        ),
    ] {
        let sandbox = Sandbox::tenant(&tenant("BUSINESS"));
        let stderr = "[ERROR] (404) Not Found: The requested resource was not found.";
        sandbox.set(
            "faults",
            json!([{"words": words, "exit": 4, "stderr": stderr}]),
        );
        let revocation = request("revoke", &place, slug, &user("USAM1")).unwrap();
        let error = carry_out(&sandbox, &revocation).await.unwrap_err();
        assert!(matches!(error, Error::Unread { .. }), "{error}");
    }
}

#[tokio::test]
async fn what_1password_gives_by_itself_is_not_asked_for() {
    let vault = ResourceId::new(ResourceKind::Vault, "vprod");
    for verb in ["grant", "revoke"] {
        let error = request(verb, &vault, "move items", &user("USAM1")).unwrap_err();
        assert!(error.to_string().contains("by itself"), "{error}");
    }
}
