//! Access through groups (contract sync §4.2, §8.5).

use serde_json::json;

use super::support::Sandbox;
use super::world::{calls_of, grant, revoke, sync, tenant};

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
    assert!(run.last_line().ends_with(end), "{}", run.stderr);
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
