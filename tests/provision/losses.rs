//! What is said and asked before access is taken, and shown in a dry run.

use serde_json::{Value, json};

use super::world::{calls_of, revoke, sync, tenant};
use crate::support::Sandbox;

const OF_TEAM: &str = "vault:vprod:view items:group:gteam";

/// A group of three on a vault; one of them is there directly too, and one through another group
/// that is not in the file yet.
fn world() -> Value {
    let mut tenant = tenant("BUSINESS");
    tenant["group_users"]["gteam"] =
        json!({"USAM1": "MEMBER", "USAM2": "MANAGER", "U:NIX": "MEMBER"});
    tenant["vault_users"]["vprod"]["U:NIX"] = json!(["view_items", "edit_items"]);
    tenant
}

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::tenant(&world());
    sync(&sandbox);
    sandbox
}

#[test]
fn without_a_terminal_a_group_keeps_its_access_unless_yes_is_given() {
    let sandbox = sandbox();
    let (run, calls) = calls_of(&sandbox, || sandbox.run(&["--revoke-grant", OF_TEAM]));
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    for told in ["nothing was revoked", "whole group", "--yes"] {
        assert!(run.last_line().contains(told), "{told}: {}", run.stderr);
    }
    assert_eq!(calls, [""; 0]);
    // One person's access, and a group's place in nothing else, need no question.
    let run = sandbox.run(&["--revoke-grant", "group:gteam:member:user:USAM1"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
}

/// As it is now, not as the file knew it.
#[test]
fn how_many_lose_it_is_said() {
    for (members, told) in [
        (
            json!({}),
            "2 people of group Team (gteam) lose view items on vault Prod (vprod); 1 keeps it by other paths.",
        ),
        (
            json!({"USAM1": "MEMBER"}),
            "1 person of group Team (gteam) loses view items on vault Prod (vprod); 2 keep it by other paths.",
        ),
    ] {
        let sandbox = sandbox();
        let mut now = world();
        now["group_users"]["g:ops"] = members;
        now["vault_groups"]["vprod"]["g:ops"] = json!(["view_items"]);
        sandbox.write("bin/tenant.json", now.to_string());
        let run = revoke(&sandbox, OF_TEAM);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert!(run.stderr.contains(told), "{told}: {}", run.stderr);
        assert_eq!(
            sandbox.tenant_now()["vault_groups"]["vprod"],
            json!({"g:ops": ["view_items"]})
        );
    }
}

/// Who could not be read is not nobody.
#[test]
fn a_number_that_could_not_be_read_is_not_known() {
    for words in ["vault user list", "group user list"] {
        let sandbox = sandbox();
        let refused = json!([{"words": words, "exit": 1, "stderr": "[ERROR] (403) Forbidden: no"}]);
        sandbox.set("faults", refused);
        let run = revoke(&sandbox, OF_TEAM);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        let told = "How many people of group Team (gteam) lose view items on vault Prod (vprod) is not known";
        assert!(
            run.stderr.contains(told) && run.stderr.contains("(403)"),
            "{}",
            run.stderr
        );
    }
}

/// What is held before and would be after, and of the dependent permissions only those that are
/// held.
#[test]
fn a_dry_run_shows_before_and_after_and_only_what_is_held() {
    let sandbox = sandbox();
    for (arguments, told, sent) in [
        (
            ["--revoke-grant", "vault:vprod:view items:user:U:NIX"].to_vec(),
            "view items on vault Prod (vprod): view_items, edit_items → no direct access",
            "--permissions view_items,edit_items --no-input",
        ),
        (
            ["--revoke-grant", "vault:vprod:edit items:user:U:NIX"].to_vec(),
            "edit items on vault Prod (vprod): view_items, edit_items → view_items",
            "--permissions edit_items --no-input",
        ),
        (
            ["--revoke-grant", OF_TEAM].to_vec(),
            "view_items → no direct access",
            "--permissions view_items --no-input",
        ),
        (
            ["--revoke-grant", "group:gteam:manager:user:USAM2"].to_vec(),
            "manager of group Team (gteam): manager → member",
            "--role member",
        ),
        (
            [
                "--grant-entitlement",
                "vault:vprod:print items",
                "--grant-principal-type",
                "user",
                "--grant-principal",
                "U:NIX",
            ]
            .to_vec(),
            "view_items, edit_items → view_items, edit_items, view_and_copy_passwords, view_item_history, print_items",
            "--permissions view_items,view_and_copy_passwords,view_item_history,print_items",
        ),
    ] {
        let run = sandbox.run(&[&arguments[..], &["--dry-run"]].concat());
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert!(
            run.last_line().contains("nothing was changed"),
            "{}",
            run.stderr
        );
        assert!(run.last_line().ends_with(told), "{told}: {}", run.stderr);
        assert!(run.stdout.contains(sent), "{sent}: {}", run.stdout);
        assert_eq!(sandbox.tenant_now(), world());
    }
    let run = sandbox.run(&["--revoke-grant", OF_TEAM, "--dry-run"]);
    assert!(
        run.stderr.contains("2 people of group Team (gteam) lose"),
        "{}",
        run.stderr
    );
}

/// What a review takes it takes with the same flags, and nothing else takes them.
#[test]
fn yes_means_nothing_elsewhere() {
    let sandbox = sandbox();
    for (arguments, told) in [
        (&["--yes"][..], "--revoke-grant"),
        (&["report", "--yes"], "--apply"),
        (&["report", "--dry-run"], "--apply"),
    ] {
        let run = sandbox.run(arguments);
        assert_eq!(run.code, Some(2), "{}", run.stderr);
        assert!(run.last_line().contains(told), "{told}: {}", run.stderr);
    }
}
